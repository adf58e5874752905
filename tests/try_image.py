"""Runs the bot of a container image as compose.yaml would, against the tests' own Discord, and asks it something.

``python -m tests.try_image ROOT CONFIG``, as root and with runc: the image's root file system as a folder, and its
configuration as ``buildah inspect`` prints it. What compose.yaml says of the bot holds here too: user, capabilities,
read-only root, limits. It shares the machine's network, for the tests' Discord listens on loopback alone.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from scripts.output import say
from tests.bot_process import BotProcess
from tests.command_line import ROOT
from tests.discord_server import DiscordServer
from tests.scene import MINE

QUESTION, ANSWER = "¿cuánto invierte Alibaba?", "52.44 mil millones"
NEW_QUESTION, NEW_ANSWER = "¿cuántas toneladas de litio extrae la mina Calandria?", "900 toneladas"
_LAUNCHER = "/run/launch_bot.py"
_NAME = "pregonero-bot"
_PATIENCE = 30.0


class Image:
    """An image's root file system, and a folder ``home`` with what its containers write: volumes, and runc's notes."""

    def __init__(self, root: Path, config: dict[str, Any], home: Path) -> None:
        self.config = config
        self.service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["bot"]
        self.home = home
        self._root = root
        # As an engine fills a new volume: with what the image has there, its owners included.
        for volume in config["Volumes"]:
            (home / "volumes" / volume[1:]).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", f"{root}{volume}", f"{home}/volumes{volume}"], check=True)

    def volume(self, place: str) -> Path:
        """Where a volume lies outside of the containers."""
        return self.home / "volumes" / place[1:]

    def runc(self, *arguments: str) -> list[str]:
        """The command that has runc do something."""
        return ["runc", "--root", str(self.home / "runc"), *arguments]

    def bundle(self, name: str, command: list[str], settings: dict[str, str]) -> str:
        """A folder that runc takes for a container."""
        folder = self.home / name
        folder.mkdir()
        subprocess.run(["runc", "spec", "--bundle", folder], check=True)
        spec = json.loads((folder / "config.json").read_text("utf-8"))
        user, group = map(int, self.config["User"].split(":"))
        spec["root"] = {"path": str(self._root), "readonly": self.service["read_only"]}
        spec["process"] |= {
            "terminal": False,
            "user": {"uid": user, "gid": group},
            "args": command,
            "env": [*self.config["Env"], *(f"{name}={value}" for name, value in settings.items())],
            "cwd": self.config["WorkingDir"],
            "noNewPrivileges": "no-new-privileges:true" in self.service["security_opt"],
        }
        if self.service["cap_drop"] == ["ALL"]:
            spec["process"]["capabilities"] = {}
        spec["mounts"] = [each for each in spec["mounts"] if each["type"] != "cgroup"] + self._mounts()
        linux = spec["linux"]
        linux["namespaces"] = [each for each in linux["namespaces"] if each["type"] != "network"]
        memory = int(re.fullmatch(r"(\d+)g", self.service["mem_limit"])[1]) << 30  # type: ignore[index]  # or it fails
        linux["resources"] = {"memory": {"limit": memory}, "pids": {"limit": self.service["pids_limit"]}}
        (folder / "config.json").write_text(json.dumps(spec), "utf-8")
        return str(folder)

    def _mounts(self) -> list[dict[str, Any]]:
        """Volumes and temporary files; and, from outside of the image, what points the bot at the tests' Discord."""
        [(place, _, options)] = [each.partition(":") for each in self.service["tmpfs"]]
        binds = [(volume, self.volume(volume), "rw") for volume in self.config["Volumes"]]
        binds.append((_LAUNCHER, ROOT / "tests" / "launch_bot.py", "ro"))
        return [
            {"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]},
            {"destination": place, "type": "tmpfs", "source": "tmpfs", "options": options.split(",")},
            *(
                {"destination": target, "type": "bind", "source": str(source), "options": ["bind", access]}
                for target, source, access in binds
            ),
        ]


class Container(BotProcess):
    """The image's bot, its launcher in front; ``with`` ends it whatever happens."""

    def __init__(self, server: DiscordServer, image: Image, settings: dict[str, str]) -> None:
        super().__init__(server, image.home)
        python, flag, module = image.config["Cmd"]
        assert flag == "-m"
        command = [python, "-P", _LAUNCHER, server.url, module, "60"]
        folder = image.bundle("bot", command, {"DISCORD_TOKEN": server.token, **settings})
        self._image = image
        self._command = image.runc("run", "--bundle", folder, _NAME)

    def kill(self) -> None:
        """End it without asking, where it still runs."""
        subprocess.run(self._image.runc("delete", "--force", _NAME), check=True)
        super().kill()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as its user."""
        return subprocess.run(self._image.runc("exec", _NAME, *command), capture_output=True, text=True, check=False)


def main(root: Path, inspected: Path) -> None:
    """Try the image; an ``AssertionError`` says what does not hold."""
    config = json.loads(inspected.read_text("utf-8"))["Docker"]["config"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"HEALTH_HOST": "127.0.0.1", "HEALTH_PORT": str(port)}
    with tempfile.TemporaryDirectory(prefix="pregonero-") as folder, DiscordServer() as server:
        image = Image(root, config, Path(folder))
        began = time.monotonic()
        with Container(server, image, settings) as bot:
            bot.wait_ready()
            say(f"  ready {time.monotonic() - began:.1f} s after its start, with the index made in the image")
            _confined(bot, image)
            _ask(server, QUESTION, ANSWER)
            _healthy(bot, config, f"http://127.0.0.1:{port}")
            _rebuilt(image, f"http://127.0.0.1:{port}", settings)
            _ask(server, NEW_QUESTION, NEW_ANSWER)
            _stopped(bot, image)
        assert server.unexpected == [], "the bot asked for what Discord does not have"


def _confined(bot: Container, image: Image) -> None:
    status = dict(re.findall(r"^(\w+):\s+(.*)$", bot.run("cat", "/proc/1/status").stdout, re.MULTILINE))
    assert set(status["Uid"].split()) == {"10001"}, f"the bot runs as {status['Uid']}"
    assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}, "it has capabilities"
    assert status["NoNewPrivs"] == "1", "it may gain privileges"
    for place in ("/", image.config["WorkingDir"], "/opt/venv", "/data"):
        refused = bot.run("touch", f"{place}/probe")
        assert "Read-only file system" in refused.stderr, f"{place} can be written: {refused}"
    for place in (*image.config["Volumes"], "/tmp"):  # noqa: S108 - the container's own
        assert bot.run("sh", "-c", f"touch {place}/probe && rm {place}/probe").returncode == 0, f"{place} is read-only"
    say("  user 10001, no capabilities, no new privileges, root read-only: held; limits of compose.yaml: given to runc")


def _ask(server: DiscordServer, question: str, expected: str) -> None:
    began = time.monotonic()
    answer = server.slash("preguntar", {"pregunta": question}).wait_answer()
    said = str(answer.embeds[0]["description"]) if answer.embeds else answer.content
    assert expected in said, f"{question} was answered with: {said}"
    [line] = [each for each in said.splitlines() if expected in each][:1]
    say(f"  {question}\n    {line}\n    ({(time.monotonic() - began) * 1000:.0f} ms)")


def _healthy(bot: Container, config: dict[str, Any], url: str) -> None:
    for path in ("/healthz", "/readyz"):
        _wait_page(url + path, "")
    probe = bot.run(*config["Healthcheck"]["Test"][1:])
    assert probe.returncode == 0, f"the health check fails: {probe.stdout}{probe.stderr}"
    say("  /healthz and /readyz answer 200, and the image's health check ends with 0")


def _rebuilt(image: Image, url: str, settings: dict[str, str]) -> None:
    """A second container over the same volumes, as ``docker compose run --rm bot pregonero build`` is."""
    (image.volume("/data/articles") / "mina.txt").write_text(MINE, "utf-8")
    folder = image.bundle("build", ["pregonero", "build"], settings)
    done = subprocess.run(
        image.runc("run", "--bundle", folder, f"{_NAME}-build"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"pregonero build ended with {done.returncode}: {done.stdout}{done.stderr}"
    _wait_page(f"{url}/metrics", 'pregonero_index_reloads_total{result="ok"} 1.0')
    say("  `pregonero build` in a second container; the bot has picked it up")


def _wait_page(url: str, text: str) -> None:
    """Wait until the page is there and holds the text."""
    end, seen = time.monotonic() + _PATIENCE, ""
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as page:  # noqa: S310 - an address on this machine
                seen = page.read().decode()
                if text in seen:
                    return
        except urllib.error.URLError as error:
            seen = str(error)
        time.sleep(0.1)
    raise AssertionError(f"{url} does not say {text!r}: {seen}")


def _stopped(bot: Container, image: Image) -> None:
    peak = re.search(r"VmHWM:\s+(\d+)", bot.run("cat", "/proc/1/status").stdout)
    began = time.monotonic()
    bot.terminate()
    code = bot.wait(int(image.service["stop_grace_period"].removesuffix("s")))
    assert code == 0, f"SIGTERM ends the bot with {code}: {bot.log}"
    say(f"  SIGTERM ended it in {time.monotonic() - began:.1f} s with exit code 0")
    say(f"  it had {int(peak[1]) >> 10 if peak else '?'} MiB of memory at most")


if __name__ == "__main__":
    if shutil.which("runc") is None:
        sys.exit("runc runs the container: install it (Debian: apt install runc).")
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except AssertionError as error:
        sys.exit(str(error))
