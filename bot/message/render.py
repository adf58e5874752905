"""Answers as Discord shows them: embeds and buttons, always within its limits.

All that a button needs stands in its custom id, and all that a follow-up needs in the message: ``read_message`` reads
it back, also in a process that did not write it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import discord

from bot.answers import MAX_NEAR, Answer, Citation, NotFound
from bot.message.credits import credit, title_of
from bot.message.escape import unescape
from bot.message.excerpts import excerpt, width
from bot.message.layout import FIELD, Shown, lay_passages, lay_question, lay_quotes, lay_sources, lay_statements
from bot.message.links import quote_link
from bot.references import Reference, pack, unpack
from bot.texts import TEXTS, Texts
from index.records import Article, Language

ANSWER_COLOUR = discord.Colour(0x4F7CAC)
NOT_FOUND_COLOUR = discord.Colour(0x9A9488)

# A message's embeds have room for 6000 in all: what is left is for the footer and the names of the fields.
_DESCRIPTION, _SOURCES = 3000, 2700
_LIST = 4000
_LABEL = 80
_LINKS = 5
# Discord wants every field to have a name; this one is not seen.
_NAMELESS = "\u200b"


class Pages(StrEnum):
    """What is shown whole, page by page: the cited passages, or the cited sentences alone."""

    PASSAGES = "pasajes"
    QUOTES = "mas"


# Ten pages are enough: five passages of 700 characters, every one of them escaped, take three.
MAX_PAGES = 10
PAGES = re.compile(r"pregonero:(?P<what>pasajes|mas):(?P<page>\d):(?P<packed>[\w-]*)", re.ASCII)
OPINION = re.compile(r"pregonero:opinion:(?P<verdict>[+-])")
THREAD = re.compile(r"pregonero:hilo")
ALERT = re.compile(r"pregonero:avisa")
REASON = "pregonero:motivo:"
"""What the custom id of the form begins with that asks why an answer did not help; the message's id follows."""

Button = discord.ui.Button[discord.ui.View]


@dataclass(frozen=True, slots=True)
class Offers:
    """Which buttons the place allows."""

    thread: bool = False
    feedback: bool = False
    alerts: bool = False


NO_OFFERS = Offers()


@dataclass(frozen=True, slots=True)
class Rendered:
    """What to send. The view's buttons are answered by dynamic items; nothing has to be kept for them."""

    embeds: tuple[discord.Embed, ...]
    view: discord.ui.View | None


@dataclass(frozen=True, slots=True)
class Read:
    """What a message of ours says of itself: what was asked, what that was understood as if not so, what is cited."""

    question: str
    understood: str
    cited: tuple[Reference, ...]

    @property
    def standalone(self) -> str:
        """The question in full, to search for."""
        return self.understood or self.question


def render_answer(
    outcome: Answer | NotFound,
    language: Language,
    *,
    question: str,
    understood: str = "",
    within: Collection[str] = (),
    offers: Offers = NO_OFFERS,
) -> Rendered:
    """The answer, or that there is none; ``language`` is that of the bot's own words.

    ``question`` is shown as it was asked and, where that differs, as it was ``understood``; ``within`` are the ids of
    the articles that the conversation is about.
    """
    texts = TEXTS[language]
    first = outcome.citations[0].article if isinstance(outcome, Answer) and outcome.citations else None
    asked = lay_question(question, understood, first if first and first.id in within else None, texts)
    if isinstance(outcome, NotFound):
        return _not_found(outcome, asked, texts, offers)
    sources = lay_sources(outcome, texts, _SOURCES)
    told = lay_statements(outcome, sources.numbers, _DESCRIPTION - width(f"{asked}\n"))
    embed = discord.Embed(description=f"{asked}\n{told.markdown}", colour=ANSWER_COLOUR)
    _add_fields(embed, texts.sources, sources.texts)
    embed.set_footer(text=texts.written if outcome.written else texts.verbatim)
    packed = _packed(outcome)
    buttons: list[Button] = []
    if packed:
        buttons.append(_pages_button(Pages.PASSAGES, 0, packed, texts.see_passages))
    if packed and not (sources.whole and told.whole):
        buttons.append(_pages_button(Pages.QUOTES, 0, packed, texts.see_more))
    if offers.feedback:
        buttons += [
            Button(emoji="👍", custom_id="pregonero:opinion:+"),
            Button(emoji="👎", custom_id="pregonero:opinion:-"),
        ]
    buttons += _thread_button(texts, offers)
    return Rendered((embed,), _view(_link_buttons(outcome, sources.numbers, texts), buttons))


def render_reading(articles: Iterable[Article], language: Language, *, question: str, understood: str = "") -> Rendered:
    """What is shown while a language model reads what was found in these articles."""
    texts = TEXTS[language]
    lines = [lay_question(question, understood, None, texts), texts.reading]
    lines += [f"- {credit(article, '', texts)}" for article in articles]
    return render_list(lines)


