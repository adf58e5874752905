"""Starts a bot as ``python -m`` would, with discord.py pointed at the tests' own Discord.

Usage: ``python -P launch_bot.py URL MODULE HEARTBEAT_TIMEOUT``; the timeout, in seconds, is how long a gateway may be
silent before the client takes the connection for dead. Where the environment has LOOP_LAGS, a file, it is told at the
end how late the event loop was all along: (when a task should have woken, seconds that it woke later), in JSON.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

_SLEEP = 0.01


async def note_lags(lags: list[tuple[float, float]]) -> None:
    """Sleep again and again, and note how late this was woken, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _SLEEP
        await asyncio.sleep(_SLEEP)
        lags.append((due, loop.time() - due))


def main(url: str, module: str, heartbeat_timeout: float) -> None:
    """Point discord.py at the URL and run the module."""
    # With zstandard, discord.py asks for zstd; without it, for zlib, which the tests' Discord speaks.
    sys.modules["zstandard"] = None  # type: ignore[assignment]  # Python's way to say that a module is not there
    import discord
    import yarl
    from discord import gateway, http, state

    http.Route.BASE = f"{url}/api/v10"
    gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url.replace("http", "ws", 1)) / "gateway"
    discord.Asset.BASE = f"{url}/cdn"
    construct = state.ConnectionState.__init__

    def construct_hasty(self: Any, **options: Any) -> None:
        # All servers are told within milliseconds of READY here; to wait two seconds for more is in vain.
        construct(self, **{"guild_ready_timeout": 0.1, **options, "heartbeat_timeout": heartbeat_timeout})

    state.ConnectionState.__init__ = construct_hasty  # type: ignore[method-assign]  # the client makes its own options

    lags: list[tuple[float, float]] = []
    if file := os.environ.get("LOOP_LAGS"):
        atexit.register(lambda: Path(file).write_text(json.dumps(lags), "utf-8"))

    async def identify_at_once(self: Any, shard_id: int | None, *, initial: bool) -> None:
        """Spare the five seconds between two IDENTIFYs: the tests' Discord takes them as they come."""
        if file and initial:
            self.noting = asyncio.create_task(note_lags(lags))

    discord.Client.before_identify_hook = identify_at_once  # type: ignore[method-assign,assignment]  # as above
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
