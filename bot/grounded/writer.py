"""Answers written by a language model from the passages found, each sentence checked before anyone sees it.

What a model writes is a stranger's text: a sentence that ``verify`` does not let pass is dropped, one that passes keeps
the articles' own sentences that bear it out. Where nothing is left, or the model fails, the answer in the articles' own
words stands.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.answers import Answer, Citation, Statement, asked_for, not_found
from bot.desk import Reply
from bot.grounded.checks.records import Quote
from bot.grounded.checks.verify import Flaw, Source, rewrites, verify
from bot.grounded.drafts import Draft, DraftSentence
from bot.grounded.errors import GroundingError, ModelPausedError, TokensSpentError, Usage
from bot.grounded.limits import Breaker, Budget, Day, Ledger
from bot.grounded.model import ChatModel
from bot.grounded.prompts import Excerpt, answering, new_fence, new_ids, rewriting
from bot.grounded.tally import Cache, Call, Tally
from bot.grounded.written import Written
from bot.store import StoreError
from index.question import parse
from index.records import Hit, Language, Results

_log = logging.getLogger(__name__)

_PASSAGES = 6
_MAX_STATEMENTS = 5
# Below this, what was found has hardly a word of the question in it: no model makes an answer of it.
_WORTH_ASKING = 0.05
_CACHED = 300

T = TypeVar("T")
Tell = Callable[[Answer], None]


class Writer:
    """Has answers written and checks them; one for a process and its event loop. ``tally`` is what it did."""

    def __init__(self, model: ChatModel, seconds: float, ledger: Ledger, *, rng: random.Random | None = None) -> None:
        self.tally = Tally()
        self._model = model
        self._seconds = seconds
        self._ledger = ledger
        self._breaker = Breaker()
        self._rng = rng or random.SystemRandom()
        self._known: OrderedDict[tuple[object, ...], Reply] = OrderedDict()

    def budget(self) -> Budget:
        """The time that one question has from now on, its rewriting included."""
        return Budget(self._seconds)

    async def write(self, reply: Reply, budget: Budget, tell: Tell | None = None) -> Reply:
        """The reply with an answer written from its passages, or as it is; never raises for the model's faults.

        ``tell`` is told what stands so far, after each sentence that passed.
        """
        hits = reply.results.hits[:_PASSAGES]
        if not hits or reply.results.confidence < _WORTH_ASKING:
            return reply
        key = (reply.results.question, tuple(hit.passage.id for hit in hits), self._model.name, reply.version)
        if known := self._known.get(key):
            self._known.move_to_end(key)
            self.tally.cache[Cache.HIT] += 1
            return replace(known, timings_ms=reply.timings_ms)
        self.tally.cache[Cache.MISS] += 1
        began = time.perf_counter()
        page = _Page(reply.results, hits, new_ids(_texts(hits), len(hits), self._rng), tell)
        messages = answering(
            reply.results.question, page.excerpts(), reply.results.language, new_fence(_texts(hits), self._rng)
        )

        async def attempt() -> tuple[Draft, Usage]:
            page.clear()
            with self._breaker.guarded():
                return await self._model.draft(messages, on_sentence=page.take)

        try:
            draft = await self._spend(budget, attempt)
        except GroundingError as error:
            _log.warning("The answer is given without the language model. %s", error)
            return _timed(
                replace(reply, written=Written(self._model.name, usage=budget.usage, failure=str(error))), began
            )
        return self._keep(
            key, _timed(_settled(reply, page, draft, Written(self._model.name, usage=budget.usage)), began)
        )

    @property
    def model(self) -> str:
        """What the model was opened by."""
        return self._model.name

    async def today(self) -> Day:
        """What was used today. Raises ``StoreError``."""
        return await self._ledger.today()

    def forget(self) -> None:
        """Forget the answers kept for when they are asked for again, which are somebody's questions."""
        self._known.clear()

    async def standalone(
        self, question: str, turns: Sequence[tuple[str, str]], language: Language, budget: Budget
    ) -> str | None:
        """The question as it is to be understood after ``turns``, questions and answers; None where that is not known.

        It names nothing that the conversation does not.
        """

        async def attempt() -> tuple[str, Usage]:
            with self._breaker.guarded():
                return await self._model.text(rewriting(question, turns, language))

        try:
            rewritten = await self._spend(budget, attempt)
        except GroundingError as error:
            _log.warning("A follow-up is understood without the language model. %s", error)
            return None
        said = "\n".join([*(part for turn in turns for part in turn), question])
        if not rewrites(rewritten, said, language):
            _log.warning("A follow-up was rewritten unfit: it is understood without.")
            return None
        return rewritten

    async def _spend(self, budget: Budget, attempt: Callable[[], Awaitable[tuple[T, Usage]]]) -> T:
        """Make a call inside the budget, and count what it and the retry before it cost. Raises ``GroundingError``."""
        before = budget.usage

        async def counted() -> T:
            # Also where the budget's time is up, which cancels the call.
            came, usage = Call.FAILED, Usage()
            try:
                made, usage = await attempt()
                came = Call.OK
            except GroundingError as error:
                came = Call.REFUSED if isinstance(error, ModelPausedError) else Call.FAILED
                usage = error.usage
                raise
            finally:
                self.tally.count(came, usage)
                budget.usage += usage
            return made

        try:
            await self._ledger.require_room()
            try:
                return await budget.spend(counted)
            finally:
                await self._ledger.count(budget.usage - before)
        except TokensSpentError:
            self.tally.count(Call.REFUSED)
            raise
        except StoreError as error:
            raise GroundingError(f"Tokens cannot be counted: {error}") from error

    def _keep(self, key: tuple[object, ...], reply: Reply) -> Reply:
        if reply.written and reply.written.failure is None:
            self._known[key] = replace(reply, written=replace(reply.written, usage=Usage(), cached=True))
            while len(self._known) > _CACHED:
                self._known.popitem(last=False)
        return reply


