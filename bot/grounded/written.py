"""What came of asking a language model: how much it wrote, what was dropped and why, what it cost."""

from __future__ import annotations

from dataclasses import dataclass

from bot.grounded.checks.verify import Flaw
from bot.grounded.errors import Usage

NO_TOKENS = Usage()


@dataclass(frozen=True, slots=True)
class Written:
    """How an answer was written by ``model``.

    ``sentences`` were written, and for each one dropped ``dropped`` holds what was wrong with it. ``failure`` says why
    the articles' own sentences are given instead, None where they are not.
    """

    model: str
    sentences: int = 0
    dropped: tuple[tuple[Flaw, ...], ...] = ()
    usage: Usage = NO_TOKENS
    failure: str | None = None
    cached: bool = False
