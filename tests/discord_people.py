"""What people do in Discord: commands, buttons, forms and messages, checked as Discord's own client checks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.discord_forms import Values, about, command_data, control_of, filled
from tests.discord_numbers import EVERYONE, ChannelType, Component, InteractionType, Json, MessageType, snowflake
from tests.discord_records import Channel, Guild, Interaction, Message, Role, User
from tests.discord_world import World

_LINK_STYLE = 5


class People:
    """Acts as people do. ``user`` and ``channel`` are the first ones where they are not given."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.user = world.add_user("Lola", "es-ES")
        self.guild = world.add_guild("La plaza", self.user, ("general", "noticias"), "es-ES")
        self.other_guild = world.add_guild("El barrio", self.user, ("charla",), "es-ES")

    @property
    def channel(self) -> Channel:
        """The first text channel of the first server."""
        return self.guild.channels[0]

    def new_user(self, name: str, *, locale: str = "es-ES") -> User:
        """Another person, a member of every server."""
        return self.world.add_user(name, locale)

    def new_guild(self, name: str, *, channels: Sequence[str] = ("general",), locale: str = "es-ES") -> Guild:
        """Another server; its bot is told at once."""
        return self.world.add_guild(name, self.user, channels, locale)

    def new_role(self, guild: Guild, name: str) -> Role:
        """A role; ``user.roles.append`` gives it. Make it before the bot connects."""
        guild.roles.append(role := Role(guild, name))
        return role

    def dm_channel(self, user: User) -> Channel:
        """Where the bot and the person speak alone."""
        return self.world.dm_channel(user)

    # --- commands --------------------------------------------------------------------------------------------------

    def commands(self, guild: Guild | None = None) -> dict[str, Json]:
        """What was registered for every server or for one, by name, with its id."""
        return {each["name"]: each for each in self.world.commands.get(guild.id if guild else None, [])}

    def slash(
        self,
        command: str,
        options: Values | None = None,
        *,
        user: User | None = None,
        guild: Guild | None = None,
        channel: Channel | None = None,
        locale: str | None = None,
        permissions: int = EVERYONE,
        expired: bool = False,
    ) -> Interaction:
        """Use a command: ``slash("indice estado", {})``; options by their default names, checked against its schema.

        Whether the person would be offered it is not checked: see ``commands()[…]["default_member_permissions"]``.
        """
        channel = channel or (guild or self.guild).channels[0]
        data = self._command_data(command, options or {}, channel)
        return self._interact(InteractionType.COMMAND, data, user, channel, locale, permissions, expired=expired)

    def autocomplete(
        self,
        command: str,
        options: Values,
        *,
        focused: str,
        user: User | None = None,
        channel: Channel | None = None,
        locale: str | None = None,
        permissions: int = EVERYONE,
        timeout: float = 20,
    ) -> list[Json]:
        """Type into an option and return the suggestions, ``{"name": …, "value": …}`` each."""
        channel = channel or self.channel
        data = self._command_data(command, options, channel, focused)
        asked = self._interact(InteractionType.AUTOCOMPLETE, data, user, channel, locale, permissions)
        asked.wait_ack(timeout)
        return asked.choices or []

    def context_menu(
        self,
        name: str,
        message: Message,
        *,
        user: User | None = None,
        locale: str | None = None,
        permissions: int = EVERYONE,
        expired: bool = False,
    ) -> Interaction:
        """Use a message command on a message."""
        registered = self._registered(name, 3, message.channel)
        data = about(registered)
        shown = self.world.message_json(message, reads_content=True)
        data |= {"target_id": message.id, "resolved": {"messages": {message.id: shown}}}
        return self._interact(
            InteractionType.COMMAND, data, user, message.channel, locale, permissions, expired=expired
        )

    def _command_data(self, command: str, values: Values, channel: Channel, focused: str | None = None) -> Json:
        name, *path = command.split()
        return command_data(self._registered(name, 1, channel), path, values, channel, focused)

    def _registered(self, name: str, kind: int, channel: Channel) -> Json:
        guild = channel.guild.id if channel.guild else None
        for place in (guild, None):
            for each in self.world.commands.get(place, []):
                if (each["name"], each["type"]) == (name, kind):
                    return each
        known = [each["name"] for commands in self.world.commands.values() for each in commands]
        raise AssertionError(f"No command {name!r} was registered there, but {known}.")

    # --- buttons and forms -----------------------------------------------------------------------------------------

    def click(
        self,
        message: Message,
        label: str | None = None,
        *,
        custom_id: str | None = None,
        values: Sequence[str] | None = None,
        user: User | None = None,
        locale: str | None = None,
        permissions: int = EVERYONE,
        expired: bool = False,
    ) -> Interaction:
        """Press a button, by its label (or emoji) or its custom id; with ``values``, choose them from a select."""
        control = control_of(message, label, custom_id)
        assert control.get("style") != _LINK_STYLE, "A link opens the browser; Discord tells nobody."
        assert not control.get("disabled"), f"{label or custom_id} cannot be pressed."
        data: Json = {"custom_id": control["custom_id"], "component_type": control["type"], "id": 1}
        if control["type"] == Component.SELECT:
            offered = {option["value"] for option in control["options"]}
            assert values, "Something must be chosen."
            assert set(values) <= offered, f"What can be chosen is {offered}."
            data["values"] = list(values)
        return self._interact(
            InteractionType.COMPONENT,
            data,
            user or (message.interaction.user if message.interaction else None),
            message.channel,
            locale,
            permissions,
            source=message,
            expired=expired,
        )

    def submit(self, asked: Interaction, values: Mapping[str, str], *, expired: bool = False) -> Interaction:
        """Fill in and send the form that an interaction was answered with; fields by custom id or by label."""
        modal = asked.modal
        assert modal, f"No form was shown, but {asked.acks}."
        left = dict(values)
        data: Json = {
            "custom_id": modal["custom_id"],
            "components": [filled(each, left) for each in modal["components"]],
        }
        assert not left, f"The form has no {list(left)}: {modal['components']}"
        return self._interact(
            InteractionType.MODAL,
            data,
            asked.user,
            asked.channel,
            asked.locale,
            asked.permissions,
            source=asked.source,
            expired=expired,
        )

    def _interact(
        self,
        kind: InteractionType,
        data: Json,
        user: User | None,
        channel: Channel,
        locale: str | None,
        permissions: int,
        *,
        source: Message | None = None,
        expired: bool = False,
    ) -> Interaction:
        user = user or (channel.owner if channel.type is ChannelType.DM else None) or self.user
        with self.world.changed:
            made = Interaction(
                kind,
                user,
                channel,
                data,
                f"interaction-{snowflake()}",
                locale or user.locale,
                int(permissions),
                self.world.wait_for,
                source,
                expired=expired,
            )
            self.world.interactions[made.token] = made
            event = self._event(made)
            self.world.dispatch("INTERACTION_CREATE", lambda _intents: event)
        return made

    def _event(self, made: Interaction) -> Json:
        guild, bot = made.channel.guild, self.world.bot
        event: Json = {
            "id": made.id,
            "application_id": bot.id,
            "type": made.type.value,
            "token": made.token,
            "version": 1,
            "data": made.data,
            "channel_id": made.channel.id,
            "channel": {**made.channel.json(), "permissions": str(made.permissions)},
            "app_permissions": str(int(EVERYONE)),
            "attachment_size_limit": 10 << 20,
            "entitlements": [],
            "locale": made.locale,
            "authorizing_integration_owners": {"0": guild.id if guild else "0"},
            "context": 0 if guild else 1,
        }
        if guild:
            event |= {"guild_id": guild.id, "guild_locale": guild.locale}
            event["guild"] = {"id": guild.id, "locale": guild.locale, "features": []}
            event["member"] = {**made.user.member_json(guild, made.permissions), "user": made.user.json()}
        else:
            event["user"] = made.user.json()
        if made.source:
            event["message"] = self.world.message_json(made.source, reads_content=True)
        return event

    # --- messages --------------------------------------------------------------------------------------------------

    def say(
        self,
        content: str,
        *,
        channel: Channel | None = None,
        user: User | None = None,
        mention_bot: bool | None = None,
        reply_to: Message | None = None,
        ping: bool = True,
    ) -> Message:
        """Write a message; it mentions the bot unless it is a reply, which pings whom it answers unless told not to."""
        channel = channel or (reply_to.channel if reply_to else self.channel)
        mention_bot = reply_to is None if mention_bot is None else mention_bot
        said = Message(channel, user or _person(channel) or self.user)
        said.content = f"{self.world.bot.mention} {content}" if mention_bot else content
        if reply_to:
            said.type, said.reply_to = MessageType.REPLY, reply_to
            said.allowed_mentions = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        with self.world.changed:
            return self.world.post(said)

    def dm(self, content: str, user: User | None = None, *, reply_to: Message | None = None) -> Message:
        """Write to the bot alone."""
        user = user or self.user
        return self.say(content, channel=self.dm_channel(user), user=user, mention_bot=False, reply_to=reply_to)

    def messages(self, channel: Channel | None = None) -> list[Message]:
        """What stands in a channel, the oldest first, people's messages too; ephemeral ones stand in none."""
        with self.world.changed:
            return list((channel or self.channel).messages.values())

    def wait_message(
        self, channel: Channel, predicate: Callable[[Message], bool] = lambda _message: True, timeout: float = 20
    ) -> Message:
        """The first message of the bot's in a channel that the predicate holds for."""

        def found() -> Message | None:
            ours = [each for each in channel.messages.values() if each.author is self.world.bot]
            return next(
                (each for each in ours if each.type is not MessageType.THREAD_STARTER and predicate(each)), None
            )

        return self.world.wait_for(found, timeout, f"a message in #{channel.name or 'DM'}")

    def wait_reply(self, said: Message, timeout: float = 20) -> Message:
        """The bot's reply to a message."""
        return self.wait_message(said.channel, lambda message: message.reply_to is said, timeout)


def _person(channel: Channel) -> User | None:
    """The person of a DM."""
    return channel.owner if channel.type is ChannelType.DM else None
