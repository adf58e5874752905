"""What a language model did since the bot was started, counted for whoever watches over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.grounded.errors import Usage

_NONE = Usage()


class Call(StrEnum):
    """What came of a call; one is refused, and not made, while the model rests or the day's tokens are used up."""

    OK = "ok"
    FAILED = "failed"
    REFUSED = "refused"


class Cache(StrEnum):
    """Whether an answer was written before."""

    HIT = "hit"
    MISS = "miss"


@dataclass(slots=True)
class Tally:
    """What a language model did since the bot was started; ``usage`` is what its calls cost, the failed ones too."""

    calls: dict[Call, int] = field(default_factory=lambda: dict.fromkeys(Call, 0))
    cache: dict[Cache, int] = field(default_factory=lambda: dict.fromkeys(Cache, 0))
    usage: Usage = _NONE

    def count(self, call: Call, usage: Usage = _NONE) -> None:
        """Count a call."""
        self.calls[call] += 1
        self.usage += usage
