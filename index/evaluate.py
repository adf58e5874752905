"""How good search and answers are, on questions whose right paragraph is known (SQuAD-format JSON).

Every paragraph of the file becomes an article of its own, so "paragraph" figures rank articles by their best passage.
Ranking metrics are ``ir_measures``', AUROC is scikit-learn's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.records import Article, KnowledgeError, Results, ScoredSentence, Span

DEPTH = 10


class DatasetError(KnowledgeError):
    """A file is not an evaluation data set."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; ``sentences`` is empty where the file gives no sentence breaks."""

    text: str
    title: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, the row of its paragraph, and its gold answers; ``answer_at`` is where the first one starts."""

    id: str
    text: str
    paragraph: int
    answers: tuple[str, ...]
    answer_at: int | None
    group: int

    @property
    def answerable(self) -> bool:
        """Whether its paragraph answers it."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Paragraphs and the questions on them."""

    paragraphs: tuple[Paragraph, ...]
    questions: tuple[LabelledQuestion, ...]

    def articles(self) -> list[Article]:
        """One article a paragraph, in order."""
        return [
            Article(
                id=hashlib.sha256(f"{row}\0{paragraph.text}".encode()).hexdigest()[:16],
                path=f"paragraph/{row}",
                title="",
                text=paragraph.text,
            )
            for row, paragraph in enumerate(self.paragraphs)
        ]


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


def read_dataset(file: Path) -> Dataset:
    """Read SQuAD v1.1 or v2.0 JSON, with or without ``sentence_breaks``.

    Raises:
        DatasetError: the file cannot be read or has another shape.
    """
    paragraphs: list[Paragraph] = []
    questions: list[LabelledQuestion] = []
    for group, entry in enumerate(_entries(file)):
        try:
            for paragraph in entry["paragraphs"]:
                breaks = tuple(Span(int(a), int(b)) for a, b in paragraph.get("sentence_breaks") or ())
                questions.extend(_question(qa, len(paragraphs), group) for qa in paragraph["qas"])
                paragraphs.append(Paragraph(str(paragraph["context"]), str(entry.get("title") or ""), breaks))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DatasetError(f"{file} is not SQuAD-format JSON ({type(error).__name__}: {error}).") from error
    if not questions:
        raise DatasetError(f"{file} holds no question.")
    return Dataset(tuple(paragraphs), tuple(questions))


def _entries(file: Path) -> Sequence[Mapping[str, Any]]:
    try:
        loaded = json.loads(file.read_text(encoding="utf-8"))
        entries: Sequence[Mapping[str, Any]] = loaded["data"]
    except OSError as error:
        raise DatasetError(f"{file} cannot be read ({error.strerror}): give a SQuAD-format JSON file.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{file} is not SQuAD-format JSON: its top level must be an object with `data`.") from error
    return entries


def _question(qa: Mapping[str, Any], paragraph: int, group: int) -> LabelledQuestion:
    answers = [] if qa.get("is_impossible") else qa["answers"]
    return LabelledQuestion(
        id=str(qa["id"]),
        text=str(qa["question"]),
        paragraph=paragraph,
        answers=tuple(str(answer["text"]) for answer in answers),
        answer_at=int(answers[0]["answer_start"]) if answers else None,
        group=group,
    )


def read_off_topic(file: Path) -> list[str]:
    """Questions of a TSV of id and text.

    Raises:
        DatasetError: the file cannot be read or a line has no tab.
    """
    try:
        rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file} cannot be read as UTF-8 text ({error}).") from error
    if any(len(row) < 2 for row in rows):
        raise DatasetError(f"{file} must hold an id, a tab and a question on every line.")
    return [row[1].strip() for row in rows]


def reworded(dataset: Dataset, other: Dataset) -> Dataset:
    """The same paragraphs with the questions' texts of another file, matched by id.

    Raises:
        DatasetError: no question of the other file is one of these.
    """
    texts = {question.id: question.text for question in other.questions}
    questions = tuple(
        LabelledQuestion(q.id, texts[q.id], q.paragraph, q.answers, q.answer_at, q.group)
        for q in dataset.questions
        if q.id in texts
    )
    if not questions:
        raise DatasetError("No question of the --questions file has an id of the evaluated file: give its translation.")
    return Dataset(dataset.paragraphs, questions)


def measure(dataset: Dataset, outcomes: Sequence[Outcome]) -> dict[str, Measured]:
    """Every figure that the data allow, by name."""
    answerable = [o for o in outcomes if o.question is not None and o.question.answerable]
    figures = _paragraph_figures(dataset, answerable)
    if all(dataset.paragraphs[o.question.paragraph].sentences for o in answerable if o.question):
        figures |= _sentence_figures(dataset, answerable)
    held = [any(gold in _plain(o.answer) for gold in o.question.answers) for o in answerable if o.question]
    figures["answer_contains@1"] = _mean(held)
    unanswerable = [o for o in outcomes if o.question is not None and not o.question.answerable]
    if unanswerable:
        figures |= _abstention_figures(answerable, unanswerable, "")
    off_topic = [o for o in outcomes if o.question is None]
    if off_topic:
        figures |= _abstention_figures(answerable, off_topic, "off_topic_")
    return figures


def _plain(answer: str | None) -> str:
    return (answer or "").replace("**", "")


def _mean(values: Sequence[bool]) -> Measured:
    return Measured(sum(values) / len(values) if values else float("nan"), len(values))


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
        best = sentences_by_score(outcome.results)
        ranked.append([_key(dataset, rows[article], sentence.span) for article, sentence in best])
        at = outcome.question.answer_at
        gold.append(_key(dataset, outcome.question.paragraph, Span(at, at + 1)))
    return ranking_figures("sentence_", ranked, gold, ("recall@1", "ndcg@10"))


def sentences_by_score(results: Results) -> list[tuple[str, ScoredSentence]]:
    """(article id, sentence) of every hit, best first, each sentence once though passages overlap."""
    best: dict[tuple[str, Span], ScoredSentence] = {}
    for hit in results.hits:
        for sentence in hit.sentences:
            key = (hit.article.id, sentence.span)
            if key not in best or best[key].score < sentence.score:
                best[key] = sentence
    ordered = sorted(best.items(), key=lambda item: (-item[1].score, item[0]))
    return [(article, sentence) for (article, _), sentence in ordered]


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
    """Means over questions of the named measures, each with one right document; a document counts at its first place."""
    import ir_measures  # noqa: PLC0415 - only evaluation needs it

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
    from sklearn.metrics import roc_auc_score, roc_curve  # noqa: PLC0415 - only evaluation needs it

    both = [*answerable, *unanswerable]
    truth = [1] * len(answerable) + [0] * len(unanswerable)
    sure = [outcome.results.confidence for outcome in both]
    wrongly, rightly, _ = roc_curve(truth, sure)
    at_five = min(rate for rate, kept in zip(wrongly, rightly, strict=True) if kept >= 0.95)
    return {
        f"{prefix}auroc": Measured(float(roc_auc_score(truth, sure)), len(both)),
        f"{prefix}wrong_answer_rate": _mean([outcome.answer is not None for outcome in unanswerable]),
        f"{prefix}wrong_answer_rate_at_5%_false_refusals": Measured(float(at_five), len(both)),
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
