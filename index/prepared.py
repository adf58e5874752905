"""A model's graph from one start to the next: making it anew takes a second, reading it a few hundredths.

One file a model, ``NAME-KEY-SHA256.onnx``: the key is of all that the graph is made from, the checksum of what the file
holds. It is a convenience: a file that is damaged or of something else is made anew, and where none can be written the
graph stays in memory.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from pathlib import Path

from index import durable

_log = logging.getLogger(__name__)

_KEY_LENGTH = 16


def graph(folder: Path | None, name: str, key: str, make: Callable[[], bytes]) -> bytes:
    """The graph kept in ``folder`` for the model ``name`` and ``key``, or what ``make`` gives, kept from now on.

    Without a folder none is kept. Raises what ``make`` raises.
    """
    if folder is None:
        return make()
    name = re.sub(r"[^\w.]+", "_", name)
    start = f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:_KEY_LENGTH]}-"
    found = _read(folder, start)
    if found is None:
        found = make()
        _keep(folder, name, f"{start}{hashlib.sha256(found).hexdigest()}.onnx", found)
    return found


def _read(folder: Path, start: str) -> bytes | None:
    """The first file of that name which holds what its name says."""
    try:
        for path in sorted(folder.glob(f"{start}*.onnx")):
            data = path.read_bytes()
            if path.name == f"{start}{hashlib.sha256(data).hexdigest()}.onnx":
                return data
    except OSError:
        # One that cannot be read is as good as none.
        return None
    return None


def _keep(folder: Path, name: str, file: str, data: bytes) -> None:
    """Write the file, and remove the model's earlier ones."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        durable.replace(folder / file, data)
        for path in folder.glob(f"{name}-*.onnx"):
            if path.name != file:
                path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("The prepared model cannot be kept in %s (%s): every start prepares it anew.", folder, error)
