"""What a command writes: text that is safe to show, JSON, and remarks on standard error."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Any, TextIO

# Control characters begin the sequences that a terminal obeys; the others turn the direction of what follows.
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """``text`` on one line, without the characters that a terminal would obey instead of showing."""
    return _COMMANDS.sub("", _BREAKS.sub(" ", text))


def say(text: str) -> None:
    """Write a line of text to standard output; what its encoding lacks becomes ``?``."""
    _reconfigure("replace")
    print(text)


def say_json(value: Any) -> None:
    """Write ``value`` as one line of JSON, in UTF-8, and flush it: who reads line by line waits for it."""
    # The escape of a lone surrogate is valid JSON, the character itself is not valid UTF-8.
    _reconfigure("backslashreplace", "utf-8")
    print(json.dumps(value, ensure_ascii=False, allow_nan=False), flush=True)


def remark(text: str) -> None:
    """Write one line to standard error."""
    print(printable(text), file=sys.stderr, flush=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody looks at what is written to ``stream``, which is None where it was closed."""
    return stream is not None and stream.isatty()


def megabytes(size: int) -> str:
    """A number of bytes for people, in units of 1000."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def _reconfigure(errors: str, encoding: str | None = None) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors=errors)
