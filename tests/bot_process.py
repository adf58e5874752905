"""The bot in a process of its own, connected to the tests' own Discord."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.command_line import ROOT, environment
from tests.discord_server import DiscordServer


class BotProcess:
    """A bot from ``with`` to the end of its block, where it is killed if it still runs.

    ``settings`` become environment variables; DISCORD_TOKEN is the server's unless given. It runs in ``home``, so that
    no ``.env`` of a developer's is read.
    """

    def __init__(
        self,
        server: DiscordServer,
        home: Path,
        settings: Mapping[str, str] | None = None,
        *,
        module: str = "bot",
        heartbeat_timeout: float = 60.0,
    ) -> None:
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self._server = server
        self._home = home
        given = {"DISCORD_TOKEN": server.token, "HEALTH_PORT": "0", "LOG_FORMAT": "text", "PYTHONPATH": str(ROOT)}
        self._settings = {**given, **(settings or {})}
        launcher = str(Path(__file__).with_name("launch_bot.py"))
        self._command = [sys.executable, "-P", "-u", launcher, server.url, module, str(heartbeat_timeout)]

    def __enter__(self) -> Self:
        self._identified = self._server.gateway.identified
        self.process = subprocess.Popen(
            self._command,
            cwd=self._home,
            env=environment(self._settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        streams = ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr))
        self._readers = [threading.Thread(target=self._read, args=each, daemon=True) for each in streams]
        for reader in self._readers:
            reader.start()
        self._server.world.diagnostics.append(self._tail)
        self._server.world.ended = self._ended
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._server.world.diagnostics.remove(self._tail)
        if self._server.world.ended == self._ended:
            self._server.world.ended = lambda: False

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        with stream:
            for line in stream:
                lines.append(line)
                self._server.world.notify()
        self._server.world.notify()

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def _tail(self) -> str:
        code = self.process.poll()
        state = "runs" if code is None else f"ended with {code}"
        return f"The bot {state}; the end of its log:\n{''.join(self.stderr[-40:])}{''.join(self.stdout[-10:])}"

    @property
    def log(self) -> str:
        """All that it has written so far, standard error first."""
        return "".join([*self.stderr, *self.stdout])

    def wait_ready(self, timeout: float = 60) -> None:
        """Wait until it has identified itself to the gateway."""
        gateway = self._server.gateway
        self._server.wait_for(lambda: gateway.identified > self._identified and gateway.connected, timeout, "READY")

    def wait_log(self, text: str, timeout: float = 20) -> None:
        """Wait until it has written the text."""
        self._server.wait_for(lambda: text in self.log, timeout, f"{text!r} in the log")

    def terminate(self) -> None:
        """Ask it to end, as a service manager does."""
        self.process.send_signal(signal.SIGTERM)

    def interrupt(self) -> None:
        """Ask it to end, as Ctrl+C does."""
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it without asking, where it still runs."""
        self.process.kill()
        self.wait()

    def wait(self, timeout: float = 30) -> int:
        """Wait for its end and return its exit code; all that it wrote is then in ``log``."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"The bot has not ended in time. {self._tail()}") from None
        for reader in self._readers:
            reader.join(timeout)
        return code
