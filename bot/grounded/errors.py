"""What can go wrong on the way to a language model; every error is one sentence that says what to do.

    GroundingError
    ├── MissingProviderError      at start-up: a package is not installed
    ├── ModelSettingsError        at start-up: the model, its address or its key cannot be used
    ├── ModelUnavailableError     timed out, refused, failed, rate limited, cut off
    │   └── ModelPausedError      failed too often a moment ago: not asked again yet
    ├── ModelNonsenseError        answered, but not as asked: empty, no JSON, another form, too long
    │   └── ModelStoppedError     stopped at its most tokens, thoughts included
    └── TokensSpentError          the day's tokens are used up

No error carries what was asked or answered.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of a call, or of several: what the model says, and an estimate where it says nothing."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.input_tokens - other.input_tokens, self.output_tokens - other.output_tokens)

    @property
    def total(self) -> int:
        """Both together."""
        return self.input_tokens + self.output_tokens


class GroundingError(Exception):
    """Base of everything that is raised on purpose here; ``usage`` is what the failed call cost all the same."""

    usage = Usage()


class MissingProviderError(GroundingError):
    """The package that reaches the model is not installed."""


class ModelSettingsError(GroundingError):
    """The model's name, its address or its key cannot be used."""


class ModelUnavailableError(GroundingError):
    """The model gave no whole answer.

    ``retryable`` says whether the same call may succeed a moment later, ``retry_after`` how many seconds the server
    asks to wait before, where it says so.
    """

    def __init__(self, sentence: str, *, retryable: bool = True, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retryable = retryable
        self.retry_after = retry_after


class ModelPausedError(ModelUnavailableError):
    """The model failed too often a moment ago."""


class ModelNonsenseError(GroundingError):
    """The model's answer is not in the form that was asked for."""


class ModelStoppedError(ModelNonsenseError):
    """The model was stopped before its answer's end, having used all tokens that it may."""


class TokensSpentError(GroundingError):
    """The day's tokens are used up."""
