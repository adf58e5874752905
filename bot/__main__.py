"""``python -m bot``: the composition root."""

from __future__ import annotations

import sys

from bot.settings import SettingsError, load_settings
from index.publish import read_manifest
from index.records import KnowledgeError


def main() -> str:
    """Check that the bot could start; return the one sentence that says why it does not."""
    try:
        settings = load_settings()
        manifest = read_manifest(settings.index_dir)
    except (SettingsError, KnowledgeError) as error:
        return str(error)
    return (
        f"The index of {manifest.articles} articles is ready, but this release does not speak Discord yet: "
        "ask with `pregonero ask` or `pregonero chat`."
    )


if __name__ == "__main__":
    sys.exit(main())
