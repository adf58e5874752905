"""Weights in 8 bits: what they come to, and that no processor's arithmetic overflows on them.

What the graphs compute is held to sentence-transformers in ``test_bert``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from index.onnx_graph import quantised, write_graph
from tests.models import write_model

ROWS = (np.random.default_rng(5).normal(size=(3, 200)) * [[0.01], [1], [100]]).astype(np.float32)


@pytest.mark.parametrize("largest", [64, 127])
def test_codes_times_scales_are_the_rows_to_half_a_step(largest: int) -> None:
    codes, scales = quantised(ROWS, largest)
    assert (codes.dtype.name, codes.shape, scales.dtype.name, scales.shape) == ("int8", (3, 200), "float32", (3,))
    assert np.abs(codes).max(axis=1).tolist() == [largest] * 3
    assert (np.abs(codes * scales[:, None] - ROWS).max(axis=1) <= 0.501 * scales).all()


def test_a_row_of_zeros_stays_one() -> None:
    codes, scales = quantised(np.zeros((2, 3), np.float32), 64)
    assert not codes.any()
    assert scales.tolist() == [1, 1]


def test_pairs_of_products_fit_in_16_bits(tmp_path: Path) -> None:
    """Processors without VNNI add them two and two, and what is larger is cut off there."""
    graph = onnx.load_from_string(write_graph(write_model(tmp_path / "tiny"), int8=True)).graph
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    products = [node for node in graph.node if node.op_type == "DynamicQuantizeMatMul"]
    codes = [constants[node.input[1]].astype(np.int64) for node in products]
    # Four products in each of two layers: query, key and value are one.
    assert len(codes) == 8
    assert all(2 * 255 * np.abs(each).max() < 2**15 for each in codes)
    assert {str(constants[node.input[1]].dtype) for node in products} == {"int8"}


def test_weights_of_fewer_positions_than_the_settings_say_are_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny", settings={"config.json": {"max_position_embeddings": 41}})
    with pytest.raises(ValueError, match="40 positions and not 41"):
        write_graph(folder, int8=False)


def test_a_model_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    for int8 in (False, True):
        assert write_graph(folder, int8=int8) == write_graph(folder, int8=int8)
