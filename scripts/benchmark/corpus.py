"""What is searched and asked: XQuAD-R and its companions where they are given, else the project's own articles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.datasets import Dataset, read_dataset, read_off_topic, reworded
from index.evaluate import DatasetError
from index.passages import Split, split_article, split_sentences
from index.sources import read_articles
from scripts.benchmark.distractors import distractors
from scripts.benchmark.systems import Corpus, Document
from scripts.benchmark.systems.pregonero import passage_count
from scripts.tuning import asked

OWN = "the project's own articles and questions in scripts/tuning, on which the weights were fitted"
# One paragraph in so many of SQuAD 2.0's: with them all, encoding would take most of the run.
_OF_PARAGRAPHS = 7


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the document that answers it, and the sentence, ``<document>:<number>``."""

    text: str
    document: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Mixed:
    """Paragraphs, questions that they answer, and questions like them that they do not; ``name`` is the row's."""

    name: str
    documents: tuple[Document, ...]
    answered: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """Real paragraphs and questions on them.

    ``english`` are the same questions in English, ``off_topic`` have nothing to do with the paragraphs; both are empty,
    and ``mixed`` is None, where the data have none. ``source`` names it all.
    """

    source: str
    documents: tuple[Document, ...]
    spanish: tuple[Question, ...]
    english: tuple[Question, ...]
    off_topic: tuple[str, ...]
    mixed: Mixed | None

    def corpus(self) -> Corpus:
        """The real paragraphs alone."""
        return Corpus(self.documents)

    def distractors(self, count: int) -> tuple[Document, ...]:
        """Paragraphs made of the real ones' sentences; the first of a larger number are the same."""
        return distractors([d.text[start:end] for d in self.documents for start, end in d.sentences], count)

    def haystack(self, size: int) -> Corpus:
        """The real paragraphs and distractors: ``size`` passages as this project cuts them, the real ones at least.

        A distractor is one passage, a real paragraph may be several: there are fewer paragraphs than ``size``.
        """
        return Corpus(self.documents + self.distractors(self.paragraphs(size) - len(self.documents)))

    def paragraphs(self, size: int) -> int:
        """How many paragraphs ``haystack(size)`` holds."""
        return len(self.documents) + max(0, size - passage_count(self.documents))


def read(folder: Path | None) -> Data:
    """The evaluation files in ``folder``, by their names, or the project's own.

    Raises:
        DatasetError: the folder holds no ``xquad-r.es*.json``, or a file cannot be read.
    """
    return _own() if folder is None else _evaluation(folder)


def _evaluation(folder: Path) -> Data:
    file = _file(folder, "xquad-r.es*.json")
    if file is None:
        raise DatasetError(f"{folder} holds no xquad-r.es*.json: give the folder of the evaluation files with --data.")
    dataset = read_dataset(file)
    english, squad2, off_topic = (
        _file(folder, name) for name in ("xquad.en*.json", "squad2.es*.json", "miracl-questions.es.tsv")
    )
    files = [found.name for found in (file, english, squad2, off_topic) if found]
    return Data(
        source=f"{', '.join(files)}: {len(dataset.paragraphs)} paragraphs, {len(dataset.questions)} questions",
        documents=_documents(dataset),
        spanish=_questions(dataset),
        english=_questions(reworded(dataset, read_dataset(english))) if english else (),
        off_topic=tuple(read_off_topic(off_topic)) if off_topic else (),
        mixed=_mixed(read_dataset(squad2)) if squad2 else None,
    )


def _file(folder: Path, name: str) -> Path | None:
    return min(folder.glob(name), default=None)


def _mixed(dataset: Dataset) -> Mixed:
    """Every ``_OF_PARAGRAPHS``-th paragraph with all its questions."""
    questions = [q for q in dataset.questions if q.paragraph % _OF_PARAGRAPHS == 0]
    return Mixed(
        name="squad2",
        documents=_documents(dataset)[::_OF_PARAGRAPHS],
        answered=tuple(q.text for q in questions if q.answerable),
        refused=tuple(q.text for q in questions if not q.answerable),
    )


def _documents(dataset: Dataset) -> tuple[Document, ...]:
    return tuple(
        Document(
            f"p{row}",
            f"p{row}",
            "",
            paragraph.text,
            tuple((s.start, s.end) for s in paragraph.sentences),
            made_up=False,
        )
        for row, paragraph in enumerate(dataset.paragraphs)
    )


def _questions(dataset: Dataset) -> tuple[Question, ...]:
    return tuple(
        Question(q.text, f"p{q.paragraph}", f"p{q.paragraph}:{number}")
        for q in dataset.questions
        if q.answer_at is not None
        for number, (start, end) in enumerate(dataset.paragraphs[q.paragraph].sentences)
        if start <= q.answer_at < end
    )


def _own() -> Data:
    """Passages of the tuning articles, and the questions that one sentence among them answers and no other."""
    ours = asked.own_questions()
    places: dict[str, list[str]] = {one.text: [] for one in ours}
    documents: list[Document] = []
    for article in read_articles([asked.ARTICLES]).articles:
        # No sentence stands in two documents.
        for passage in split_article(article, Split(overlap_sentences=0)):
            key = f"p{len(documents)}"
            spans = tuple((s.start, s.end) for s in split_sentences(passage.text))
            documents.append(Document(key, key, passage.heading or article.title, passage.text, spans, made_up=False))
            for one in ours:
                places[one.text] += [
                    f"{key}:{number}"
                    for number, (start, end) in enumerate(spans)
                    if one.right is not None and one.right(article, passage.text[start:end], 0)
                ]
    questions = tuple(
        Question(text, right[0].partition(":")[0], right[0]) for text, right in places.items() if len(right) == 1
    )
    refused = tuple(one.text for one in ours if not one.answerable)
    return Data(
        source=f"{OWN}: {len(documents)} passages, {len(questions)} questions",
        documents=tuple(documents),
        spanish=questions,
        english=(),
        off_topic=(),
        mixed=Mixed("own", tuple(documents), tuple(question.text for question in questions), refused),
    )
