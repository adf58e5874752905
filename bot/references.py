"""Where a quoted sentence stands, small enough for a button to carry through a restart.

A reference is twelve bytes: the article's id (8), where the sentence begins (21 bits) and how long it is (11 bits), in
code points. Five of them, in URL-safe base64, take 80 of the 100 characters that Discord allows in a custom id.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.answers import Answer
from index.records import Span

MAX_REFERENCES = 5

_SIZE = 12
_START_BITS, _LENGTH_BITS = 21, 11
_ARTICLE = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A sentence of an article: ``article.text[span.start:span.end]``."""

    article: str
    span: Span


def references_of(answer: Answer) -> tuple[Reference, ...]:
    """Where the sentences of an answer stand, in citation order, each once."""
    return tuple(dict.fromkeys(Reference(each.article.id, each.span) for each in answer.citations))


def pack(references: Iterable[Reference]) -> str:
    """At most ``MAX_REFERENCES`` of them, in order; what does not fit is left out.

    Left out is a sentence whose article's id is not of 16 hex digits, that begins after two million characters, or that
    has more than two thousand.
    """
    fitting = [each for each in references if _fits(each)][:MAX_REFERENCES]
    return base64.urlsafe_b64encode(b"".join(map(_bytes, fitting))).rstrip(b"=").decode("ascii")


def unpack(text: str) -> tuple[Reference, ...]:
    """The references that ``pack`` wrote; raises ``ValueError`` for anything else."""
    try:
        data = base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError as error:
        raise ValueError(f"{text!r:.120} holds no references") from error
    references = tuple(_reference(data[at : at + _SIZE]) for at in range(0, len(data), _SIZE))
    if pack(references) != text:
        raise ValueError(f"{text!r:.120} is not what references are packed to")
    return references


def _fits(reference: Reference) -> bool:
    start, end = reference.span
    numbers_fit = 0 <= start < 1 << _START_BITS and 0 <= end - start < 1 << _LENGTH_BITS
    return numbers_fit and bool(_ARTICLE.fullmatch(reference.article))


def _bytes(reference: Reference) -> bytes:
    start, end = reference.span
    return bytes.fromhex(reference.article) + (start << _LENGTH_BITS | end - start).to_bytes(4, "big")


def _reference(data: bytes) -> Reference:
    start, length = divmod(int.from_bytes(data[8:], "big"), 1 << _LENGTH_BITS)
    return Reference(data[:8].hex(), Span(start, start + length))
