"""Any version of the index, ready to be asked, with the model that it was built with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.desk import Desk, Timer
from bot.knowledge import TOP
from index import publish
from index.records import Manifest, ModelError

if TYPE_CHECKING:
    from index.encoder import FolderEncoder


def open_version_desk(folder: Path, version: str, encoder: FolderEncoder) -> Desk:
    """Open a version, verified; with ``encoder`` where it was built with that model, else with its own.

    Raises ``SnapshotError``, or ``ModelError`` where its model is not to be had.
    """
    from index.snapshot import open_version

    timer = Timer()
    with timer.step("load"):
        manifest = publish.read_manifest(folder, version)
        snapshot = open_version(publish.version_folder(folder, version), manifest)
        try:
            snapshot.require_encoder(encoder)
        except ModelError:
            encoder = _own_encoder(manifest, encoder.cache)
            snapshot.require_encoder(encoder)
        encoder.warm()
    return Desk(snapshot, encoder, TOP, timer)


def _own_encoder(manifest: Manifest, cache: Path | None) -> FolderEncoder:
    from index.encoder import EMBEDDED, open_encoder

    # Of a model that was named by its folder only the folder's last name is known: that one is not found.
    own = EMBEDDED if manifest.model == EMBEDDED else f"{manifest.model}@{manifest.model_revision}"
    return open_encoder(own, cache)
