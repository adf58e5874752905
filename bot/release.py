"""Which release this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """The version that is installed; "unknown" where the source runs as it stands."""
    try:
        return version("pregonero")
    except PackageNotFoundError:
        return "unknown"
