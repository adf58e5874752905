"""A language model's server of the tests' own, on this machine: it speaks OpenAI's chat completions, streaming or not.

``server.answer(…)`` says what it answers: a reply, or a function from the request to one. By default it answers well:
with the first sentence of the first passage that it was given.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.discord_faults import Gate

T = TypeVar("T")

# A word or two at once, as models stream.
_PIECE = 12


@dataclass(frozen=True)
class Request:
    """What was asked."""

    path: str
    key: str
    body: dict[str, Any]

    @property
    def system(self) -> str:
        """The system's message."""
        return self._said_by("system")

    @property
    def user(self) -> str:
        """The last message of the user."""
        return self._said_by("user")

    @property
    def wants_function(self) -> bool:
        """Whether a function is to be called."""
        return bool(self.body.get("tools"))

    @property
    def wants_schema(self) -> bool:
        """Whether the text is to follow a schema."""
        return bool(self.body.get("response_format"))

    @property
    def passages(self) -> dict[str, str]:
        """The passages' texts by their ids."""
        found = (json.loads(line) for line in self.user.splitlines() if line.startswith("{"))
        return {passage["id"]: passage.get("text", "") for passage in found if "id" in passage}

    def _said_by(self, role: str) -> str:
        said = [message["content"] for message in self.body["messages"] if message["role"] == role]
        return str(said[-1]) if said else ""


@dataclass(frozen=True)
class Say:
    """Answer with a text, in pieces where it is streamed; as a function's arguments where one is to be called.

    ``usage`` are the tokens that are reported, None for no report; ``finish`` is the reason that is given for the end.
    ``gate`` holds the pieces from number ``held`` on. Where ``cut`` is true, the connection breaks instead of the end;
    where ``unfinished``, the stream ends as if all were well, without a reason.
    """

    text: str
    usage: tuple[int, int] | None = (100, 20)
    finish: str = "stop"
    gate: Gate | None = None
    held: int = 0
    cut: bool = False
    unfinished: bool = False
    piece: int = _PIECE


@dataclass(frozen=True)
class Refuse:
    """Answer with an HTTP status, such as 429; ``headers`` may say Retry-After."""

    status: int
    message: str = "refused by the test"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Answer 200 with a body of another kind."""

    body: bytes
    content_type: str = "text/event-stream"


@dataclass(frozen=True)
class Never:
    """Answer nothing until the server ends."""


@dataclass(frozen=True)
class Slow:
    """Answer after so many seconds."""

    seconds: float
    reply: Say


Reply = Say | Refuse | Raw | Never | Slow
Answering = Callable[[Request], Reply]


def draft(*sentences: tuple[str, Iterable[str]], answerable: bool = True) -> str:
    """A draft as a model writes it, of texts and the ids that they rest on."""
    written = [{"text": text, "passage_ids": list(ids)} for text, ids in sentences]
    return json.dumps({"answerable": answerable, "sentences": written}, ensure_ascii=False)


def quoting(request: Request) -> Say:
    """Answer well: with the first sentence of the first passage. A text that is no draft where no passage is given."""
    for name, text in request.passages.items():
        return Say(draft((re.split(r"(?<=[.!?])\s", text.strip())[0], [name])))
    return Say("¿Y qué se pregunta?")


def without_functions(answering: Answering) -> Answering:
    """A model that takes no functions and no schema, and answers otherwise as it does."""

    def answer(request: Request) -> Reply:
        if request.wants_function or request.wants_schema:
            return Refuse(400, "tools are not supported by this model")
        return answering(request)

    return answer


class OpenAIServer:
    """The server, from ``with`` to the end of its block; ``url`` is what LLM_BASE_URL is set to."""

    def __init__(self) -> None:
        self.url = ""
        self.changed = threading.Condition()
        self._requests: list[Request] = []
        self._answering: Answering = quoting
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openai", daemon=True)
        self._runner: web.AppRunner | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def requests(self) -> list[Request]:
        """Every request so far, the first first; one that is no question to the model has an empty body."""
        with self.changed:
            return list(self._requests)

    def answer(self, answering: Reply | Answering) -> None:
        """Answer so from now on."""
        with self.changed:
            self._answering = answering if callable(answering) else lambda _request: answering

    def answer_in_turn(self, *replies: Reply) -> None:
        """Answer the next requests with one reply each, and all after them with the last."""
        left = list(replies)
        self.answer(lambda _request: left.pop(0) if len(left) > 1 else left[0])

    def wait_for(self, predicate: Callable[[], T | None], timeout: float = 20, what: str = "") -> T:
        """Wait until the predicate holds, looking whenever a request comes; return what it returned."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while not (found := predicate()):
                left = deadline - time.monotonic()
                assert left > 0, f"Not seen in time: {what}. {len(self._requests)} requests came."
                self.changed.wait(left)
            return found

    # --- the HTTP server -------------------------------------------------------------------------------------------

    async def _start(self) -> str:
        app = web.Application(client_max_size=32 << 20)
        app.router.add_post("/v1/chat/completions", self._serve)
        app.router.add_route("*", "/{path:.*}", self._serve_else)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/v1"

    async def _stop(self) -> None:
        assert self._runner
        await self._runner.cleanup()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _note(self, request: Request) -> Answering:
        with self.changed:
            self._requests.append(request)
            self.changed.notify_all()
            return self._answering

    async def _serve_else(self, raw: web.Request) -> web.Response:
        self._note(Request(raw.path, raw.headers.get("Authorization", ""), {}))
        return web.json_response({"error": {"message": "There is nothing here."}}, status=404)

    async def _serve(self, raw: web.Request) -> web.StreamResponse:
        key = raw.headers.get("Authorization", "").removeprefix("Bearer ")
        request = Request(raw.path, key, json.loads(await raw.read()))
        reply = self._note(request)(request)
        if isinstance(reply, Slow):
            await asyncio.sleep(reply.seconds)
            reply = reply.reply
        match reply:
            case Never():
                await asyncio.Event().wait()
                raise AssertionError("Nobody sets this event.")
            case Refuse(status=status, message=message, headers=headers):
                said = {"error": {"message": message, "type": "refused", "code": None, "param": None}}
                response: web.StreamResponse = web.json_response(said, status=status, headers=headers)
                response.force_close()
                return response
            case Raw(body=body, content_type=content_type):
                response = web.Response(body=body, content_type=content_type)
                response.force_close()
                return response
            case Say() if request.body.get("stream"):
                return await _stream(raw, request, reply)
            case Say():
                return web.json_response(_whole(request, reply))


