"""What a Discord is made of, in the tests' own Discord: people, servers, channels, messages and interactions.

Records know how they look in JSON. They are changed by ``tests.discord_world`` alone, under its lock. They hold one
another, which their ``repr`` leaves out: a failed assertion would take minutes to print.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.discord_numbers import (
    EVERYONE,
    NO_FLAGS,
    Callback,
    ChannelType,
    Component,
    InteractionType,
    Json,
    MessageFlag,
    MessageType,
    moment,
    snowflake,
)
from tests.discord_parts import Attachment, walk


@dataclass(eq=False)
class User:
    """A person, or the bot; ``locale`` is what their Discord is set to."""

    name: str
    id: str = field(default_factory=snowflake)
    bot: bool = False
    locale: str = "es-ES"
    roles: list[Role] = field(default_factory=list, repr=False)
    takes_dms: bool = True

    @property
    def mention(self) -> str:
        """What a message says to mention them."""
        return f"<@{self.id}>"

    def json(self) -> Json:
        """The user object."""
        return {
            "id": self.id,
            "username": self.name.lower(),
            "global_name": None if self.bot else self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }

    def member_json(self, guild: Guild, permissions: int | None = None) -> Json:
        """The member object, without the user; with permissions, as interactions carry it."""
        member: Json = {
            "nick": None,
            "avatar": None,
            "roles": [role.id for role in self.roles if role.guild is guild],
            "joined_at": moment(guild.id),
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        return member if permissions is None else {**member, "permissions": str(permissions)}


@dataclass(eq=False)
class Role:
    """A role of a server; the one that everybody has goes by the server's id."""

    guild: Guild = field(repr=False)
    name: str
    permissions: int = 0
    id: str = field(default_factory=snowflake)

    def json(self) -> Json:
        """The role object."""
        return {
            "id": self.id,
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0 if self.id == self.guild.id else 1,
            "permissions": str(self.permissions),
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(eq=False)
class Guild:
    """A server."""

    name: str
    owner: User
    id: str = field(default_factory=snowflake)
    locale: str = "es-ES"
    channels: list[Channel] = field(default_factory=list, repr=False)
    roles: list[Role] = field(default_factory=list, repr=False)
    members: list[User] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self.roles.append(Role(self, "@everyone", EVERYONE, self.id))

    def json(self, *members: User) -> Json:
        """The guild object with its channels; ``members`` are the ones that it tells of."""
        return {
            "id": self.id,
            "name": self.name,
            "owner_id": self.owner.id,
            "icon": None,
            "preferred_locale": self.locale,
            "roles": [role.json() for role in self.roles],
            "emojis": [],
            "features": [],
            "member_count": len(self.members),
            "large": False,
            "unavailable": False,
            "members": [{**user.member_json(self), "user": user.json()} for user in members],
            "channels": [each.json() for each in self.channels if each.type is ChannelType.TEXT],
            "threads": [each.json() for each in self.channels if each.is_thread],
        }


@dataclass(eq=False)
class Channel:
    """A text channel, a thread or a DM; where ``bot_may_post`` is false, sending is refused."""

    type: ChannelType
    name: str = ""
    guild: Guild | None = field(default=None, repr=False)
    parent: Channel | None = field(default=None, repr=False)
    owner: User | None = field(default=None, repr=False)
    id: str = field(default_factory=snowflake)
    archive_minutes: int = 1440
    bot_may_post: bool = True
    messages: dict[str, Message] = field(default_factory=dict, repr=False)

    @property
    def is_thread(self) -> bool:
        """Whether it hangs from another channel."""
        return self.type in (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD)

    def json(self) -> Json:
        """The channel object."""
        last = next(reversed(self.messages), None)
        common: Json = {"id": self.id, "type": self.type.value, "flags": 0, "last_message_id": last}
        if self.type is ChannelType.DM:
            assert self.owner
            return {**common, "recipients": [self.owner.json()]}
        assert self.guild
        common |= {"guild_id": self.guild.id, "name": self.name, "rate_limit_per_user": 0}
        if not self.is_thread:
            position = self.guild.channels.index(self)
            return {**common, "position": position, "parent_id": None, "topic": None, "permission_overwrites": []}
        assert self.parent
        assert self.owner
        return {
            **common,
            "parent_id": self.parent.id,
            "owner_id": self.owner.id,
            "message_count": len(self.messages),
            "total_message_sent": len(self.messages),
            "member_count": 1,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": self.archive_minutes,
                "archive_timestamp": moment(self.id),
                "create_timestamp": moment(self.id),
                "locked": False,
            },
        }


