"""What can go wrong with a backup, each in one sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

from index.records import KnowledgeError


class BackupError(KnowledgeError):
    """A backup could not be written or restored; what was there before still is."""


class ChangedError(Exception):
    """A file was changed or removed while it was being copied."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def damaged(archive: Path, reason: str) -> BackupError:
    """The error for an archive that is not as a backup is written."""
    return BackupError(f"{archive} is damaged or no backup, it {reason}: restore another one.")
