"""How interactions are acknowledged and answered."""

from __future__ import annotations

import time

from tests.discord_limits import Refused, check_choices, check_modal
from tests.discord_numbers import Callback, InteractionType, Json, MessageFlag, MessageType
from tests.discord_parts import Attachment
from tests.discord_records import Interaction, Message
from tests.discord_world import World

_MESSAGES = {Callback.MESSAGE, Callback.DEFERRED_MESSAGE}
_UPDATES = {Callback.DEFERRED_UPDATE, Callback.UPDATE}


def acknowledge(world: World, interaction: Interaction, payload: Json, files: list[Attachment]) -> Json:
    """Take the callback of an interaction and return what Discord says to it; once, in time and of a kind that fits."""
    if interaction.acks:
        raise Refused(400, 40060, "Interaction has already been acknowledged.")
    if interaction.expired or time.monotonic() - interaction.made > world.ack_deadline:
        raise Refused(404, 10062, "Unknown interaction")
    kind = Callback(payload["type"])
    if kind not in _fitting(interaction):
        raise Refused(400, 50035, "Invalid Form Body", {"type": {"_errors": [{"message": f"Not {kind.name} here."}]}})
    data: Json = payload.get("data") or {}
    if kind in _MESSAGES:
        message = _new_message(world, interaction, data)
        if kind is Callback.MESSAGE:
            world.write(message, data, files)
        else:
            message.flags |= MessageFlag.LOADING
        interaction.original = world.post(message)
    elif kind in _UPDATES:
        interaction.original = interaction.source
        if kind is Callback.UPDATE and interaction.source:
            world.edit(interaction.source, data, files)
    elif kind is Callback.CHOICES:
        check_choices(data["choices"])
    else:
        check_modal(data)
    interaction.acks.append(payload)
    return _acknowledged(world, interaction, kind)


def _fitting(interaction: Interaction) -> set[Callback]:
    match interaction.type:
        case InteractionType.AUTOCOMPLETE:
            return {Callback.CHOICES}
        case InteractionType.COMMAND:
            return _MESSAGES | {Callback.MODAL}
        case InteractionType.COMPONENT:
            return _MESSAGES | _UPDATES | {Callback.MODAL}
        case InteractionType.MODAL:
            return _MESSAGES | (_UPDATES if interaction.source else set())


def _acknowledged(world: World, interaction: Interaction, kind: Callback) -> Json:
    about: Json = {"id": interaction.id, "type": interaction.type.value}
    said: Json = {"interaction": about, "resource": {"type": kind.value}}
    if (message := interaction.original) and kind is not Callback.DEFERRED_UPDATE:
        about["response_message_id"] = message.id
        about["response_message_loading"] = message.loading
        about["response_message_ephemeral"] = message.ephemeral
        said["resource"]["message"] = world.message_json(message)
    return said


def _new_message(world: World, interaction: Interaction, data: Json) -> Message:
    message = Message(interaction.channel, world.bot, interaction=interaction)
    if interaction.type is InteractionType.COMMAND:
        message.type = MessageType.CONTEXT_MENU if interaction.data["type"] == 3 else MessageType.COMMAND
    message.flags = MessageFlag(data.get("flags") or 0) & (MessageFlag.EPHEMERAL | MessageFlag.SUPPRESS_EMBEDS)
    return message


def answer_with(world: World, token: str, payload: Json, files: list[Attachment]) -> Message:
    """Send a follow-up; the first one after "thinking…" takes its place, and is seen by whom that was."""
    interaction = _acknowledged_one(world, token)
    original = interaction.original
    if original and original.loading and not original.deleted:
        return world.edit(original, payload, files)
    message = world.write(_new_message(world, interaction, payload), payload, files)
    message.type = MessageType.DEFAULT
    if original and original is not interaction.source:
        message.type, message.reply_to = MessageType.REPLY, original
    interaction.followups.append(world.post(message))
    return message


def edit_answer(world: World, token: str, message_id: str, payload: Json, files: list[Attachment]) -> Message:
    """Change the answer or a follow-up."""
    return world.edit(find_answer(world, token, message_id), payload, files)


def find_answer(world: World, token: str, message_id: str) -> Message:
    """``@original`` or a follow-up of the interaction with that token."""
    interaction = _acknowledged_one(world, token)
    candidates = [interaction.original] if message_id == "@original" else [interaction.original, *interaction.followups]
    for message in candidates:
        if message and not message.deleted and message_id in ("@original", message.id):
            return message
    raise Refused(404, 10008, "Unknown Message")


def _acknowledged_one(world: World, token: str) -> Interaction:
    interaction = world.interactions.get(token)
    if interaction is None or not interaction.acks:
        raise Refused(404, 10015, "Unknown Webhook")
    if interaction.token_expired:
        raise Refused(401, 50027, "Invalid Webhook Token")
    return interaction
