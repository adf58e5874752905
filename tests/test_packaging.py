"""What a person installs and types: the lock files, the wheel, and the Makefile."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from hatchling.build import build_wheel
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.settings import load_settings

ROOT = Path(__file__).parents[1]
FOLDERS = ("bot", "index", "scripts")
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, str]:
    """Package -> version in a lock file."""
    pins = re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pins)


def requirements(lines: list[str]) -> dict[str, Requirement]:
    return {canonicalize_name(found.name): found for found in map(Requirement, lines)}


# --- what is installed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_exact_versions_with_their_hashes_and_no_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[^\s#])", text, flags=re.MULTILINE)[1:]
    assert [entry.split()[0] for entry in entries if not re.match(r"[a-z0-9-]+==\S+ ", entry)] == []
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "-index" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_brings_pytorch_or_cuda(name: str) -> None:
    assert [package for package in locked(name) if re.match(r"torch$|triton|nvidia|cuda", package)] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    groups = project()["dependency-groups"]
    asked = requirements(project()["project"]["dependencies"] + groups["build"])
    assert "torch" in asked
    assert {
        name: run.get(name) for name in asked.keys() - {"torch"} if not asked[name].specifier.contains(run[name])
    } == {}
    for group, found in (("dev", dev), ("bench", locked("requirements-bench.lock"))):
        tools = requirements(groups[group])
        assert {
            name: found.get(name)
            for name in tools.keys() - {"torch"}
            if not tools[name].specifier.contains(found[name])
        } == {}


def test_the_two_locks_agree() -> None:
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: (run[name], dev[name]) for name in run.keys() & dev.keys() if run[name] != dev[name]} == {}


def test_the_makefile_installs_the_locked_pytorch() -> None:
    """One version stands in the Makefile, in the lock's constraint and in the metadata that it was made with."""
    uv = project()["tool"]["uv"]
    (version,) = re.findall(r"^TORCH := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert uv["constraint-dependencies"] == [f"torch=={version}"]
    assert [entry["version"] for entry in uv["dependency-metadata"] if entry["name"] == "torch"] == [version]


def test_what_is_imported_is_asked_for() -> None:
    """A library that only another library brings may leave with it."""
    extras = [line for extra in project()["project"]["optional-dependencies"].values() for line in extra]
    # The systems measured beside this one are not installed here, and are named as they are imported.
    bench = requirements(project()["dependency-groups"]["bench"]).keys()
    asked = requirements(project()["project"]["dependencies"] + extras).keys() | bench
    owners = {**{name.replace("-", "_"): [name] for name in bench}, **packages_distributions()}
    missing = {}
    for path in (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - set(FOLDERS):
                if not {canonicalize_name(owner) for owner in owners.get(top, ())} & asked:
                    missing[top] = str(path.relative_to(ROOT))
    assert missing == {}


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|build|dev|bench) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert len(lists) == 4
    lines = [line for block in lists for line in block.splitlines()]
    bare = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if line.lstrip().startswith('"') and "# " not in line and not re.match(r"\s*# \S.*\.$", before)
    ]
    assert bare == []


# --- what is built ------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a build and `make` read."""
    target = tmp_path / "a checkout"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "README.md", "Makefile", "pyproject.toml", *LOCKS):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, target)
    return target


def test_the_wheel_holds_the_packages_their_data_and_the_command(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout)
    with zipfile.ZipFile(Path(build_wheel("."))) as wheel:
        names = set(wheel.namelist())
        entry_points = wheel.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    expected = {
        path.relative_to(checkout).as_posix()
        for folder in FOLDERS
        for path in (checkout / folder).rglob("*")
        if path.is_file()
    }
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert entry_points.split() == ["[console_scripts]", "pregonero", "=", "scripts.cli:app"]


# --- what is typed ------------------------------------------------------------------------------------------------

