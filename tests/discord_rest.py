"""Discord's HTTP interface, version 10: what each request does to the world and what it is answered."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote

from tests.discord_commands import register
from tests.discord_interactions import acknowledge, answer_with, edit_answer, find_answer
from tests.discord_journal import Request
from tests.discord_limits import Refused, check_message
from tests.discord_numbers import ChannelType, Json, MessageFlag, MessageType
from tests.discord_records import Channel, Guild, Message, User
from tests.discord_world import World

Answer = tuple[int, Json | list[Json] | None]
K = TypeVar("K")
_NO_ACCESS = Refused(403, 50013, "Missing Permissions")
# A nonce is remembered for a few minutes.
_NONCE_SECONDS = 180


class Rest:
    """Answers requests; call it under the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._nonces: dict[tuple[str, str], tuple[float, Message]] = {}

    def answer(self, request: Request) -> Answer:
        """Do what the request asks for; a request that this Discord does not know is recorded as unexpected."""
        try:
            for method, pattern, does in _ROUTES:
                if method == request.method and (found := pattern.fullmatch(request.path)):
                    self._check_token(request)
                    return does(self, request, *map(unquote, found.groups()))
        except Refused as refused:
            return refused.status, refused.body
        self._world.unexpected.append(request)
        return 404, {"code": 0, "message": "404: Not Found"}

    def _check_token(self, request: Request) -> None:
        by_its_url = request.path.startswith(("/webhooks/", "/interactions/"))
        if not by_its_url and request.authorization != f"Bot {self._world.token}":
            raise Refused(401, 0, "401: Unauthorized")

    # --- the application -------------------------------------------------------------------------------------------

    def _me(self, _request: Request) -> Answer:
        return 200, {**self._world.bot.json(), "verified": True, "mfa_enabled": False, "locale": "en-US"}

    def _application(self, _request: Request) -> Answer:
        bot = self._world.bot
        owner = next((guild.owner for guild in self._world.guilds.values()), bot)
        return 200, {
            "id": bot.id,
            "name": bot.name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": owner.json(),
            "team": None,
            "verify_key": "0" * 64,
            "flags": 0,
            "approximate_guild_count": len(self._world.guilds),
        }

    def _commands(self, _request: Request, application: str, guild: str | None = None) -> Answer:
        self._own(application)
        return 200, self._world.commands.get(guild, [])

    def _put_commands(self, request: Request, application: str, guild: str | None = None) -> Answer:
        self._own(application)
        if guild is not None:
            _found(self._world.guilds, guild, 10004, "Unknown Guild")
        commands = request.body if isinstance(request.body, list) else []
        made = register(self._world, guild, commands)
        return 200, made

    def _own(self, application: str) -> None:
        if application != self._world.bot.id:
            raise Refused(403, 20012, "You are not authorized to perform this action on this application")

    # --- interactions ----------------------------------------------------------------------------------------------

    def _callback(self, request: Request, interaction_id: str, token: str) -> Answer:
        interaction = self._world.interactions.get(token)
        if interaction is None or interaction.id != interaction_id:
            raise Refused(404, 10062, "Unknown interaction")
        try:
            said = acknowledge(self._world, interaction, request.json, request.files)
        except Refused as refused:
            interaction.refusals.append(refused.body["code"])
            raise
        return (200, said) if request.query.get("with_response") in ("1", "true") else (204, None)

    def _followup(self, request: Request, application: str, token: str) -> Answer:
        self._own(application)
        message = answer_with(self._world, token, request.json, request.files)
        return (200, self._world.message_json(message)) if request.query.get("wait") in ("1", "true") else (204, None)

    def _answer(self, _request: Request, _application: str, token: str, message_id: str) -> Answer:
        return 200, self._world.message_json(find_answer(self._world, token, message_id))

    def _edit_answer(self, request: Request, _application: str, token: str, message_id: str) -> Answer:
        message = edit_answer(self._world, token, message_id, request.json, request.files)
        return 200, self._world.message_json(message)

    def _delete_answer(self, _request: Request, _application: str, token: str, message_id: str) -> Answer:
        self._world.delete(find_answer(self._world, token, message_id))
        return 204, None

    # --- channels and messages -------------------------------------------------------------------------------------

    def _channel(self, channel_id: str) -> Channel:
        return _found(self._world.channels, channel_id, 10003, "Unknown Channel")

    def _message(self, channel_id: str, message_id: str) -> Message:
        return _found(self._channel(channel_id).messages, message_id, 10008, "Unknown Message")

    def _get_channel(self, _request: Request, channel_id: str) -> Answer:
        return 200, self._channel(channel_id).json()

    def _edit_channel(self, request: Request, channel_id: str) -> Answer:
        channel = self._channel(channel_id)
        channel.name = request.json.get("name", channel.name)
        return 200, channel.json()

    def _post(self, request: Request, channel_id: str) -> Answer:
        channel, payload = self._channel(channel_id), request.json
        if not channel.bot_may_post:
            raise _NO_ACCESS
        if channel.type is ChannelType.DM and channel.owner and not channel.owner.takes_dms:
            raise Refused(403, 50007, "Cannot send messages to this user")
        nonce = payload.get("nonce")
        if nonce is not None and payload.get("enforce_nonce") and (earlier := self._said_with(channel, str(nonce))):
            return 200, self._world.message_json(earlier)
        check_message({**payload, "attachments": request.files})
        message = Message(channel, self._world.bot, nonce=None if nonce is None else str(nonce))
        message.flags = MessageFlag(payload.get("flags", 0)) & MessageFlag.SUPPRESS_EMBEDS
        if reference := payload.get("message_reference"):
            message.reply_to = channel.messages.get(str(reference["message_id"]))
            message.type = MessageType.REPLY if message.reply_to else MessageType.DEFAULT
            if message.reply_to is None and reference.get("fail_if_not_exists", True):
                why = {"_errors": [{"code": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "message": "Unknown message"}]}
                raise Refused(400, 50035, "Invalid Form Body", {"message_reference": why})
        self._world.post(self._world.write(message, payload, request.files))
        if message.nonce is not None:
            self._nonces[channel.id, message.nonce] = time.monotonic(), message
        return 200, self._world.message_json(message)

    def _said_with(self, channel: Channel, nonce: str) -> Message | None:
        said, message = self._nonces.get((channel.id, nonce), (0.0, None))
        return message if message and time.monotonic() - said < _NONCE_SECONDS else None

    def _get_message(self, _request: Request, channel_id: str, message_id: str) -> Answer:
        return 200, self._world.message_json(self._message(channel_id, message_id))

    def _history(self, request: Request, channel_id: str) -> Answer:
        messages = list(self._channel(channel_id).messages.values())
        if before := request.query.get("before"):
            messages = [each for each in messages if int(each.id) < int(before)]
        limit = int(request.query.get("limit", 50))
        if after := request.query.get("after"):
            messages = [each for each in messages if int(each.id) > int(after)][:limit]
        return 200, [self._world.message_json(each) for each in reversed(messages[-limit:])]

    def _edit(self, request: Request, channel_id: str, message_id: str) -> Answer:
        message = self._message(channel_id, message_id)
        if message.author is not self._world.bot:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        return 200, self._world.message_json(self._world.edit(message, request.json, request.files))

    def _delete(self, _request: Request, channel_id: str, message_id: str) -> Answer:
        message = self._message(channel_id, message_id)
        if message.author is not self._world.bot:
            raise _NO_ACCESS
        self._world.delete(message)
        return 204, None

    def _type(self, _request: Request, channel_id: str) -> Answer:
        channel = self._channel(channel_id)
        if not channel.bot_may_post:
            raise _NO_ACCESS
        self._world.typing.append(channel)
        return 204, None

    def _react(self, _request: Request, channel_id: str, message_id: str, emoji: str) -> Answer:
        self._message(channel_id, message_id).reactions.append(emoji)
        return 204, None

    def _thread(self, request: Request, channel_id: str, message_id: str | None = None) -> Answer:
        channel, name = self._channel(channel_id), str(request.json.get("name", "")).strip()
        starter = self._message(channel_id, message_id) if message_id else None
        if not channel.bot_may_post:
            raise _NO_ACCESS
        if not 1 <= len(name) <= 100:
            why = {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be between 1 and 100 in length."}]}
            raise Refused(400, 50035, "Invalid Form Body", {"name": why})
        minutes = int(request.json.get("auto_archive_duration") or 1440)
        return 201, self._world.open_thread(channel, name, minutes, starter).json()

    def _nothing(self, _request: Request, *_names: str) -> Answer:
        return 204, None

    # --- people and servers ----------------------------------------------------------------------------------------

    def _user(self, user_id: str) -> User:
        return _found(self._world.users, user_id, 10013, "Unknown User")

    def _guild(self, guild_id: str) -> Guild:
        return _found(self._world.guilds, guild_id, 10004, "Unknown Guild")

    def _get_user(self, _request: Request, user_id: str) -> Answer:
        return 200, self._user(user_id).json()

    def _open_dm(self, request: Request) -> Answer:
        return 200, self._world.dm_channel(self._user(str(request.json["recipient_id"]))).json()

    def _get_guild(self, _request: Request, guild_id: str) -> Answer:
        return 200, self._guild(guild_id).json()

    def _guild_channels(self, _request: Request, guild_id: str) -> Answer:
        return 200, [each.json() for each in self._guild(guild_id).channels if not each.is_thread]

    def _guild_roles(self, _request: Request, guild_id: str) -> Answer:
        return 200, [role.json() for role in self._guild(guild_id).roles]

    def _member(self, _request: Request, guild_id: str, user_id: str) -> Answer:
        guild, user = self._guild(guild_id), self._user(user_id)
        if user not in guild.members:
            raise Refused(404, 10007, "Unknown Member")
        return 200, {**user.member_json(guild), "user": user.json()}


def _found(known: dict[str, K], wanted: str, code: int, otherwise: str) -> K:
    if wanted not in known:
        raise Refused(404, code, otherwise)
    return known[wanted]


_ID = r"(\d+)"
_MESSAGES = rf"/channels/{_ID}/messages"
_HOOK = rf"/webhooks/{_ID}/([^/]+)"
_ANSWER = rf"{_HOOK}/messages/(@original|\d+)"
_ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
    (method, re.compile(pattern), does)
    for method, pattern, does in (
        ("GET", "/users/@me", Rest._me),
        ("GET", "(?:/oauth2)?/applications/@me", Rest._application),
        ("GET", f"/applications/{_ID}/commands", Rest._commands),
        ("PUT", f"/applications/{_ID}/commands", Rest._put_commands),
        ("GET", f"/applications/{_ID}/guilds/{_ID}/commands", Rest._commands),
        ("PUT", f"/applications/{_ID}/guilds/{_ID}/commands", Rest._put_commands),
        ("POST", f"/interactions/{_ID}/([^/]+)/callback", Rest._callback),
        ("POST", _HOOK, Rest._followup),
        ("GET", _ANSWER, Rest._answer),
        ("PATCH", _ANSWER, Rest._edit_answer),
        ("DELETE", _ANSWER, Rest._delete_answer),
        ("GET", f"/channels/{_ID}", Rest._get_channel),
        ("PATCH", f"/channels/{_ID}", Rest._edit_channel),
        ("POST", f"/channels/{_ID}/typing", Rest._type),
        ("POST", _MESSAGES, Rest._post),
        ("GET", _MESSAGES, Rest._history),
        ("GET", f"{_MESSAGES}/{_ID}", Rest._get_message),
        ("PATCH", f"{_MESSAGES}/{_ID}", Rest._edit),
        ("DELETE", f"{_MESSAGES}/{_ID}", Rest._delete),
        ("PUT", f"{_MESSAGES}/{_ID}/reactions/([^/]+)/@me", Rest._react),
        ("POST", f"{_MESSAGES}/{_ID}/threads", Rest._thread),
        ("POST", f"/channels/{_ID}/threads", Rest._thread),
        ("PUT", f"/channels/{_ID}/thread-members/(@me|\\d+)", Rest._nothing),
        ("GET", f"/users/{_ID}", Rest._get_user),
        ("POST", "/users/@me/channels", Rest._open_dm),
        ("GET", f"/guilds/{_ID}", Rest._get_guild),
        ("GET", f"/guilds/{_ID}/channels", Rest._guild_channels),
        ("GET", f"/guilds/{_ID}/roles", Rest._guild_roles),
        ("GET", f"/guilds/{_ID}/members/{_ID}", Rest._member),
    )
]
