"""A BERT encoder in ONNX Runtime, which takes hundredths of a second to load where PyTorch takes seconds.

It is made from the model's own files (``model.safetensors``, ``tokenizer.json``) by ``onnx_graph``. In float32 it gives
sentence-transformers' vectors to rounding; tests hold it to that.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FloatArray = NDArray[np.float32]

# Counted up when the graph changes so that the same weights give other vectors.
RECIPE = 1

_MODULES = ["Transformer", "Pooling", "Normalize"]
# Protocol Buffers hold no more; the graph takes about as much as the weights.
_MOST_BYTES = 2_000_000_000
# ONNX Runtime's level: its errors are raised, and need not be printed besides.
_FATAL = 4


@dataclass(frozen=True, slots=True)
class Bert:
    """Graph and tokenizer of one model; threads may share it.

    A text is computed alone and on one thread. Alone, because in 8 bits its vector would depend on the texts beside it;
    on one thread, because several texts on a thread each are done sooner than one after another on all.
    """

    tokenizer: Tokenizer
    session: InferenceSession

    def encode(self, text: str) -> FloatArray:
        """The text's vector, (dimension,) float32, of length one; text past the model's limit is not read."""
        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        vector: FloatArray = self.session.run(None, {"ids": ids})[0]
        return vector

    def encode_each(self, texts: Sequence[str]) -> Iterator[FloatArray]:
        """The vectors of ``texts`` in their order, computed on all cores."""
        threads = min(cores(), len(texts))
        if threads == 1:
            yield from map(self.encode, texts)
            return
        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(self.encode, texts)


def cores() -> int:
    """The cores that this process may use."""
    # macOS and Windows do not say which.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load(folder: Path, max_tokens: int, graph: bytes) -> Bert:
    """The model in ``folder``, whose ``graph`` was written before; texts are cut at ``max_tokens`` tokens.

    Raises:
        OSError, ValueError, KeyError, or what onnxruntime and tokenizers raise: a file is missing or is not what
            it should be.
    """
    # Before the import: by its end ONNX Runtime has written an id of this machine into the home folder, to report with.
    os.putenv("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime
    from tokenizers import Tokenizer

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(min(max_tokens, config["max_position_embeddings"]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    return Bert(tokenizer, onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"]))


def supports(folder: Path) -> bool:
    """Whether the model in ``folder`` is what ``onnx_graph`` writes: BERT with GELU, mean pooling and unit length."""
    try:
        return _is_plain(folder)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _is_plain(folder: Path) -> bool:
    config, modules, reading = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("config.json", "modules.json", "sentence_bert_config.json")
    )
    pooling = json.loads((folder / modules[1]["path"] / "config.json").read_text(encoding="utf-8"))
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and config.get("dtype", config.get("torch_dtype", "float32")) == "float32"
        and not reading.get("do_lower_case")
        and [module["type"].rsplit(".", 1)[-1] for module in modules] == _MODULES
        and _pools_by_mean(pooling)
        and (folder / "model.safetensors").stat().st_size < _MOST_BYTES
        and (folder / "tokenizer.json").is_file()
    )


def _pools_by_mean(pooling: dict[str, object]) -> bool:
    """Whether every pooling mode but the mean is off, in the older and in the newer spelling of the settings."""
    on = {name for name, value in pooling.items() if name.startswith("pooling_mode_") and value is True}
    return pooling.get("pooling_mode") == "mean" if "pooling_mode" in pooling else on == {"pooling_mode_mean_tokens"}
