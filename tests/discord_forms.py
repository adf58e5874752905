"""What Discord's own client makes of commands, buttons and forms before it sends them, and what it stops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.discord_numbers import EVERYONE, Component, Json
from tests.discord_records import Channel, Message, Role, User

_SUBCOMMANDS = (1, 2)
# What the objects of options whose value is an id are called in `resolved`.
_RESOLVED: dict[type, str] = {User: "users", Channel: "channels", Role: "roles"}

Values = Mapping[str, object]


def command_data(registered: Json, path: list[str], values: Values, channel: Channel, focused: str | None) -> Json:
    """The data of a command that is used, ``path`` being its subcommands; checked against how it was registered."""
    schema = registered
    for part in path:
        schema = next(each for each in schema["options"] if each["name"] == part)
    resolved: Json = {}
    options = list(_options(schema, values, channel, resolved, focused))
    for depth in range(len(path), 0, -1):
        kind = 1 if depth == len(path) else 2
        options = [{"name": path[depth - 1], "type": kind, "options": options}]
    return {**about(registered), "options": options, "resolved": resolved}


def _options(schema: Json, values: Values, channel: Channel, resolved: Json, focused: str | None) -> Iterator[Json]:
    known = {each["name"]: each for each in schema.get("options", [])}
    assert not any(each["type"] in _SUBCOMMANDS for each in known.values()), f"One of {list(known)} is needed."
    assert set(values) <= set(known), f"The options are {list(known)}."
    missing = {name for name, each in known.items() if each.get("required")} - set(values)
    assert focused is not None or not missing, f"{missing} must be given."
    for name, value in values.items():
        option: Json = {"name": name, "type": known[name]["type"], "value": value}
        if isinstance(value, User | Channel | Role):
            option["value"] = value.id
            resolved.setdefault(_RESOLVED[type(value)], {})[value.id] = value.json()
            if isinstance(value, User) and channel.guild:
                resolved.setdefault("members", {})[value.id] = value.member_json(channel.guild, EVERYONE)
            if isinstance(value, Channel):
                resolved["channels"][value.id]["permissions"] = str(int(EVERYONE))
        if name == focused:
            option["focused"] = True
        else:
            _check_option(known[name], value)
        yield option


def about(registered: Json) -> Json:
    """What an interaction says of the command."""
    return {key: registered[key] for key in ("id", "name", "type", "guild_id") if key in registered}


def _check_option(option: Json, value: object) -> None:
    if isinstance(value, str):
        least, most = option.get("min_length", 0), option.get("max_length", 6000)
        assert least <= len(value) <= most, f"{option['name']} takes {least} to {most} characters."
    if choices := option.get("choices"):
        assert value in [each["value"] for each in choices], f"{option['name']} takes one of {choices}."


def control_of(message: Message, label: str | None, custom_id: str | None) -> Json:
    """The button or select with that label, emoji, placeholder or custom id."""
    for each in message.controls:
        names = (each.get("label"), (each.get("emoji") or {}).get("name"), each.get("placeholder"))
        if label in names if custom_id is None else each.get("custom_id") == custom_id:
            return each
    raise AssertionError(f"Nothing to press is called {label or custom_id!r}, but there is {message.controls}.")


def filled(component: Json, left: dict[str, str]) -> Json:
    """A part of a form as it is sent; takes its values out of ``left``."""
    if component["type"] == Component.ROW:
        return {"type": Component.ROW, "id": 1, "components": [filled(each, left) for each in component["components"]]}
    if component["type"] != Component.LABEL:
        return _field(component, component.get("label", ""), left)
    return {"type": Component.LABEL, "id": 1, "component": _field(component["component"], component["label"], left)}


def _field(field: Json, label: str, left: dict[str, str]) -> Json:
    sent: Json = {"type": field["type"], "id": 2}
    if "custom_id" not in field:
        return sent
    sent["custom_id"] = field["custom_id"]
    name = field["custom_id"] if field["custom_id"] in left else label
    value = left.pop(name, field.get("value") or "")
    if field["type"] == Component.SELECT:
        return {**sent, "values": [value] if value else []}
    least = field.get("min_length", 1 if field.get("required", True) else 0)
    assert not field.get("required", True) or value, f"{label} must be filled in."
    assert not value or least <= len(value) <= field.get("max_length", 4000), f"{label} is too short or too long."
    return {**sent, "value": value}
