"""What the JSON files in a sentence-transformers folder say; one that cannot be read raises whichever error fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_DEFAULT_MAX_TOKENS = 512


def dimension(folder: Path) -> int:
    """The numbers in a vector, by the last module that says so."""
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    if not modules:
        raise ValueError("modules.json lists none")
    for module in reversed(modules):
        settings = read(folder / module["path"] / "config.json")
        if module["type"].endswith("Dense"):
            return int(settings["out_features"])
        if module["type"].endswith("Pooling"):
            width = settings.get("word_embedding_dimension") or settings["embedding_dimension"]
            modes = sum(value is True for name, value in settings.items() if name.startswith("pooling_mode_"))
            return int(width) * max(modes, 1)
    return int(read(folder / "config.json")["hidden_size"])


def max_tokens(folder: Path) -> int:
    """How many tokens of a text the model reads."""
    said = read(folder / "sentence_bert_config.json").get("max_seq_length")
    return int(said or read(folder / "tokenizer_config.json").get("model_max_length") or _DEFAULT_MAX_TOKENS)


def read(file: Path) -> dict[str, Any]:
    """A JSON object's fields; none when the file is not there."""
    if not file.is_file():
        return {}
    loaded = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{file.name} holds no object")
    return loaded
