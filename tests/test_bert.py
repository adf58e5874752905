"""ONNX Runtime and sentence-transformers give the same vectors, in 8 bits nearly the same.

All that needs sentence-transformers stands here, so that the seconds which its import takes are spent once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from index import bert
from index.encoder import FolderEncoder, open_encoder
from index.onnx_graph import write_graph
from tests.command_line import ROOT
from tests.models import MAX_TOKENS, write_model

EMBEDDED = open_encoder().folder
TEXTS = [
    "¿cuánto invierte Alibaba en infraestructura de IA y computación en la nube?",
    "How much does Alibaba invest in AI infrastructure?",
    "",
    " \n\t ",
    "a",
    "La Alianza de Infraestructura de IA (AIP) planea recaudar 300.000 millones de dólares. " * 60,
    "🌍🚀 ¡Emoji, ñandúes y acentos! 🤝",
    "中文字符 и кириллица",
    "[SEP] [CLS] [MASK] [UNK] hola",
    "x" * 5_000,
    "NaN null \\u0000 <script>",
    "e\u0301 \u200b \ufeff",
]


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> None:
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()


def reference(folder: Path, texts: list[str]) -> NDArray[np.float32]:
    """(n, dimension): what sentence-transformers makes of the texts, one by one."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return np.stack([np.asarray(model.encode(text, show_progress_bar=False)) for text in texts])


def encoded(folder: Path, texts: list[str], max_tokens: int) -> NDArray[np.float32]:
    """(n, dimension): what ONNX Runtime makes of the texts in float32."""
    model = bert.load(folder, max_tokens, write_graph(folder, int8=False))
    return np.stack(list(model.encode_each(texts)))


@pytest.fixture(scope="module")
def truth() -> NDArray[np.float32]:
    return reference(EMBEDDED, TEXTS)


@pytest.mark.parametrize("row", range(len(TEXTS)))
def test_the_embedded_model_in_float32_gives_sentence_transformers_vectors(
    row: int, truth: NDArray[np.float32]
) -> None:
    vector = encoded(EMBEDDED, [TEXTS[row]], 256)[0]
    assert (vector.dtype.name, vector.shape) == ("float32", (384,))
    assert np.abs(vector - truth[row]).max() < 1e-5
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_the_embedded_model_in_8_bits_points_nearly_where_sentence_transformers_does(
    embedded: FolderEncoder, truth: NDArray[np.float32]
) -> None:
    vectors = embedded.encode_documents(TEXTS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors * truth).sum(axis=1).min() > 0.97


@pytest.mark.parametrize("settings", [{}, {"config.json": {"hidden_act": "relu"}}])
def test_many_texts_have_the_vectors_that_each_has_alone(tmp_path: Path, settings: dict[str, Any]) -> None:
    """The second of the two models goes through sentence-transformers, in padded batches."""
    encoder = open_encoder(str(write_model(tmp_path / "tiny", settings=settings)))
    texts = [*TEXTS, *(f"El texto {number}." for number in range(60))]
    done: list[int] = []
    many = encoder.encode_documents(texts, done.append)
    assert np.abs(many - reference(encoder.folder, texts)).max() < 1e-5
    assert done == list(range(1, len(texts) + 1))


@pytest.mark.parametrize("seed", [0, 1])
def test_another_bert_gives_sentence_transformers_vectors(tmp_path: Path, seed: int) -> None:
    folder = write_model(tmp_path / "tiny", seed=seed, width=24)
    assert bert.supports(folder)
    assert np.abs(encoded(folder, TEXTS, MAX_TOKENS) - reference(folder, TEXTS)).max() < 1e-5


def test_a_folder_as_sentence_transformers_writes_it_today_is_read(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(write_model(tmp_path / "tiny", prompts={"query": "q: "})), device="cpu")
    model.save(str(tmp_path / "saved"))
    encoder = open_encoder(str(tmp_path / "saved"))
    assert bert.supports(encoder.folder)
    assert (encoder.dimension, encoder.max_tokens, encoder.query_prompt) == (16, MAX_TOKENS, "q: ")
    texts = [f"q: {text}" for text in TEXTS]
    found = np.stack([encoder.encode_question(text) for text in TEXTS])
    assert np.abs(found - reference(encoder.folder, texts)).max() < 1e-5


@pytest.mark.parametrize(
    "settings",
    [
        {"config.json": {"hidden_act": "relu"}},
        {"1_Pooling/config.json": {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}},
    ],
)
def test_models_of_other_shapes_go_through_sentence_transformers(tmp_path: Path, settings: dict[str, Any]) -> None:
    encoder = open_encoder(str(write_model(tmp_path / "tiny", settings=settings)))
    assert not bert.supports(encoder.folder)
    assert np.abs(encoder.encode_documents(TEXTS) - reference(encoder.folder, TEXTS)).max() < 1e-5


