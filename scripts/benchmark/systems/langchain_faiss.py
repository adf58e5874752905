"""LangChain's FAISS store, as its documentation sets it up: ``HuggingFaceEmbeddings`` with its defaults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from scripts.benchmark.systems import Corpus, Unit, Verdict, embedded_model
from scripts.benchmark.systems.pregonero import open_ours
from scripts.benchmark.systems.vectors import encoded

if TYPE_CHECKING:
    import numpy as np
    from langchain_community.vectorstores import FAISS
    from numpy.typing import NDArray


class LangChain:
    """Implements ``System``."""

    dimension = 384

    def __init__(self) -> None:
        self._embeddings: Embeddings | None = None
        self._folder: Path | None = None
        self._store: FAISS | None = None

    def build(self, corpus: Corpus, unit: Unit, folder: Path) -> None:
        """``from_texts``, then ``save_local``, which pickles the texts and syncs nothing."""
        from langchain_community.vectorstores import FAISS

        self._folder = folder
        ids, texts, _ = zip(*corpus.units(unit), strict=True)
        embeddings = _Drawing(self._model(), corpus)
        store = FAISS.from_texts(list(texts), embeddings, metadatas=[{"id": key} for key in ids], ids=list(ids))
        store.save_local(str(folder))

    def update(self, corpus: Corpus, unit: Unit, folder: Path, changed: Sequence[str]) -> None:
        """``delete`` and ``add_texts`` of what changed, then ``save_local`` of everything."""
        self.open(folder, unit)
        new = [(key, text) for key, text, _ in corpus.units(unit) if key.partition(":")[0] in set(changed)]
        store = self._opened()
        store.embedding_function = _Drawing(self._model(), corpus)
        known = set(store.index_to_docstore_id.values())
        store.delete([key for key, _ in new if key in known])
        keys = [key for key, _ in new]
        store.add_texts([text for _, text in new], metadatas=[{"id": key} for key in keys], ids=keys)
        store.save_local(str(folder))

    def open(self, folder: Path, unit: Unit) -> None:  # noqa: ARG002 - the store holds either
        """``load_local``, which unpickles: the folder is this run's own."""
        from langchain_community.vectorstores import FAISS

        self._folder = folder
        self._store = FAISS.load_local(str(folder), self._model(), allow_dangerous_deserialization=True)

    def search(self, question: str, k: int) -> list[str]:
        """``similarity_search``."""
        return [found.metadata["id"] for found in self._opened().similarity_search(question, k)]

    def verdict(self, question: str) -> Verdict | None:
        """The nearest text's distance, turned round."""
        found = self._opened().similarity_search_with_score(question, 1)
        return Verdict(-float(found[0][1]), None) if found else None

    def encode_question(self, text: str) -> None:
        """``embed_query``."""
        self._model().embed_query(text)

    def encode_passages(self, texts: Sequence[str]) -> None:
        """``embed_documents``."""
        self._model().embed_documents(list(texts))

    def _opened(self) -> FAISS:
        if self._store is None:
            raise RuntimeError("nothing was opened")
        return self._store

    def _model(self) -> Embeddings:
        if self._folder is None:
            raise RuntimeError("nothing was built or opened")
        self._embeddings = self._embeddings or self._load(self._folder)
        return self._embeddings

    def _load(self, folder: Path) -> Embeddings:  # noqa: ARG002 - this model is installed
        from langchain_huggingface import HuggingFaceEmbeddings

        embeddings: Embeddings = HuggingFaceEmbeddings(model_name=str(embedded_model()))
        return embeddings


class LangChainMpnet(LangChain):
    """The same with a model of its default's size."""

    dimension = 768

    def _load(self, folder: Path) -> Embeddings:
        from langchain_huggingface import HuggingFaceEmbeddings

        from scripts.benchmark.systems.mpnet import random_mpnet

        embeddings: Embeddings = HuggingFaceEmbeddings(model_name=str(random_mpnet(folder.parent)))
        return embeddings


class LangChainOurs(LangChain):
    """The same with this project's encoder."""

    def _load(self, folder: Path) -> Embeddings:
        return _Ours(folder)


class _Ours(Embeddings):
    """This project's encoder as LangChain knows one."""

    def __init__(self, folder: Path) -> None:
        self._encoder = open_ours(folder)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._encoder.encode_documents(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._encoder.encode_question(text).tolist()
        return vector


class _Drawing(Embeddings):
    """``embeddings``, with drawn vectors for made-up texts."""

    def __init__(self, embeddings: Embeddings, corpus: Corpus) -> None:
        self._embeddings = embeddings
        self._corpus = corpus

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = encoded(self._corpus, texts, self._encode).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self._embeddings.embed_query(text)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        return np.array(self._embeddings.embed_documents(list(texts)), dtype=np.float32)
