"""A Discord of the tests' own, on this machine: what the real bot, in a process of its own, is tested against.

It listens on a port of its own in a thread of its own; the tests act as people through it (``tests.discord_people``),
make things go wrong (``fault``, ``gateway``), and wait for what the bot does.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.discord_faults import Faults, Pass, RateLimit, Refuse, Reset
from tests.discord_gateway import Gateway
from tests.discord_journal import Request
from tests.discord_numbers import Json
from tests.discord_parts import Attachment
from tests.discord_people import People
from tests.discord_rest import Answer, Rest
from tests.discord_world import World

T = TypeVar("T")
_API = "/api/v10"


class DiscordServer(People):
    """Discord, from ``with`` to the end of its block."""

    def __init__(self) -> None:
        world = World()
        super().__init__(world)
        self.gateway = Gateway(world)
        self.url = ""
        self._faults = Faults()
        self._rest = Rest(world)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="discord", daemon=True)
        self._runner: web.AppRunner | None = None
        world.dispatch = self.gateway.dispatch

    def __enter__(self) -> Self:
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        self.gateway.url = f"ws{self.url.removeprefix('http')}/gateway"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def token(self) -> str:
        """The one token that is taken."""
        return self.world.token

    @property
    def requests(self) -> list[Request]:
        """Every request so far, the first first."""
        with self.world.changed:
            return list(self.world.requests)

    @property
    def unexpected(self) -> list[Request]:
        """The requests that this Discord does not know."""
        return self.world.unexpected

    @property
    def syncs(self) -> list[tuple[str | None, list[Json]]]:
        """How often the commands were registered: the server's id (None for all) and the commands as sent."""
        return self.world.syncs

    def wait_for(self, predicate: Callable[[], T | None], timeout: float = 20, what: str = "") -> T:
        """Wait until the predicate holds, looking whenever something happens; return what it returned."""
        return self.world.wait_for(predicate, timeout, what)

    def fault(self, method: str, path: str, *faults: Pass) -> None:
        """Have the next matching requests go wrong, one fault each; ``path`` is a pattern, such as ``"/callback$"``."""
        with self.world.changed:
            self._faults.add(method, path, faults)

    def clear_faults(self) -> None:
        """Forget the faults that were not met."""
        with self.world.changed:
            self._faults.clear()

    # --- the HTTP server -------------------------------------------------------------------------------------------

    async def _start(self) -> str:
        app = web.Application(client_max_size=32 << 20)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_route("*", "/{path:.*}", self._serve)
        # A test's end does not wait for requests that are held.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def _stop(self) -> None:
        self.gateway.drop()
        assert self._runner
        await self._runner.cleanup()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, raw: web.Request) -> web.Response:
        body, files = await _read(raw)
        path = raw.rel_url.raw_path.removeprefix(_API)
        headers = raw.headers.get("Authorization", "")
        request = Request(raw.method, path, dict(raw.query), body, files, headers)
        with self.world.changed:
            self.world.requests.append(request)
            fault = request.fault = self._faults.take(raw.method, path)
            self.world.changed.notify_all()
        done = self._do(request) if fault and fault.processed else None
        if fault:
            await fault.wait()
        match fault:
            case Reset():
                _cut(raw)
                return web.Response()
            case RateLimit(retry_after=seconds):
                about: Json = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
                return self._respond(request, (429, about))
            case Refuse(status=status, code=code):
                return self._respond(request, (status, {"code": code, "message": f"{status}: refused by the test"}))
            case _:
                return self._respond(request, done or self._do(request))

    def _do(self, request: Request) -> Answer:
        with self.world.changed:
            answer = self._rest.answer(request)
            self.world.changed.notify_all()
            return answer

    def _respond(self, request: Request, answer: Answer) -> web.Response:
        with self.world.changed:
            request.status, said = answer
            request.answer = said if request.status >= 400 else None
            self.world.changed.notify_all()
        # discord.py reads JSON only under exactly this type, and takes a 429 for Discord's own only with "Via".
        headers = {"Content-Type": "application/json", **({"Via": "1.1 google"} if request.status == 429 else {})}
        if said is None:
            return web.Response(status=request.status)
        return web.Response(status=request.status, body=json.dumps(said).encode(), headers=headers)


async def _read(raw: web.Request) -> tuple[Any, list[Attachment]]:
    """The JSON body and the files of a request."""
    if not raw.content_type.startswith("multipart/"):
        data = await raw.read()
        return (json.loads(data) if data else None), []
    body, files = None, []
    async for part in await raw.multipart():
        assert not isinstance(part, web.BaseRequest)
        data = await part.read(decode=True)  # type: ignore[union-attr]  # discord.py nests no multipart
        if part.name == "payload_json":  # type: ignore[union-attr]  # as above
            body = json.loads(data)
        else:
            files.append(Attachment(part.filename or "", bytes(data)))  # type: ignore[union-attr]  # as above
    return body, files


def _cut(raw: web.Request) -> None:
    """Have the client see a reset: no time to linger, and away."""
    if raw.transport:
        raw.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.transport.abort()