def render_pages(what: str, shown: Sequence[Shown], page: int, packed: str, language: Language) -> Rendered:
    """One page of what was cited, from 0 on; ``what`` is a value of ``Pages``, and a page past the end is the last."""
    texts = TEXTS[language]
    laid = lay_passages(shown, texts) if Pages(what) is Pages.PASSAGES else lay_quotes(shown, texts)
    page = min(page, len(laid) - 1)
    embeds = [discord.Embed(description=part, colour=ANSWER_COLOUR) for part in laid[page]]
    if len(laid) > 1:
        embeds[-1].set_footer(text=texts.page_of.format(page=page + 1, pages=len(laid)))
    goes_on = page + 1 < min(len(laid), MAX_PAGES)
    more = [_pages_button(Pages(what), page + 1, packed, texts.see_more)] if goes_on else []
    return Rendered(tuple(embeds), _view(more))


def render_notice(markdown: str) -> Rendered:
    """A few words of the bot's own; what others wrote in them is escaped already."""
    return Rendered((discord.Embed(description=markdown, colour=NOT_FOUND_COLOUR),), None)


def render_list(lines: Sequence[str]) -> Rendered:
    """Lines of Markdown, as many from the first on as there is room for; the last one says that there are more."""
    kept: list[str] = []
    room = _LIST
    for line in lines:
        room -= width(f"{line}\n")
        if room < 0:
            kept.append("…")
            break
        kept.append(line)
    return render_notice("\n".join(kept))


def read_message(message: discord.Message) -> Read | None:
    """What an answer of ours says of itself; None for any other message. Who wrote it is for the caller to check."""
    description = message.embeds[0].description if message.embeds else None
    if not description or not description.startswith("> "):
        return None
    question, second = (*description[2:].split("\n", 2), "")[:2]
    return Read(unescape(question), _understood_in(second), _cited_in(message))


def _understood_in(line: str) -> str:
    for texts in TEXTS.values():
        before, _, after = f"-# {texts.understood}".partition("{question}")
        if line.startswith(before) and line.endswith(after):
            return unescape(line.removeprefix(before).removesuffix(after))
    return ""


def _cited_in(message: discord.Message) -> tuple[Reference, ...]:
    for row in message.components:
        for each in row.children if isinstance(row, discord.ActionRow) else ():
            if match := PAGES.fullmatch(each.custom_id or ""):
                return unpack(match["packed"])
    return ()


def _not_found(outcome: NotFound, asked: str, texts: Texts, offers: Offers) -> Rendered:
    embed = discord.Embed(description=f"{asked}\n{texts.not_found}", colour=NOT_FOUND_COLOUR)
    near = [f"- {credit(article, '', texts, FIELD - 2)}" for article in outcome.near[:MAX_NEAR]]
    together = "\n".join(near)
    # Between fields Discord leaves a line free; addresses too long to stand together are worth that.
    _add_fields(embed, texts.near, [together] if near and width(together) <= FIELD else near)
    alert = [Button(label=texts.alert_me, emoji="🔔", custom_id=ALERT.pattern)] if offers.alerts else []
    return Rendered((embed,), _view([*alert, *_thread_button(texts, offers)]))


def _add_fields(embed: discord.Embed, name: str, values: Sequence[str]) -> None:
    for at, value in enumerate(values):
        embed.add_field(name=_NAMELESS if at else name, value=value, inline=False)


def _packed(answer: Answer) -> str:
    """Where the cited sentences stand, each statement's first one before the others: no more than five fit."""
    firsts = {(number, statement.text) for statement in answer.statements for number in statement.numbers[:1]}
    ordered = sorted(answer.citations, key=lambda each: (each.number, each.quote) not in firsts)
    return pack(dict.fromkeys(Reference(each.article.id, each.span) for each in ordered))


def _link_buttons(answer: Answer, shown: Sequence[int], texts: Texts) -> list[Button]:
    firsts: dict[int, Citation] = {}
    for citation in answer.citations:
        firsts.setdefault(citation.number, citation)
    buttons: list[Button] = []
    for number in shown:
        article = firsts[number].article
        mark = f"[{number}] "
        label = mark + excerpt(title_of(article, texts), _LABEL - len(mark), escape=str).markdown
        if address := quote_link(article.url, firsts[number].quote):
            buttons.append(Button(label=label, url=address))
    return buttons[:_LINKS]


def _thread_button(texts: Texts, offers: Offers) -> list[Button]:
    return [Button(label=texts.open_thread, custom_id=THREAD.pattern)] if offers.thread else []


def _pages_button(what: Pages, page: int, packed: str, label: str) -> Button:
    return Button(label=label, custom_id=f"pregonero:{what}:{page}:{packed}")


def _view(*rows: Sequence[Button]) -> discord.ui.View | None:
    view = discord.ui.View(timeout=None)
    for row, buttons in enumerate(rows):
        for button in buttons:
            button.row = row
            view.add_item(button)
    return view if view.children else None
