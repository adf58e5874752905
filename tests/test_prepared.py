"""A model's graph is kept from one start to the next, and made anew whenever the kept one is not what it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import prepared

GRAPH = b"a graph" * 100


def made(folder: Path | None, name: str = "model", key: str = "key", data: bytes = GRAPH) -> bool:
    """Whether the graph had to be made."""
    calls: list[bytes] = []

    def make() -> bytes:
        calls.append(data)
        return data

    assert prepared.graph(folder, name, key, make) == data
    return bool(calls)


def test_a_graph_is_made_once(tmp_path: Path) -> None:
    assert [made(tmp_path / "cache") for _ in range(3)] == [True, False, False]


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [made(None) for _ in range(2)] == [True, True]
    assert list(tmp_path.iterdir()) == []


def test_another_key_takes_the_place_of_the_models_earlier_graph(tmp_path: Path) -> None:
    assert made(tmp_path, "other")
    assert made(tmp_path, key="old")
    assert made(tmp_path, key="new", data=b"new")
    assert len(list(tmp_path.iterdir())) == 2
    assert not made(tmp_path, key="new", data=b"new")
    assert not made(tmp_path, "other")
    assert made(tmp_path, key="old")


@pytest.mark.parametrize("damage", [b"", GRAPH[:-1], GRAPH + b"x", b"A" + GRAPH[1:]])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    made(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert made(tmp_path)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [GRAPH]
    assert not made(tmp_path)


def test_what_stands_in_a_files_place_does_no_harm(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made(tmp_path)
    (file,) = tmp_path.iterdir()
    file.unlink()
    file.mkdir()
    assert made(tmp_path)
    assert f"cannot be kept in {tmp_path}" in caplog.text


def test_a_folder_that_cannot_be_written_is_told_and_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert made(tmp_path / "file" / "cache")
    (message,) = caplog.messages
    assert message.startswith(f"The prepared model cannot be kept in {tmp_path / 'file' / 'cache'} (")


def test_a_models_name_leads_nowhere_else(tmp_path: Path) -> None:
    for name in ("../owner/name", "/absolute", "..", "a*[b]?"):
        assert [made(tmp_path / "cache", name) for _ in range(2)] == [True, False]
    assert [each.name for each in tmp_path.iterdir()] == ["cache"]
    assert len(list((tmp_path / "cache").iterdir())) == 4
