"""Every button of the real bot's answers, before and after its process is restarted, and the alerts they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.records import Language
from tests.command_line import MUSEO
from tests.discord_numbers import MANAGER, Component
from tests.discord_records import Channel, Interaction, Message, User
from tests.discord_server import DiscordServer
from tests.scene import MINE, Scene, open_scene

SPANISH, ENGLISH = TEXTS[Language.SPANISH], TEXTS[Language.ENGLISH]
QUESTION = "¿cuánto invierte Alibaba?"
FAIR_QUESTION = "¿cuántos visitantes reunió la feria Bambolina?"
MUSEUM_QUESTION = "¿cuándo abrirá el museo del Carbón?"
UNKNOWN = "¿cuánto litio extrae la mina Calandria?"
LATER = "¿cuántos violines talló Casimira Roldán?"
ROLDAN = "Casimira Roldán, lutier\n\nCasimira Roldán talló 58 violines en su taller de Cremona.\n"
FOUND = "La mina Calandria, en Jujuy, extrae **900 toneladas** de litio al año. [1]"

# Told by five articles of long addresses: the quotes do not fit an answer whole, nor the passages one page.
FAIRS = 5
FAIR = (
    "La feria Bambolina reunió a 4100 visitantes en Soria, según cuentan quienes la visitaron durante aquellos tres "
    "días de mayo en los que también hubo teatro, sardinas, una tómbola y un concurso de sombreros de paja trenzada "
    "a mano por los vecinos."
)


def fair(number: int) -> str:
    return (
        f"---\ntitle: La feria Bambolina, crónica {number}\nurl: https://example.org/{'feria/' * 40}{number}\n---\n"
        f"{FAIR} El puesto {number} vendía {'<@|> ' * 60}todo el día.\n"
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    with open_scene(tmp_path_factory.mktemp("buttons"), embedded) as made:
        for number in range(FAIRS):
            made.write(f"feria{number}.md", fair(number))
        publish(made)
        yield made
        assert "ERROR" not in made.bot.log


def publish(scene: Scene) -> None:
    """Index the articles, and wait until the bot answers from them."""
    scene.bot.wait_log(f"{scene.publish()} of the index is in use")


def new_place(server: DiscordServer) -> tuple[User, Channel]:
    """Somebody, and a channel of a server of its own."""
    return server.new_user("Eva"), server.new_guild("Servidor").channels[0]


def ask(
    server: DiscordServer, question: str, user: User, channel: Channel, *, private: bool = False, locale: str = "es-ES"
) -> Message:
    options = {"pregunta": question, "privado": private}
    return server.slash("preguntar", options, user=user, channel=channel, locale=locale).wait_answer()


def description(message: Message) -> str:
    [embed] = message.embeds
    text: str = embed["description"]
    return text


def labels(message: Message) -> list[str]:
    return [each.get("label") or each["emoji"]["name"] for each in message.controls if "url" not in each]


def told(pressed: Interaction) -> str:
    """The one answer to a press, which its presser alone sees: its only text."""
    answer = pressed.wait_answer()
    assert pressed.messages == [answer]
    assert answer.ephemeral
    assert answer.pings == frozenset()
    return answer.content or description(answer)


def opinions(server: DiscordServer, channel: Channel) -> str:
    """What `/opiniones` says to an admin."""
    return told(server.slash("opiniones", {}, channel=channel, permissions=MANAGER))


def wait_opinions(server: DiscordServer, channel: Channel, beginning: str) -> None:
    """Wait until a thumb down is kept, which is after the form is shown; nobody fills one in as fast as a test."""
    server.wait_for(lambda: opinions(server, channel).startswith(beginning), what=beginning)


def forgotten(server: DiscordServer, user: User) -> str:
    return told(server.slash("olvidame", {}, user=user))


# --- "Ver pasajes", "Ver más" --------------------------------------------------------------------------------------


def test_the_whole_passage_is_shown_to_whoever_presses_with_the_quote_in_bold(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    answer = ask(server, QUESTION, user, channel)
    pressed = server.click(answer, SPANISH.see_passages, user=server.new_user("Luis"))
    head, passage = told(pressed).split("\n")
    assert head.startswith("[Alibaba anuncia inversión de $52 mil millones](https://example.org/alibaba#:~:text=El%20")
    assert passage == (
        "**El gigante chino Alibaba anunció este lunes un nuevo plan de inversión de 380 mil millones de yuanes, "
        "alrededor de $52.44 mil millones, en infraestructura de inteligencia artificial.** El plan de Alibaba se "
        "extiende hasta 2027. Eddie Wu dirige Alibaba desde 2023."
    )
    assert server.messages(channel) == [answer]


def shown_pages(server: DiscordServer, first: Message) -> list[Message]:
    pages = [first]
    while SPANISH.see_more in labels(pages[-1]):
        pages.append(server.click(pages[-1], SPANISH.see_more).wait_answer())
        assert pages[-1].ephemeral
    return pages


def test_long_passages_go_on_page_after_page(scene: Scene) -> None:
    server = scene.server
    answer = ask(server, FAIR_QUESTION, *new_place(server))
    pages = shown_pages(server, server.click(answer, SPANISH.see_passages).wait_answer())
    assert [page.embeds[-1]["footer"]["text"] for page in pages] == [
        SPANISH.page_of.format(page=number, pages=len(pages)) for number in range(1, len(pages) + 1)
    ]
    assert len(pages) == 2
    parts = [embed["description"] for page in pages for embed in page.embeds]
    assert len(parts) == FAIRS
    # They answer alike: which of them comes first is nothing to hold.
    for number in range(FAIRS):
        (part,) = (each for each in parts if f"\n**{FAIR}** El puesto {number} vendía \\<\\@\\|\\> " in each)
        assert part.startswith(f"[La feria Bambolina, crónica {number}](https://example.org/feria/")


def test_quotes_that_were_cut_are_shown_whole(scene: Scene) -> None:
    server = scene.server
    answer = ask(server, FAIR_QUESTION, *new_place(server))
    assert f"«{FAIR}»" not in answer.text
    assert labels(answer) == [SPANISH.see_passages, SPANISH.see_more, "👍", "👎", SPANISH.open_thread]
    [page] = shown_pages(server, server.click(answer, SPANISH.see_more).wait_answer())
    assert [embed["description"].split("\n")[1] for embed in page.embeds] == [f"«{FAIR}»"] * FAIRS


def test_passages_of_an_article_written_anew_are_gone(scene: Scene) -> None:
    server = scene.server
    answer = ask(server, MUSEUM_QUESTION, *new_place(server))
    assert "**14 de septiembre**" in description(answer)
    scene.write("museo.txt", f"Nuevo museo del Carbón\n\nAtención: {MUSEO.replace('septiembre', 'octubre')}\n")
    publish(scene)
    assert told(server.click(answer, SPANISH.see_passages)) == SPANISH.passages_gone
    assert told(server.click(answer, SPANISH.see_passages, locale="en-US")) == ENGLISH.passages_gone


# --- opinions ------------------------------------------------------------------------------------------------------


def test_a_thumb_up_is_kept_once_a_person(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    answer = ask(server, QUESTION, user, channel)
    for person in (user, user, server.new_user("Luis")):
        assert told(server.click(answer, "👍", user=person)) == SPANISH.opinion_kept
    assert opinions(server, channel) == "👍 2 · 👎 0"
    assert opinions(server, new_place(server)[1]) == "👍 0 · 👎 0"


def test_a_thumb_down_counts_without_a_reason_and_keeps_one_that_is_given(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    answer = ask(server, QUESTION, user, channel)
    assert told(server.click(answer, "👍")) == SPANISH.opinion_kept
    pressed = server.click(answer, "👎")
    pressed.wait_ack()
    assert pressed.modal
    assert pressed.modal["title"] == SPANISH.reason_title
    assert pressed.messages == []
    wait_opinions(server, channel, f"👍 0 · 👎 1\n- {QUESTION} · <t:")
    assert ">" not in opinions(server, channel).replace(":R>", "")
    assert (
        told(server.submit(pressed, {SPANISH.reason_label: "@everyone la cifra es **vieja**"})) == SPANISH.reason_kept
    )
    assert opinions(server, channel).endswith("\n> \\@everyone la cifra es \\*\\*vieja\\*\\*")
    assert told(server.click(answer, "👍")) == SPANISH.opinion_kept
    assert opinions(server, channel) == "👍 1 · 👎 0"


def test_where_buttons_were_switched_off_the_old_ones_say_so(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    answer, nothing = (ask(server, question, user, channel) for question in (QUESTION, LATER))
    off = {"opiniones": False, "avisos": False}
    server.slash("configurar", off, channel=channel, permissions=MANAGER).wait_answer()
    assert told(server.click(answer, "👍")) == SPANISH.opinions_off
    assert told(server.click(answer, "👎")) == SPANISH.opinions_off
    assert told(server.click(nothing, SPANISH.alert_me)) == SPANISH.alerts_off
    assert labels(ask(server, QUESTION, user, channel)) == [SPANISH.see_passages, SPANISH.open_thread]
    assert labels(ask(server, LATER, user, channel)) == [SPANISH.open_thread]


# --- forged --------------------------------------------------------------------------------------------------------


def forge(server: DiscordServer, author: User, channel: Channel, *custom_ids: str) -> Message:
    buttons = [{"type": Component.BUTTON, "style": 2, "label": each, "custom_id": each} for each in custom_ids]
    made = Message(channel, author, embeds=[{"description": "> @everyone"}])
    made.components = [{"type": Component.ROW, "components": buttons}]
    with server.world.changed:
        return server.world.post(made)


def test_forged_buttons_harm_nothing(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    packed = server.click(ask(server, QUESTION, user, channel), SPANISH.see_passages).data["custom_id"].split(":")[-1]
    last_page, nothing, garbage, other_kind = (
        f"pregonero:pasajes:9:{packed}",
        "pregonero:mas:0:",
        "pregonero:pasajes:0:__garbage--",
        "pregonero:opinion:?",
    )
    for author in (server.world.bot, user):
        forged = forge(server, author, channel, last_page, nothing, garbage, other_kind, "pregonero:avisa")
        unheard = server.click(forged, custom_id=other_kind, user=user)
        assert "**El gigante chino Alibaba" in told(server.click(forged, custom_id=last_page, user=user))
        assert told(server.click(forged, custom_id=nothing, user=user)) == SPANISH.passages_gone
        assert told(server.click(forged, custom_id=garbage, user=user)) == SPANISH.passages_gone
        # Of whoever presses alone, and forgotten when they say so.
        kept = SPANISH.alert_kept if author is server.world.bot else SPANISH.alert_known
        assert told(server.click(forged, custom_id="pregonero:avisa", user=user)) == kept
        assert unheard.acks == []
    assert forgotten(server, user) == SPANISH.forgotten.format(unanswered=0, opinions=0, alerts=1)


# --- alerts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits for an answer; where they asked."""

    user: User
    channel: Channel
    private: bool = False


