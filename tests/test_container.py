"""What Dockerfile, .dockerignore, compose.yaml and docs/metrics promise; `make image` shows that the image keeps it."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from bot.metrics import Metrics
from bot.settings import load_settings
from tests.command_line import ROOT, environment

SECRETS = re.compile("TOKEN|SECRET|PASSWORD|API_KEY")
TOOLS = str(Path(sys.executable).parent)
METRICS = ROOT / "docs" / "metrics"


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def instructions() -> list[tuple[int, str, str]]:
    """(stage, instruction, what follows it) of the Dockerfile; stage 0 is what stands before the first FROM."""
    lines = [line for line in read("Dockerfile").splitlines() if not line.startswith("#")]
    found: list[tuple[int, str, str]] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            found.append(((found[-1][0] if found else 0) + (name == "FROM"), name, rest))
    return found


DOCKERFILE = instructions()
LAST = DOCKERFILE[-1][0]
COMPOSE: dict[str, Any] = yaml.safe_load(read("compose.yaml"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BOT = SERVICES["bot"]
VERSION = tomllib.loads(read("pyproject.toml"))["project"]["version"]


def said(name: str, stage: int = LAST) -> list[str]:
    """What follows each instruction of the name in a stage."""
    return [rest for where, instruction, rest in DOCKERFILE if (where, instruction) == (stage, name)]


def variables(stage: int = LAST) -> dict[str, str]:
    """What ENV sets in a stage."""
    return dict(pair.partition("=")[::2] for rest in said("ENV", stage) for pair in rest.split())


# --- Dockerfile ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="hadolint is packaged for Linux and macOS")
def test_hadolint_finds_nothing() -> None:
    command = [f"{TOOLS}/hadolint", "--no-color", str(ROOT / "Dockerfile")]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_every_stage_stands_on_one_pinned_slim_debian() -> None:
    [base] = said("ARG", 0)
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.(11|12|13)\.\d+-slim-[a-z]+", base)
    named = [rest.partition(" AS ") for _, instruction, rest in DOCKERFILE if instruction == "FROM"]
    stages = {name for _, _, name in named}
    assert [origin for origin, _, _ in named if origin not in {"${BASE}", *stages}] == []
    assert named[-1][0] == "${BASE}"


def test_the_bot_is_no_root_and_gets_its_signals_itself() -> None:
    assert said("USER") == ["10001:10001"]
    assert said("STOPSIGNAL") == ["SIGTERM"]
    assert [json.loads(rest) for rest in said("CMD")] == [["python", "-m", "bot"]]
    assert said("ENTRYPOINT") == []


def test_the_health_of_the_bot_is_asked_for_without_a_shell() -> None:
    [check] = said("HEALTHCHECK")
    assert json.loads(check.partition(" CMD ")[2]) == ["python", "-m", "bot.health"]
    assert all(f"--{name}=" in check for name in ("interval", "timeout", "start-period", "retries"))


def test_all_that_is_written_lies_in_a_volume() -> None:
    [volumes] = map(json.loads, said("VOLUME"))
    places = {name: value for name, value in variables().items() if value.startswith("/data/")}
    assert set(places) >= {"ARTICLES_DIR", "INDEX_DIR", "CACHE_FILE", "STATE_FILE", "HISTORY_FILE", "HF_HOME"}
    assert [name for name, place in places.items() if not place.startswith(tuple(volumes))] == []
    assert any("--chown=10001:10001 /data /data" in rest for rest in said("COPY"))


def test_the_index_is_made_where_the_image_looks_for_it() -> None:
    [stage] = [where for where, name, rest in DOCKERFILE if name == "RUN" and "pregonero build" in rest]
    assert stage < LAST
    assert variables(stage).items() <= variables().items()


def test_no_variable_holds_a_secret_and_nothing_comes_from_an_address() -> None:
    names = [pair.partition("=")[0] for _, name, rest in DOCKERFILE if name in {"ARG", "ENV"} for pair in rest.split()]
    assert [name for name in names if SECRETS.search(name)] == []
    assert [rest for _, name, rest in DOCKERFILE if name == "ADD" or (name == "COPY" and "://" in rest)] == []


def test_the_code_comes_after_the_libraries() -> None:
    libraries = [rest for where, name, rest in DOCKERFILE if where == 1 and name == "COPY"]
    assert libraries == ["requirements.lock ./", "pyproject.toml ./"]
    assert not [rest for rest in said("RUN") if "pip" in rest]


def test_labels_say_what_it_is() -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', said("LABEL")[0]))
    assert set(labels) >= {"title", "description", "licenses", "version", "revision"}
    assert labels["licenses"] == tomllib.loads(read("pyproject.toml"))["project"]["license"]


def test_versions_are_those_that_stand_elsewhere() -> None:
    torch = re.findall(r"^TORCH := (\S+)$", read("Makefile"), re.MULTILINE)
    assert [rest for _, name, rest in DOCKERFILE if name == "ARG" and rest.startswith("TORCH=")] == [
        f"TORCH={torch[0]}"
    ]
    assert f"VERSION={VERSION}" in said("ARG")
    assert BOT["image"] == f"pregonero:{VERSION}"


# --- .dockerignore ------------------------------------------------------------------------------------------------


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a file out: the last pattern that matches it, or a folder it is in, decides."""
    kept_out = False
    for line in read(".dockerignore").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = re.escape(line.removeprefix("!")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(f"{pattern}(/.*)?", path):
            kept_out = not line.startswith("!")
    return kept_out


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.production",
        "bot/.env",
        "scripts/.env.local",
        "var/state.sqlite",
        "var/index/CURRENT",
        ".git/config",
        ".venv/bin/python",
        "tests/scene.py",
        "bot/__pycache__/answers.cpython-311.pyc",
        "scripts/check_image.sh",
        "compose.yaml",
    ],
)
def test_what_is_private_or_of_no_use_stays_out(path: str) -> None:
    assert ignored(path)


