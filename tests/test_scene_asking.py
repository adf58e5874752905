"""Every way to ask the real bot: what it answers, where, whom it calls, and what it leaves unanswered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.records import Language
from tests.discord_numbers import MANAGER, Callback, Intent, MessageFlag
from tests.discord_records import Channel, Message, User
from tests.discord_server import DiscordServer
from tests.scene import Scene, open_scene

SPANISH, ENGLISH = TEXTS[Language.SPANISH], TEXTS[Language.ENGLISH]
QUESTION = "¿cuánto invierte Alibaba?"
UNKNOWN = "¿cuánto litio extrae la mina Calandria?"
TITLE = "Alibaba anuncia inversión de $52 mil millones"
QUOTE = (
    "El gigante chino Alibaba anunció este lunes un nuevo plan de inversión de 380 mil millones de yuanes, alrededor "
    "de $52.44 mil millones, en infraestructura de inteligencia artificial."
)
TOLD = QUOTE.replace("380 mil millones de yuanes", "**380 mil millones de yuanes**").replace(
    "$52.44 mil millones", "**$52.44 mil millones**"
)
LINK = (
    "https://example.org/alibaba#:~:text=El%20gigante%20chino%20Alibaba%20anunci%C3%B3,"
    "en%20infraestructura%20de%20inteligencia%20artificial."
)
# Noon of 24 February 2025, UTC.
SOURCE = f"[1] [{TITLE}]({LINK}) · El Diario · <t:1740398400:d>\n«{QUOTE}»"

HOSTILE = """---
title: "@everyone [premio](https://evil.example) en discord.gg/abc para <@123> de la fábrica\u202e Faroleta"
url: https://example.org/faroleta
publisher: "**El Farol** <@&9> discord.gg/xyz"
published: 2025-03-01
---
La fábrica Faro\u200bleta vendió 77 faroles a @everyone y <@123> según [x](https://evil.example) y discord.gg/abc con \
``` y https://evil.example/robo.
"""
HOSTILE_QUESTION = (
    "@everyone <@1> <#2> [premio](https://evil.example) **¿cuánto** `oro` ||guarda|| discord.gg/abc __Zutano__ en "
    "\u202esu\u200b ~~cueva~~? \\*no\\* https://evil.example"
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Iterator[Scene]:
    with open_scene(tmp_path_factory.mktemp("asking"), embedded) as made:
        made.write("faroleta.md", HOSTILE)
        for number in range(20):
            made.write(f"{number}.txt", f"Boletín {number} del ayuntamiento\n\nEl ayuntamiento de Teruel abre hoy.\n")
        made.bot.wait_log(f"{made.publish()} of the index is in use")
        yield made
        check_answered_once(made.server)
        assert "ERROR" not in made.bot.log


def check_answered_once(server: DiscordServer) -> None:
    for made in server.world.interactions.values():
        assert len(made.messages) <= 1, made.data
    replies = [each.reply_to for channel in server.world.channels.values() for each in bot_messages(server, channel)]
    answered = [each.id for each in replies if each]
    assert len(set(answered)) == len(answered)


def bot_messages(server: DiscordServer, channel: Channel) -> list[Message]:
    return [each for each in server.messages(channel) if each.author is server.world.bot and each.payloads]


def new_place(server: DiscordServer) -> tuple[User, Channel]:
    """Somebody, and a channel where nothing was said yet."""
    guild = server.new_guild("Servidor")
    return server.new_user("Eva"), guild.channels[0]


def ask(
    server: DiscordServer,
    question: str = QUESTION,
    *,
    user: User | None = None,
    channel: Channel | None = None,
    private: bool | None = None,
    locale: str | None = None,
) -> Message:
    options = {"pregunta": question} if private is None else {"pregunta": question, "privado": private}
    asked = server.slash("preguntar", options, user=user, channel=channel, locale=locale)
    answer = asked.wait_answer()
    assert asked.messages == [answer]
    return answer


def description(message: Message) -> str:
    [embed] = message.embeds
    text: str = embed["description"]
    return text


def fields(message: Message) -> list[tuple[str, str]]:
    return [(each["name"], each["value"]) for each in message.embeds[0].get("fields", [])]


def labels(message: Message) -> list[str]:
    return [each.get("label") or each["emoji"]["name"] for each in message.controls]


def assert_calls_nobody(message: Message) -> None:
    assert message.pings == frozenset()
    assert message.allowed_mentions
    assert not message.allowed_mentions["parse"]
    assert not message.allowed_mentions.get("replied_user")


def understood(question: str) -> str:
    """The lines that say how a follow-up on the Alibaba article was understood."""
    of = SPANISH.understood_in.format(article="Alibaba anuncia inversión de $52 mil millones")
    return f"-# {SPANISH.understood.format(question=question)}\n-# {of}"


def assert_cites_alibaba(message: Message, question: str = QUESTION, meant: str = "") -> None:
    asked = [f"> {question}", *([understood(meant)] if meant else [])]
    assert description(message) == "\n".join([*asked, f"{TOLD} [1]"])
    assert fields(message) == [(SPANISH.sources, SOURCE)]
    assert [each["url"] for each in message.controls if "url" in each] == [LINK]
    assert_calls_nobody(message)


def assert_harmless(message: Message) -> None:
    """Nothing of it calls, formats or invites, and nothing leads anywhere but to articles."""
    assert_calls_nobody(message)
    assert "discord.gg" not in message.text
    assert not re.search(r"[\u200b-\u200f\u202a-\u202e]", message.text.replace("\n\u200b\n", "\n"))
    shown = re.sub(r"\\.", "", message.text)
    addresses = re.findall(r"\]\(([^)]*)\)", shown) + [each["url"] for each in message.controls if "url" in each]
    assert all(each.startswith("https://example.org/") for each in addresses)
    shown = re.sub(r"\]\([^)]*\)|<t:\d+:d>", "", shown)
    assert not re.search(r"[@<`|]|://|~~|__", shown), shown