def wait_for_answer(
    server: DiscordServer, question: str = UNKNOWN, *, private: bool = False, locale: str = "es-ES", alone: bool = False
) -> Waiting:
    """Ask in vain, press "Avísame cuando se sepa", twice."""
    user, channel = new_place(server)
    if alone:
        channel = server.dm_channel(user)
    texts = TEXTS[Language.SPANISH if locale == "es-ES" else Language.ENGLISH]
    nothing = ask(server, question, user, channel, private=private, locale=locale)
    for said in (texts.alert_kept, texts.alert_known):
        assert told(server.click(nothing, texts.alert_me, user=user, locale=locale)) == said
    return Waiting(user, channel, private or alone)


def alerts_in(channel: Channel) -> list[Message]:
    return [each for each in channel.messages.values() if each.content and each.embeds]


def wait_alert(server: DiscordServer, channel: Channel) -> Message:
    return server.wait_message(channel, lambda message: message in alerts_in(channel))


def assert_told(server: DiscordServer, waiting: Waiting, channel: Channel) -> None:
    """In that channel and nowhere else, once, and nobody but the asker is called."""
    dm = server.dm_channel(waiting.user)
    [alert] = {*alerts_in(waiting.channel), *alerts_in(dm)}
    assert alert.channel is channel
    assert alert.content == SPANISH.alert_told.format(person=waiting.user.mention)
    assert alert.pings == {waiting.user.id}
    assert description(alert) == f"> {UNKNOWN}\n{FOUND}"
    # What is asked alone is on nobody's list, and there is nobody to read an opinion.
    assert labels(alert) == ([SPANISH.see_passages] if channel is dm else [SPANISH.see_passages, "👍", "👎"])
    kept = 0 if waiting.private else 1
    assert forgotten(server, waiting.user) == SPANISH.forgotten.format(unanswered=kept, opinions=0, alerts=0)