@dataclass(eq=False)
class Message:
    """A message as it stands now; ``payloads`` are what the bot sent for it, the first to the last."""

    channel: Channel
    author: User
    content: str = ""
    id: str = field(default_factory=snowflake)
    type: MessageType = MessageType.DEFAULT
    flags: MessageFlag = NO_FLAGS
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    nonce: str | None = None
    reply_to: Message | None = field(default=None, repr=False)
    # Who is told of the message: users' ids, roles' ids after "&", and "everyone".
    pings: frozenset[str] = frozenset()
    allowed_mentions: Json | None = None
    interaction: Interaction | None = field(default=None, repr=False)
    thread: Channel | None = field(default=None, repr=False)
    reactions: list[str] = field(default_factory=list)
    payloads: list[Json] = field(default_factory=list, repr=False)
    deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        """Whether only the one who asked sees it."""
        return MessageFlag.EPHEMERAL in self.flags

    @property
    def loading(self) -> bool:
        """Whether it still says "thinking…"."""
        return MessageFlag.LOADING in self.flags

    @property
    def controls(self) -> list[Json]:
        """Its buttons and selects, in order."""
        return [each for each in walk(self.components) if each["type"] in (Component.BUTTON, Component.SELECT)]

    @property
    def text(self) -> str:
        """Everything that it says: the content, the embeds' texts and the text components, a line each."""
        said = [self.content]
        for embed in self.embeds:
            said += [embed.get("author", {}).get("name", ""), embed.get("title", ""), embed.get("description", "")]
            said += [text for each in embed.get("fields", []) for text in (each["name"], each["value"])]
            said.append(embed.get("footer", {}).get("text", ""))
        said += [each["content"] for each in walk(self.components) if "content" in each]
        return "\n".join(filter(None, said))


@dataclass(eq=False)
class Interaction:
    """Something that a person did, and all that the bot did about it.

    ``acks`` are the callbacks that were accepted, ``refusals`` the codes of those that were not. ``source`` is the
    message whose button was pressed; ``original`` what ``@original`` means.
    """

    type: InteractionType
    user: User
    channel: Channel
    data: Json
    token: str
    locale: str
    permissions: int
    wait_for: Callable[..., Any] = field(repr=False)
    source: Message | None = field(default=None, repr=False)
    id: str = field(default_factory=snowflake)
    made: float = field(default_factory=time.monotonic)
    # Too late to acknowledge from the start.
    expired: bool = False
    # The fifteen minutes are over: no more follow-ups.
    token_expired: bool = False
    acks: list[Json] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)

    def wait_answer(self, timeout: float = 20) -> Message:
        """Wait for the ``answer``."""
        answer: Message = self.wait_for(lambda: self.answer, timeout, f"an answer to {self.data}")
        return answer

    def wait_ack(self, timeout: float = 20) -> Json:
        """Wait for the callback that acknowledges it."""
        acks: list[Json] = self.wait_for(lambda: self.acks, timeout, f"an acknowledgement of {self.data}")
        return acks[0]

    @property
    def messages(self) -> list[Message]:
        """The answer and the follow-ups as they stand now, without the deleted."""
        made = [self.original] if self.original and self.original is not self.source else []
        return [each for each in (*made, *self.followups) if not each.deleted]

    @property
    def answer(self) -> Message | None:
        """The first message that says something, or the message that was updated; None as long as there is none."""
        for each in self.messages:
            if not each.loading:
                return each
        updated = any(ack["type"] == Callback.UPDATE for ack in self.acks)
        return self.source if updated else None

    @property
    def modal(self) -> Json | None:
        """The form that the bot answered with."""
        return next((ack["data"] for ack in self.acks if ack["type"] == Callback.MODAL), None)

    @property
    def choices(self) -> list[Json] | None:
        """The suggestions that the bot answered with."""
        return next((ack["data"]["choices"] for ack in self.acks if ack["type"] == Callback.CHOICES), None)
