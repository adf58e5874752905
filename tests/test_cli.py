"""What every command shares: help, exit codes, one line for what goes wrong, streams of any kind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from index import publish
from index.build import build
from scripts.cli import app
from tests.command_line import ROOT, assert_one_line, run, run_apart
from tests.fakes import HashEncoder, corpus
from tests.test_layers import SLOW

COMMANDS = "build ask chat status verify rollback backup restore diff doctor eval bench".split()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cli")
    build(corpus(), place / "index", HashEncoder(), cache=place / "v.sqlite", roots=("cañón",))
    return place / "index"


def test_help_lists_the_commands_in_the_order_they_are_needed() -> None:
    done = run("--help")
    assert done.exit_code == 0
    listed = done.stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS
    assert not [line for line in listed if line.endswith("...")], "cut short"


def test_every_command_option_and_argument_says_what_it_is_for() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    for command in group.commands.values():
        assert command.help
        assert [param.name for param in command.params if not getattr(param, "help", None)] == []


def test_nothing_to_do_is_wrong_usage_and_shows_the_help() -> None:
    done = run()
    assert done.exit_code == 2
    assert "Commands:" in done.output


@pytest.mark.parametrize("typed", ["nonsense", "status --nonsense", "status extra", "eval", "bench 0"])
def test_wrong_usage_is_exit_code_2_and_nothing_on_standard_output(typed: str) -> None:
    done = run(*typed.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_the_version_is_told() -> None:
    done = run("--version")
    assert done.exit_code == 0
    assert done.stdout.startswith("pregonero")


def test_a_malformed_setting_is_one_line() -> None:
    done = run("status", env={"INDEX_DIR": "a\nb"})
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert "INDEX_DIR" in done.stderr


def test_an_interruption_is_exit_code_130_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "read_manifest", interrupted)
    done = run("status")
    assert (done.exit_code, done.output) == (130, "")


def test_what_the_system_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied", "var/index")

    monkeypatch.setattr(publish, "read_manifest", refused)
    done = run("status")
    assert (done.exit_code, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert done.stderr.startswith("var/index: Permission denied: ")


def test_a_mistake_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(_: Path) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(publish, "read_manifest", mistaken)
    with pytest.raises(ZeroDivisionError):
        run("status")


LOADED = """
import sys
from scripts.cli import app
try:
    app(sys.argv[1:])
except SystemExit as end:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
    sys.exit(end.code)
"""


@pytest.mark.parametrize("args", [["--help"], ["build", "--help"], ["status"], ["verify"], ["ask", ""]])
def test_what_needs_no_model_starts_without_slow_libraries(index: Path, args: list[str]) -> None:
    if args[0] in ("status", "verify"):
        args = [*args, "--index", str(index)]
    done = subprocess.run([sys.executable, "-c", LOADED, *args], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if args[0] == "ask" else 0)
    loaded = set(done.stderr.split())
    assert "typer" in loaded
    assert not SLOW & loaded
    assert "rich" not in loaded


def test_a_reader_that_goes_away_is_no_failure_to_report(index: Path) -> None:
    with subprocess.Popen(["true"], stdin=subprocess.PIPE) as reader:
        reader.wait()
        done = run_apart("verify", "--index", index, stdout=reader.stdin)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_standard_output_is_one_line(index: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run_apart("verify", "--index", index, stdout=full)
    assert done.returncode == 1
    assert_one_line(done.stderr.decode())
    assert b"No space left" in done.stderr


def test_an_output_that_knows_ascii_alone_is_no_trouble(index: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii"}
    plain = run_apart("status", "--index", index, env=env)
    assert plain.returncode == 0, plain.stderr
    assert b"from ca??n\n" in plain.stdout
    whole = run_apart("status", "--json", "--index", index, env=env)
    assert json.loads(whole.stdout)["roots"] == ["cañón"], "JSON is UTF-8 everywhere"


def test_an_argument_that_is_no_text_is_no_trouble(tmp_path: Path) -> None:
    done = run_apart("status", "--index", tmp_path / "\udcff")
    assert done.returncode == 1
    assert_one_line(done.stderr.decode())


def test_closed_streams_are_no_trouble(index: Path) -> None:
    closed = ("sh", "-c", 'exec "$@" <&- >&-', "sh")
    done = run_apart("status", "--index", index, prefix=closed)
    assert (done.returncode, done.stderr) == (0, b"")