@dataclass(frozen=True)
class Waiters:
    """Everybody who waits when the article is published that answers all but the patient one's question."""

    here: Waiting
    english: Waiting
    private: Waiting
    alone: Waiting
    shut_out: Waiting
    channel_gone: Waiting
    unreachable: Waiting
    forgetful: Waiting
    patient: Waiting
    silent: Message


@pytest.fixture(scope="module")
def waiters(scene: Scene) -> Waiters:
    """After the article was published, and everybody told who is."""
    server = scene.server
    made = Waiters(
        here=wait_for_answer(server),
        english=wait_for_answer(server, locale="en-US"),
        private=wait_for_answer(server, private=True),
        alone=wait_for_answer(server, alone=True),
        shut_out=wait_for_answer(server),
        channel_gone=wait_for_answer(server),
        unreachable=wait_for_answer(server),
        forgetful=wait_for_answer(server),
        patient=wait_for_answer(server, LATER),
        silent=ask(server, UNKNOWN, *new_place(server)),
    )
    with server.world.changed:
        made.shut_out.channel.bot_may_post = made.unreachable.channel.bot_may_post = False
        made.unreachable.user.takes_dms = False
        del server.world.channels[made.channel_gone.channel.id]
    forgotten_of_it = SPANISH.forgotten.format(unanswered=1, opinions=0, alerts=1)
    assert forgotten(server, made.forgetful.user) == forgotten_of_it
    # Alerts are told in the order in which they were asked for.
    last = wait_for_answer(server)
    scene.write("mina.txt", MINE)
    publish(scene)
    wait_alert(server, last.channel)
    return made


