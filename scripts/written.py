"""What ``pregonero eval`` measures of a language model: what it writes, what the checks take out, what it costs.

Two things hold of every answer whatever the model, and are counted anew here: each quote is its article's own text, and
no figure stands in an answer that does not stand in the sentences it quotes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from bot.answers import Answer, Citation, NotFound
from bot.grounded.checks.verify import Flaw
from bot.grounded.errors import Usage
from index.evaluate import Dataset, LabelledQuestion
from index.records import KnowledgeError
from scripts import digits

if TYPE_CHECKING:
    from bot.desk import Desk, Reply
    from bot.grounded.limits import Prices
    from scripts.writing import Pen

_SEED = 0


class UngroundedError(KnowledgeError):
    """A written answer holds what the articles it cites do not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its answer in the articles' own words, and the one that the model was asked for."""

    question: LabelledQuestion
    quoted: Reply
    reply: Reply

    @property
    def sent(self) -> bool:
        """Whether the model was asked: where next to nothing was found, it is not."""
        return self.reply.written is not None

    @property
    def failure(self) -> str | None:
        """Why the articles' own words are given all the same, or None."""
        return self.reply.written.failure if self.reply.written else None

    @property
    def answer(self) -> Answer | None:
        """What the model wrote and the checks let pass, or None."""
        outcome = self.reply.outcome
        return outcome if isinstance(outcome, Answer) and outcome.written else None

    @property
    def refused(self) -> bool:
        """Whether the model said that the passages do not answer."""
        return self.sent and not self.failure and isinstance(self.reply.outcome, NotFound)


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many."""

    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Written:
    """The figures; ``seconds`` are the median and the 95th percentile of a whole answer, None where none was asked.

    ``failures`` counts the answers that are given in the articles' own words by what went wrong, ``flaws`` the
    sentences dropped by what was wrong with them; one may have several. ``gold`` counts answerable questions whose
    answer holds the gold span: as written, as shown in the end, and without the model. ``cost`` is in US dollars, None
    where no prices are set. ``ungrounded`` says in a sentence each what must never be: it is empty.
    """

    answered: Part
    refused: Part
    refused_answerable: Part
    fell_back: Part
    not_sent: Part
    failures: Mapping[str, int]
    dropped: Part
    flaws: Mapping[Flaw, int]
    citations_valid: Part
    figures_not_in_source: Part
    gold_written: Part
    gold_shown: Part
    gold_quoted: Part
    usage: Usage
    cost: Decimal | None
    seconds: tuple[float, float] | None
    ungrounded: tuple[str, ...]


def drawn(dataset: Dataset, most: int) -> list[LabelledQuestion]:
    """So many questions spread over the file, the same ones each time; all where there are no more."""
    count = min(most, len(dataset.questions))
    rows = np.random.default_rng(_SEED).choice(len(dataset.questions), count, replace=False)
    return [dataset.questions[row] for row in sorted(rows)]


def ask(
    questions: Sequence[LabelledQuestion], desk: Desk, pen: Pen, progress: Callable[[int, int], None]
) -> list[Asked]:
    """Have each question answered, first from the articles' own sentences, then by the model."""
    asked = []
    for done, question in enumerate(questions, 1):
        quoted = desk.ask(question.text)
        asked.append(Asked(question, quoted, pen.write(quoted)))
        progress(done, len(questions))
    return asked


def measure(dataset: Dataset, asked: Sequence[Asked], prices: Prices | None) -> Written:
    """The figures of what was asked of the data set's index."""
    told = [each.reply.written for each in asked if each.reply.written]
    answers = [(each, each.answer) for each in asked if each.answer]
    answerable = [each for each in asked if each.question.answerable]
    flawed = [flaws for written in told for flaws in written.dropped]
    texts = {article.id: article.text for article in dataset.articles()}
    citations = [(each, citation) for each, answer in answers for citation in answer.citations]
    wrong = [each for each, citation in citations if not _is_verbatim(citation, texts)]
    strange = [(each, figure) for each, answer in answers for figure in _strange_figures(answer)]
    usage = sum((written.usage for written in told), Usage())
    return Written(
        answered=Part(len(answers), len(asked)),
        refused=_part(asked, lambda each: each.refused),
        refused_answerable=_part(answerable, lambda each: each.refused),
        fell_back=_part(asked, lambda each: each.failure is not None),
        not_sent=_part(asked, lambda each: not each.sent),
        failures=dict(Counter(each.failure for each in asked if each.failure).most_common()),
        dropped=Part(len(flawed), sum(written.sentences for written in told)),
        flaws=dict(Counter(flaw for flaws in flawed for flaw in flaws).most_common()),
        citations_valid=Part(len(citations) - len(wrong), len(citations)),
        figures_not_in_source=Part(len(strange), sum(_figures(answer) for _, answer in answers)),
        gold_written=_part([each for each in answerable if each.answer], lambda each: _holds_gold(each, each.reply)),
        gold_shown=_part(answerable, lambda each: _holds_gold(each, each.reply)),
        gold_quoted=_part(answerable, lambda each: _holds_gold(each, each.quoted)),
        usage=usage,
        cost=prices.of(usage) if prices else None,
        seconds=_seconds(asked),
        ungrounded=tuple(_complaints(wrong, strange)),
    )


def _complaints(wrong: Iterable[Asked], strange: Iterable[tuple[Asked, str]]) -> Iterator[str]:
    for each in wrong:
        yield f"A quote in the answer to {each.question.text!r} is not its article's: report it."
    for each, figure in strange:
        asked = repr(each.question.text)
        yield f"By its digits, {figure} in the answer to {asked} stands in no sentence that it quotes: report it."


def _part(asked: Sequence[Asked], holds: Callable[[Asked], bool]) -> Part:
    return Part(sum(map(holds, asked)), len(asked))


def _is_verbatim(citation: Citation, texts: Mapping[str, str]) -> bool:
    return bool(citation.quote) and texts[citation.article.id][slice(*citation.span)] == citation.quote


def _figures(answer: Answer) -> int:
    return sum(len(digits.numbers(statement.text)) for statement in answer.statements)


def _strange_figures(answer: Answer) -> Iterator[str]:
    """Figures of an answer that stand in none of the quotes under its sentence."""
    for statement in answer.statements:
        quoted = [citation for citation in answer.citations if citation.number in statement.numbers]
        yield from digits.missing(statement.text, [citation.quote for citation in quoted])


def _holds_gold(asked: Asked, reply: Reply) -> bool:
    outcome = reply.outcome
    text = "\n".join(each.text for each in outcome.statements) if isinstance(outcome, Answer) else ""
    return any(gold in text for gold in asked.question.answers)


def _seconds(asked: Sequence[Asked]) -> tuple[float, float] | None:
    taken = [each.reply.timings_ms["total"] / 1000 for each in asked if each.sent]
    if not taken:
        return None
    p50, p95 = np.percentile(taken, [50, 95])
    return float(p50), float(p95)
