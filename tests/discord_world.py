"""The state of the tests' own Discord, and what changes it.

Everything here runs under one lock, ``changed``: the server's thread changes the state, the tests read it and wait for
it to change.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.discord_journal import Journal, Request
from tests.discord_limits import Refused, check_message
from tests.discord_numbers import EVERYONE, ChannelType, Intent, Json, MessageFlag, MessageType, moment
from tests.discord_parts import Attachment
from tests.discord_records import Channel, Guild, Interaction, Message, Role, User

# Tells every session an event; the function makes its payload from the session's intents, None where it is not told.
Dispatch = Callable[[str, Callable[[Intent], Json | None]], None]


@dataclass(eq=False)
class World(Journal):
    """One application, its servers and its people, and everything that was asked of this Discord."""

    bot: User = field(default_factory=lambda: User("Pregonero", bot=True))
    # How long a person's Discord waits for an interaction to be acknowledged, in seconds.
    ack_deadline: float = 3.0
    # Whether the application itself may read content; set when it identifies with that intent.
    reads_content: bool = False
    users: dict[str, User] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    # By server, None for those of every server.
    commands: dict[str | None, list[Json]] = field(default_factory=dict)
    syncs: list[tuple[str | None, list[Json]]] = field(default_factory=list)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    unexpected: list[Request] = field(default_factory=list)
    typing: list[Channel] = field(default_factory=list)
    dispatch: Dispatch = lambda _event, _payload: None

    def __post_init__(self) -> None:
        self.users[self.bot.id] = self.bot

    @property
    def token(self) -> str:
        """The bot's token, of the shape that Discord's have."""
        return f"{base64.b64encode(self.bot.id.encode()).decode()}.GfakeQ.{'pregonero-' * 3}"

    # --- people and places -----------------------------------------------------------------------------------------

    def add_user(self, name: str, locale: str) -> User:
        """A person who is a member of every server."""
        user = User(name, locale=locale)
        with self.changed:
            self.users[user.id] = user
            for guild in self.guilds.values():
                guild.members.append(user)
        return user

    def add_guild(self, name: str, owner: User, channels: Sequence[str], locale: str) -> Guild:
        """A server with text channels, that the bot and everybody is a member of."""
        guild = Guild(name, owner, locale=locale)
        role = Role(guild, self.bot.name, EVERYONE)
        with self.changed:
            guild.roles.append(role)
            guild.members += self.users.values()
            self.bot.roles.append(role)
            self.guilds[guild.id] = guild
            for channel in channels:
                self.add_channel(Channel(ChannelType.TEXT, channel, guild))
            self.dispatch("GUILD_CREATE", lambda intents: self.guild_event(guild) if Intent.GUILDS in intents else None)
        return guild

    def add_channel(self, channel: Channel) -> Channel:
        """Make a channel known."""
        with self.changed:
            self.channels[channel.id] = channel
            if channel.guild:
                channel.guild.channels.append(channel)
        return channel

    def dm_channel(self, user: User) -> Channel:
        """Where the bot and the person speak alone."""
        with self.changed:
            for channel in self.channels.values():
                if channel.type is ChannelType.DM and channel.owner is user:
                    return channel
            return self.add_channel(Channel(ChannelType.DM, owner=user))

    def guild_event(self, guild: Guild) -> Json:
        """A server as the gateway tells it: with the bot as its only member, as without the members' intent."""
        return {**guild.json(self.bot), "joined_at": moment(guild.id), "voice_states": [], "presences": []}

    # --- messages --------------------------------------------------------------------------------------------------

    def post(self, message: Message) -> Message:
        """Show a message in its channel, unless it is ephemeral, and tell of it."""
        message.pings = self._pings(message)
        if not message.ephemeral:
            message.channel.messages[message.id] = message
            self._tell("MESSAGE_CREATE", message)
        return message

    def write(self, message: Message, payload: Json, files: list[Attachment]) -> Message:
        """Put into a message what the bot sent for it, checked as it would then stand."""
        kept = {str(each["id"]) for each in payload["attachments"]} if "attachments" in payload else None
        attachments = [each for each in message.attachments if kept is None or each.id in kept] + files
        stands: Json = {"content": message.content, "embeds": message.embeds, "components": message.components}
        stands["flags"] = message.flags.value
        stands |= {key: value for key, value in payload.items() if key != "flags"}
        # The flag stays as it was made; a message does not become ephemeral or public later.
        stands["flags"] |= int(payload.get("flags") or 0) & MessageFlag.COMPONENTS_V2
        check_message({**stands, "attachments": attachments})
        message.content = (stands["content"] or "").strip()
        message.embeds = [{"type": "rich", **embed} for embed in stands["embeds"] or []]
        message.components = stands["components"] or []
        message.flags = MessageFlag(stands["flags"]) & ~MessageFlag.LOADING
        message.attachments = attachments
        message.allowed_mentions = payload.get("allowed_mentions", message.allowed_mentions)
        message.payloads.append(payload)
        return message

    def edit(self, message: Message, payload: Json, files: list[Attachment]) -> Message:
        """Change a message and tell of it; Discord pings nobody for an edit, save for the end of "thinking…"."""
        loading = message.loading
        self.write(message, payload, files)
        if loading:
            message.pings = self._pings(message)
        self._tell("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Message) -> None:
        """Take a message away and tell of it."""
        message.deleted = True
        message.channel.messages.pop(message.id, None)
        gone: Json = {"id": message.id, "channel_id": message.channel.id}
        if message.channel.guild:
            gone["guild_id"] = message.channel.guild.id
        if not message.ephemeral:
            self.dispatch("MESSAGE_DELETE", lambda intents: gone if self._told_of(message.channel, intents) else None)

    def open_thread(self, parent: Channel, name: str, minutes: int, starter: Message | None) -> Channel:
        """Open a thread of the bot's; one that hangs from a message has the message's id."""
        if parent.type is not ChannelType.TEXT:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if starter and starter.thread:
            raise Refused(400, 160004, "A thread has already been created for this message")
        thread = Channel(ChannelType.PUBLIC_THREAD, name, parent.guild, parent, self.bot, archive_minutes=minutes)
        if starter:
            thread.id = starter.id
            starter.thread = thread
            starter.flags |= MessageFlag.HAS_THREAD
        self.add_channel(thread)
        made = {**thread.json(), "newly_created": True}
        self.dispatch("THREAD_CREATE", lambda intents: made if Intent.GUILDS in intents else None)
        if starter:
            self._tell("MESSAGE_UPDATE", starter)
            self.post(Message(thread, starter.author, type=MessageType.THREAD_STARTER, reply_to=starter))
        return thread

    def _tell(self, event: str, message: Message) -> None:
        if not message.ephemeral:
            self.dispatch(event, lambda intents: self._message_event(message, intents))

    def _told_of(self, channel: Channel, intents: Intent) -> bool:
        needed = Intent.GUILD_MESSAGES if channel.guild else Intent.DIRECT_MESSAGES
        return needed in intents

    def _message_event(self, message: Message, intents: Intent) -> Json | None:
        if not self._told_of(message.channel, intents):
            return None
        event = self.message_json(message, reads_content=Intent.CONTENT in intents)
        if guild := message.channel.guild:
            event |= {"guild_id": guild.id, "member": message.author.member_json(guild)}
        return event

    def message_json(self, message: Message, *, reads_content: bool | None = None) -> Json:
        """The message object; what the application may not read is blank."""
        reads = self.reads_content if reads_content is None else reads_content
        body = _message_object(message, [self.users[ping] for ping in message.pings if ping in self.users])
        if reply := message.reply_to:
            guild = reply.channel.guild
            where: Json = {"type": 0, "message_id": reply.id, "channel_id": reply.channel.id}
            body["message_reference"] = {**where, **({"guild_id": guild.id} if guild else {})}
            shown = None if reply.deleted else _message_object(reply, [])
            body["referenced_message"] = (
                shown if shown is None or reads or self._meant_for_bot(reply) else _blank(shown)
            )
        return body if reads or self._meant_for_bot(message) else _blank(body)

    def _meant_for_bot(self, message: Message) -> bool:
        """Whether its content is told without the privileged intent."""
        return message.author is self.bot or message.channel.guild is None or self.bot.id in message.pings

    def _pings(self, message: Message) -> frozenset[str]:
        allowed = message.allowed_mentions
        parse = ("users", "roles", "everyone") if allowed is None else allowed.get("parse", ())
        users, roles = re.findall(r"<@!?(\d+)>", message.content), re.findall(r"<@&(\d+)>", message.content)
        listed: Json = allowed or {}
        # Discord takes ids as numbers too.
        named = {str(each) for kind in ("users", "roles") for each in listed.get(kind, ())}
        pinged = {user for user in users if "users" in parse or user in named}
        pinged |= {f"&{role}" for role in roles if "roles" in parse or role in named}
        if "everyone" in parse and re.search(r"@(?:everyone|here)\b", message.content):
            pinged.add("everyone")
        if message.type is MessageType.REPLY and message.reply_to and listed.get("replied_user", allowed is None):
            pinged.add(message.reply_to.author.id)
        return frozenset(pinged)


def _message_object(message: Message, mentions: list[User]) -> Json:
    body: Json = {
        "id": message.id,
        "channel_id": message.channel.id,
        "author": message.author.json(),
        "content": message.content,
        "timestamp": moment(message.id),
        "edited_timestamp": moment(message.id) if len(message.payloads) > 1 else None,
        "tts": False,
        "mention_everyone": "everyone" in message.pings,
        "mentions": [user.json() for user in mentions],
        "mention_roles": [ping[1:] for ping in message.pings if ping.startswith("&")],
        "attachments": [attachment.json() for attachment in message.attachments],
        "embeds": message.embeds,
        "components": message.components,
        "pinned": False,
        "type": message.type.value,
        "flags": message.flags.value,
    }
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.author.bot:
        body["application_id"] = message.author.id
    if made := message.interaction:
        body["interaction_metadata"] = {
            "id": made.id,
            "type": made.type.value,
            "user": made.user.json(),
            "authorizing_integration_owners": {},
        }
    if message.thread:
        body["thread"] = message.thread.json()
    return body


def _blank(body: Json) -> Json:
    return {**body, "content": "", "embeds": [], "attachments": [], "components": []}