def assert_unanswered(server: DiscordServer, *said: Message) -> None:
    """Whatever came before this question's answer was left alone; ``check_answered_once`` looks again at the end."""
    for _ in range(2):
        server.wait_reply(server.say(QUESTION, channel=said[0].channel, user=server.new_user("Último")))
    answered = [each.reply_to for channel in {each.channel for each in said} for each in bot_messages(server, channel)]
    assert not set(answered) & set(said)


# --- the command ---------------------------------------------------------------------------------------------------


def test_a_command_is_deferred_then_answered_with_its_source(scene: Scene) -> None:
    asked = scene.server.slash("preguntar", {"pregunta": QUESTION})
    answer = asked.wait_answer()
    assert asked.acks == [{"type": Callback.DEFERRED_MESSAGE}]
    assert asked.messages == [answer]
    assert answer in scene.server.messages()
    assert_cites_alibaba(answer)
    assert answer.embeds[0]["footer"]["text"] == SPANISH.verbatim
    assert labels(answer) == [f"[1] {TITLE}", SPANISH.see_passages, "👍", "👎", SPANISH.open_thread]


def test_a_private_answer_is_seen_by_its_asker_alone(scene: Scene) -> None:
    asked = scene.server.slash("preguntar", {"pregunta": QUESTION, "privado": True})
    answer = asked.wait_answer()
    assert asked.acks == [{"type": Callback.DEFERRED_MESSAGE, "data": {"flags": MessageFlag.EPHEMERAL}}]
    assert answer.ephemeral
    assert answer not in scene.server.messages()
    assert_cites_alibaba(answer)
    assert labels(answer)[1:] == [SPANISH.see_passages, "👍", "👎"]


def test_a_server_may_answer_privately_unless_told_otherwise(scene: Scene) -> None:
    user, channel = new_place(scene.server)
    configured = scene.server.slash("configurar", {"privado": True}, channel=channel, permissions=MANAGER)
    assert configured.wait_answer().ephemeral
    assert ask(scene.server, user=user, channel=channel).ephemeral
    assert not ask(scene.server, user=user, channel=channel, private=False).ephemeral


def test_a_reader_in_english_gets_english_words_around_the_quotes(scene: Scene) -> None:
    answer = ask(scene.server, locale="en-GB")
    assert description(answer) == f"> {QUESTION}\n{TOLD} [1]"
    assert fields(answer) == [(ENGLISH.sources, SOURCE)]
    assert answer.embeds[0]["footer"]["text"] == ENGLISH.verbatim
    assert labels(answer)[1:] == [ENGLISH.see_passages, "👍", "👎", ENGLISH.open_thread]
    nothing = ask(scene.server, UNKNOWN, locale="en-US")
    assert description(nothing) == f"> {UNKNOWN}\n{ENGLISH.not_found}"


