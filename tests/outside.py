"""What somebody sees of a bot from outside, over HTTP: how it is, and its numbers."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

_PATIENCE = 20.0
_POLL = 0.02


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass(frozen=True)
class Response:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


class Numbers(dict[str, float]):
    """Samples as they were at one moment, by their name and labels as Prometheus writes them: ``up{job="a"}``."""

    def since(self, before: Numbers) -> dict[str, float]:
        """The counts that moved since, and by how much; times and what the process itself costs aside."""
        moved = {name: value - before.get(name, 0) for name, value in self.items() if name.startswith("pregonero_")}
        return {
            name.removeprefix("pregonero_"): by
            for name, by in moved.items()
            if by and "_bucket" not in name and "_sum" not in name and "_age_" not in name
        }


def read_numbers(text: str) -> Numbers:
    """The samples of an exposition."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return Numbers({_named(each.name, each.labels): each.value for each in samples})


def _named(name: str, labels: dict[str, str]) -> str:
    said = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{said}}}" if said else name


@dataclass(frozen=True)
class Outside:
    """Asks whoever listens at ``port`` on this machine."""

    port: int

    def get(self, path: str, method: str = "GET") -> Response:
        """What is answered to one request; status 0 where nobody does."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return Response(answer.status, dict(answer.headers), answer.read())
        except ConnectionRefusedError:
            return Response(0, {}, b"")
        finally:
            connection.close()

    def numbers(self) -> Numbers:
        """All numbers as they are now."""
        return read_numbers(self.get("/metrics").body.decode())

    def wait_moved(self, before: Numbers, moved: dict[str, float]) -> None:
        """Wait until these counts have moved by so much, and no other."""
        self._wait(lambda: self.numbers().since(before), moved)

    def wait_ready(self, **checks: bool) -> None:
        """Wait until so many checks hold, and the status says whether all do."""
        ready = all(checks.values())

        def found() -> tuple[int, Any]:
            answer = self.get("/readyz")
            return answer.status, answer.json if answer.status else None

        self._wait(found, (200 if ready else 503, {"ready": ready, "checks": checks}))

    @staticmethod
    def _wait(find: Callable[[], object], expected: object) -> None:
        """Look again and again until what is expected is found."""
        deadline = time.monotonic() + _PATIENCE
        while (found := find()) != expected:
            assert time.monotonic() < deadline, f"{found} instead of {expected}"
            time.sleep(_POLL)