def test_a_model_without_a_module_that_makes_unit_vectors_gives_unit_vectors(tmp_path: Path) -> None:
    encoder = open_encoder(str(write_model(tmp_path / "tiny", modules=("Transformer", "Pooling"))))
    assert not bert.supports(encoder.folder)
    assert np.linalg.norm(encoder.encode_documents(TEXTS), axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("settings", [{}, {"config.json": {"hidden_act": "relu"}}])
def test_threads_that_share_an_encoder_get_their_own_vectors(tmp_path: Path, settings: dict[str, Any]) -> None:
    """The second of the two models goes through sentence-transformers."""
    encoder = open_encoder(str(write_model(tmp_path / "tiny", settings=settings)))
    questions = [f"{text} {number}" for number in range(3) for text in TEXTS[:6]]
    expected = [encoder.encode_question(text) for text in questions]
    shared = open_encoder(str(encoder.folder))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shared.encode_question, questions))
    assert np.abs(np.stack(found) - np.stack(expected)).max() < 1e-6


def test_weights_saved_with_a_head_on_top_are_read(tmp_path: Path) -> None:
    """Models that were trained on another task carry the name of their body before every weight."""
    plain, headed = write_model(tmp_path / "plain"), tmp_path / "headed"
    shutil.copytree(plain, headed)
    weights = {f"bert.{name}": array for name, array in load_file(plain / "model.safetensors").items()}
    save_file(weights | {"cls.predictions.bias": np.zeros(3, np.float32)}, headed / "model.safetensors")
    assert np.array_equal(encoded(headed, TEXTS, MAX_TOKENS), encoded(plain, TEXTS, MAX_TOKENS))


def test_texts_are_cut_where_the_models_positions_end(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    assert np.isfinite(encoded(folder, ["palabras " * 200], 10**30)).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"config.json": {"model_type": "xlm-roberta"}},
        {"config.json": {"model_type": "distilbert"}},
        {"config.json": {"hidden_act": "gelu_new"}},
        {"config.json": {"position_embedding_type": "relative_key"}},
        {"config.json": {"torch_dtype": "float16"}},
        {"config.json": {"dtype": "bfloat16"}},
        {"1_Pooling/config.json": {"pooling_mode_cls_token": True}},
        {"1_Pooling/config.json": {"pooling_mode": "cls"}},
        {"sentence_bert_config.json": {"do_lower_case": True}},
    ],
)
def test_other_shapes_are_not_taken_for_bert(tmp_path: Path, settings: dict[str, Any]) -> None:
    assert not bert.supports(write_model(tmp_path / "tiny", settings=settings))


@pytest.mark.parametrize(
    "file", ["config.json", "modules.json", "1_Pooling/config.json", "model.safetensors", "tokenizer.json"]
)
def test_a_folder_that_lacks_a_file_is_not_taken_for_bert(tmp_path: Path, file: str) -> None:
    folder = write_model(tmp_path / "tiny")
    assert bert.supports(folder)
    (folder / file).unlink()
    assert not bert.supports(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", "[1, 2]", '[{"path": ""}]', "\x00"])
def test_a_folder_with_other_settings_is_not_taken_for_bert(tmp_path: Path, content: str) -> None:
    folder = write_model(tmp_path / "tiny")
    for name in ("modules.json", "config.json"):
        kept = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(content, encoding="utf-8")
        assert not bert.supports(folder)
        (folder / name).write_text(kept, encoding="utf-8")
    assert bert.supports(folder)


def test_the_embedded_model_is_one() -> None:
    assert bert.supports(EMBEDDED)
    assert json.loads((EMBEDDED / "config.json").read_text(encoding="utf-8"))["model_type"] == "bert"


def test_only_the_embedded_model_is_in_8_bits(tmp_path: Path) -> None:
    """Of no other has it been measured what that costs."""
    assert open_encoder().int8
    assert not open_encoder(str(write_model(tmp_path / "tiny"))).int8


def test_nothing_is_left_in_the_home_folder_to_report_with(tmp_path: Path) -> None:
    """Unless ONNX Runtime is told before its import, an id of the machine and a queue of events are there after it."""
    program = "from index.encoder import open_encoder; open_encoder().encode_question('hola')"
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": os.defpath}
    subprocess.run([sys.executable, "-c", program], env=environment, cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []
