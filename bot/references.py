"""Where a quoted sentence stands, small enough for a button to carry through a restart.

A reference is thirteen bytes: the article's id (8), where the sentence begins (3) and how long it is (2), in code
points. Five of them, in URL-safe base64, take 87 of the 100 characters that Discord allows in a custom id.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from index.records import Span

MAX_REFERENCES = 5

_SIZE = 13
_ARTICLE = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A sentence of an article: ``article.text[span.start:span.end]``."""

    article: str
    span: Span


def pack(references: Iterable[Reference]) -> str:
    """At most ``MAX_REFERENCES`` of them, in order; what does not fit the form (an id not of 16 hex digits) is left out."""
    fitting = [each for each in references if _fits(each)][:MAX_REFERENCES]
    return base64.urlsafe_b64encode(b"".join(map(_bytes, fitting))).rstrip(b"=").decode("ascii")


def unpack(text: str) -> tuple[Reference, ...]:
    """The references that ``pack`` wrote; raises ``ValueError`` for anything else."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"{text!r:.120} holds no references") from error
    if len(data) % _SIZE or len(data) > _SIZE * MAX_REFERENCES:
        raise ValueError(f"{text!r:.120} holds {len(data)} bytes, no whole number of references")
    return tuple(_reference(data[at : at + _SIZE]) for at in range(0, len(data), _SIZE))


def _fits(reference: Reference) -> bool:
    start, end = reference.span
    return bool(_ARTICLE.fullmatch(reference.article)) and 0 <= start < 1 << 24 and 0 <= end - start < 1 << 16


def _bytes(reference: Reference) -> bytes:
    start, end = reference.span
    return bytes.fromhex(reference.article) + start.to_bytes(3, "big") + (end - start).to_bytes(2, "big")


def _reference(data: bytes) -> Reference:
    start = int.from_bytes(data[8:11], "big")
    return Reference(data[:8].hex(), Span(start, start + int.from_bytes(data[11:], "big")))