def test_the_command_is_named_in_the_readers_language(scene: Scene) -> None:
    command = scene.server.commands()["preguntar"]
    question, private = command["options"]
    for named, spanish, english in (
        (command, "preguntar", "ask"),
        (question, "pregunta", "question"),
        (private, "privado", "private"),
    ):
        assert named["name"] == spanish
        assert named["name_localizations"] == {"es-ES": spanish, "es-419": spanish, "en-US": english, "en-GB": english}
    assert command["description_localizations"]["en-US"] == ENGLISH.ask_description
    assert question["description_localizations"]["es-419"] == SPANISH.question_description
    menu = scene.server.commands()["Preguntar sobre esto"]
    assert (menu["type"], menu["name_localizations"]["en-US"]) == (3, ENGLISH.about_name)


def test_what_the_articles_do_not_say_is_said_not_to_be_known(scene: Scene) -> None:
    answer = ask(scene.server, UNKNOWN)
    assert description(answer) == f"> {UNKNOWN}\n{SPANISH.not_found}"
    [(name, nearest)] = fields(answer)
    assert name == SPANISH.near
    assert 1 <= len(nearest.split("\n")) <= 3
    assert labels(answer) == [SPANISH.alert_me, SPANISH.open_thread]
    assert SPANISH.open_thread not in labels(ask(scene.server, UNKNOWN, private=True))


# --- suggestions ---------------------------------------------------------------------------------------------------


def suggested(server: DiscordServer, typed: str, channel: Channel | None = None) -> list[str]:
    found = server.autocomplete("preguntar", {"pregunta": typed}, focused="pregunta", channel=channel)
    assert all(each["name"] == each["value"] for each in found)
    return [each["value"] for each in found]


def test_titles_are_suggested_to_everybody(scene: Scene) -> None:
    _, channel = new_place(scene.server)
    assert suggested(scene.server, "INVERSION aliba", channel) == [TITLE]
    assert suggested(scene.server, "quin", scene.server.dm_channel(scene.server.new_user("Ana"))) == [
        "Quinua para Noruega"
    ]
    assert suggested(scene.server, "nada de esto", channel) == []
    assert len(suggested(scene.server, "", channel)) == 25


def test_what_is_suggested_invites_nobody(scene: Scene) -> None:
    assert suggested(scene.server, "faroleta") == [
        "@everyone [premio](https://evil.example) en para <@123> de la fábrica Faroleta"
    ]


def test_questions_answered_in_public_are_suggested_in_their_server_alone(scene: Scene) -> None:
    user, channel = new_place(scene.server)
    _, elsewhere = new_place(scene.server)
    answer = ask(scene.server, user=user, channel=channel)
    ask(scene.server, "¿quién dirige Alibaba?", user=user, channel=channel, private=True)
    scene.server.wait_reply(scene.server.dm("¿hasta cuándo es el plan de Alibaba?", user))
    ask(scene.server, "¿qué plan tiene la mina Calandria con Alibaba?", user=user, channel=channel)
    scene.server.wait_reply(scene.server.say("¿y en yuanes?", user=user, reply_to=answer))
    assert suggested(scene.server, "alibaba", channel) == [QUESTION, TITLE]
    assert suggested(scene.server, "alibaba", elsewhere) == [TITLE]


# --- messages ------------------------------------------------------------------------------------------------------


def test_a_mention_is_answered_with_a_reply_that_calls_nobody(scene: Scene) -> None:
    said = scene.server.say(f"oye {QUESTION}", user=scene.server.new_user("Ana"))
    answer = scene.server.wait_reply(said)
    assert_cites_alibaba(answer, f"oye {QUESTION}")
    assert answer.channel is said.channel


def test_a_mention_alone_is_told_what_to_ask(scene: Scene) -> None:
    answer = scene.server.wait_reply(scene.server.say(""))
    assert (answer.content, answer.embeds) == (SPANISH.unasked, [])
    assert_calls_nobody(answer)


def test_what_is_not_for_the_bot_is_left_unanswered(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    machine = server.new_user("Máquina")
    machine.bot = True
    answer = ask(server, user=user, channel=channel)
    plain = server.say(QUESTION, user=user, channel=channel, mention_bot=False)
    own = Message(channel, server.world.bot, f"{server.world.bot.mention} {QUESTION}")
    with server.world.changed:
        server.world.post(own)
    assert_unanswered(
        server,
        plain,
        own,
        server.say(f"@everyone {QUESTION}", user=user, channel=channel, mention_bot=False),
        server.say(QUESTION, user=machine, channel=channel),
        server.say(QUESTION, user=machine, reply_to=answer),
        server.say(f"{user.mention} {QUESTION}", user=user, channel=channel, mention_bot=False),
        server.say(QUESTION, user=user, reply_to=plain),
        server.say("¿y en yuanes?", user=user, reply_to=answer, ping=False),
    )


def test_a_direct_message_is_answered(scene: Scene) -> None:
    said = scene.server.dm(QUESTION, scene.server.new_user("Ana"))
    answer = scene.server.wait_reply(said)
    assert_cites_alibaba(answer)
    assert SPANISH.open_thread not in labels(answer)


# --- the context menu ----------------------------------------------------------------------------------------------


def test_a_message_of_somebody_elses_is_asked_about(scene: Scene) -> None:
    said = scene.server.say(QUESTION, user=scene.server.new_user("Ana"), mention_bot=False)
    asked = scene.server.context_menu("Preguntar sobre esto", said, user=scene.server.new_user("Eva"))
    assert_cites_alibaba(asked.wait_answer())
    assert len(asked.messages) == 1


def test_of_a_long_message_the_question_is_asked(scene: Scene) -> None:
    prattle = "Ayer fuimos al mercado y compramos peras. " * 22
    said = scene.server.say(f"{prattle}{QUESTION} {prattle}", mention_bot=False)
    assert len(said.content) > 1800
    assert_cites_alibaba(scene.server.context_menu("Preguntar sobre esto", said).wait_answer())


def test_a_message_without_text_is_told_so_in_private(scene: Scene) -> None:
    said = scene.server.say("<@1>", mention_bot=False)
    answer = scene.server.context_menu("Preguntar sobre esto", said, locale="en-US").wait_answer()
    assert (answer.content, answer.ephemeral) == (ENGLISH.unfit_question, True)


# --- follow-ups ----------------------------------------------------------------------------------------------------


def test_a_reply_chain_goes_on_with_what_it_spoke_of(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    first = ask(server, user=user, channel=channel)
    second = server.wait_reply(server.say("¿y en yuanes?", user=server.new_user("Luis"), reply_to=first))
    assert_cites_alibaba(second, "¿y en yuanes?", "¿cuánto invierte Alibaba en yuanes?")
    third = server.wait_reply(server.say("¿quién lo dirige?", user=user, reply_to=second))
    meant = understood("¿quién lo dirige Alibaba?")
    assert description(third) == f"> ¿quién lo dirige?\n{meant}\n**Eddie Wu** dirige Alibaba desde 2023. [1]"
    # The channel is everybody's: what was said in it is nobody's conversation.
    alone = server.wait_reply(server.say("¿quién lo dirige?", user=user, channel=channel))
    assert description(alone).startswith("> ¿quién lo dirige?\n")
    assert SPANISH.understood.partition("{")[0] not in description(alone)


def test_direct_messages_go_on_with_what_they_spoke_of(scene: Scene) -> None:
    server, user = scene.server, scene.server.new_user("Ana")
    server.wait_reply(server.dm(QUESTION, user))
    assert_cites_alibaba(
        server.wait_reply(server.dm("¿y en yuanes?", user)), "¿y en yuanes?", "¿cuánto invierte Alibaba en yuanes?"
    )
    by_command = ask(server, "¿quién lo dirige?", channel=server.dm_channel(user))
    assert description(by_command).endswith("**Eddie Wu** dirige Alibaba desde 2023. [1]")


def open_thread(server: DiscordServer, answer: Message, user: User) -> Channel:
    pressed = server.click(answer, SPANISH.open_thread, user=user)
    told = pressed.wait_answer()
    assert told.ephemeral
    assert description(told) == SPANISH.thread_here.format(thread=f"<#{answer.id}>")
    assert answer.thread
    return answer.thread


def test_a_thread_is_opened_once_and_goes_on_with_the_answer(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    presser, late = server.new_user("Luis"), server.new_user("Mar")
    answer = ask(server, user=user, channel=channel)
    thread = open_thread(server, answer, presser)
    assert (thread.name, thread.parent) == (QUESTION, channel)
    greeting = server.wait_message(thread)
    assert greeting.content == SPANISH.thread_opened.format(person=presser.mention)
    assert greeting.pings == {presser.id}
    assert open_thread(server, answer, late) is thread
    follow_up = server.wait_reply(server.say("¿y en yuanes?", channel=thread, user=late))
    assert_cites_alibaba(follow_up, "¿y en yuanes?", "¿cuánto invierte Alibaba en yuanes?")
    assert SPANISH.open_thread not in labels(follow_up)
    assert bot_messages(server, thread) == [greeting, follow_up]
    assert [each for each in server.guild.channels if each.parent is channel] == []
    assert [each for each in server.world.channels.values() if each.parent is channel] == [thread]


def test_without_the_content_intent_a_thread_hears_what_is_for_the_bot_alone(scene: Scene) -> None:
    user, channel = new_place(scene.server)
    thread = open_thread(scene.server, ask(scene.server, user=user, channel=channel), user)
    assert_unanswered(scene.server, scene.server.say("¿y en yuanes?", channel=thread, user=user, mention_bot=False))


def test_conversations_are_understood_after_a_restart(
    tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder
) -> None:
    """And with the content intent, which a second restart asks for, a thread's plain messages are heard too."""
    with open_scene(tmp_path_factory.mktemp("restarted"), embedded) as scene:
        server = scene.server
        user, channel = new_place(server)
        in_thread = ask(server, user=user, channel=channel)
        thread = open_thread(server, in_thread, user)
        server.wait_reply(server.say("¿quién lo dirige?", channel=thread, user=user))
        chain = server.wait_reply(server.say("¿quién lo dirige?", user=user, reply_to=ask(server, channel=channel)))
        server.wait_reply(server.dm(QUESTION, user))

        scene.restart()
        meant = "¿cuánto invierte Alibaba en yuanes?"
        told = server.wait_reply(server.say("¿y desde cuándo?", channel=thread, user=user))
        assert description(told).startswith(
            f"> ¿y desde cuándo?\n{understood('¿desde cuándo lo dirige Alibaba?')}\n"
            "Eddie Wu dirige Alibaba desde **2023**. [1]"
        )
        told = server.wait_reply(server.say("¿y desde cuándo?", reply_to=chain, user=user))
        assert "Eddie Wu dirige Alibaba desde **2023**. [1]" in description(told)
        assert_cites_alibaba(server.wait_reply(server.dm("¿y en yuanes?", user)), "¿y en yuanes?", meant)
        assert description(server.click(in_thread, SPANISH.open_thread).wait_answer()) == SPANISH.thread_here.format(
            thread=f"<#{thread.id}>"
        )

        server.gateway.allowed = Intent.CONTENT
        scene.restart(MESSAGE_CONTENT="1")
        plain = server.say("¿hasta cuándo es el plan de Alibaba?", channel=thread, user=user, mention_bot=False)
        assert "**2027**" in description(server.wait_reply(plain))
        unpinged = server.say("¿y en yuanes?", reply_to=ask(server, channel=channel), user=user, ping=False)
        assert_cites_alibaba(server.wait_reply(unpinged), "¿y en yuanes?", meant)
        assert_unanswered(server, server.say(QUESTION, channel=channel, user=user, mention_bot=False))
        check_answered_once(server)


# --- what is meant badly -------------------------------------------------------------------------------------------


def test_a_hostile_question_is_shown_harmless(scene: Scene) -> None:
    server = scene.server
    user, channel = new_place(server)
    question = f"{HOSTILE_QUESTION} {'Zutano ' * 100}"[:500]
    answer = ask(server, question, user=user, channel=channel)
    assert description(answer).startswith(
        r"> \@everyone \<\@1\> \<#2\> \[premio\](https\://evil.example) \*\*¿cuánto\*\* \`oro\` \|\|guarda\|\| "
        r"\_\_Zutano\_\_ en su \~\~cueva\~\~? \\\*no\\\* https\://evil.example Zutano"
    )
    said = server.say(question, user=user, channel=channel)
    about = server.context_menu("Preguntar sobre esto", said).wait_answer()
    for each in (answer, server.wait_reply(said), about):
        assert "Zutano" in description(each)
        assert_harmless(each)
    thread = open_thread(server, answer, user)
    assert thread.name.startswith("@everyone <@1> <#2> [premio]")
    assert len(thread.name) <= 100
    assert server.wait_message(thread).pings == {user.id}


def test_a_hostile_article_is_quoted_harmless(scene: Scene) -> None:
    answer = ask(scene.server, "¿cuántos faroles vendió la fábrica Faroleta?")
    assert "La fábrica Faroleta vendió **77 faroles** a \\@everyone y \\<\\@123\\> según" in description(answer)
    [(_, source)] = fields(answer)
    assert source.startswith(
        r"[1] [\@everyone (premio)(https\://evil.example) en para \<\@123\> de la fábrica Faroleta]"
        "(https://example.org/faroleta#:~:text="
    )
    assert r"\*\*El Farol\*\* \<\@&9\>" in source
    passages = scene.server.click(answer, SPANISH.see_passages).wait_answer()
    nothing = ask(scene.server, "¿quién inventó la fábrica Faroleta de Marte?", private=True)
    for each in (answer, passages, nothing):
        assert "Faroleta" in each.text
        assert_harmless(each)
