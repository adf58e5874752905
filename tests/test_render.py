"""Answers as Discord shows them: what they say, that they always fit, and that they can be read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import MAX_NEAR, Answer, Citation, NotFound, Statement
from bot.message.escape import clean
from bot.message.excerpts import width
from bot.message.layout import Shown
from bot.message.render import (
    ALERT,
    ANSWER_COLOUR,
    MAX_PAGES,
    NOT_FOUND_COLOUR,
    OPINION,
    PAGES,
    THREAD,
    Offers,
    Pages,
    Rendered,
    read_message,
    render_answer,
    render_notice,
    render_pages,
)
from bot.references import Reference, pack, unpack
from index.passages import split_article
from index.records import Article, Language, Passage, Span
from index.sentences import split_sentences
from tests.discord_limits import check_message

ES, EN = Language.SPANISH, Language.ENGLISH
EVERYTHING = Offers(thread=True, feedback=True, alerts=True)
TEXT = (
    "Alibaba invertirá 380 mil millones de yuanes en tres años. El viernes anunció un 32%. "
    "Su modelo se llama Qwen [2] y cuesta *poco*."
)
ALIBABA = Article(
    id="0123456789abcdef",
    path="alibaba.txt",
    title="Alibaba invierte [mucho]",
    text=TEXT,
    url="https://example.org/alibaba_(1)",
    publisher="El Diario",
    published="2025-02-24",
)
ECHO = Article("fedcba9876543210", "eco.txt", "El eco", "Según Reuters, Alibaba invertirá 380 mil millones.")
FIRST, SECOND, THIRD = split_sentences(TEXT)


def cite(number: int, article: Article, span: Span) -> Citation:
    return Citation(number, article, span, article.text[slice(*span)], 1.0)


def answer_of(*statements: Statement, citations: tuple[Citation, ...]) -> Answer:
    return Answer("¿cuánto invierte Alibaba?", ES, 0.9, statements, citations)


ANSWER = answer_of(
    Statement(TEXT[slice(*FIRST)], (Span(18, 44),), (1, 2)),
    Statement(TEXT[slice(*THIRD)], (), (1,)),
    citations=(cite(1, ALIBABA, FIRST), cite(2, ECHO, Span(0, len(ECHO.text))), cite(1, ALIBABA, THIRD)),
)
NOTHING = NotFound("¿quién dirige Qwen?", ES, 0.1, (ALIBABA, ECHO))


def payload(rendered: Rendered) -> dict[str, Any]:
    components = rendered.view.to_components() if rendered.view else []
    message: dict[str, Any] = json.loads(
        json.dumps({"embeds": [embed.to_dict() for embed in rendered.embeds], "components": components})
    )
    return message


def buttons(rendered: Rendered) -> list[dict[str, Any]]:
    return [button for row in payload(rendered)["components"] for button in row["components"]]


def ids(rendered: Rendered) -> list[str]:
    return [button["custom_id"] for button in buttons(rendered) if "custom_id" in button]


def sent(rendered: Rendered) -> discord.Message:
    """The message as discord.py reads it when Discord sends it back."""
    state = discord.Client(intents=discord.Intents.none())._connection
    author = {"id": "2", "username": "pregonero", "discriminator": "0", "avatar": None}
    data: Any = {
        "id": "1", "channel_id": "3", "type": 0, "author": author, "content": "", "attachments": [], "mentions": [],
        "mention_roles": [], "mention_everyone": False, "pinned": False, "tts": False, "edited_timestamp": None,
        "timestamp": "2025-02-24T12:00:00+00:00", **payload(rendered),
    }  # fmt: skip
    channel: Any = discord.PartialMessageable(state=state, id=3)
    return discord.Message(state=state, channel=channel, data=data)


def texts_of(rendered: Rendered) -> Iterator[str]:
    for embed in rendered.embeds:
        yield embed.description or ""
        yield from (str(field.value) for field in embed.fields)


def test_an_answer_shows_the_question_the_sentences_and_their_sources() -> None:
    (embed,) = render_answer(ANSWER, ES, question="¿cuánto invierte Alibaba?").embeds
    assert embed.description == (
        "> ¿cuánto invierte Alibaba?\n"
        "Alibaba invertirá **380 mil millones de yuanes** en tres años. [1][2]\n"
        "Su modelo se llama Qwen \\[2\\] y cuesta \\*poco\\*. [1]"
    )
    first, second = embed.fields
    assert (first.name, second.name) == ("Fuentes", "\u200b")
    assert first.value == (
        "[1] [Alibaba invierte (mucho)](https://example.org/alibaba_%281%29#:~:text="
        "Alibaba%20invertir%C3%A1%20380%20mil%20millones%20de%20yuanes%20en%20tres%20a%C3%B1os.)"
        " · El Diario · <t:1740398400:d>\n"
        "«Alibaba invertirá 380 mil millones de yuanes en tres años.»\n"
        "«Su modelo se llama Qwen \\[2\\] y cuesta \\*poco\\*.»"
    )
    assert second.value == "[2] **El eco**\n«Según Reuters, Alibaba invertirá 380 mil millones.»"
    assert embed.footer.text == "Las frases citadas son textuales, tal como están en los artículos."
    assert embed.colour == ANSWER_COLOUR


def test_the_bots_own_words_are_in_the_language_asked_for() -> None:
    (embed,) = render_answer(ANSWER, EN, question="how much?", understood="Alibaba").embeds
    assert embed.fields[0].name == "Sources"
    assert (embed.description or "").startswith("> how much?\n-# I take it as “Alibaba”\nAlibaba")
    assert (render_answer(NOTHING, EN, question="who?").embeds[0].description or "").endswith(
        "the articles I have don't say."
    )


def test_an_answer_offers_what_the_place_allows() -> None:
    packed = pack([Reference(ALIBABA.id, FIRST), Reference(ALIBABA.id, THIRD), Reference(ECHO.id, Span(0, 50))])
    assert ids(render_answer(ANSWER, ES, question="¿?")) == [f"pregonero:pasajes:0:{packed}"]
    rendered = render_answer(ANSWER, ES, question="¿?", offers=EVERYTHING)
    assert ids(rendered)[1:] == ["pregonero:opinion:+", "pregonero:opinion:-", "pregonero:hilo"]
    link, *others = buttons(rendered)
    assert (link["label"], link["url"][:31]) == ("[1] Alibaba invierte [mucho]", "https://example.org/alibaba_%28")
    assert [each.get("label") or each["emoji"]["name"] for each in others] == ["Ver pasajes", "👍", "👎", "Abrir hilo"]
    assert rendered.view
    assert rendered.view.timeout is None
    assert rendered.view.is_persistent()


def test_every_custom_id_matches_the_pattern_of_its_button_alone() -> None:
    made = {*ids(render_answer(ANSWER, ES, question="¿?", offers=EVERYTHING))}
    made |= {*ids(render_answer(NOTHING, ES, question="¿?", offers=EVERYTHING)), "pregonero:mas:3:AAAA"}
    assert len(made) == 6
    for custom_id in made:
        assert sum(bool(pattern.fullmatch(custom_id)) for pattern in (PAGES, OPINION, THREAD, ALERT)) == 1


def test_not_found_says_so_and_names_the_nearest_articles() -> None:
    rendered = render_answer(NOTHING, ES, question="¿y Qwen?", understood="Alibaba", offers=EVERYTHING)
    (embed,) = rendered.embeds
    assert embed.description == (
        "> ¿y Qwen?\n-# Lo entiendo como «Alibaba»\nNo lo sé: los artículos que conozco no lo dicen."
    )
    (field,) = embed.fields
    assert field.name == "Lo más cercano que tengo"
    assert field.value == (
        "- [Alibaba invierte (mucho)](https://example.org/alibaba_%281%29) · El Diario · <t:1740398400:d>\n- **El eco**"
    )
    assert embed.colour == NOT_FOUND_COLOUR
    assert ids(rendered) == ["pregonero:avisa", "pregonero:hilo"]
    assert render_answer(NOTHING, ES, question="¿y Qwen?", offers=Offers(feedback=True)).view is None


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2025-02-24", " · <t:1740398400:d>"),
        ("2025-02-24T08:30:00+02:00", " · <t:1740378600:d>"),
        ("2025-02-24T08:30:00", " · <t:1740385800:d>"),
        ("1899-12-31", " · <t:-2209032000:d>"),
        ("ayer", ""),
        (None, ""),
    ],
)
def test_a_date_is_shown_as_the_reader_writes_dates(published: str | None, shown: str) -> None:
    article = Article("a", "a.txt", "A", "A.", published=published)
    (embed,) = render_answer(NotFound("¿?", ES, 0.0, (article,)), ES, question="¿?").embeds
    assert embed.fields[0].value == f"- **A**{shown}"


def test_an_article_without_a_title_is_untitled() -> None:
    article = Article("a", "a.txt", " \u200b", "A.", url="https://example.org/")
    (embed,) = render_answer(NotFound("¿?", ES, 0.0, (article,)), ES, question="¿?").embeds
    assert embed.fields[0].value == "- [Sin título](https://example.org/)"


def test_a_quote_is_never_a_mention_a_link_or_an_invitation() -> None:
    text = "@everyone <@1>: entra en https://bad.example y discord.gg/abc, ya."
    trap = Article(ECHO.id, "t.txt", text, text, publisher=text, url="https://example.org/)[x](https://bad.example")
    answer = answer_of(Statement(text, (Span(49, 56),), (1,)), citations=(cite(1, trap, Span(0, len(text))),))
    rendered = render_answer(answer, ES, question=text, understood=text, offers=EVERYTHING)
    for shown in texts_of(rendered):
        bare = re.sub(r"\\.", "", re.sub(r"\]\(https://example\.org/[^()\s]*\)", "", shown))
        assert not re.search(r"@|<|discord\.gg|://", bare)
    assert "discord.gg" not in json.dumps(payload(rendered))


# Texts that take more room than they seem to, or that could be cut through.
SCRAPS = [
    "palabra ",
    "Una frase. ",
    "*",
    "\\",
    "😀",
    "**",
    "`_",
    "[",
    "](",
    "ñ",
    "\n",
    "discord.gg/a",
    "@everyone ",
    "<",
]
MONSTERS = st.one_of(
    st.text(max_size=60),
    st.builds(str.__mul__, st.sampled_from(SCRAPS), st.sampled_from([1, 7, 90, 700, 5000])),
    st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join),
)
ADDRESSES = st.none() | st.sampled_from([1, 100, 490, 493, 3000]).map(
    lambda length: f"https://example.org/{'a' * length}"
)
ARTICLES = st.builds(
    Article,
    id=st.sampled_from([f"{number:016x}" for number in range(40)] + ["short"]),
    path=st.just("a.txt"),
    title=MONSTERS,
    text=MONSTERS,
    url=ADDRESSES | MONSTERS,
    publisher=st.none() | MONSTERS,
    published=st.sampled_from([None, "2025-02-24", "0001-01-01", "9999-12-31", "ayer"]),
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """One to three statements, each told by many articles."""
    owners = draw(st.lists(ARTICLES, min_size=1, max_size=30))
    citations, statements = [], []
    for _ in range(draw(st.integers(1, 3))):
        told = draw(st.lists(st.integers(0, len(owners) - 1), min_size=1, max_size=30, unique=True))
        spans = {at: Span(0, draw(st.integers(0, len(owners[at].text)))) for at in told}
        citations += [cite(at + 1, owners[at], span) for at, span in spans.items()]
        text = citations[-len(told)].quote
        bold = draw(st.lists(st.integers(0, len(text)).map(lambda at: Span(at, at + 9)), max_size=3))
        statements.append(Statement(text, tuple(bold), tuple(at + 1 for at in told)))
    return answer_of(*statements, citations=tuple(citations))


def assert_fits(rendered: Rendered) -> None:
    """Holds what Discord asks for, counted as strictly as it may."""
    message = payload(rendered)
    check_message(message)
    texts = [text for embed in message["embeds"] for text in (embed["description"], *embed.get("footer", {}).values())]
    texts += [text for embed in message["embeds"] for field in embed.get("fields", []) for text in field.values()]
    assert sum(width(str(text)) for text in texts) <= 6000
    assert all(width(field["value"]) <= 1024 for embed in message["embeds"] for field in embed.get("fields", []))
    assert all(width(button.get("label", "")) <= 80 for button in buttons(rendered))
    for shown in texts_of(rendered):
        tokens = re.findall(r"\\[^0-9A-Za-z\s]|\*\*|[^\\*]", shown)
        assert "".join(tokens) == shown, "an escape is cut through"
        assert tokens.count("**") % 2 == 0, "a bold pair is cut through"
        shown.encode()  # no half of a surrogate pair


@given(answers(), MONSTERS, st.sampled_from(["", "Alibaba"]) | MONSTERS, st.sampled_from([ES, EN]))
@settings(max_examples=60)
def test_an_answer_always_fits(answer: Answer, question: str, understood: str, language: Language) -> None:
    assert_fits(render_answer(answer, language, question=question, understood=understood, offers=EVERYTHING))


@given(st.lists(ARTICLES, max_size=9), MONSTERS, MONSTERS)
@settings(max_examples=60)
def test_not_found_always_fits(near: list[Article], question: str, understood: str) -> None:
    outcome = NotFound(question, ES, 0.1, tuple(near))
    rendered = render_answer(outcome, ES, question=question, understood=understood, offers=EVERYTHING)
    assert_fits(rendered)
    listed = [line for field in rendered.embeds[0].fields for line in (field.value or "").split("\n")]
    assert len(listed) == min(len(near), MAX_NEAR)


def long_answer(count: int, length: int = 1) -> Answer:
    """One sentence, ``length`` times as long as another, that ``count`` articles tell."""
    text = "La bahía recibió barcos. " * length
    owners = [
        Article(f"{number:016x}", "a.txt", f"Barcos {number}", text, "es", f"https://example.org/{number}")
        for number in range(count)
    ]
    cited = tuple(cite(number + 1, owner, Span(0, len(text))) for number, owner in enumerate(owners))
    return answer_of(Statement(text, (), tuple(range(1, count + 1))), citations=cited)


def test_what_is_cut_is_cut_at_a_sentence_and_offered_whole() -> None:
    long = long_answer(1, 80)
    rendered = render_answer(answer_of(*long.statements * 2, citations=long.citations), ES, question="¿?")
    (embed,) = rendered.embeds
    assert all(line.endswith("La bahía recibió barcos. … [1]") for line in str(embed.description).split("\n")[1:])
    assert str(embed.fields[0].value).endswith("La bahía recibió barcos. …»")
    assert [button["label"] for button in buttons(rendered)][1:] == ["Ver pasajes", "Ver más"]
    assert ids(rendered)[1].startswith("pregonero:mas:0:")
    whole = render_answer(long_answer(1, 9), ES, question="¿?")
    assert [button["label"] for button in buttons(whole)][1:] == ["Ver pasajes"]


def test_sources_without_room_are_counted_and_never_marked() -> None:
    rendered = render_answer(long_answer(12), ES, question="¿?")
    (embed,) = rendered.embeds
    assert len(embed.fields) == 9
    assert embed.fields[8].value == "… y otras fuentes: 4"
    assert (embed.description or "").endswith("barcos. [1][2][3][4][5][6][7][8]")
    assert len([button for button in buttons(rendered) if "url" in button]) == 5
    assert len(unpack(ids(rendered)[0].rpartition(":")[2])) == 5


def test_every_sentence_keeps_a_source_and_a_reference() -> None:
    many = long_answer(12)
    other = cite(13, ALIBABA, FIRST)
    answer = answer_of(*many.statements, Statement(other.quote, (), (13,)), citations=(*many.citations, other))
    rendered = render_answer(answer, ES, question="¿?")
    (embed,) = rendered.embeds
    assert (embed.description or "").endswith("tres años. [13]")
    assert str(embed.fields[7].value).startswith("[13] [Alibaba")
    assert Reference(ALIBABA.id, FIRST) in unpack(ids(rendered)[0].rpartition(":")[2])


def test_without_references_there_is_nothing_to_see_whole() -> None:
    article = Article("short", "a.txt", "A", "Uno.")
    answer = answer_of(Statement("Uno.", (), (1,)), citations=(cite(1, article, Span(0, 4)),))
    assert render_answer(answer, ES, question="¿?").view is None


def test_passages_are_shown_whole_with_the_quotes_in_bold() -> None:
    passage = Passage("p", ALIBABA.id, FIRST.end + 1, len(TEXT), TEXT[FIRST.end + 1 :], None, (SECOND, THIRD))
    rendered = render_pages("pasajes", [Shown(ALIBABA, passage, (THIRD,))], 0, "AAAA", ES)
    (embed,) = rendered.embeds
    head, body = (embed.description or "").split("\n")
    assert head.startswith("[Alibaba invierte (mucho)](https://example.org/alibaba_%281%29#:~:text=Su%20modelo")
    assert body == "El viernes anunció un 32%. **Su modelo se llama Qwen \\[2\\] y cuesta \\*poco\\*.**"
    assert (embed.footer.text, rendered.view) == (None, None)


def test_quotes_alone_are_shown_whole() -> None:
    passage = Passage("p", ALIBABA.id, 0, len(TEXT), TEXT, None, (FIRST, SECOND, THIRD))
    (embed,) = render_pages("mas", [Shown(ALIBABA, passage, (FIRST, SECOND))], 0, "AAAA", ES).embeds
    assert (embed.description or "").split("\n")[1:] == [f"«{TEXT[slice(*FIRST)]}»", f"«{TEXT[slice(*SECOND)]}»"]


def leaf_through(what: Pages, shown: list[Shown]) -> list[Rendered]:
    """Every page, by pressing the button of each."""
    packed = pack([Reference(each.article.id, each.quotes[0]) for each in shown])
    seen: list[Rendered] = []
    for page in range(MAX_PAGES):
        seen.append(render_pages(what, shown, page, packed, ES))
        following = [PAGES.fullmatch(custom_id) for custom_id in ids(seen[-1])]
        if not following:
            return seen
        (match,) = following
        assert match
        assert (match["what"], int(match["page"]), match["packed"]) == (what, page + 1, packed)
    pytest.fail("the last page has a button for another")


@given(st.lists(st.tuples(MONSTERS, ARTICLES), min_size=1, max_size=5), st.sampled_from(Pages))
@settings(max_examples=60)
def test_the_pages_hold_every_passage_whole(drawn: list[tuple[str, Article]], what: Pages) -> None:
    shown = []
    for text, owner in drawn:
        text = text[:3000]  # noqa: PLW2901 - a passage has a bound, far below this one
        article = Article(owner.id, "a.txt", owner.title, f"Antes. {text}", "es", owner.url, owner.publisher)
        passage = Passage("p", article.id, 7, len(article.text), text, None, ())
        shown.append(Shown(article, passage, (Span(7, len(article.text)),)))
    seen = leaf_through(what, shown)
    for rendered in seen:
        assert_fits(rendered)
    bodies = [(embed.description or "").partition("\n")[2] for rendered in seen for embed in rendered.embeds]
    told = re.sub(r"\\(.)|\*\*", r"\1", "".join(bodies), flags=re.DOTALL)
    whole = "".join(clean(f"«{each.passage.text}»" if what is Pages.QUOTES else each.passage.text) for each in shown)
    assert told == whole


def test_long_passages_are_paged_and_the_pages_counted() -> None:
    text = " ".join(
        f"En el año {year} la bahía recibió {year * 3} barcos de muchos países." for year in range(1900, 2025)
    )
    article = Article(ALIBABA.id, "a.txt", "Barcos", text)
    passages = split_article(article)
    shown = [Shown(article, each, (each.sentences[0],)) for each in passages[:12]]
    seen = leaf_through(Pages.PASSAGES, shown)
    footers = [rendered.embeds[-1].footer.text for rendered in seen]
    assert footers == ["Página 1 de 2", "Página 2 de 2"]
    for each in passages[:12]:
        assert any(
            each.text in str(embed.description).replace("**", "") for rendered in seen for embed in rendered.embeds
        )
    assert render_pages("pasajes", shown, 9, "AAAA", ES).embeds == seen[-1].embeds


@given(st.text(max_size=120), st.text(max_size=80), st.sampled_from([ES, EN]))
def test_a_message_says_what_was_asked_understood_and_cited(question: str, understood: str, language: Language) -> None:
    for outcome in (ANSWER, NOTHING):
        read = read_message(
            sent(render_answer(outcome, language, question=question, understood=understood, offers=EVERYTHING))
        )
        assert read
        assert read.question == (clean(question, line=True) or "…")
        assert read.understood == ((clean(understood, line=True) or "…") if understood else "")
        cited = [Reference(each.article.id, each.span) for each in ANSWER.citations]
        assert set(read.cited) == (set(cited) if outcome is ANSWER else set())


def test_a_message_read_back_can_be_searched_for_in_full() -> None:
    read = read_message(
        sent(render_answer(NOTHING, ES, question="¿y en yuanes?", understood="¿cuánto invierte Alibaba en yuanes?"))
    )
    assert read
    assert (read.question, read.standalone) == ("¿y en yuanes?", "¿cuánto invierte Alibaba en yuanes?")


def test_a_follow_up_says_how_it_was_understood_and_of_which_article() -> None:
    (embed,) = render_answer(ANSWER, ES, question="¿y?", understood="¿cuánto *más*?", within=[ALIBABA.id]).embeds
    asked = "> ¿y?\n-# Lo entiendo como «¿cuánto \\*más\\*?»\n-# en Alibaba invierte \\[mucho\\]\n"
    assert (embed.description or "").startswith(asked)
    (embed,) = render_answer(ANSWER, ES, question="¿y?", understood="¿cuánto?", within=[ECHO.id]).embeds
    assert (embed.description or "").startswith("> ¿y?\n-# Lo entiendo como «¿cuánto?»\nAlibaba")


def test_another_message_says_nothing() -> None:
    assert read_message(sent(render_notice("Hecho."))) is None
    assert read_message(sent(Rendered((), None))) is None
    passage = Passage("p", ALIBABA.id, 0, len(TEXT), "> no", None, ())
    assert read_message(sent(render_pages("pasajes", [Shown(ALIBABA, passage, ())], 0, "AAAA", ES))) is None
