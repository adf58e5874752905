"""``pregonero verify``: read every file of the published version against its checksum."""

from __future__ import annotations

import typer

from bot.settings import load_settings
from index import publish
from scripts import options
from scripts.output import megabytes, remark, say
from scripts.progress import waiting


def verify(index: options.Index = None) -> None:
    """Check every file of the published version.

    Names the damaged ones, and exits with 1 if there are any.
    """
    folder = index or load_settings().index_dir
    with waiting("Checking files"):
        found = publish.verify(folder)
    if not found.damage:
        say(f"Version {found.version} is whole: {found.files} files, {megabytes(found.size)}.")
        return
    place = publish.version_folder(folder, found.version)
    for damage in found.damage:
        say(f"{place / damage.file} {damage.reason}")
    remark(
        f"{len(found.damage)} of the index's {found.files} files are damaged: run `pregonero build` to write it again, "
        "or `pregonero rollback` to go back."
    )
    raise typer.Exit(1)
