"""Embedding models of a few thousand numbers, written as sentence-transformers writes its folders, without PyTorch."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

WIDTH = 16
MAX_TOKENS = 24
_LAYERS = 2
_HEADS = 2
_INNER = 32
_POSITIONS = 40
_LETTERS = string.ascii_lowercase + string.digits + "¿?.,:"
_VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]


def write_model(
    folder: Path,
    *,
    width: int = WIDTH,
    seed: int = 0,
    prompts: Mapping[str, str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    modules: tuple[str, ...] = ("Transformer", "Pooling", "Normalize"),
) -> Path:
    """A BERT of two layers with random weights; ``settings`` changes fields of the folder's JSON files, by file."""
    files: dict[str, dict[str, Any]] = {
        "config.json": _config(width),
        "1_Pooling/config.json": {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "model_max_length": MAX_TOKENS},
        "config_sentence_transformers.json": {"prompts": dict(prompts or {})},
    }
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "2_Normalize").mkdir()
    for name, value in files.items():
        (folder / name).write_text(json.dumps({**value, **(settings or {}).get(name, {})}), encoding="utf-8")
    places = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    listed = [
        {"idx": at, "name": str(at), "path": places[kind], "type": f"sentence_transformers.models.{kind}"}
        for at, kind in enumerate(modules)
    ]
    (folder / "modules.json").write_text(json.dumps(listed), encoding="utf-8")
    _tokenizer().save(str(folder / "tokenizer.json"))
    save_file(_weights(width, np.random.default_rng(seed)), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _config(width: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": width,
        "intermediate_size": _INNER,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": _POSITIONS,
        "num_attention_heads": _HEADS,
        "num_hidden_layers": _LAYERS,
        "type_vocab_size": 2,
        "vocab_size": len(_VOCABULARY),
    }


def _tokenizer() -> Tokenizer:
    ids = {token: row for row, token in enumerate(_VOCABULARY)}
    tokenizer = Tokenizer(WordPiece(ids, unk_token="[UNK]"))  # noqa: S106 - a token of text, no secret
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(token, ids[token]) for token in ("[CLS]", "[SEP]")]
    )
    tokenizer.add_special_tokens(_VOCABULARY[:5])
    return tokenizer


def _weights(width: int, numbers: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    def drawn(*shape: int) -> NDArray[np.float32]:
        return numbers.normal(0, 0.3, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": drawn(len(_VOCABULARY), width),
        "embeddings.position_embeddings.weight": drawn(_POSITIONS, width),
        "embeddings.token_type_embeddings.weight": drawn(2, width),
    }
    norms = ["embeddings.LayerNorm"]
    linear = {"pooler.dense": (width, width)}
    for layer in range(_LAYERS):
        name = f"encoder.layer.{layer}"
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
        linear |= {f"{name}.attention.self.{part}": (width, width) for part in ("query", "key", "value")}
        linear[f"{name}.attention.output.dense"] = (width, width)
        linear[f"{name}.intermediate.dense"] = (_INNER, width)
        linear[f"{name}.output.dense"] = (width, _INNER)
    for name, shape in linear.items():
        weights |= {f"{name}.weight": drawn(*shape), f"{name}.bias": drawn(shape[0])}
    for name in norms:
        weights |= {f"{name}.weight": 1 + drawn(width), f"{name}.bias": drawn(width)}
    return weights
