"""A BERT encoder written as an ONNX graph, for ONNX Runtime to compute.

Input ``ids`` is one text, (1, tokens) int64; output ``vector`` is (dimension,) float32, of length one. With no second
text beside it there is nothing to pad or mask. Architecture: Devlin et al. (2019), "BERT: Pre-training of Deep
Bidirectional Transformers"; pooling as in Reimers & Gurevych (2019), "Sentence-BERT".

In 8 bits, weights are symmetric integers, each output of a layer with a scale of its own; what flows between layers is
rounded as it comes, with one scale for all of the text (Jacob et al., 2018, "Quantization and Training of Neural
Networks for Efficient Integer-Arithmetic-Only Inference").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

FloatArray = NDArray[np.float32]

# The first operators with GELU among them, and the file format that came with these.
_OPSET, _IR_VERSION = 20, 9
# ONNX Runtime's own operators, several of the standard's in one.
_FUSED = "com.microsoft"
# On x86 processors without VNNI, products of an unsigned and a signed byte are added in pairs in 16 bits, which
# saturate: 2 * 255 * 64 does not reach them, 2 * 255 * 127 does.
_LARGEST_CODE = 64


def write_graph(folder: Path, *, int8: bool) -> bytes:
    """The BERT model in ``folder`` as the bytes of an ONNX file, in float32 or in 8 bits.

    Raises:
        OSError, ValueError, KeyError, SafetensorError: a file is missing or is not what a BERT model's folder holds.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    # Models that were trained on another task carry the name of their body before every weight.
    weights = {name.removeprefix("bert."): array for name, array in load_file(folder / "model.safetensors").items()}
    positions = len(weights["embeddings.position_embeddings.weight"])
    if positions < config["max_position_embeddings"]:
        raise ValueError(f"weights for {positions} positions and not {config['max_position_embeddings']}")
    graph = _Graph(weights, int(config["num_attention_heads"]), float(config["layer_norm_eps"]), int8)
    return graph.write(int(config["num_hidden_layers"]))


@dataclass(slots=True)
class _Graph:
    """A graph while it is written. Its methods add nodes, and give the name of what the last of them gives."""

    weights: Mapping[str, FloatArray]
    heads: int
    epsilon: float
    int8: bool
    _nodes: list[onnx.NodeProto] = field(default_factory=list)
    _constants: list[TensorProto] = field(default_factory=list)

    def write(self, layers: int) -> bytes:
        states = self._embedded()
        for layer in range(layers):
            states = self._layer(states, f"encoder.layer.{layer}.")
        mean = self._node("ReduceMean", states, self._integers(0, 1), keepdims=0)
        self._node("LpNormalization", mean, axis=0, p=2, output="vector")
        width = self.weights["embeddings.LayerNorm.bias"].size
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [width])],
            initializer=self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
        written: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION).SerializeToString()
        return written

    def _embedded(self) -> str:
        """(1, tokens, dimension): words and where they stand."""
        # A single text is of token type 0 throughout.
        kind = self.weights["embeddings.token_type_embeddings.weight"][0]
        places = self._constant(self.weights["embeddings.position_embeddings.weight"] + kind)
        count = self._node("Shape", "ids", start=1)
        place = self._node("Slice", places, self._integers(0), count)
        states = self._node("Add", self._words(), place)
        return self._node("LayerNormalization", states, *self._scale_and_shift("embeddings.LayerNorm"), axis=-1)

    def _words(self) -> str:
        table = self.weights["embeddings.word_embeddings.weight"]
        if not self.int8:
            return self._node("Gather", self._constant(table), "ids")
        codes, scales = quantised(table, 127)
        found = self._node("Cast", self._node("Gather", self._constant(codes), "ids"), to=TensorProto.FLOAT)
        return self._node("Mul", found, self._node("Gather", self._constant(scales[:, None]), "ids"))

    def _layer(self, states: str, name: str) -> str:
        """One transformer block; states are (1, tokens, dimension)."""
        mixed = self._linear(self._attention(states, f"{name}attention.self."), f"{name}attention.output.dense")
        states = self._add_and_normalise(mixed, states, f"{name}attention.output.LayerNorm")
        inner = self._node("Gelu", self._linear(states, f"{name}intermediate.dense"))
        return self._add_and_normalise(self._linear(inner, f"{name}output.dense"), states, f"{name}output.LayerNorm")

    def _attention(self, states: str, name: str) -> str:
        # One product instead of three: the states are rounded once.
        joined = self._linear(states, *(f"{name}{part}" for part in ("query", "key", "value")))
        parts = [f"{joined}.{part}" for part in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [joined], parts, axis=-1, num_outputs=3))
        return self._node("MultiHeadAttention", *parts, num_heads=self.heads, domain=_FUSED)

    def _linear(self, states: str, *names: str) -> str:
        """The layers' outputs side by side."""
        weight = np.concatenate([self.weights[f"{name}.weight"] for name in names])
        bias = self._constant(np.concatenate([self.weights[f"{name}.bias"] for name in names]))
        if not self.int8:
            return self._node("Add", self._node("MatMul", states, self._constant(weight.T)), bias)
        codes, scales = quantised(weight, _LARGEST_CODE)
        # Without a zero point: symmetric.
        inputs = (self._constant(codes.T), self._constant(scales), "", bias)
        return self._node("DynamicQuantizeMatMul", states, *inputs, domain=_FUSED)

    def _add_and_normalise(self, new: str, states: str, name: str) -> str:
        return self._node("SkipLayerNormalization", new, states, *self._scale_and_shift(name), domain=_FUSED)

    def _scale_and_shift(self, name: str) -> list[str]:
        return [self._constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias")]

    def _node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"{kind}{len(self._nodes)}"
        if kind.endswith("LayerNormalization"):
            attributes["epsilon"] = self.epsilon
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def _constant(self, values: NDArray[Any]) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _integers(self, *values: int) -> str:
        return self._constant(np.array(values, np.int64))


def quantised(rows: FloatArray, largest: int) -> tuple[NDArray[np.int8], FloatArray]:
    """Codes (n, dim), from -``largest`` to ``largest``, and scales (n,): a row is about its codes times its scale."""
    scales = np.abs(rows).max(axis=1) / np.float32(largest)
    # A row of zeros has no scale of its own.
    scales[scales == 0] = 1
    return np.rint(rows / scales[:, None]).astype(np.int8), scales
