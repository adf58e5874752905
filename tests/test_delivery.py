"""What is sent to Discord arrives once: discord.py's own client and interactions against the tests' own Discord."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import pytest

from bot import delivery, failures
from bot.message.render import Rendered
from bot.texts import TEXTS
from index.records import Language
from tests.discord_faults import Hold, Pass, Refuse, Reset
from tests.discord_journal import Request
from tests.discord_numbers import Callback, Intent, Json
from tests.discord_records import Channel, Interaction, Message
from tests.discord_server import DiscordServer

ANSWER = Rendered(embeds=(discord.Embed(description="900 toneladas"),), view=None)
CALLBACK, ORIGINAL = "/callback$", "/messages/@original$"


@dataclass
class Wire:
    """A client that is signed in, without a gateway: interactions are handed to it here."""

    server: DiscordServer
    client: discord.Client

    @property
    def channel(self) -> Channel:
        """Where everything is asked."""
        return self.server.channel

    def ask(self, *, expired: bool = False) -> tuple[Interaction, discord.Interaction[Any]]:
        """A command that was used: as the tests' Discord sees it, and as the bot does."""
        told: list[Json | None] = []
        self.server.world.dispatch = lambda _event, payload: told.append(payload(Intent(0)))
        asked = self.server.slash("ask", user=self.server.user, expired=expired)
        [event] = told
        return asked, discord.Interaction(data=event, state=self.client._connection)  # type: ignore[arg-type]  # its JSON

    def where(self) -> discord.PartialMessageable:
        """The channel, as the bot sends to it."""
        return self.client.get_partial_messageable(int(self.channel.id))

    def requests(self, method: str, end: str) -> list[Request]:
        """The requests of a method whose path ends so."""
        return [each for each in self.server.requests if each.method == method and each.path.endswith(end)]

    def messages(self) -> list[str]:
        """What stands in the channel."""
        return [each.text for each in self.server.messages(self.channel)]


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as made:
        made.world.commands[None] = [{"id": "1", "name": "ask", "type": 1}]
        yield made
        assert made.unexpected == []


@pytest.fixture
async def wire(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wire]:
    monkeypatch.setattr(discord.http.Route, "BASE", f"{server.url}/api/v10")
    monkeypatch.setattr(delivery, "_SEND_PAUSE", 0)
    monkeypatch.setattr(delivery, "_CALLBACK_LINGERS", 0)
    # A machine that is busy with other tests is no slow Discord.
    monkeypatch.setattr(delivery, "_CALLBACK_SECONDS", 20)
    monkeypatch.setattr(delivery, "_CALLBACK_ATTEMPT", 10)
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(server.token)
        yield Wire(server, client)


