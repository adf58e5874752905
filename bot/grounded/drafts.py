"""What a language model writes: sentences that name the passages they rest on, read from its JSON.

JSON is taken out of what some models put around it (a code fence, a remark, their thoughts), and line breaks inside
strings are let pass. What is cut off is never completed: half a sentence may say the opposite of the whole one.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from bot.grounded.errors import ModelNonsenseError

Sized = TypeVar("Sized", str, list[str], "list[DraftSentence]")

MAX_SENTENCES: Final = 8
MAX_CHARACTERS: Final = 1000
MAX_IDS: Final = 8
_MAX_ID_CHARACTERS: Final = 100

_DECODER = json.JSONDecoder(strict=False)
_LIST_BEGINS = re.compile(r'"sentences"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_THOUGHTS_BEGIN, _THOUGHTS_END = "<think>", "</think>"


def _at_most(limit: int) -> AfterValidator:
    """A bound that the schema does not show: not every server takes lengths in a schema."""

    def check(value: Sized) -> Sized:
        if len(value) > limit:
            raise ValueError(f"longer than {limit}")
        return value

    return AfterValidator(check)


def _writable(value: str) -> str:
    """No half of a surrogate pair, which JSON can name and nothing can be sent with."""
    value.encode()
    return value


class DraftSentence(BaseModel):
    """A sentence and the ids of the passages that it rests on, as the model names them."""

    model_config = ConfigDict(frozen=True)

    text: Annotated[str, _at_most(MAX_CHARACTERS), AfterValidator(_writable)]
    passage_ids: Annotated[list[Annotated[str, _at_most(_MAX_ID_CHARACTERS)]], _at_most(MAX_IDS)]


class Draft(BaseModel):
    """An answer as the model writes it, unchecked."""

    model_config = ConfigDict(frozen=True)

    answerable: bool
    sentences: Annotated[list[DraftSentence], _at_most(MAX_SENTENCES)]


# As a function's description, which every provider's package understands; OpenAI holds its models to it if ``strict``.
SCHEMA: Final[dict[str, Any]] = {
    "name": "answer",
    "description": "The answer, sentence by sentence.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {
            "answerable": {"type": "boolean"},
            "sentences": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string"},
                        "passage_ids": {"type": "array", "items": {"type": "string"}},
                    },
                    "required": ["text", "passage_ids"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["answerable", "sentences"],
        "additionalProperties": False,
    },
}


def read_draft(text: str) -> Draft:
    """The draft in a model's whole text. Raises ``ModelNonsenseError``."""
    said = without_thoughts(text)
    if not said.strip():
        raise ModelNonsenseError("The language model's answer is empty: try another LLM_MODEL if this goes on.")
    try:
        value, _ = _DECODER.raw_decode(said, said.index("{"))
        return Draft.model_validate(value)
    except ValidationError:
        flaw = "has another form than the one asked for"
    except (ValueError, RecursionError):
        flaw = "is no JSON"
    raise ModelNonsenseError(f"The language model's answer {flaw}: try another LLM_MODEL if this goes on.")


def without_thoughts(text: str) -> str:
    """The text after the thoughts that some models write first; empty while they think."""
    if not text.lstrip().startswith(_THOUGHTS_BEGIN):
        return text
    return text.partition(_THOUGHTS_END)[2]


class SentenceReader:
    """Finds the sentences of a draft while its text still grows; each of them once."""

    def __init__(self) -> None:
        self._found: list[DraftSentence] = []
        self._at: int | None = None
        self._closed = 0

    @property
    def found(self) -> tuple[DraftSentence, ...]:
        """Every sentence found so far."""
        return tuple(self._found)

    def read(self, text: str) -> list[DraftSentence]:
        """The sentences that are whole by now and were not before; ``text`` begins as it did at the last call.

        Raises ``ModelNonsenseError`` where one is too long, or there are too many.
        """
        # Only a brace ends a sentence: without a new one there is nothing to look for.
        closed = text.count("}")
        if closed == self._closed:
            return []
        self._closed = closed
        said = without_thoughts(text)
        if self._at is None:
            begins = _LIST_BEGINS.search(said)
            if not begins:
                return []
            self._at = begins.end()
        new: list[DraftSentence] = []
        while (whole := self._next(said)) is not None:
            new.append(whole)
        self._found += new
        if len(self._found) > MAX_SENTENCES:
            raise ModelNonsenseError(f"The language model wrote more than {MAX_SENTENCES} sentences: try another one.")
        return new

    def _next(self, said: str) -> DraftSentence | None:
        begins = _BETWEEN.match(said, self._at or 0)
        at = begins.end() if begins else 0
        if not said.startswith("{", at):
            return None
        try:
            value, self._at = _DECODER.raw_decode(said, at)
        except (ValueError, RecursionError):
            return None
        try:
            return DraftSentence.model_validate(value)
        except ValidationError:
            raise ModelNonsenseError(
                "A sentence of the language model has another form than the one asked for: try another LLM_MODEL."
            ) from None
