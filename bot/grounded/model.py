"""The way to a language model, through LangChain: the one module that imports it.

``open_chat_model`` makes a ``ChatModel`` of a name such as ``openai:gpt-4o-mini``. Every call streams, ends when its
time is up or its text too long, and raises an error of ``bot.grounded.errors`` or nothing. Whatever the environment
says of LangSmith, no call is traced: questions go to the model that was chosen and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from bot.grounded.drafts import SCHEMA, Draft, DraftSentence, SentenceReader, read_draft, without_thoughts
from bot.grounded.errors import (
    GroundingError,
    MissingProviderError,
    ModelNonsenseError,
    ModelSettingsError,
    ModelStoppedError,
    ModelUnavailableError,
    Usage,
)
from bot.grounded.failures import refuses_form, translated
from bot.grounded.prompts import Message, Role
from bot.grounded.providers import EXTRAS, INSTALL, read_endpoint

if TYPE_CHECKING:
    from langchain.chat_models import BaseChatModel
    from langchain.messages import AIMessageChunk

OnSentence = Callable[[DraftSentence], Awaitable[None]]

# 64 kB: several times what the longest draft takes.
_MAX_TEXT: Final = 1 << 16
_MAX_LINE: Final = 500
# A word costs more tokens in Spanish than in English; an estimate had better be too high.
_CHARACTERS_PER_TOKEN: Final = 3
_ROLES: Final = {Role.SYSTEM: "system", Role.USER: "human"}
# Under these names the providers' packages say why a stream has ended.
_ENDINGS: Final = ("finish_reason", "stop_reason", "done_reason")


class _Form(Enum):
    """How a model is held to the form of a draft, the surest first."""

    OWN = "what the provider's package prefers"
    FUNCTION = "a function to call"
    PROMPT = "the prompt alone"


@dataclass(slots=True)
class _Heard:
    """What a call has brought so far."""

    asked: int
    text: str = ""
    arguments: str = ""
    reported: Usage = field(default_factory=Usage)
    ended: bool = False

    def take(self, chunk: AIMessageChunk) -> None:
        """Add a piece. Raises ``ModelNonsenseError`` where it gets too long."""
        self.text += chunk.text
        self.arguments += "".join(call["args"] or "" for call in chunk.tool_call_chunks)
        if tokens := chunk.usage_metadata:
            self.reported += Usage(tokens["input_tokens"], tokens["output_tokens"])
        self.ended = self.ended or any(chunk.response_metadata.get(name) for name in _ENDINGS)
        if len(self.text) + len(self.arguments) > _MAX_TEXT:
            raise ModelNonsenseError(f"The language model wrote more than {_MAX_TEXT} characters: it was cut off.")

    @property
    def said(self) -> str:
        """What was written: a function's arguments where it was called, else the text."""
        return self.arguments or self.text

    @property
    def usage(self) -> Usage:
        """The tokens as reported, or estimated."""
        return self.reported if self.reported.total else _estimated(self.asked, len(self.text) + len(self.arguments))


