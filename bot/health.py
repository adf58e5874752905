"""The bot seen from outside, over HTTP: ``/healthz`` whether it lives, ``/readyz`` whether it can answer, ``/metrics``.

``python -m bot.health`` asks a running bot whether it lives, and ends with 0 or 1: a container's probe. An event loop
that is blocked answers nobody, so what tells of it is the time that whoever asks is ready to wait.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.settings import SettingsError, load_settings

if TYPE_CHECKING:
    from bot.metrics import Metrics

States = Callable[[], Awaitable[Mapping[str, bool]]]
"""What must hold for questions to be answered, by name, and whether it does."""

# Less than what a container gives its probe.
_PROBE_SECONDS = 4.0
# A probe's answer is a matter of milliseconds: nobody waits for one when the bot ends.
_SHUTDOWN_SECONDS = 1.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens at all addresses, this one is asked


@asynccontextmanager
async def open_health(host: str, port: int, states: States, metrics: Metrics) -> AsyncIterator[None]:
    """Answer at ``host`` and ``port`` while the block runs; with port 0, nowhere. Raises ``SettingsError``."""
    if not port:
        yield
        return
    from aiohttp import web

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        found = await states()
        ready = all(found.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return web.json_response({"ready": ready, "checks": dict(found)}, status=status)

    async def numbers(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})

    # What a stranger sends that is no HTTP is no error of the bot's, and is not told word by word.
    logging.getLogger("aiohttp.server").addFilter(_no_bad_request)
    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", numbers)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise _taken(host, port, error) from error
        yield
    finally:
        await runner.cleanup()


def _no_bad_request(record: logging.LogRecord) -> bool:
    from aiohttp.http_exceptions import HttpProcessingError
    from aiohttp.web import RequestPayloadError

    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | RequestPayloadError))


def _taken(host: str, port: int, error: OSError) -> SettingsError:
    # A name that is not known has numbers of its own, below 0.
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    return SettingsError(
        f"HEALTH_PORT is {port}, which cannot be opened at HEALTH_HOST {host} ({reason}): name another, or 0 for none."
    )


def main() -> int:
    """Ask the bot of these settings whether it lives; one line says so."""
    try:
        settings = load_settings()
    except SettingsError as error:
        return _said(str(error), 1)
    host, port = _EVERYWHERE.get(settings.health_host, settings.health_host), settings.health_port
    if not port:
        return _said("HEALTH_PORT is 0, so nobody can ask the bot how it is: name a port, or take this check away.", 1)
    try:
        status = _status(host, port)
    except OSError as error:
        return _said(f"The bot does not answer at {host}:{port} ({error}): look at its log.", 1)
    if status != HTTPStatus.OK:
        return _said(f"Something else than the bot answers at {host}:{port}: name another HEALTH_PORT.", 1)
    return _said("The bot lives.", 0)


def _status(host: str, port: int) -> int:
    """The status of ``/healthz``, 0 where it is none. Raises ``OSError``."""
    # By hand: importing http.client takes longer than all else here.
    with socket.create_connection((host, port), _PROBE_SECONDS) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        with connection.makefile("rb") as answer:
            _, _, status = answer.readline(100).partition(b" ")
    return int(status[:3]) if status[:3].isdigit() else 0


def _said(sentence: str, code: int) -> int:
    print(sentence)  # noqa: T201 - what a probe says is kept with its result
    return code


if __name__ == "__main__":
    sys.exit(main())
