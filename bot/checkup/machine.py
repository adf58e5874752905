"""What Pregonero runs on: Python, its libraries, and the port that its health is asked at."""

from __future__ import annotations

import json
import platform
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from importlib import metadata

from bot.checkup.findings import Finding, State
from bot.settings import Settings

_NAMED = ("torch", "faiss-cpu", "discord.py")
_REQUIREMENT = re.compile(r"([\w.-]+)([^;]*)(;.*)?")
_ANSWER_SECONDS = 1.0
_MOST_BYTES = 10_000
_BOUND = re.compile(r"(>=|<|==)([\w.]+)")


def versions() -> Iterator[Finding]:
    """Whether Python and the libraries are of versions that this release was made for."""
    here = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    try:
        wanted = metadata.metadata("pregonero")["Requires-Python"]
        requirements = metadata.requires("pregonero") or []
    except metadata.PackageNotFoundError:
        # A container's image has the libraries of the lock file, and this project as its source.
        yield Finding("versions", State.OK, f"{here}{_libraries()}; Pregonero itself is run from its source")
        return
    wrong = [] if _fits(platform.python_version(), wanted) else [f"Python {platform.python_version()} ({wanted})"]
    wrong += [said for each in requirements if (said := _unfit(each))]
    if wrong:
        advice = "install them anew with `make setup`, with pip as the README says, or build the image anew"
        yield Finding("versions", State.PROBLEM, f"Not of the versions that are needed: {', '.join(wrong)}", advice)
    else:
        yield Finding("versions", State.OK, f"{here}{_libraries()}")


def _libraries() -> str:
    return "".join(f", {name} {found}" for name in _NAMED if (found := _version(name)))


def _unfit(requirement: str) -> str | None:
    """What is wrong with the library that is asked for; None for nothing. With a condition it may lack."""
    matched = _REQUIREMENT.match(requirement)
    if not matched:
        return None
    name, bounds, condition = matched.groups()
    found = _version(name)
    if found is None:
        return None if condition else f"{name} is missing"
    return None if _fits(found, bounds) else f"{name} {found} ({bounds.strip()})"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _fits(version: str, bounds: str) -> bool:
    """Whether a version is within bounds as pyproject.toml writes them: ``>=``, ``<`` and ``==`` of plain numbers."""
    here = _numbers(version)
    for sign, bound in _BOUND.findall(bounds):
        there = _numbers(bound)
        if not {">=": here >= there, "<": here < there, "==": here == there}[sign]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, of equal length; what follows them (``+cpu``, ``rc1``) is left out."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(part) for part in numbers[0].split(".")] if numbers else []
    return tuple([*parts, 0, 0, 0, 0][:4])


def health(settings: Settings) -> Iterator[Finding]:
    """Whether the port of /healthz, /readyz and /metrics is free, or a bot that runs is well."""
    host, port = settings.health_host, settings.health_port
    if not port:
        yield Finding("health", State.OK, "HEALTH_PORT is 0, so nobody can ask the bot how it is")
        return
    refused = _taken(host, port)
    if not refused:
        free = f"No bot runs at {host}:{port}, and the port is free for one (a container sees its own ports alone)"
        yield Finding("health", State.OK, free)
        return
    checks = _checks(host, port)
    if checks is None:
        sentence = f"{host}:{port} cannot be listened at ({refused})"
        yield Finding("health", State.PROBLEM, sentence, "name another HEALTH_PORT, or 0 for none")
    elif failing := sorted(name for name, well in checks.items() if not well):
        sentence = f"The bot that runs at {host}:{port} cannot answer questions now ({', '.join(failing)})"
        yield Finding("health", State.WARNING, sentence, "look at its log")
    else:
        yield Finding("health", State.OK, f"The bot that runs at {host}:{port} is ready")


def _taken(host: str, port: int) -> str:
    """Why the system would not let a bot listen there; "" where it would."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            # As servers do: a connection that ended a moment ago is in nobody's way.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _checks(host: str, port: int) -> dict[str, bool] | None:
    """What the bot that listens there says of itself; None where something else does."""
    with closing(HTTPConnection(host, port, timeout=_ANSWER_SECONDS)) as connection:
        try:
            connection.request("GET", "/readyz")
            said = json.loads(connection.getresponse().read(_MOST_BYTES))
            return {str(name): bool(well) for name, well in said["checks"].items()}
        except (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError):
            return None
