"""Versions: which one is published, who may change it, what is kept, going back, and checking every byte."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from index import publish
from index.manifest import MANIFEST
from index.records import (
    BuildError,
    BuildLockedError,
    IndexDamagedError,
    IndexMissingError,
    SnapshotError,
)
from tests.fakes import build_index, corpus

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    build_index(home, corpus(3))
    build_index(home, corpus(4))
    return home / "index"


@pytest.fixture
def folder(two_versions: Path, tmp_path: Path) -> Path:
    """An index of three articles, then of four."""
    return Path(shutil.copytree(two_versions, tmp_path / "index"))


def ids(folder: Path) -> list[str]:
    return [version.id for version in publish.versions(folder)]


def place(folder: Path) -> Path:
    return publish.version_folder(folder, publish.current_version(folder))


def test_versions_are_listed_newest_first_with_what_they_hold(folder: Path) -> None:
    newest, older = publish.versions(folder)
    assert newest.id > older.id
    assert (newest.published, older.published) == (True, False)
    assert newest.manifest
    assert older.manifest
    assert (newest.manifest.articles, older.manifest.articles) == (4, 3)
    assert publish.read_manifest(folder) == newest.manifest


def test_current_is_one_line_with_the_id(folder: Path) -> None:
    assert (folder / "CURRENT").read_text() == f"{ids(folder)[0]}\n"


@pytest.mark.parametrize("name", ["index", "file"])
def test_where_nothing_was_published_the_error_says_what_to_run(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    for ask in (publish.current_version, publish.read_manifest, publish.verify, publish.rollback):
        with pytest.raises(IndexMissingError, match="run `pregonero build`"):
            ask(tmp_path / name)
    assert publish.versions(tmp_path / name) == ()
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"../../etc\n", b"20260101T000000000000Z-0123456", b"\xff\xfe\n", b"x" * 10_000_000]
)
def test_a_current_that_names_no_version_is_damage(content: bytes, folder: Path) -> None:
    (folder / "CURRENT").write_bytes(content)
    with pytest.raises(IndexDamagedError, match="CURRENT names no version"):
        publish.read_manifest(folder)
    assert all(not version.published for version in publish.versions(folder))


def test_a_current_without_its_end_of_line_was_cut_short(folder: Path) -> None:
    (folder / "CURRENT").write_text(ids(folder)[0])
    with pytest.raises(IndexDamagedError):
        publish.current_version(folder)


def test_a_current_that_is_a_fifo_does_not_hang(folder: Path) -> None:
    (folder / "CURRENT").unlink()
    os.mkfifo(folder / "CURRENT")
    with pytest.raises(IndexMissingError):
        publish.current_version(folder)


def test_a_version_that_current_names_and_is_not_there_is_damage(folder: Path) -> None:
    shutil.rmtree(place(folder))
    with pytest.raises(IndexDamagedError, match="is missing"):
        publish.read_manifest(folder)


def test_a_version_under_another_name_is_damage(folder: Path) -> None:
    newest, older = ids(folder)
    shutil.copy(folder / "versions" / older / MANIFEST, folder / "versions" / newest / MANIFEST)
    with pytest.raises(IndexDamagedError, match=f"holds the version '{older}'"):
        publish.read_manifest(folder)


def test_ids_sort_by_age_also_when_the_clock_was_set_back(tmp_path: Path) -> None:
    later = "20991231T235959999999Z-01234567"
    (tmp_path / "versions" / later).mkdir(parents=True)
    new = publish.new_version(tmp_path, "89abcdef" * 8)
    assert new > later
    assert new.endswith("-89abcdef")
    (tmp_path / "versions" / new).mkdir()
    assert publish.new_version(tmp_path, "0" * 64) > new
    (tmp_path / "CURRENT").write_text(f"{new}\n")
    assert publish.current_version(tmp_path) == new


def test_a_whole_version_verifies_with_its_files_and_bytes(folder: Path) -> None:
    report = publish.verify(folder)
    files = [path for path in place(folder).rglob("*") if path.is_file() and path.name != MANIFEST]
    assert report == publish.Verification(ids(folder)[0], len(files), sum(path.stat().st_size for path in files), ())


def test_verification_names_every_damaged_file(folder: Path) -> None:
    (place(folder) / "articles.jsonl").unlink()
    vectors = place(folder) / "vectors.npy"
    vectors.write_bytes(vectors.read_bytes()[:-1])
    size = vectors.stat().st_size
    assert publish.verify(folder).damage == (
        ("articles.jsonl", "is missing"),
        ("vectors.npy", f"has {size} bytes instead of {size + 1}"),
    )


def test_verification_names_a_file_that_the_manifest_does_not(folder: Path) -> None:
    (place(folder) / "lexical" / "extra.npy").write_bytes(b"")
    assert publish.verify(folder).damage == (("lexical/extra.npy", "is not in the manifest"),)


@pytest.mark.parametrize("name", ["articles.jsonl", "passages.jsonl", "vectors.npy", "lexical/words.json"])
def test_something_else_in_a_files_place_is_damage_and_is_not_opened(name: str, folder: Path) -> None:
    path = place(folder) / name
    content = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    assert publish.verify(folder).damage == ((name, "is not a regular file"),)
    path.unlink()
    (folder / "elsewhere").write_bytes(content)
    path.symlink_to(folder / "elsewhere")
    assert publish.verify(folder).damage == ((name, "is not a regular file"),)


def test_going_back_publishes_the_version_before(folder: Path) -> None:
    newest, older = ids(folder)
    back = publish.rollback(folder)
    assert (back.version, back.articles) == (older, 3)
    assert publish.current_version(folder) == older
    assert ids(folder) == [newest, older]


def test_going_back_twice_does_not_publish_again_what_was_withdrawn(folder: Path) -> None:
    older = publish.rollback(folder).version
    with pytest.raises(IndexMissingError, match="no older version"):
        publish.rollback(folder)
    assert publish.current_version(folder) == older


def test_going_back_to_a_damaged_version_is_refused_and_changes_nothing(folder: Path) -> None:
    newest, older = ids(folder)
    path = folder / "versions" / older / "lexical" / "words.json"
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexDamagedError, match=r"lexical/words\.json was altered"):
        publish.rollback(folder)
    assert publish.current_version(folder) == newest


@pytest.mark.parametrize("damage", ["no CURRENT", "empty CURRENT", "no folder"])
def test_going_back_repairs_what_cannot_be_opened(damage: str, folder: Path) -> None:
    newest, older = ids(folder)
    if damage == "no folder":
        shutil.rmtree(folder / "versions" / newest)
    elif damage == "empty CURRENT":
        (folder / "CURRENT").write_bytes(b"")
    else:
        (folder / "CURRENT").unlink()
    back = publish.rollback(folder).version
    assert back == (older if damage == "no folder" else newest)
    assert publish.verify(folder).damage == ()


def test_going_back_waits_for_no_build(folder: Path) -> None:
    before = publish.current_version(folder)
    with publish.building(folder), pytest.raises(BuildLockedError, match="Another build is writing"):
        publish.rollback(folder)
    assert publish.current_version(folder) == before


def test_a_full_disk_while_going_back_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = publish.current_version(folder)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BuildError, match="No space left on device"):
        publish.rollback(folder)
    assert publish.current_version(folder) == before


def test_only_the_wanted_versions_and_the_published_one_are_kept(folder: Path) -> None:
    newest, older = ids(folder)
    publish.keep(folder, [])
    assert ids(folder) == [newest]
    assert not (folder / "versions" / older).exists()
    assert sorted(path.name for path in (folder / "versions").iterdir()) == [newest]


def test_what_is_not_a_version_is_left_alone(folder: Path) -> None:
    (folder / "versions" / "notes").mkdir()
    (folder / "versions" / "notes.tmp").mkdir()
    with publish.building(folder):
        publish.keep(folder, [])
    assert (folder / "versions" / "notes").exists()
    assert (folder / "versions" / "notes.tmp").exists()


def test_what_a_killed_build_left_is_removed_by_whoever_builds_next(folder: Path) -> None:
    left = folder / "versions" / "20200101T000000000000Z-01234567.tmp"
    left.mkdir()
    (left / "vectors.npy").write_bytes(b"half")
    with publish.building(folder):
        assert not left.exists()


HOLD = """
import sys, time
from pathlib import Path
from index import publish
with publish.building(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_builds_at_a_time_and_a_killed_one_holds_nothing(folder: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BuildLockedError), publish.building(folder):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    with publish.building(folder):
        pass


def test_the_lock_is_free_after_an_error(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), publish.building(folder):
        raise ZeroDivisionError
    with publish.building(folder):
        pass


def test_a_folder_that_cannot_be_made_is_a_build_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BuildError, match="cannot be written"), publish.building(tmp_path / "file" / "index"):
        pass


def test_status_and_verify_need_the_standard_library_alone(folder: Path) -> None:
    """In a Python of its own, where nothing is loaded yet."""
    code = (
        "import sys; from pathlib import Path; from index import publish; folder = Path(sys.argv[1]);"
        "publish.read_manifest(folder); publish.versions(folder); assert not publish.verify(folder).damage;"
        "import json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert not {name for name in loaded - sys.stdlib_module_names if not name.startswith(("_", "index"))} - {
        "sitecustomize",
        "editables",
    }


def test_no_damage_of_a_manifest_or_of_current_gives_a_traceback(folder: Path) -> None:
    """Bytes altered one at a time, each of CURRENT and every 13th of a manifest, give one of the errors made for it."""
    for path, step in ((folder / "CURRENT", 1), (place(folder) / MANIFEST, 13)):
        data = path.read_bytes()
        for position in range(0, len(data), step):
            path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
            with pytest.raises(SnapshotError):
                publish.read_manifest(folder)
        path.write_bytes(data)
    publish.read_manifest(folder)