def _timed(reply: Reply, began: float) -> Reply:
    passed = (time.perf_counter() - began) * 1000
    timings = {**reply.timings_ms, "write": passed, "total": reply.timings_ms.get("total", 0.0) + passed}
    return replace(reply, timings_ms=timings)


def _texts(hits: Sequence[Hit]) -> list[str]:
    return [f"{hit.article.title}\n{hit.passage.text}" for hit in hits]


@dataclass
class _Page:
    """What is being written: the passages under their ids, and the sentences that passed so far."""

    results: Results
    hits: Sequence[Hit]
    ids: Sequence[str]
    tell: Tell | None
    statements: list[Statement] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    dropped: list[tuple[Flaw, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hits = dict(zip(self.ids, self.hits, strict=True))
        self._sources = {
            name: Source(
                name, hit.passage.text, hit.article.title, _language(hit), hit.article.published, tuple(_sentences(hit))
            )
            for name, hit in self._hits.items()
        }
        self._asked = parse(self.results.question)

    def clear(self) -> None:
        """Begin anew: a call that is made again writes everything again."""
        self.statements.clear()
        self.citations.clear()
        self.dropped.clear()

    def excerpts(self) -> list[Excerpt]:
        """The passages as the model sees them."""
        return [
            Excerpt(name, hit.article.title, hit.article.publisher, hit.article.published, hit.passage.text)
            for name, hit in self._hits.items()
        ]

    async def take(self, sentence: DraftSentence) -> None:
        """Check a sentence, and tell of it where it passes."""
        if len(self.statements) == _MAX_STATEMENTS:
            return
        checked = await asyncio.to_thread(
            verify, sentence.text, sentence.passage_ids, self._sources, self.results.language
        )
        if checked.flaws:
            self.dropped.append(checked.flaws)
            return
        citations = self._cited(checked.quotes)
        bold = tuple(asked_for(checked.text, self._asked))
        self.statements.append(Statement(checked.text, bold, tuple(dict.fromkeys(each.number for each in citations))))
        self.citations += citations
        if self.tell:
            self.tell(self.answer())

    def answer(self) -> Answer:
        """What stands so far."""
        unique = dict.fromkeys(self.citations)
        return Answer(
            question=self.results.question,
            language=self.results.language,
            confidence=self.results.confidence,
            statements=tuple(self.statements),
            citations=tuple(unique),
            written=True,
        )

    def _cited(self, quotes: Sequence[Quote]) -> list[Citation]:
        """The article's own sentences that bear a statement out."""
        citations: list[Citation] = []
        for source, place in quotes:
            hit = self._hits[source]
            number = self._number(hit.article.id, citations)
            quote = self._sources[source].sentences[place]
            citations.append(Citation(number, hit.article, hit.passage.sentences[place], quote, hit.score))
        return citations

    def _number(self, article: str, new: Sequence[Citation]) -> int:
        known = {each.article.id: each.number for each in (*self.citations, *new)}
        return known.get(article, len(known) + 1)


def _sentences(hit: Hit) -> list[str]:
    return [hit.article.text[start:end] for start, end in hit.passage.sentences]


def _language(hit: Hit) -> Language:
    return Language.ENGLISH if hit.article.lang.startswith("en") else Language.SPANISH


def _told_of(written: Written) -> None:
    """What an operator wants to know, with no word of the question or the answer."""
    flaws = Counter(flaw for each in written.dropped for flaw in each)
    _log.info(
        "%s wrote %d sentences, %d dropped (%s); %d tokens read, %d written.",
        written.model,
        written.sentences,
        len(written.dropped),
        ", ".join(f"{flaw}: {count}" for flaw, count in flaws.items()) or "nothing wrong",
        written.usage.input_tokens,
        written.usage.output_tokens,
    )


def _settled(reply: Reply, page: _Page, draft: Draft, written: Written) -> Reply:
    """What the model's answer comes to, once it is whole."""
    written = replace(written, sentences=len(page.statements) + len(page.dropped), dropped=tuple(page.dropped))
    _told_of(written)
    if not draft.answerable:
        return replace(reply, outcome=not_found(reply.results), written=written)
    if not page.statements:
        return replace(reply, written=replace(written, failure="Nothing that the language model wrote passed."))
    return replace(reply, outcome=page.answer(), written=written)