class ChatModel:
    """A language model, for one event loop; ``name`` is what it was opened by, ``timeout`` a call's in seconds."""

    def __init__(self, name: str, model: BaseChatModel, timeout: float, max_tokens: int = 0) -> None:
        self.name = name
        self._max_tokens = max_tokens
        self._model = model
        self._timeout = timeout
        self._form = _Form.OWN

    async def draft(self, messages: Sequence[Message], *, on_sentence: OnSentence | None = None) -> tuple[Draft, Usage]:
        """Have an answer written; ``on_sentence`` is awaited for each sentence, in order, as soon as it is whole.

        Its time counts as the model's. Raises ``ModelUnavailableError`` or ``ModelNonsenseError``, also after sentences
        were told.
        """
        forms = list(_Form)
        for form in forms[forms.index(self._form) :]:
            try:
                draft, usage = await self._draft(form, messages, on_sentence)
            except ModelUnavailableError as error:
                if form is _Form.PROMPT or not refuses_form(error):
                    raise
            else:
                # From now on only what it takes is asked of it.
                self._form = form
                return draft, usage
        raise AssertionError("The last form either answers or raises.")

    async def text(self, messages: Sequence[Message]) -> tuple[str, Usage]:
        """Have one line written. Raises ``ModelUnavailableError`` or ``ModelNonsenseError``."""
        heard = await self._hear(_Form.PROMPT, messages)
        line = next((line.strip() for line in without_thoughts(heard.said).splitlines() if line.strip()), "")
        if not heard.ended:
            raise _with_usage(_cut(), heard.usage)
        if not line or len(line) > _MAX_LINE or not line.isprintable():
            raise _with_usage(ModelNonsenseError("The language model did not write one line of text."), heard.usage)
        return line, heard.usage

    async def _draft(
        self, form: _Form, messages: Sequence[Message], on_sentence: OnSentence | None
    ) -> tuple[Draft, Usage]:
        reader = SentenceReader()

        async def tell(said: str) -> None:
            for sentence in reader.read(said):
                if on_sentence:
                    await on_sentence(sentence)

        heard = await self._hear(form, messages, tell)
        try:
            draft = read_draft(heard.said)
            if tuple(draft.sentences[: len(reader.found)]) != reader.found:
                raise ModelNonsenseError("The language model's answer holds two lists of sentences: try another one.")
        except ModelNonsenseError as error:
            raise _with_usage(error if heard.ended else _cut(), heard.usage) from None
        for sentence in draft.sentences[len(reader.found) :]:
            if on_sentence:
                await on_sentence(sentence)
        return draft, heard.usage

    async def _hear(
        self, form: _Form, messages: Sequence[Message], tell: Callable[[str], Awaitable[None]] | None = None
    ) -> _Heard:
        """Everything that one call brings; ``tell`` is awaited with what there is after each piece."""
        # Here, so that nothing of it is loaded before a model is opened.
        from langsmith import tracing_context

        heard = _Heard(asked=sum(len(message.content) for message in messages))
        limit = asyncio.timeout(self._timeout)
        try:
            with tracing_context(enabled=False):
                async with limit, aclosing(self._pieces(form, messages)) as pieces:
                    async for piece in pieces:
                        heard.take(piece)
                        if tell:
                            await tell(heard.said)
        except TimeoutError:
            if not limit.expired():
                raise
            sentence = "The language model took longer than it may: raise LLM_TIMEOUT or try another one."
            raise _with_usage(ModelUnavailableError(sentence, retryable=False), heard.usage) from None
        except ModelStoppedError as error:
            # What it thought is not told, and often not reported: it used all that it might.
            error.usage = heard.reported if heard.reported.total else self._most(heard.asked)
            raise
        except GroundingError as error:
            error.usage = heard.usage if heard.said else heard.reported
            raise
        return heard

    async def _pieces(self, form: _Form, messages: Sequence[Message]) -> AsyncGenerator[AIMessageChunk]:
        """What the model streams. Raises what ``translated`` makes of a provider's error."""
        turns = [(_ROLES[message.role], message.content) for message in messages]
        try:
            async with aclosing(self._told(form).astream(turns)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except Exception as error:  # noqa: BLE001 - every provider raises exceptions of its own
            # `from None`: a provider's error may show what was asked.
            raise translated(error) from None

    def _most(self, asked: int) -> Usage:
        return Usage(_estimated(asked, 0).input_tokens, self._max_tokens)

    def _told(self, form: _Form) -> Any:
        """The model, told of the form."""
        if form is _Form.PROMPT:
            return self._model
        method: dict[str, Any] = {"method": "function_calling"} if form is _Form.FUNCTION else {}
        structured: Any = self._model.with_structured_output(SCHEMA, **method)
        # The parser behind it is left out: it reads all of the text anew with every piece, and completes what was cut.
        return structured.first


def open_chat_model(
    spec: str, *, base_url: str | None = None, api_key: str | None = None, timeout: float = 20, max_tokens: int = 800
) -> ChatModel:
    """Open the model that ``spec`` names, ``provider:model``; nothing is sent yet, and it takes a second or more.

    ``base_url`` is where a provider's interface is served, if not by itself; ``timeout`` is in seconds. Neither address
    nor key are taken from the environment. Raises ``ModelSettingsError`` or ``MissingProviderError``.
    """
    endpoint = read_endpoint(spec, base_url, api_key, timeout, max_tokens)
    try:
        from langchain.chat_models import init_chat_model

        opened = init_chat_model(endpoint.model, model_provider=endpoint.provider, temperature=0, **endpoint.options())
    except ImportError:
        install = INSTALL.format(EXTRAS[endpoint.provider])
        raise MissingProviderError(f"LLM_MODEL is {spec}, and a package that it needs is missing: {install}.") from None
    except Exception as error:  # noqa: BLE001 - every provider checks its options in a way of its own
        raise ModelSettingsError(
            f"LLM_MODEL is {spec}, and cannot be opened ({type(error).__name__}): check LLM_MODEL and LLM_BASE_URL."
        ) from None
    return ChatModel(spec, opened, timeout, max_tokens)


def _with_usage(error: GroundingError, usage: Usage) -> GroundingError:
    error.usage = usage
    return error


def _estimated(asked: int, answered: int) -> Usage:
    """Tokens for so many characters, rounded up."""
    return Usage(-(-asked // _CHARACTERS_PER_TOKEN), -(-answered // _CHARACTERS_PER_TOKEN))


def _cut() -> ModelUnavailableError:
    return ModelUnavailableError("The language model's answer broke off: ask again.")
