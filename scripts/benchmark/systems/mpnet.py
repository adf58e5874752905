"""A sentence-transformers model of all-mpnet-base-v2's shape, LangChain's default, with random weights.

What it costs is what the default costs, whose weights cannot be had without a network; what it finds is chance. Its
tokenizer is all-MiniLM-L6-v2's: the same kind (WordPiece) with as many words.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from scripts.benchmark.systems import embedded_model

_SEED = 20260101
# Of microsoft/mpnet-base, as all-mpnet-base-v2 uses it.
_CONFIG = {
    "vocab_size": 30527,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 514,
    "relative_attention_num_buckets": 32,
}
_TOKENS = 384


def random_mpnet(beside: Path) -> Path:
    """The model's folder, made in the folder ``beside`` unless it is there."""
    folder = beside / "mpnet"
    if not folder.exists():
        aside = Path(tempfile.mkdtemp(dir=beside))
        _write(aside)
        # Another process may have been faster.
        with suppress(OSError):
            aside.rename(folder)
    return folder


def _write(folder: Path) -> None:
    import torch
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(_SEED)
    MPNetModel(MPNetConfig(**_CONFIG)).save_pretrained(str(folder))
    for name in ("tokenizer.json", "vocab.txt", "special_tokens_map.json"):
        source = embedded_model() / name
        if source.exists():
            (folder / name).write_bytes(source.read_bytes())
    tokenizer = json.loads((embedded_model() / "tokenizer_config.json").read_text(encoding="utf-8"))
    _dump(folder / "tokenizer_config.json", {**tokenizer, "model_max_length": _TOKENS})
    _dump(folder / "sentence_bert_config.json", {"max_seq_length": _TOKENS, "do_lower_case": False})
    pooling = folder / "1_Pooling"
    pooling.mkdir(exist_ok=True)
    _dump(pooling / "config.json", {"word_embedding_dimension": 768, "pooling_mode_mean_tokens": True})
    (folder / "2_Normalize").mkdir(exist_ok=True)
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    _dump(
        folder / "modules.json",
        [
            {"idx": row, "name": str(row), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for row, (path, kind) in enumerate(kinds.items())
        ],
    )


def _dump(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value), encoding="utf-8")
