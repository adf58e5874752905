"""Article -> passages: whole sentences of one section, small enough to quote and large enough to find.

``passage.text == article.text[passage.start : passage.end]``, always.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.records import Article, Passage, Span
from index.sentences import split_sentences

__all__ = ["Split", "split_article", "split_sentences"]


@dataclass(frozen=True, slots=True)
class Split:
    """Passage sizes in code points; ``overlap_sentences`` are repeated from the passage before."""

    target_chars: int = 550
    max_chars: int = 700
    overlap_sentences: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.target_chars <= self.max_chars:
            raise ValueError(f"target_chars must be in 1..max_chars ({self.max_chars}), got {self.target_chars}")
        if self.overlap_sentences < 0:
            raise ValueError(f"overlap_sentences must be 0 or more, got {self.overlap_sentences}")


def split_article(article: Article, split: Split | None = None) -> list[Passage]:
    """Return the article's passages in order; every sentence outside the headings is in at least one."""
    split = split or Split()
    passages: list[Passage] = []
    for heading, section in _sections(article):
        sentences = [
            piece
            for sentence in split_sentences(article.text, section.start, section.end)
            for piece in _pieces(article.text, sentence, split)
        ]
        for first, last in _packed(sentences, split):
            passages.append(_passage(article, heading, sentences[first:last]))
    return passages


def _sections(article: Article) -> Iterator[tuple[str | None, Span]]:
    """Yield each heading's text, None before the first, with the span of the text below it."""
    heading: str | None = None
    start = 0
    for span in article.headings:
        yield heading, Span(start, span.start)
        heading = article.text[span.start : span.end].strip().removesuffix(":") or None
        start = span.end
    yield heading, Span(start, len(article.text))


def _passage(article: Article, heading: str | None, sentences: Sequence[Span]) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    return Passage(
        id=f"{article.id}:{start}-{end}",
        article_id=article.id,
        start=start,
        end=end,
        text=article.text[start:end],
        heading=heading,
        sentences=tuple(sentences),
    )


def _packed(sentences: Sequence[Span], split: Split) -> Iterator[tuple[int, int]]:
    """Yield index ranges of ``sentences``, one a passage, near the target size and near one another's size."""
    if not sentences:
        return
    ends = [sentence.end for sentence in sentences]
    mean = (ends[-1] - sentences[0].start) / len(sentences)
    new = 0  # the first sentence that no passage has yet
    while new < len(sentences):
        first = _with_overlap(sentences, new, split)
        begin = sentences[first].start
        left = ends[-1] - begin
        last = len(sentences)
        if left > split.max_chars:
            repeated = min(mean * split.overlap_sentences, split.target_chars / 2)
            passages = max(2, round((left - repeated) / (split.target_chars - repeated)))
            goal = begin + min((left + repeated * (passages - 1)) / passages, split.target_chars)
            last = _nearest_end(ends, new, begin, goal, split)
        yield first, last
        new = last


def _with_overlap(sentences: Sequence[Span], new: int, split: Split) -> int:
    """Return where a passage begins whose first unseen sentence is ``new``: earlier, if that leaves it room."""
    first = max(0, new - split.overlap_sentences) if new else 0
    while first < new and sentences[new].end - sentences[first].start > split.max_chars:
        first += 1
    return first


def _nearest_end(ends: Sequence[int], new: int, begin: int, goal: float, split: Split) -> int:
    """Return the index after the sentence that ends nearest to ``goal`` within the size allowed, ``new`` at least."""
    most = bisect_right(ends, begin + split.max_chars, new)
    after = bisect_left(ends, goal, new, most)
    if after >= most:
        return max(most, new + 1)
    closer_before = after > new and goal - ends[after - 1] <= ends[after] - goal
    return after if closer_before else after + 1


def _pieces(text: str, sentence: Span, split: Split) -> Iterator[Span]:
    """Yield the sentence, or its parts cut at words when it is longer than a passage may be."""
    if sentence.end - sentence.start <= split.max_chars:
        yield sentence
        return
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # slow, and rarely needed

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=split.target_chars,
        chunk_overlap=0,
        separators=["; ", ", ", " "],
        keep_separator="end",
        strip_whitespace=True,
    )
    offset = sentence.start
    for chunk in splitter.split_text(text[sentence.start : sentence.end]):
        start = text.index(chunk, offset, sentence.end)
        offset = start + len(chunk)
        for cut in range(start, offset, split.max_chars):  # a word longer than a passage is cut where it must be
            yield Span(cut, min(cut + split.max_chars, offset))