async def _stream(raw: web.Request, request: Request, reply: Say) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    # Each test has an event loop of its own: no connection is kept for the next one.
    response.force_close()
    await response.prepare(raw)

    async def send(data: dict[str, Any] | str) -> None:
        await response.write(b"data: " + (data if isinstance(data, str) else json.dumps(data)).encode() + b"\n\n")

    for number, delta in enumerate(_deltas(request, reply)):
        if reply.gate and number >= reply.held:
            await reply.gate.wait()
        await send(_chunk(request, [{"index": 0, "delta": delta, "finish_reason": None}]))
    if reply.cut:
        assert raw.transport
        raw.transport.abort()
        return response
    if not reply.unfinished:
        await send(_chunk(request, [{"index": 0, "delta": {}, "finish_reason": reply.finish}]))
        if reply.usage and request.body.get("stream_options", {}).get("include_usage"):
            await send({**_chunk(request, []), "usage": _usage(reply.usage)})
        await send("[DONE]")
    await response.write_eof()
    return response


def _deltas(request: Request, reply: Say) -> Iterable[dict[str, Any]]:
    pieces = [reply.text[at : at + reply.piece] for at in range(0, len(reply.text), reply.piece)]
    if not request.wants_function:
        yield {"role": "assistant", "content": ""}
        yield from ({"content": piece} for piece in pieces)
        return
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": _function(request), "arguments": ""}}
    yield {"role": "assistant", "content": None, "tool_calls": [call]}
    yield from ({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces)


def _function(request: Request) -> str:
    return str(request.body["tools"][0]["function"]["name"])


def _head(request: Request, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": request.body["model"]}


def _chunk(request: Request, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {**_head(request, "chat.completion.chunk"), "choices": choices}


def _usage(tokens: tuple[int, int]) -> dict[str, int]:
    return {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}


def _whole(request: Request, reply: Say) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if request.wants_function:
        call = {
            "id": "call_1",
            "type": "function",
            "function": {"name": _function(request), "arguments": reply.text},
        }
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choices = [{"index": 0, "message": message, "finish_reason": reply.finish}]
    usage = {"usage": _usage(reply.usage)} if reply.usage else {}
    return {**_head(request, "chat.completion"), "choices": choices, **usage}