# Says what it was called with, the question as the bytes it came in.
STUB = """#!/bin/sh
printf '%s' "$1" >> calls
for last; do :; done
case $1 in ask) printf ' [%s]' "$last" >> calls;; esac
echo >> calls
"""


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person would: without what a make around the tests has put into the environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "Q"))}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env={**inherited, "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def installed(checkout: Path) -> Path:
    """A checkout where set-up has ended and the program writes down its calls."""
    stamps = checkout / ".venv/stamps"
    stamps.mkdir(parents=True)
    (checkout / ".venv/bin").mkdir()
    (checkout / ".venv/bin/python").symlink_to(sys.executable)
    program = checkout / ".venv/bin/pregonero"
    program.write_text(STUB, encoding="utf-8")
    program.chmod(0o755)
    (version,) = re.findall(r"^TORCH := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for moment, name in enumerate(("venv", f"torch-{version}", "locked", "ready", "dev-ready"), 1):
        (stamps / name).write_text(f"{checkout}\n", encoding="utf-8")
        os.utime(stamps / name, (moment, moment))
    for name in ("pyproject.toml", *LOCKS):
        os.utime(checkout / name, (0, 0))
    return checkout


def calls(folder: Path) -> str:
    return (folder / "calls").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "question",
    [
        "¿cuánto invierte Alibaba?",
        "it's \"quoted\" and 'quoted'",
        "costs $5, $HOME, $(HOME), ${HOME}, $$ and $",
        "`touch hacked` $(touch hacked) $(shell touch hacked); touch hacked & # rest",
        "two\nlines",
        "back\\slash \\n 100 % * ? [a-z] ~ !",
        "--json",
        "😀 — «ñandú»",
    ],
)
def test_make_ask_hands_the_question_on_as_typed(installed: Path, question: str) -> None:
    done = make(installed, "ask", f"Q={question}")
    assert done.returncode == 0, done.stderr
    assert calls(installed) == f"build\nask [{question}]\n"
    assert not (installed / "hacked").exists()


def test_make_ask_takes_the_question_from_the_environment_too(installed: Path) -> None:
    assert make(installed, "ask", Q="¿cuánto son $5 y `pwd`?").returncode == 0
    assert calls(installed) == "build\nask [¿cuánto son $5 y `pwd`?]\n"


@pytest.mark.parametrize(("goal", "sentence"), [("ask", 'make ask Q="'), ("eval", 'make eval EVAL="')])
def test_a_forgotten_argument_is_asked_for_before_anything_is_installed(
    checkout: Path, goal: str, sentence: str
) -> None:
    done = make(checkout, goal)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_second_call_sets_nothing_up(installed: Path) -> None:
    assert make(installed, "--question", "setup", "dev").returncode == 0


@pytest.mark.parametrize(
    ("changed", "redone", "kept"),
    [
        ("requirements.lock", ["locked", "ready", "dev-ready"], ["venv", "torch"]),
        ("pyproject.toml", ["ready", "dev-ready"], ["venv", "torch", "locked"]),
        ("requirements-dev.lock", ["dev-ready"], ["venv", "torch", "locked", "ready"]),
    ],
)
def test_set_up_goes_on_from_the_first_step_that_is_not_done(
    installed: Path, changed: str, redone: list[str], kept: list[str]
) -> None:
    (installed / changed).touch()
    plan = make(installed, "--dry-run", "dev").stdout
    assert [name for name in redone if f"touch .venv/stamps/{name}" not in plan] == []
    assert [
        name for name in kept if f"touch .venv/stamps/{name}" in plan or (name == "venv" and "--clear" in plan)
    ] == []


@pytest.mark.parametrize("broken", ["python", "path"])
def test_an_environment_that_no_longer_works_is_made_anew(installed: Path, broken: str) -> None:
    """The system's Python was taken away, or the checkout was moved."""
    if broken == "python":
        (installed / ".venv/bin/python").unlink()
        (installed / ".venv/bin/python").symlink_to(installed / "gone")
    else:
        installed = installed.rename(installed.with_name("moved"))
    assert "-m venv --clear .venv" in make(installed, "--dry-run", "setup").stdout


# Stands in for the environment's Python: pip finds nothing amiss but what the file "amiss" says, until torch is
# installed with what it needs.
PIP_STUB = """#!/bin/sh
shift 4
printf '%s\\n' "$*" >> calls
echo 'WARNING: an index cannot be reached' >&2
case $* in
check) [ ! -e amiss ] || exit 1;;
"install --quiet torch=="*) rm -f amiss;;
*broken*) echo 'ERROR: no such package' >&2; exit 1;;
esac
"""


@pytest.fixture
def environment(installed: Path) -> Path:
    """A checkout whose environment is made and empty."""
    for name in ("torch-*", "locked", "ready", "dev-ready"):
        for stamp in (installed / ".venv/stamps").glob(name):
            stamp.unlink()
    python = installed / ".venv/bin/python"
    python.unlink()
    python.write_text(PIP_STUB, encoding="utf-8")
    python.chmod(0o755)
    return installed


def test_set_up_installs_pytorch_alone_then_the_locks_then_the_project(environment: Path) -> None:
    done = make(environment, "dev", "TORCH_INDEX=https://cpu.example")
    assert done.returncode == 0
    assert done.stderr == ""
    assert [re.sub(r"==\S+", "", line) for line in calls(environment).splitlines()] == [
        "install --quiet --no-deps --retries 1 --timeout 6 torch --extra-index-url https://cpu.example",
        "install --quiet --no-deps -r requirements.lock",
        "check",
        "install --quiet --no-deps --no-build-isolation --editable .",
        "check",
        "install --quiet --no-deps -r requirements-dev.lock",
        "check",
    ]


def test_the_other_systems_get_an_environment_of_their_own(environment: Path) -> None:
    (environment / ".venv-bench/bin").mkdir(parents=True)
    (environment / ".venv-bench/stamps").mkdir()
    (environment / ".venv-bench/bin/python").symlink_to(environment / ".venv/bin/python")
    assert make(environment, ".venv-bench/stamps/ready", "TORCH_INDEX=", "BENCH_MADE=.venv/stamps/venv").returncode == 0
    assert [re.sub(r"==\S+", "", line) for line in calls(environment).splitlines()] == [
        "install --quiet --no-deps --retries 1 --timeout 6 torch",
        "install --quiet --no-deps -r requirements-bench.lock",
        "check",
    ]


def test_without_a_pytorch_index_the_usual_one_is_asked_alone(environment: Path) -> None:
    make(environment, "setup", "TORCH_INDEX=")
    assert "index" not in calls(environment)


def test_a_pytorch_that_is_no_cpu_build_gets_the_libraries_it_needs(environment: Path) -> None:
    (environment / "amiss").touch()
    done = make(environment, "setup")
    assert done.returncode == 0
    assert "GPU libraries (about 3 GB)" in done.stdout
    assert re.search(r"^install --quiet torch==\S+$", calls(environment), re.MULTILINE)


def test_a_step_that_fails_shows_why_and_is_tried_again(environment: Path) -> None:
    for call in range(2):
        done = make(environment, "setup", "TORCH_INDEX=https://broken.example")
        assert done.returncode == 2
        assert "ERROR: no such package\nSet-up stopped here; the same command goes on" in done.stderr
        assert len(calls(environment).splitlines()) == call + 1


def stand_in(folder: Path, name: str, exit_code: int) -> None:
    """A Python whose answer to the probe is ``exit_code``."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n", encoding="utf-8")
    path.chmod(0o755)


def test_the_first_python_that_fits_is_taken(checkout: Path, tmp_path: Path) -> None:
    stand_in(tmp_path, "old", 3)
    stand_in(tmp_path, "bare", 1)
    stand_in(tmp_path, "good", 0)
    done = make(checkout, ".venv/stamps/venv", "PYTHON=absent old bare good", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert "(good)" in done.stdout


@pytest.mark.parametrize(
    ("candidates", "sentence"),
    [("absent old", "Python 3.11, 3.12 or 3.13 is needed"), ("old bare", "bare has no venv module: install it")],
)
def test_without_a_python_that_fits_one_sentence_says_what_to_do(
    checkout: Path, tmp_path: Path, candidates: str, sentence: str
) -> None:
    stand_in(tmp_path, "old", 3)
    stand_in(tmp_path, "bare", 1)
    done = make(checkout, "setup", f"PYTHON={candidates}", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 2
    first, *rest = done.stderr.strip().splitlines()
    assert sentence in first
    assert "make PYTHON=" in first
    assert all(line.startswith("make:") for line in rest)


def test_the_probe_takes_this_python_and_no_newer_or_older_one() -> None:
    (probe,) = re.findall(r"^PROBE := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    pretend = "import sys; sys.version_info = {} + (0, 'final', 0); "
    codes = {
        version: subprocess.run([sys.executable, "-c", pretend.format(version) + probe], check=False).returncode
        for version in [(3, 10), (3, 11), (3, 12), (3, 13), (3, 14)]
    }
    assert codes == {(3, 10): 3, (3, 11): 0, (3, 12): 0, (3, 13): 0, (3, 14): 3}


def test_help_names_every_goal_there_is() -> None:
    goals = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    internal = {"question", "force"}
    shown = re.findall(r"^  make ([a-z]+) ", make(ROOT).stdout, re.MULTILINE)
    assert sorted(shown) == sorted(set(goals) - internal)


# --- what the repository keeps ------------------------------------------------------------------------------------


def test_git_leaves_the_seed_articles_byte_for_byte() -> None:
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert "seeds/** -text" in attributes


def test_the_example_of_env_shows_every_setting_with_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (ROOT / "bot/settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'given, "([A-Z_]+)"', settings))
    lines = re.findall(r"^#([A-Z_]+=.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert {line.partition("=")[0] for line in lines} == names
    for name in names:
        monkeypatch.delenv(name, raising=False)
    example = tmp_path / "env"
    example.write_text("\n".join(lines), encoding="utf-8")
    assert load_settings(example) == load_settings(tmp_path / "absent")
