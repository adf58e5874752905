"""A BERT encoder's forward pass in NumPy, for encoding a few texts without importing PyTorch.

Importing sentence-transformers takes 6 to 8 seconds on a small machine; encoding one question takes milliseconds. This
reads the same files (``model.safetensors``, ``tokenizer.json``) and gives the same vectors to float32 rounding; a test
holds it to sentence-transformers. Architecture: Devlin et al. (2019), "BERT: Pre-training of Deep Bidirectional
Transformers"; pooling as in Reimers & Gurevych (2019), "Sentence-BERT".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it carries no types
from tokenizers import Tokenizer

FloatArray = NDArray[np.float32]

_MODULES = ["Transformer", "Pooling", "Normalize"]


@dataclass(frozen=True, slots=True)
class Bert:
    """Weights and tokenizer of one model; ``encode`` is all it does."""

    tokenizer: Tokenizer
    weights: dict[str, FloatArray]
    layers: int
    heads: int
    epsilon: float

    def encode(self, text: str) -> FloatArray:
        """The text's vector, (dimension,) float32, of length one; text past the model's limit is not read."""
        ids = self.tokenizer.encode(text).ids
        states = (
            self.weights["embeddings.word_embeddings.weight"][ids]
            + self.weights["embeddings.position_embeddings.weight"][: len(ids)]
            + self.weights["embeddings.token_type_embeddings.weight"][0]
        )
        states = self._normalise(states, "embeddings.LayerNorm")
        for layer in range(self.layers):
            states = self._layer(states, f"encoder.layer.{layer}.")
        mean = states.mean(axis=0)
        unit: FloatArray = mean / np.float32(np.linalg.norm(mean))
        return unit

    def _layer(self, states: FloatArray, name: str) -> FloatArray:
        """One transformer block; states are (tokens, dimension)."""
        mixed = self._linear(self._attention(states, f"{name}attention.self."), f"{name}attention.output.dense")
        states = self._normalise(mixed + states, f"{name}attention.output.LayerNorm")
        inner = _gelu(self._linear(states, f"{name}intermediate.dense"))
        return self._normalise(self._linear(inner, f"{name}output.dense") + states, f"{name}output.LayerNorm")

    def _attention(self, states: FloatArray, name: str) -> FloatArray:
        count, width = states.shape
        query, key, value = (
            self._linear(states, f"{name}{part}").reshape(count, self.heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // self.heads))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares = scores / scores.sum(axis=-1, keepdims=True)
        mixed: FloatArray = (shares @ value).transpose(1, 0, 2).reshape(count, width)
        return mixed

    def _linear(self, states: FloatArray, name: str) -> FloatArray:
        product: FloatArray = states @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return product

    def _normalise(self, states: FloatArray, name: str) -> FloatArray:
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(self.epsilon))
        scaled: FloatArray = centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return scaled


def _gelu(values: FloatArray) -> FloatArray:
    """Values times Φ(value), with erf by Abramowitz & Stegun 7.1.26 (absolute error below 1.5e-7, as float32)."""
    scaled = np.abs(values) * np.float32(1 / np.sqrt(2))
    step = 1 / (1 + np.float32(0.3275911) * scaled)
    series = np.full_like(step, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * step + np.float32(coefficient)
    erf = np.sign(values) * (1 - series * step * np.exp(-scaled * scaled))
    activated: FloatArray = values * np.float32(0.5) * (1 + erf)
    return activated


def supports(folder: Path) -> bool:
    """Whether the model in ``folder`` is of the shape ``Bert`` computes: BERT, GELU, mean pooling, unit length."""
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
        and (folder / "model.safetensors").is_file()
        and (folder / "tokenizer.json").is_file()
    )


def _pools_by_mean(pooling: dict[str, object]) -> bool:
    """Whether every pooling mode but the mean is off, in the older and in the newer spelling of the settings."""
    on = {name for name, value in pooling.items() if name.startswith("pooling_mode_") and value is True}
    return pooling.get("pooling_mode") == "mean" if "pooling_mode" in pooling else on == {"pooling_mode_mean_tokens"}


def load(folder: Path, max_tokens: int) -> Bert:
    """Read the model in ``folder``; texts are cut at ``max_tokens`` tokens, as sentence-transformers does.

    From here on NumPy multiplies on one thread: a text keeps one core busy for milliseconds, and waiting for other
    threads costs more, twenty times so on busy cores. Setting it around each text instead would let one question take
    the setting back while another is under way.

    Raises:
        OSError, ValueError, KeyError, SafetensorError: a file is missing or is not what a BERT model's folder holds.
    """
    ThreadpoolController().select(user_api="blas").limit(limits=1)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    weights = {name.removeprefix("bert."): array for name, array in load_file(folder / "model.safetensors").items()}
    tokenizer.enable_truncation(min(max_tokens, len(weights["embeddings.position_embeddings.weight"])))
    return Bert(
        tokenizer=tokenizer,
        weights=weights,
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        epsilon=float(config["layer_norm_eps"]),
    )