def test_the_asker_is_told_where_it_was_asked(scene: Scene, waiters: Waiters) -> None:
    assert_told(scene.server, waiters.here, waiters.here.channel)


def test_an_alert_is_told_in_the_language_it_was_asked_in(scene: Scene, waiters: Waiters) -> None:
    [alert] = alerts_in(waiters.english.channel)
    assert alert.content == ENGLISH.alert_told.format(person=waiters.english.user.mention)
    assert labels(alert) == [ENGLISH.see_passages, "👍", "👎"]


@pytest.mark.parametrize("who", ["private", "alone", "shut_out", "channel_gone"])
def test_the_asker_is_told_alone_where_the_channel_is_no_place(scene: Scene, waiters: Waiters, who: str) -> None:
    waiting: Waiting = getattr(waiters, who)
    assert_told(scene.server, waiting, scene.server.dm_channel(waiting.user))


def test_who_can_be_told_nowhere_is_let_go(scene: Scene, waiters: Waiters) -> None:
    user = waiters.unreachable.user
    assert alerts_in(waiters.unreachable.channel) + alerts_in(scene.server.dm_channel(user)) == []
    assert forgotten(scene.server, user) == SPANISH.forgotten.format(unanswered=1, opinions=0, alerts=0)


def test_who_wanted_to_be_forgotten_is_not_told(scene: Scene, waiters: Waiters) -> None:
    waiting = waiters.forgetful
    assert alerts_in(waiting.channel) + alerts_in(scene.server.dm_channel(waiting.user)) == []


def test_who_wants_to_be_told_what_is_known_by_now_is_told_at_once(scene: Scene, waiters: Waiters) -> None:
    assert told(scene.server.click(waiters.silent, SPANISH.alert_me)) == f"> {UNKNOWN}\n{FOUND}"
    asker = waiters.silent.interaction.user if waiters.silent.interaction else scene.server.user
    assert forgotten(scene.server, asker) == SPANISH.forgotten.format(unanswered=1, opinions=0, alerts=0)


def test_what_is_still_unknown_waits_on_and_nothing_is_told_twice(scene: Scene, waiters: Waiters) -> None:
    server = scene.server
    assert alerts_in(waiters.patient.channel) == []
    scene.write("roldan.txt", ROLDAN)
    publish(scene)
    assert "**58 violines**" in description(wait_alert(server, waiters.patient.channel))
    for waiting in (waiters.here, waiters.private, waiters.shut_out, waiters.patient):
        assert len({*alerts_in(waiting.channel), *alerts_in(server.dm_channel(waiting.user))}) == 1


