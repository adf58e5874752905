"""``pregonero status``: what is published, from its manifest alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.settings import load_settings
from index import publish
from index.records import Manifest
from scripts import options
from scripts.output import megabytes, printable, say, say_json


def status(index: options.Index = None, as_json: options.AsJson = False) -> None:
    """Say what is published, and how old it is."""
    settings = load_settings()
    folder = index or settings.index_dir
    manifest = publish.read_manifest(folder)
    facts = _facts(folder, manifest)
    if as_json:
        say_json(facts)
        return
    built = datetime.fromisoformat(manifest.built_at)
    lines = {
        "Version": manifest.version,
        "Built": f"{built:%Y-%m-%d %H:%M} UTC, {age(datetime.now(UTC) - built)} ago",
        "Articles": f"{manifest.articles:,} from {printable(', '.join(manifest.roots)) or 'no named folder'}",
        "Passages": f"{manifest.passages:,}",
        "Sentences": f"{manifest.sentences:,}",
        "Model": f"{manifest.model} at {manifest.model_revision[:12]}",
        "Vectors": f"{manifest.dimension} numbers each, {manifest.vector_index} search",
        "Size": f"{megabytes(facts['bytes'])} in {folder}",
        "Previous": facts["previous"] or "none",
    }
    if settings.llm_model:
        from scripts.writing import used_today

        day = used_today(settings)
        lines["Written by"] = f"{settings.llm_model}, {day.usage.total:,} tokens today (UTC), {day.cost:.2f} USD"
    for name, value in lines.items():
        say(f"{name:10} {value}")


def age(passed: timedelta) -> str:
    """How long ago in the largest unit that fits: ``3 days``, ``1 hour``, ``0 minutes``."""
    minutes = max(0, int(passed.total_seconds() // 60))
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size or unit == "minute":
            break
    count = minutes // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _facts(folder: Path, manifest: Manifest) -> dict[str, Any]:
    older = [each.id for each in publish.versions(folder) if each.manifest and each.id < manifest.version]
    return {
        "version": manifest.version,
        "built_at": manifest.built_at,
        "articles": manifest.articles,
        "passages": manifest.passages,
        "sentences": manifest.sentences,
        "roots": manifest.roots,
        "model": manifest.model,
        "model_revision": manifest.model_revision,
        "dimension": manifest.dimension,
        "vector_index": manifest.vector_index,
        "bytes": sum(entry.size for entry in manifest.files.values()),
        "path": str(folder),
        "previous": next(iter(older), None),
    }