@pytest.fixture
def hasty(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The time for an acknowledgement in small: less than the second that discord.py waits before it tries again."""
    monkeypatch.setattr(delivery, "_CALLBACK_SECONDS", 0.9)
    monkeypatch.setattr(delivery, "_CALLBACK_ATTEMPT", 0.1)
    return wire


def defer(seen: discord.Interaction[Any]) -> Any:
    return lambda: seen.response.defer(thinking=True)


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


def only(messages: list[Message]) -> Message:
    [message] = messages
    return message


# --- the first response ----------------------------------------------------------------------------------------------


async def test_a_first_response_whose_connection_is_reset_is_made_again(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.server.fault("POST", CALLBACK, Reset(), Reset())
    asked, seen = wire.ask()
    assert await delivery.call_back(seen, defer(seen))
    assert [ack["type"] for ack in asked.acks] == [Callback.DEFERRED_MESSAGE]
    assert len(wire.requests("POST", "/callback")) == 3
    assert warnings_of(caplog) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
async def test_a_first_response_is_made_again_sooner_than_the_library_would(hasty: Wire, status: int) -> None:
    hasty.server.fault("POST", CALLBACK, Refuse(status=status))
    asked, seen = hasty.ask()
    assert await delivery.call_back(seen, defer(seen))
    assert len(asked.acks) == 1


async def test_an_interaction_that_is_acknowledged_already_counts_as_acknowledged(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.server.fault("POST", CALLBACK, Reset(processed=True))
    asked, seen = wire.ask()
    assert await delivery.call_back(seen, defer(seen))
    assert asked.refusals == [40060]
    assert len(asked.acks) == 1
    assert warnings_of(caplog) == []


async def test_a_response_that_this_side_knows_of_is_not_made_again(wire: Wire) -> None:
    _asked, seen = wire.ask()
    assert await delivery.call_back(seen, defer(seen))
    assert await delivery.call_back(seen, defer(seen))
    assert len(wire.requests("POST", "/callback")) == 1


@pytest.mark.parametrize(("status", "code"), [(404, 10062), (404, 10015), (401, 50027)])
async def test_what_discord_has_forgotten_is_not_acknowledged_again(
    wire: Wire, caplog: pytest.LogCaptureFixture, status: int, code: int
) -> None:
    wire.server.fault("POST", CALLBACK, Refuse(status=status, code=code))
    _asked, seen = wire.ask()
    assert not await delivery.call_back(seen, defer(seen))
    assert len(wire.requests("POST", "/callback")) == 1
    assert warnings_of(caplog) == [f"Interaction {seen.id} could not be acknowledged in time."]


async def test_a_response_that_discord_does_not_take_is_an_error(wire: Wire) -> None:
    wire.server.fault("POST", CALLBACK, Refuse(status=400, code=50035))
    _asked, seen = wire.ask()
    with pytest.raises(discord.HTTPException, match="50035"):
        await delivery.call_back(seen, defer(seen))
    assert len(wire.requests("POST", "/callback")) == 1


async def test_an_acknowledgement_is_given_up_when_its_time_is_over(
    hasty: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    hold = Hold()
    hasty.server.fault("POST", CALLBACK, *[hold] * 20)
    _asked, seen = hasty.ask()
    assert not await delivery.call_back(seen, defer(seen))
    assert 2 <= len(hasty.requests("POST", "/callback")) <= 6
    assert warnings_of(caplog) == [f"Interaction {seen.id} could not be acknowledged in time."]


# --- answers to interactions -----------------------------------------------------------------------------------------


async def test_an_answer_takes_the_place_of_the_promise(wire: Wire) -> None:
    asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=False)
    message = await delivery.answer(seen, ANSWER, private=False)
    assert message
    assert [(each.id, each.text, each.ephemeral) for each in asked.messages] == [
        (str(message.id), "900 toneladas", False)
    ]
    assert wire.messages() == ["900 toneladas"]


async def test_a_private_answer_is_seen_by_its_asker_alone(wire: Wire) -> None:
    asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=True)
    await delivery.answer(seen, ANSWER, private=True)
    assert [(each.text, each.ephemeral) for each in asked.messages] == [("900 toneladas", True)]
    assert wire.messages() == []


async def test_an_answer_to_what_is_acknowledged_too_late_goes_to_the_channel(wire: Wire) -> None:
    asked, seen = wire.ask(expired=True)
    await delivery.acknowledge(seen, private=False)
    message = await delivery.answer(seen, ANSWER, private=False)
    assert message
    assert asked.messages == []
    assert wire.messages() == ["900 toneladas"]
    assert only(wire.server.messages(wire.channel)).nonce == asked.id


async def test_a_private_answer_to_what_is_acknowledged_too_late_is_told_nowhere(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    _asked, seen = wire.ask(expired=True)
    await delivery.acknowledge(seen, private=True)
    assert await delivery.answer(seen, ANSWER, private=True) is None
    assert wire.messages() == []
    assert wire.requests("POST", "/messages") == []
    assert warnings_of(caplog)[1:] == [
        f"Interaction {seen.id} was forgotten by Discord and cannot be answered elsewhere."
    ]


async def test_an_answer_that_may_go_nowhere_is_no_error(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.channel.bot_may_post = False
    _asked, seen = wire.ask(expired=True)
    await delivery.acknowledge(seen, private=False)
    assert await delivery.answer(seen, ANSWER, private=False) is None
    assert len(wire.requests("POST", "/messages")) == 1
    assert not any(each.exc_info for each in caplog.records)


@pytest.mark.parametrize(("private", "told"), [(False, ["", "900 toneladas"]), (True, [])])
async def test_an_answer_that_comes_after_a_quarter_of_an_hour_goes_to_the_channel(
    wire: Wire, private: bool, told: list[str]
) -> None:
    asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=private)
    asked.token_expired = True
    await delivery.answer(seen, ANSWER, private=private)
    # The promise stays, which nobody can change any more.
    assert wire.messages() == told


async def test_an_acknowledgement_that_arrives_after_it_was_given_up_gets_the_answer(hasty: Wire) -> None:
    late, second = Hold(), Hold()
    hasty.server.fault("POST", CALLBACK, *[late] * 20)
    hasty.server.fault("PATCH", ORIGINAL, Pass(), second)
    asked, seen = hasty.ask()
    await delivery.acknowledge(seen, private=False)
    answering = asyncio.create_task(delivery.answer(seen, ANSWER, private=False))
    await asyncio.to_thread(second.gate.wait_reached)
    late.gate.open()
    await asyncio.to_thread(asked.wait_ack)
    second.gate.open()
    await answering
    assert [each.status for each in hasty.requests("PATCH", "/@original")] == [404, 200]
    assert only(asked.messages).text == "900 toneladas"
    assert hasty.messages() == ["900 toneladas"]


async def test_an_edit_that_nobody_hears_of_is_made_again(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_EDIT_ATTEMPT", 0.2)
    wire.server.fault("PATCH", ORIGINAL, Hold(), Reset(), Reset(processed=True))
    asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=False)
    assert await delivery.answer(seen, ANSWER, private=False)
    assert only(asked.messages).text == "900 toneladas"
    assert wire.messages() == ["900 toneladas"]


async def test_an_answer_is_given_up_when_its_minute_is_over(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_EDIT_ATTEMPT", 0.1)
    monkeypatch.setattr(delivery, "_SEND_SECONDS", 0)
    wire.server.fault("PATCH", ORIGINAL, *[Hold()] * 20)
    _asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=False)
    with pytest.raises(delivery.LOST):
        await delivery.answer(seen, ANSWER, private=False)
    assert len(wire.requests("PATCH", "/@original")) == 1


async def test_buttons_are_sent_and_nothing_is_kept_of_them(wire: Wire) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Ver pasajes", custom_id="pregonero:pasajes"))
    rendered = Rendered(embeds=ANSWER.embeds, view=view)
    asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=False)
    await delivery.answer(seen, rendered, private=False)
    await delivery.send(wire.where(), rendered, nonce=1)
    assert [each["label"] for each in only(asked.messages).controls] == ["Ver pasajes"]
    assert [len(each.controls) for each in wire.server.messages(wire.channel)] == [1, 1]
    assert view.is_finished()
    assert wire.client.persistent_views == []


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("faults", [(), (Reset(),), (Reset(processed=True),)])
async def test_a_refusal_is_seen_by_its_asker_alone(wire: Wire, faults: tuple[Pass, ...]) -> None:
    wire.server.fault("POST", CALLBACK, *faults)
    asked, seen = wire.ask()
    await delivery.refuse(seen, "Estoy ocupado.")
    assert [(each.content, each.ephemeral) for each in asked.messages] == [("Estoy ocupado.", True)]
    assert wire.messages() == []


@pytest.mark.parametrize("faults", [(), (Reset(processed=True),)])
async def test_a_refusal_takes_the_place_of_what_was_promised(wire: Wire, faults: tuple[Pass, ...]) -> None:
    wire.server.fault("POST", CALLBACK, *faults)
    asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=False)
    await delivery.refuse(seen, "Algo ha fallado.")
    assert only(asked.messages).text == "Algo ha fallado."


async def test_a_refusal_takes_the_place_of_an_answer_whole(wire: Wire) -> None:
    asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=False)
    await delivery.answer(seen, ANSWER, private=False)
    await delivery.refuse(seen, "Algo ha fallado.")
    assert only(asked.messages).text == "Algo ha fallado."


async def test_a_refusal_that_discord_no_longer_takes_is_no_error(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    _asked, seen = wire.ask(expired=True)
    await delivery.acknowledge(seen, private=False)
    await delivery.refuse(seen, "Algo ha fallado.")
    assert wire.messages() == []
    assert warnings_of(caplog)[1:] == [
        f"Interaction {seen.id} was forgotten by Discord and cannot be answered elsewhere."
    ]


async def test_what_follows_a_form_is_sent_once_since_discord_would_double_it(wire: Wire) -> None:
    form: discord.ui.Modal = discord.ui.Modal(title="¿Qué ha fallado?", custom_id="why")
    form.add_item(discord.ui.Label(text="Cuéntamelo", component=discord.ui.TextInput(custom_id="why")))
    wire.server.fault("POST", "^/webhooks/", Reset(processed=True))
    asked, seen = wire.ask()
    await delivery.call_back(seen, lambda: seen.response.send_modal(form))
    with pytest.raises(aiohttp.ClientError):
        await delivery.refuse(seen, "Algo ha fallado.")
    assert [each.content for each in asked.followups] == ["Algo ha fallado."]
    assert asked.followups[0].ephemeral


async def test_who_waits_in_vain_for_a_discord_that_fails_is_told_so(
    wire: Wire, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_SEND_SECONDS", 0)
    wire.server.fault("PATCH", ORIGINAL, Reset())
    asked, seen = wire.ask()
    await delivery.acknowledge(seen, private=False)
    with pytest.raises(aiohttp.ClientError) as failed:
        await delivery.answer(seen, ANSWER, private=False)
    await failures.report(seen, failed.value, Language.SPANISH)
    assert only(asked.messages).text == TEXTS[Language.SPANISH].unreachable
    assert not any(each.exc_info for each in caplog.records)


# --- messages --------------------------------------------------------------------------------------------------------


async def test_a_message_is_made_once_however_often_it_is_sent(wire: Wire) -> None:
    wire.server.fault("POST", "/messages$", Refuse(status=503), Reset(), Reset(processed=True), Refuse(status=503))
    sent = await delivery.send(wire.where(), ANSWER, nonce=7)
    requests = wire.requests("POST", "/messages")
    assert [(each.json["nonce"], each.json["enforce_nonce"]) for each in requests] == [("7", True)] * 5
    assert str(sent.id) == only(wire.server.messages(wire.channel)).id


async def test_messages_with_other_nonces_are_other_messages(wire: Wire) -> None:
    await delivery.send(wire.where(), ANSWER, nonce=7)
    await delivery.send(wire.where(), ANSWER, nonce="alert-7")
    assert wire.messages() == ["900 toneladas"] * 2


async def test_a_message_that_discord_does_not_take_is_sent_once(wire: Wire) -> None:
    wire.channel.bot_may_post = False
    with pytest.raises(discord.Forbidden):
        await delivery.send(wire.where(), ANSWER, nonce=7)
    assert len(wire.requests("POST", "/messages")) == 1


async def test_a_message_is_given_up_when_its_minute_is_over(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_SEND_SECONDS", 0)
    wire.server.fault("POST", "/messages$", *[Refuse(status=503)] * 20)
    with pytest.raises(discord.DiscordServerError):
        await delivery.send(wire.where(), ANSWER, nonce=7)
    assert len(wire.requests("POST", "/messages")) == 1


async def test_a_message_calls_nobody_but_whom_it_names(wire: Wire) -> None:
    lola, rita = wire.server.user, wire.server.new_user("Rita")
    said = f"{lola.mention} {rita.mention} @everyone"
    await delivery.send(wire.where(), delivery.NOTHING, nonce=1, content=said)
    await delivery.send(wire.where(), delivery.NOTHING, nonce=2, content=said, mention=discord.Object(int(rita.id)))
    assert [set(each.pings) for each in wire.server.messages(wire.channel)] == [set(), {rita.id}]


async def test_a_reply_to_a_message_that_is_gone_is_a_message(wire: Wire) -> None:
    asked = wire.server.say("¿cuánto litio?")
    wire.server.world.delete(asked)
    seen = discord.PartialMessage(channel=wire.where(), id=int(asked.id))
    await delivery.send(wire.where(), ANSWER, nonce=1, reply_to=seen)  # type: ignore[arg-type]  # it makes references too
    assert only(wire.server.messages(wire.channel)).text == "900 toneladas"


async def test_a_state_that_arrives_after_the_answer_does_not_stay(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_EDIT_ATTEMPT", 0.01)
    said = await asyncio.to_thread(wire.server.say, "hola")
    reply = delivery.GrowingReply(await wire.where().fetch_message(int(said.id)))
    await reply.show(Rendered(embeds=(discord.Embed(description="Leyendo…"),), view=None))
    assert reply.begun
    hold = Hold()
    wire.server.fault("PATCH", r"/messages/\d+$", hold)
    late = asyncio.create_task(reply.show(Rendered(embeds=(discord.Embed(description="a medias"),), view=None)))
    await asyncio.to_thread(hold.gate.wait_reached)
    finishing = asyncio.create_task(reply.finish(ANSWER))
    # It gives up waiting for the state, and the library lets its own edit wait for that one.
    await asyncio.wait((finishing,), timeout=0.1)
    hold.gate.open()
    await finishing
    await late
    assert [text for text in wire.messages() if text != said.text] == ["900 toneladas"]
    assert len(wire.requests("PATCH", str(wire.server.messages(wire.channel)[-1].id))) == 3
