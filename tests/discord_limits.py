"""What Discord refuses: the limits of messages, forms, and suggestions, with its own error codes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.discord_numbers import Component, Json, MessageFlag
from tests.discord_parts import walk

_LINK_STYLE = 5


class Refused(Exception):  # noqa: N818 - what it is, rather than what it is used for
    """Discord's answer to a request that it does not take: an HTTP status and an error code of its own."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message} {errors or ''}")
        self.status = status
        self.body: Json = {"code": code, "message": message, **({"errors": errors} if errors else {})}


def require(holds: bool, where: str, why: str) -> None:
    """Refuse the form whose part ``where`` does not hold."""
    if not holds:
        detail: Json = {"_errors": [{"code": "INVALID", "message": why}]}
        for name in reversed(where.split(".")):
            detail = {name: detail}
        raise Refused(400, 50035, "Invalid Form Body", detail)


def require_length(text: object, where: str, most: int, least: int = 0) -> None:
    """Refuse a text that is too long or too short."""
    length = len(str(text or ""))
    require(least <= length <= most, where, f"Must be between {least} and {most} in length, is {length}.")


def _require_url(url: str, where: str, most: int) -> None:
    require_length(url, where, most, 1)
    require(bool(re.match(r"https?://[^\s/]+", url)), where, "Scheme must be http or https, with a host.")


def check_message(message: Json) -> None:
    """Refuse what cannot be shown: over a limit, or empty."""
    content: str = message.get("content") or ""
    embeds: list[Json] = message.get("embeds") or []
    components: list[Json] = message.get("components") or []
    require_length(content, "content", 2000)
    require(len(embeds) <= 10, "embeds", "Must be 10 or fewer.")
    for number, embed in enumerate(embeds):
        _check_embed(embed, f"embeds.{number}")
    require(sum(map(_embed_length, embeds)) <= 6000, "embeds", "Embed size exceeds maximum size of 6000.")
    require_length(message.get("nonce"), "nonce", 25)
    allowed = message.get("allowed_mentions") or {}
    for kind in ("users", "roles"):
        both = kind in allowed.get("parse", []) and allowed.get(kind)
        require(not both, "allowed_mentions", f"{kind} stands in parse and by itself.")
    if int(message.get("flags") or 0) & MessageFlag.COMPONENTS_V2:
        require(not content and not embeds, "content", "Cannot stand beside components of the second version.")
        require(0 < sum(1 for _ in walk(components)) <= 40, "components", "Must be 1 to 40.")
        require(sum(len(each.get("content", "")) for each in walk(components)) <= 4000, "components", "Over 4000.")
    else:
        _check_rows(components)
        if not content and not embeds and not message.get("attachments"):
            raise Refused(400, 50006, "Cannot send an empty message")
    _check_controls(walk(components))


def _check_embed(embed: Json, where: str) -> None:
    require_length(embed.get("title"), f"{where}.title", 256)
    require_length(embed.get("description"), f"{where}.description", 4096)
    require_length(embed.get("footer", {}).get("text"), f"{where}.footer.text", 2048)
    require_length(embed.get("author", {}).get("name"), f"{where}.author.name", 256)
    for key, url in (("url", embed.get("url")), ("author.url", embed.get("author", {}).get("url"))):
        if url:
            _require_url(url, f"{where}.{key}", 2048)
    fields = embed.get("fields", [])
    require(len(fields) <= 25, f"{where}.fields", "Must be 25 or fewer in length.")
    for number, each in enumerate(fields):
        require_length(each["name"].strip(), f"{where}.fields.{number}.name", 256, 1)
        require_length(each["value"].strip(), f"{where}.fields.{number}.value", 1024, 1)
    require(_embed_length(embed) > 0, where, "Must say something.")


def _embed_length(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description"), embed.get("footer", {}).get("text")]
    texts += [embed.get("author", {}).get("name")]
    texts += [text for each in embed.get("fields", []) for text in (each["name"], each["value"])]
    return sum(len(text or "") for text in texts)


def _check_rows(rows: list[Json]) -> None:
    require(len(rows) <= 5, "components", "Must be 5 rows or fewer.")
    for number, row in enumerate(rows):
        where = f"components.{number}"
        require(row["type"] == Component.ROW, where, "Must be a row.")
        most = 1 if any(each["type"] != Component.BUTTON for each in row["components"]) else 5
        require(1 <= len(row["components"]) <= most, where, f"Must hold 1 to {most}.")


def _check_controls(components: Iterable[Json]) -> None:
    seen: set[str] = set()
    for each in components:
        if each["type"] == Component.BUTTON:
            _check_button(each)
        elif each["type"] == Component.SELECT:
            _check_select(each)
        if custom_id := each.get("custom_id"):
            require(custom_id not in seen, "components", f"Component custom id {custom_id!r} stands twice.")
            seen.add(custom_id)


def _check_button(button: Json) -> None:
    require_length(button.get("label"), "components.label", 80)
    require(bool(button.get("label") or button.get("emoji")), "components.label", "A button needs a label or an emoji.")
    if button["style"] == _LINK_STYLE:
        require("custom_id" not in button, "components.custom_id", "A link has none.")
        _require_url(button.get("url") or "", "components.url", 512)
    else:
        require(not button.get("url"), "components.url", "Only a link has one.")
        require_length(button.get("custom_id"), "components.custom_id", 100, 1)


def _check_select(select: Json) -> None:
    require_length(select.get("custom_id"), "components.custom_id", 100, 1)
    require_length(select.get("placeholder"), "components.placeholder", 150)
    options = select.get("options", [])
    require(1 <= len(options) <= 25, "components.options", "Must be 1 to 25.")
    for option in options:
        for key, least in (("label", 1), ("value", 1), ("description", 0)):
            require_length(option.get(key), f"components.options.{key}", 100, least)
    values = [option["value"] for option in options]
    require(len(set(values)) == len(values), "components.options", "Values must differ.")


def check_modal(modal: Json) -> None:
    """Refuse a form over a limit."""
    require_length(modal.get("title"), "title", 45, 1)
    require_length(modal.get("custom_id"), "custom_id", 100, 1)
    require(1 <= len(modal["components"]) <= 5, "components", "Must be 1 to 5.")
    inner = list(walk(modal["components"]))
    for each in inner:
        if each["type"] == Component.LABEL:
            require_length(each.get("label"), "components.label", 45, 1)
            require_length(each.get("description"), "components.description", 100)
        elif each["type"] == Component.TEXT_INPUT:
            require_length(each.get("custom_id"), "components.custom_id", 100, 1)
            require_length(each.get("label"), "components.label", 45)
            require_length(each.get("placeholder"), "components.placeholder", 100)
            require_length(each.get("value"), "components.value", 4000)
    _check_controls(inner)


def check_choices(choices: list[Json]) -> None:
    """Refuse suggestions over a limit."""
    require(len(choices) <= 25, "choices", "Must be 25 or fewer.")
    for choice in choices:
        require_length(choice["name"], "choices.name", 100, 1)
        require_length(choice["value"], "choices.value", 100, 1)