def test_what_the_dockerfile_copies_goes_in() -> None:
    copied = [rest.split()[0] for _, name, rest in DOCKERFILE if name == "COPY" and "--from" not in rest]
    assert sorted(copied) == ["bot/", "index/", "pyproject.toml", "requirements.lock", "scripts/", "seeds/"]
    files = [path for each in copied for path in ((ROOT / each).rglob("*") if each.endswith("/") else [ROOT / each])]
    inside = {path.relative_to(ROOT).as_posix() for path in files if path.is_file()}
    kept_out = {path for path in inside if ignored(path)}
    assert {Path(path).suffix for path in kept_out} <= {".pyc", ".sh"}
    assert {"bot/answers.py", "index/ranking.json", "requirements.lock"} <= inside - kept_out


# --- compose.yaml -------------------------------------------------------------------------------------------------


def composed(tmp_path: Path, *arguments: str, **settings: str) -> dict[str, Any]:
    """What Docker Compose itself makes of compose.yaml, with no .env and no settings but these."""
    for name in ("compose.yaml", "Dockerfile"):
        (tmp_path / name).write_text(read(name), "utf-8")
    command = [f"{TOOLS}/docker-compose", *arguments, "config", "--format", "json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(settings), capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


GIVEN = {"GRAFANA_PASSWORD": "given"}
needs_compose = pytest.mark.skipif(
    sys.platform == "linux" and platform.machine() != "x86_64",
    reason="Docker Compose is packaged for macOS, Windows and Linux on x86-64",
)


@needs_compose
def test_docker_compose_runs_the_bot_alone_without_any_setting(tmp_path: Path) -> None:
    assert list(composed(tmp_path)["services"]) == ["bot"]


@needs_compose
def test_docker_compose_takes_every_profile(tmp_path: Path) -> None:
    found = composed(tmp_path, "--profile", "metrics", "--profile", "ollama", **GIVEN)
    assert sorted(found["services"]) == ["bot", "grafana", "ollama", "prometheus"]
    assert found["services"]["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"] == GIVEN["GRAFANA_PASSWORD"]


@needs_compose
def test_articles_come_from_a_folder_where_one_is_named(tmp_path: Path) -> None:
    def articles(**settings: str) -> tuple[str, str]:
        [found] = [
            each
            for each in composed(tmp_path, **settings)["services"]["bot"]["volumes"]
            if each["target"] == "/data/articles"
        ]
        return found["type"], found["source"]

    assert articles() == ("volume", "articles")
    assert articles(ARTICLES="./mine") == ("bind", str(tmp_path / "mine"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert {"mem_limit", "pids_limit"} <= set(service)
    assert "max-size" in service["logging"]["options"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_to_a_release(name: str) -> None:
    assert re.fullmatch(r"[a-z./]+:v?\d+\.\d+\.\d+", SERVICES[name]["image"])


def test_nothing_but_the_bot_starts_unless_its_profile_is_asked_for() -> None:
    assert {name: service.get("profiles") for name, service in SERVICES.items()} == {
        "bot": None,
        "ollama": ["ollama"],
        "prometheus": ["metrics"],
        "grafana": ["metrics"],
    }


def test_answers_under_way_can_end_before_the_bot_is_killed() -> None:
    grace = int(BOT["stop_grace_period"].removesuffix("s"))
    assert grace > load_settings(ROOT / "no-such-file").shutdown_grace + 5


def test_the_bot_keeps_what_the_image_has_in_volumes_of_its_own() -> None:
    [places] = map(json.loads, said("VOLUME"))
    mounted = dict(volume.rpartition(":")[::2] for volume in BOT["volumes"])
    assert sorted(mounted.values()) == sorted(places)
    assert {re.sub(r"\$\{\w+:-(\w+)\}", r"\1", name) for name in mounted} <= set(COMPOSE["volumes"])


def test_a_checkouts_settings_do_not_lead_the_bot_out_of_its_volumes() -> None:
    """Compose's ``environment`` goes before ``env_file``, which may be the .env of a checkout."""
    image = {name: value for name, value in variables().items() if name.endswith(("_DIR", "_FILE"))}
    assert image.items() <= BOT["environment"].items()


def test_the_dashboards_password_is_kept_from_the_bot() -> None:
    """``env_file`` hands it everything that is in .env."""
    assert BOT["environment"]["GRAFANA_PASSWORD"] == ""


def test_no_secret_stands_in_compose() -> None:
    given = [(name, value) for each in SERVICES.values() for name, value in each.get("environment", {}).items()]
    assert [name for name, value in given if SECRETS.search(name) and not re.fullmatch(r"(\$\{\w+:-\})?", value)] == []


def test_files_that_are_mounted_are_there() -> None:
    mounted = [volume.split(":")[0] for each in SERVICES.values() for volume in each.get("volumes", [])]
    files = [path for path in mounted if path.startswith("./")]
    assert len(files) == 4
    assert [path for path in files if not (ROOT / path).is_file()] == []


# --- metrics ------------------------------------------------------------------------------------------------------


def test_prometheus_asks_where_the_bot_listens() -> None:
    [job] = yaml.safe_load((METRICS / "prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"bot:{BOT['environment']['HEALTH_PORT']}"]}]
    assert int(BOT["environment"]["HEALTH_PORT"]) == load_settings(ROOT / "no-such-file").health_port
    assert BOT["environment"]["HEALTH_HOST"] == "0.0.0.0"  # noqa: S104 - inside the container
    assert "ports" not in BOT


def test_grafana_does_not_start_with_a_password_that_everybody_knows() -> None:
    shell, option, script = SERVICES["grafana"]["entrypoint"]
    command = [shell, option, script.replace("$$", "$")]

    def started(password: str) -> subprocess.CompletedProcess[str]:
        given = environment({"GF_SECURITY_ADMIN_PASSWORD": password})
        return subprocess.run(command, env=given, capture_output=True, text=True, check=False)

    refused = started("")
    assert (refused.returncode, refused.stderr) == (1, "Set GRAFANA_PASSWORD in .env.\n")
    assert "/run.sh" in started("given").stderr


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((METRICS / "grafana" / "pregonero.json").read_text("utf-8"))
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def test_grafana_finds_its_source_and_the_dashboard() -> None:
    [source] = yaml.safe_load((METRICS / "grafana" / "datasource.yaml").read_text("utf-8"))["datasources"]
    assert source["url"] == "http://prometheus:9090"
    asked = [each["datasource"] for panel in panels() for each in (panel, *panel["targets"])]
    assert {(each["type"], each["uid"]) for each in asked} == {(source["type"], source["uid"])}
    [provider] = yaml.safe_load((METRICS / "grafana" / "dashboards.yaml").read_text("utf-8"))["providers"]
    targets = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert f"{provider['options']['path']}/pregonero.json" in targets


def told() -> set[str]:
    """The names of the bot's own numbers, as /metrics has them."""
    manifest = SimpleNamespace(built_at="2025-02-24T00:00:00+00:00", articles=2, passages=9)
    desk = SimpleNamespace(snapshot=SimpleNamespace(manifest=manifest))
    knowledge: Any = SimpleNamespace(desk=desk, waiting=0, reloads={"ok": 0})
    tally: Any = SimpleNamespace(
        cache={"hit": 0}, calls={"ok": 0}, usage=SimpleNamespace(input_tokens=0, output_tokens=0)
    )
    metrics = Metrics()
    metrics.read(knowledge, tally)
    return set(re.findall(r"^# TYPE (pregonero_\w+)", metrics.exposition().decode(), re.MULTILINE))


def test_the_dashboard_shows_every_number_that_the_bot_tells_and_no_other() -> None:
    asked = " ".join(target["expr"] for panel in panels() for target in panel["targets"])
    shown = re.findall(r"pregonero_\w+", re.sub(r'"\w+"', "", asked))
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in shown} == told()


def test_panels_have_their_place_and_name() -> None:
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    assert max(place["x"] + place["w"] for place in places) == 24
    apart = [
        a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        for a, b in combinations(places, 2)
    ]
    assert all(apart)
    assert len({panel["title"] for panel in panels()}) == len(panels())
    assert [panel["title"] for panel in panels() if not panel["fieldConfig"]["defaults"]["unit"]] == []