# --- after a restart -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Before:
    """What was made and begun before the restart."""

    scene: Scene
    user: User
    channel: Channel
    answer: Message
    fair: Message
    first_page: Message
    museum: Message
    nothing: Message
    form: Interaction
    waiting: Waiting


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Before]:
    """The bot in a new process; while there was none, articles were changed."""
    with open_scene(tmp_path_factory.mktemp("restarted"), embedded) as scene:
        server = scene.server
        user, channel = new_place(server)
        for number in range(FAIRS):
            scene.write(f"feria{number}.md", fair(number))
        publish(scene)
        questions = (QUESTION, FAIR_QUESTION, MUSEUM_QUESTION, LATER)
        answer, fairs, museum, nothing = (ask(server, question, user, channel) for question in questions)
        form = server.click(answer, "👎")
        form.wait_ack()
        wait_opinions(server, channel, "👍 0 · 👎 1\n")
        first_page = server.click(fairs, SPANISH.see_passages).wait_answer()
        waiting = wait_for_answer(server)
        scene.bot.terminate()
        assert scene.bot.wait() == 0, scene.bot.log
        scene.write("mina.txt", MINE)
        scene.write("museo.txt", f"Nuevo museo del Carbón\n\nAtención: {MUSEO}\n")
        scene.publish()
        scene.restart()
        yield Before(scene, user, channel, answer, fairs, first_page, museum, nothing, form, waiting)
        assert "ERROR" not in scene.bot.log


def test_passages_are_shown_after_a_restart(before: Before) -> None:
    server = before.scene.server
    assert "\n**El gigante chino Alibaba" in told(server.click(before.answer, SPANISH.see_passages))
    second_page = server.click(before.first_page, SPANISH.see_more).wait_answer()
    assert second_page.embeds[-1]["footer"]["text"] == SPANISH.page_of.format(page=2, pages=2)
    quotes = server.click(before.fair, SPANISH.see_more).wait_answer()
    assert f"«{FAIR}»" in quotes.embeds[0]["description"]
    assert told(server.click(before.museum, SPANISH.see_passages)) == SPANISH.passages_gone


def test_opinions_are_kept_after_a_restart(before: Before) -> None:
    server = before.scene.server
    assert told(server.submit(before.form, {"why": "llega tarde"})) == SPANISH.reason_kept
    assert told(server.click(before.fair, "👍")) == SPANISH.opinion_kept
    said = opinions(server, before.channel)
    assert said.startswith(f"👍 1 · 👎 1\n- {QUESTION} · <t:")
    assert said.endswith("\n> llega tarde")
    pressed = server.click(before.museum, "👎")
    pressed.wait_ack()
    wait_opinions(server, before.channel, "👍 1 · 👎 2\n")
    assert told(server.submit(pressed, {"why": "otra vez"})) == SPANISH.reason_kept
    assert "\n> otra vez" in opinions(server, before.channel)


def test_a_thread_is_opened_after_a_restart_and_knows_its_answer(before: Before) -> None:
    server = before.scene.server
    opened = server.click(before.answer, SPANISH.open_thread, user=before.user)
    assert told(opened) == SPANISH.thread_here.format(thread=f"<#{before.answer.id}>")
    thread = before.answer.thread
    assert thread
    assert server.wait_message(thread).pings == {before.user.id}
    follow_up = server.wait_reply(server.say("¿quién lo dirige?", channel=thread, user=before.user))
    meant = SPANISH.understood.format(question="¿quién lo dirige Alibaba?")
    assert description(follow_up).startswith(f"> ¿quién lo dirige?\n-# {meant}\n-# en Alibaba anuncia")
    assert description(follow_up).endswith("\n**Eddie Wu** dirige Alibaba desde 2023. [1]")


def test_what_was_published_while_the_bot_was_away_is_told(before: Before) -> None:
    server = before.scene.server
    wait_alert(server, before.waiting.channel)
    assert_told(server, before.waiting, before.waiting.channel)


def test_an_alert_is_asked_for_after_a_restart(before: Before) -> None:
    server = before.scene.server
    assert told(server.click(before.nothing, SPANISH.alert_me)) == SPANISH.alert_kept
    before.scene.write("roldan.txt", ROLDAN)
    publish(before.scene)
    alert = wait_alert(server, before.channel)
    assert alert.pings == {before.user.id}
    assert description(alert).startswith(f"> {LATER}\n")
    assert "**58 violines**" in description(alert)
