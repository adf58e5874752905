"""The import rules of the design hold for every module there is.

Modules are read, not run: an import counts wherever it stands, in a function or under ``TYPE_CHECKING`` too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("index", "bot", "scripts")
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 50
# A table of sentences, looked up and not read in one sitting: readers' texts stay in one file.
TABLES = {"bot.texts"}

# What a folder may not import.
FORBIDDEN = {
    "index": {"bot", "scripts", "tests", "discord"},
    "bot": {"scripts", "tests"},
    "scripts": {"tests", "discord"},
}

# Libraries whose importing modules are settled. Any other library outside FREE has one, whichever it is.
OWNERS = {
    "faiss": {"index.vectors"},
    "onnx": {"index.onnx_graph"},
    "onnxruntime": {"index.bert"},
    "sentence_transformers": {"index.encoder"},
    "babel": {"index.entities", "bot.grounded.checks.locales"},
    "dotenv": {"bot.settings"},
    # One speaks HTTP, the other knows its errors.
    "aiohttp": {"bot.delivery", "bot.health"},
    # One measures what the other fits.
    "sklearn": {"index.evaluate", "scripts.tuning.fitting"},
}
# Libraries that are a language of the whole project, or a framework that a folder is made of.
FREE = {"numpy", "rich", "typer", "discord"}
# Systems measured beside this one: what they import is in an environment of its own.
MEASURED = "scripts.benchmark.systems."

# A module reaches none that stands in a later row, by whatever way; modules that are not named stand anywhere.
ROWS = (
    {"index.records"},
    {"index.sources", "index.clean", "index.passages", "index.encoder", "index.lexical", "index.vectors"},
    {"index.build", "index.snapshot"},
    {"index.search"},
    {"bot.answers"},
    {"bot.grounded", "bot.message"},
    {"bot.cogs"},
)
# Pure: a question and hits in, an answer out.
ANSWERS_MAY_NOT_REACH = {"bot.settings", "bot.knowledge", "bot.client", "bot.store", "index.build", "index.search"}

# Not loaded by `pregonero --help`, `status` and `verify`: together these take seconds to import.
SLOW = {
    "discord",
    "faiss",
    "ir_measures",
    "langchain_core",
    "langchain_text_splitters",
    "numpy",
    "onnx",
    "onnxruntime",
    "prompt_toolkit",
    "scipy",
    "sentence_transformers",
    "sklearn",
    "torch",
    "trafilatura",
    "transformers",
}


@dataclass(frozen=True)
class Module:
    """A module of the project, by its dotted name."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @cached_property
    def imports(self) -> frozenset[str]:
        """Dotted names of what is imported; ``from a import b`` gives ``a`` and ``a.b``."""
        return frozenset(name for node in ast.walk(self.tree) for name in _imported(node))

    @cached_property
    def libraries(self) -> frozenset[str]:
        """Top-level names of what is imported and neither the project's nor Python's own."""
        tops = {name.partition(".")[0] for name in self.imports}
        return frozenset(tops - set(FOLDERS) - sys.stdlib_module_names)


def _imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield module
            yield from (f"{module}.{alias.name}" for alias in names)
        case ast.Call(
            func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            yield name


@cache
def modules() -> dict[str, Module]:
    """Every module of the project by its name; a package goes by its folder's."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path)
    return found


@cache
def graph() -> dict[str, frozenset[str]]:
    """Each module's imports among the project's modules."""
    return {name: module.imports & modules().keys() - {name} for name, module in modules().items()}


def reached_from(start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph()[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def belongs(name: str, owners: set[str]) -> bool:
    """Whether a module is one of ``owners`` or stands inside one."""
    return any(name == owner or name.startswith(f"{owner}.") for owner in owners)


def test_a_folder_imports_only_what_stands_below_it() -> None:
    offenders = {}
    for module in modules().values():
        tops = {name.partition(".")[0] for name in module.imports}
        if wrong := tops & FORBIDDEN[module.name.partition(".")[0]]:
            offenders[module.name] = wrong
    assert offenders == {}


def test_what_comes_early_in_the_walk_reaches_nothing_that_comes_later() -> None:
    offenders = {}
    for row, names in enumerate(ROWS):
        later = set().union(*ROWS[row + 1 :])
        for start in (name for name in modules() if belongs(name, names)):
            if wrong := {name for name in reached_from(start) if belongs(name, later)}:
                offenders[start] = wrong
    assert offenders == {}


def test_answers_are_made_from_records_alone() -> None:
    assert reached_from("bot.answers") & ANSWERS_MAY_NOT_REACH == set()


def test_records_need_the_standard_library_alone() -> None:
    assert modules()["index.records"].libraries == set()
    assert reached_from("index.records") == set()


def test_nothing_imports_the_composition_root() -> None:
    assert [module.name for module in modules().values() if "bot.__main__" in module.imports] == []


def test_modules_import_one_another_without_a_cycle() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_library_is_imported_by_its_owner_alone() -> None:
    importers: dict[str, set[str]] = {}
    for module in (each for each in modules().values() if not each.name.startswith(MEASURED)):
        for library in module.libraries - FREE:
            importers.setdefault(library, set()).add(module.name)
    offenders = {
        library: names
        for library, names in importers.items()
        if (names - OWNERS[library] if library in OWNERS else len(names) > 1)
    }
    assert offenders == {}


def test_the_environment_is_read_in_settings_alone() -> None:
    readers = {"environ", "environb", "getenv", "getenvb"}
    offenders = []
    for module in modules().values():
        attributes = {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
        if readers & (attributes | {name.rpartition(".")[2] for name in module.imports}):
            offenders.append(module.name)
    assert set(offenders) <= {"bot.settings"}


def test_a_module_stays_short() -> None:
    lengths = {name: len(module.path.read_text("utf-8").splitlines()) for name, module in modules().items()}
    assert {name: n for name, n in lengths.items() if n > MAX_MODULE_LINES and name not in TABLES} == {}


def test_a_function_stays_short() -> None:
    lengths = {
        f"{name}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for name, module in modules().items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}


def test_the_command_line_starts_without_slow_libraries() -> None:
    """Loaded in a Python of its own: what the command line imports before it knows which command it runs."""
    code = "import sys, scripts.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not SLOW & set(done.stdout.split())


# Imports the modules that it is given and names the first that does more than define things.
WATCH = """
import importlib, os, sys
root = os.getcwd() + os.sep
touched = []
def watch(event, args):
    if event in ("socket.connect", "subprocess.Popen", "os.mkdir", "sqlite3.connect"):
        touched.append(event)
    elif event == "open" and isinstance(args[0], str):
        path = os.path.abspath(args[0])
        if path.startswith(root) and not path.endswith((".py", ".pyc")) and "site-packages" not in path:
            touched.append(path)
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
    if touched:
        sys.exit(f"{name}: {touched}")
"""


def test_nothing_happens_at_import() -> None:
    """No module opens a file of the project, a database or a connection, or starts a program, when it is imported."""
    names = [name for name in modules() if not name.endswith("__main__")]
    done = subprocess.run([sys.executable, "-c", WATCH, *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
