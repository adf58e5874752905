"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from index.records import reason_and_advice


class State(StrEnum):
    """How bad it is: nothing to do, worth knowing, or something does not work."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """``name`` is the check's; ``advice`` says what to do, "" for nothing. Both end without a full stop."""

    name: str
    state: State
    sentence: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.sentence}: {self.advice}." if self.advice else f"{self.sentence}."


Check = Callable[[], Iterator[Finding]]


def refusal(name: str, error: Exception, state: State = State.PROBLEM) -> Finding:
    """The finding for an error of this project's, whose sentence says behind its last colon what to do."""
    return Finding(name, state, *reason_and_advice(error))


def guarded(name: str, check: Check) -> Iterator[Finding]:
    """What ``check`` finds; where it fails itself, one finding says so, without what it was working on."""
    try:
        yield from check()
    except OSError as error:
        place = f" at {error.filename}" if error.filename else ""
        sentence = f"This check was refused{place} ({error.strerror or type(error).__name__})"
        yield Finding(name, State.PROBLEM, sentence, "mend that, then run `pregonero doctor` again")
    except Exception as error:  # noqa: BLE001 - one check that fails must not keep the others from being made
        yield Finding(name, State.PROBLEM, f"This check failed ({type(error).__name__})", "report this as a bug")
