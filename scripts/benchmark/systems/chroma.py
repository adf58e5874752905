"""Chroma in a folder, as its documentation sets it up: its own embedding function, and vectors handed to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scripts.benchmark.systems import Corpus, Unit, Verdict, embedded_model
from scripts.benchmark.systems.pregonero import open_ours
from scripts.benchmark.systems.vectors import Floats, encoded

if TYPE_CHECKING:
    from chromadb import ClientAPI, Collection

_NAME = "benchmark"
# The model's own limit, which Chroma's default keeps to.
_TOKENS = 256


class Chroma:
    """Implements ``System``."""

    dimension = 384

    def __init__(self) -> None:
        self._function: Any = None
        self._folder: Path | None = None
        self._collection: Collection | None = None

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        """``add`` to a new collection; it writes as it goes, into SQLite and its own files."""
        client = self._client(folder)
        collection = client.create_collection(_NAME, embedding_function=self._given())
        for ids, texts in _batches(client, [(key, text) for key, text, _ in corpus.units(unit)]):
            collection.add(ids=ids, documents=texts, embeddings=encoded(corpus, texts, self._encode))

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:
        """``upsert`` of what changed."""
        client = self._client(folder)
        collection = client.get_collection(_NAME, embedding_function=self._given())
        known = set(changed)
        new = [(key, text) for key, text, _ in corpus.units(unit) if key.partition(":")[0] in known]
        for ids, texts in _batches(client, new):
            collection.upsert(ids=ids, documents=texts, embeddings=encoded(corpus, texts, self._encode))

    def open(self, folder: Path, unit: Unit) -> None:  # noqa: ARG002 - the collection holds either
        """``get_collection``."""
        self._collection = self._client(folder).get_collection(_NAME, embedding_function=self._given())

    def search(self, question: str, k: int) -> list[str]:
        """``query`` with the question's text."""
        found: list[str] = self._query(question, k)["ids"][0]
        return found

    def verdict(self, question: str) -> Verdict | None:
        """The nearest text's distance, turned round."""
        distances = self._query(question, 1)["distances"][0]
        return Verdict(-float(distances[0]), None) if distances else None

    def encode_question(self, text: str) -> None:
        """Its embedding function, with one text."""
        self._encode([text])

    def encode_passages(self, texts: Sequence[str]) -> None:
        """Its embedding function, with all texts."""
        self._encode(texts)

    def _query(self, question: str, k: int) -> Any:
        return self._opened().query(query_texts=[question], n_results=k, include=["distances"])

    def _opened(self) -> Collection:
        if self._collection is None:
            raise RuntimeError("nothing was opened")
        return self._collection

    def _client(self, folder: Path) -> ClientAPI:
        import chromadb

        self._folder = folder

        return chromadb.PersistentClient(
            path=str(folder), settings=chromadb.Settings(anonymized_telemetry=False, is_persistent=True)
        )

    def _model(self) -> Any:
        if self._folder is None:
            raise RuntimeError("nothing was built or opened")
        self._function = self._function or self._load(self._folder)
        return self._function

    def _given(self) -> Any:
        """What Chroma is told to embed with."""
        return self._model()

    def _load(self, folder: Path) -> Any:
        """Its default's model in its default's runtime: the graph that it would download is kept beside ``folder``."""
        from chromadb import EmbeddingFunction

        from index import bert, prepared
        from index.onnx_graph import write_graph

        model = embedded_model()
        graph = prepared.graph(
            folder.parent / "models", "float32", str(bert.RECIPE), lambda: write_graph(model, int8=False)
        )
        read = bert.load(model, _TOKENS, graph)

        class Float32(EmbeddingFunction):  # type: ignore[misc] # chromadb is not here when types are checked
            """The model in float32, a text at a time."""

            def __init__(self) -> None:
                pass

            def __call__(self, input: list[str]) -> list[Floats]:  # noqa: A002 - Chroma looks at the name
                return list(read.encode_each(input))

            @staticmethod
            def name() -> str:
                return "float32"

            def get_config(self) -> dict[str, Any]:
                return {}

            @staticmethod
            def build_from_config(config: dict[str, Any]) -> Float32:  # noqa: ARG004 - there is nothing to set
                return Float32()

        return Float32()

    def _encode(self, texts: Sequence[str]) -> Floats:
        return np.array(self._model()(list(texts)), dtype=np.float32)


class ChromaOurs(Chroma):
    """The same with this project's encoder: vectors are handed over, with texts and with questions."""

    def _query(self, question: str, k: int) -> Any:
        vector = self._model().encode_question(question)
        return self._opened().query(query_embeddings=[vector], n_results=k, include=["distances"])

    def encode_question(self, text: str) -> None:
        """This project's encoder."""
        self._model().encode_question(text)

    def _given(self) -> Any:
        return None

    def _load(self, folder: Path) -> Any:
        return open_ours(folder)

    def _encode(self, texts: Sequence[str]) -> Floats:
        vectors: Floats = self._model().encode_documents(list(texts))
        return vectors


def _batches(client: ClientAPI, units: Sequence[tuple[str, str]]) -> Iterator[tuple[list[str], list[str]]]:
    """Ids and texts, as many as Chroma takes at once."""
    size = client.get_max_batch_size()
    for start in range(0, len(units), size):
        ids, texts = zip(*units[start : start + size], strict=True)
        yield list(ids), list(texts)
