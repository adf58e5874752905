"""How good search and answers are, on questions whose right paragraph is known (SQuAD-format JSON).

Every paragraph of the file becomes an article of its own, so "paragraph" figures rank articles by their best passage.
Ranking metrics are ``ir_measures``', AUROC is scikit-learn's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from index.datasets import (
    Dataset,
    DatasetError,
    LabelledQuestion,
    Paragraph,
    read_dataset,
    read_off_topic,
    reworded,
)
from index.records import Results, Span

__all__ = [
    "DEPTH",
    "Dataset",
    "DatasetError",
    "LabelledQuestion",
    "Measured",
    "Outcome",
    "Paragraph",
    "measure",
    "ranking_figures",
    "read_dataset",
    "read_off_topic",
    "reworded",
    "run",
]

DEPTH = 10
_FALSE_REFUSALS = 0.05


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure and the number of questions it stands on."""

    value: float
    questions: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: the results, and the answer's text, or None for a refusal.

    ``question`` is None for one that the corpus has nothing to do with.
    """

    question: LabelledQuestion | None
    results: Results
    answer: str | None


def measure(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Measured]:
    """Every figure that the data allow, by name."""
    answerable = [o for o in outcomes if o.question is not None and o.question.answerable]
    figures = _paragraph_figures(dataset, answerable)
    if answerable and all(dataset.paragraphs[o.question.paragraph].sentences for o in answerable if o.question):
        figures |= _sentence_figures(dataset, answerable)
    held = [any(gold in (o.answer or "") for gold in o.question.answers) for o in answerable if o.question]
    figures["answer_contains@1"] = _mean(held)
    unanswerable = [o for o in outcomes if o.question is not None and not o.question.answerable]
    if unanswerable:
        figures |= _abstention_figures(answerable, unanswerable, "")
    off_topic = [o for o in outcomes if o.question is None]
    if off_topic:
        figures |= _abstention_figures(answerable, off_topic, "off_topic_")
    return figures


def _mean(values: Sequence[bool]) -> Measured:
    return Measured(sum(values) / len(values) if values else math.nan, len(values))


def _paragraph_figures(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Measured]:
    rows = {article.id: str(row) for row, article in enumerate(dataset.articles())}
    ranked = [[rows[hit.article.id] for hit in outcome.results.hits] for outcome in outcomes]
    gold = [str(outcome.question.paragraph) for outcome in outcomes if outcome.question]
    return ranking_figures("paragraph_", ranked, gold, ("recall@1", "recall@5", "mrr@10", "ndcg@10"))


def _sentence_figures(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Measured]:
    rows = {article.id: row for row, article in enumerate(dataset.articles())}
    ranked, gold = [], []
    for outcome in outcomes:
        if outcome.question is None or outcome.question.answer_at is None:
            continue
        best = outcome.results.sentences_by_score()
        ranked.append([_key(dataset, rows[article.id], sentence.span) for article, sentence in best])
        at = outcome.question.answer_at
        gold.append(_key(dataset, outcome.question.paragraph, Span(at, at + 1)))
    return ranking_figures("sentence_", ranked, gold, ("recall@1", "ndcg@10"))


def _key(dataset: Dataset, row: int, span: Span) -> str:
    """Names the file's own sentence that ``span`` overlaps most: ours may be cut elsewhere."""
    breaks = dataset.paragraphs[row].sentences
    overlaps = [min(span.end, end) - max(span.start, start) for start, end in breaks]
    best = max(range(len(breaks)), key=lambda i: overlaps[i]) if breaks else 0
    return f"{row}:{best}"


_MEASURES = {"recall@1": "R@1", "recall@5": "R@5", "mrr@10": "RR@10", "ndcg@10": "nDCG@10"}


def ranking_figures(
    prefix: str, ranked: Sequence[Sequence[str]], gold: Sequence[str], names: Iterable[str]
) -> dict[str, Measured]:
    """Means over questions of the named measures; each has one right document, which counts at its first place.

    Raises:
        DatasetError: the library that computes them is not installed.
    """
    if not gold:
        return {prefix + name: Measured(math.nan, 0) for name in names}
    try:
        import ir_measures
    except ImportError as error:
        raise DatasetError(
            "ir-measures has no wheel for this machine: install a C compiler, then `pip install ir-measures`."
        ) from error
    measures = {name: ir_measures.parse_measure(_MEASURES[name]) for name in names}
    qrels = {str(i): {document: 1} for i, document in enumerate(gold)}
    # Scores fall with the place, so that the measures keep the order given.
    run = {
        str(i): {document: float(-place) for place, document in enumerate(dict.fromkeys(documents))}
        for i, documents in enumerate(ranked)
    }
    means = ir_measures.calc_aggregate(list(measures.values()), qrels, run)
    return {prefix + name: Measured(float(means[measure]), len(gold)) for name, measure in measures.items()}


def _abstention_figures(
    answerable: Sequence[Outcome], unanswerable: Sequence[Outcome], prefix: str
) -> dict[str, Measured]:
    from sklearn.metrics import roc_auc_score, roc_curve

    both = [*answerable, *unanswerable]
    truth = [1] * len(answerable) + [0] * len(unanswerable)
    sure = [outcome.results.confidence for outcome in both]
    auroc = at_five = math.nan
    if answerable and unanswerable:
        auroc = float(roc_auc_score(truth, sure))
        # Every threshold: those dropped to draw a curve can be the one looked for.
        wrongly, rightly, _ = roc_curve(truth, sure, drop_intermediate=False)
        at_five = min(float(rate) for rate, kept in zip(wrongly, rightly, strict=True) if kept >= 1 - _FALSE_REFUSALS)
    return {
        f"{prefix}auroc": Measured(auroc, len(both)),
        f"{prefix}wrong_answer_rate": _mean([outcome.answer is not None for outcome in unanswerable]),
        f"{prefix}wrong_answer_rate_at_5%_false_refusals": Measured(at_five, len(both)),
        "false_refusal_rate": _mean([outcome.answer is None for outcome in answerable]),
    }


def run(
    dataset: Dataset,
    off_topic: Sequence[str],
    search: Callable[[str], Results],
    answer: Callable[[Results], str | None],
    progress: Callable[[int, int], None] | None = None,
) -> list[Outcome]:
    """Ask every question of the data set, then every off-topic one."""
    asked: list[tuple[LabelledQuestion | None, str]] = [(question, question.text) for question in dataset.questions]
    asked.extend((None, text) for text in off_topic)
    outcomes = []
    for done, (question, text) in enumerate(asked, 1):
        results = search(text)
        outcomes.append(Outcome(question, results, answer(results)))
        if progress is not None:
            progress(done, len(asked))
    return outcomes
