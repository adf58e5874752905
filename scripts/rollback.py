"""``pregonero rollback``: publish the version before the current one again."""

from __future__ import annotations

from bot.settings import load_settings
from index import publish
from scripts import options
from scripts.output import say


def rollback(index: options.Index = None) -> None:
    """Publish the version before the current one.

    Its files are checked first; when one is damaged, everything stays as it is.
    """
    manifest = publish.rollback(index or load_settings().index_dir)
    say(
        f"Version {manifest.version} is published again: "
        f"{manifest.articles:,} articles, {manifest.passages:,} passages, built {manifest.built_at}."
    )
