"""A provider's exception as an error of ours.

Every provider's package has exceptions of its own, and in none of them is it settled what a server that answers
something else altogether leads to. What they share is an HTTP status, where there is one.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from bot.grounded.errors import GroundingError, ModelNonsenseError, ModelStoppedError, ModelUnavailableError

# How servers say that a model has no functions, or takes no schema.
_FORM_REFUSED: Final = frozenset((400, 422, 501))
_REFUSED_FOR_GOOD: Final = {
    401: "the key is not accepted: check LLM_API_KEY",
    403: "the key may not use it: check LLM_API_KEY and what your account allows",
    404: "it is not known there: check LLM_MODEL and LLM_BASE_URL",
}
_PASSES: Final = frozenset((408, 409, 425, 429))
# What a package stumbles over where a server sends something else altogether.
_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError)
# Raised by OpenAI's package; by their names, because it may not be there to import.
_ENDED_EARLY: Final = frozenset(("LengthFinishReasonError", "ContentFilterFinishReasonError"))


class _StatusError(ModelUnavailableError):
    def __init__(self, sentence: str, status: int, retry_after: float | None) -> None:
        super().__init__(sentence, retryable=status in _PASSES or status >= 500, retry_after=retry_after)
        self.status = status


def translated(error: Exception) -> GroundingError:
    """The error that says what a provider's exception says to us, without its text."""
    if isinstance(error, GroundingError):
        return error
    # langchain-core's base class has no form to hold a model to.
    status = 501 if isinstance(error, NotImplementedError) else _status(error)
    if status and status >= 400:
        reason = _REFUSED_FOR_GOOD.get(status) or f"{_phrase(status)}, ask again later"
        return _StatusError(f"The language model does not answer: {reason}.", status, _retry_after(error))
    if type(error).__name__ in _ENDED_EARLY:
        return ModelStoppedError(
            "The language model was stopped before its answer's end: raise LLM_MAX_TOKENS, or try another LLM_MODEL."
        )
    if status or isinstance(error, _UNREADABLE):
        return ModelNonsenseError(
            f"What the language model's server sends cannot be read ({type(error).__name__}): check LLM_BASE_URL."
        )
    return ModelUnavailableError(
        f"The language model cannot be reached ({type(error).__name__}): check LLM_BASE_URL and the network."
    )


def refuses_form(error: ModelUnavailableError) -> bool:
    """Whether the server may only have refused the form that was asked for."""
    return isinstance(error, _StatusError) and error.status in _FORM_REFUSED


def _status(error: Exception) -> int | None:
    for name in ("status_code", "code"):
        value = getattr(error, name, None)
        if isinstance(value, int) and 100 <= value < 600:
            return value
    return None


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _retry_after(error: Exception) -> float | None:
    """The seconds of the header Retry-After; None where there is none, or it is a date."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except (TypeError, ValueError):
        return None
