"""Backups: what is in one, that all of it comes back, and that a bad one changes nothing."""

from __future__ import annotations

import asyncio
import errno
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.backup import archive, articles, saving, state
from bot.backup.contents import Contents, dump, parse
from bot.backup.errors import BackupError
from bot.backup.restoring import Restored, restore
from bot.backup.saving import Saved, save
from bot.settings import Settings, load_settings
from bot.store import Store, Verdict, open_store
from bot.store.schema import migrations
from index import manifest, publish
from index.build import build
from index.records import BuildLockedError, FileEntry, IndexDamagedError, Language
from index.snapshot import open_snapshot
from index.sources import read_articles
from tests.command_line import write_articles
from tests.fakes import HashEncoder

ES = Language.SPANISH


@dataclass
class Home:
    """A bot's files: two folders of articles, an index of them, and what is remembered."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return replace(
            load_settings(self.folder / "none"),
            index_dir=self.folder / "index",
            state_file=self.folder / "state" / "bot.sqlite",
            articles_dirs=(str(self.folder / "news"), str(self.folder / "archive")),
            cache_file=self.folder / "vectors.sqlite",
        )

    @property
    def state(self) -> Path:
        return self.settings.state_file

    @property
    def index(self) -> Path:
        return self.settings.index_dir

    def publish(self) -> str:
        """Index the articles anew."""
        roots = self.settings.articles_dirs
        found = read_articles(roots).articles
        return build(found, self.index, HashEncoder(), cache=self.settings.cache_file, roots=roots, force=True).version

    def remember(self, work: Callable[[Store], Any]) -> None:
        async def change() -> None:
            async with open_store(self.state) as store:
                await work(store)

        asyncio.run(change())

    def remembered(self) -> list[str]:
        """Every row of every table, as SQL."""
        with closing(sqlite3.connect(self.state)) as connection:
            return [line for line in connection.iterdump() if line.startswith("INSERT")]

    def save(self, name: str = "backup.tar", **options: Any) -> Path:
        save(self.settings, self.folder / name, quiet, **options)
        return self.folder / name

    def restore(self, source: Path, **options: Any) -> Restored:
        return restore(self.settings, source, quiet, **options)

    def wipe(self) -> None:
        for name in ("news", "archive", "index", "state"):
            shutil.rmtree(self.folder / name, ignore_errors=True)


def quiet(_step: str, _done: int, _total: int) -> None:
    pass


def tree(folder: Path) -> dict[str, bytes]:
    """Every file but locks by its path, hidden and temporary ones too."""
    locks = (publish.LOCK, "bot.sqlite-shm")
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in locks)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home and its backup, copied by the tests."""
    home = Home(tmp_path_factory.mktemp("made"))
    write_articles(home.folder / "news")
    write_articles(home.folder / "archive" / "2023")
    (home.folder / "archive" / "añejo.md").write_text("# Año\n\nEl faro de Getxo se encendió en 1857.\n", "utf-8")
    home.publish()

    async def fill(store: Store) -> None:
        await store.remember_unanswered(10, 1, "¿quién es Zutano?", ES)
        await store.remember_feedback(10, 1, 77, Verdict.DOWN, "¿dónde está?")
        await store.remember_alert(1, 10, 7, False, "¿cuándo llega?", ES)
        await store.keep_note("a", "b")

    home.remember(fill)
    home.save()
    return home.folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    """As it was when ``backup.tar`` was made; the paths of the index's roots are another home's."""
    return Home(Path(shutil.copytree(made, tmp_path / "home")))


@pytest.fixture
def backup(home: Home, tmp_path: Path) -> Path:
    """The home's backup, outside it."""
    return Path(shutil.move(home.folder / "backup.tar", tmp_path / "backup.tar"))


def refused(home: Home, source: Path, *, force: bool = True) -> str:
    """The sentence that a restore is refused with; nothing has changed by it."""
    before = tree(home.folder)
    with pytest.raises(BackupError) as caught:
        home.restore(source, force=force)
    assert tree(home.folder) == before
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


# --- what is in one -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["b.tar", "b.tar.gz", "b.tgz"])
def test_a_backup_is_a_tar_of_what_its_manifest_names_first(home: Home, name: str) -> None:
    saved = save(home.settings, home.folder / name, quiet)
    assert (home.folder / name).read_bytes().startswith(b"\x1f\x8b") == name.endswith("gz")
    assert saved.size == (home.folder / name).stat().st_size
    with tarfile.open(home.folder / name) as tar:
        names = tar.getnames()
        files = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    assert names[0] == "manifest.json"
    told = json.loads(files.pop("manifest.json"))
    entries = {each: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for each, data in files.items()}
    assert told["members"] == entries
    assert told["folders"] == list(home.settings.articles_dirs)
    version = publish.current_version(home.index)
    place = publish.version_folder(home.index, version)
    assert told["version"] == version
    assert {each.removeprefix("index/"): data for each, data in files.items() if each.startswith("index/")} == tree(
        place
    )
    assert {each for each in files if not each.startswith("index/")} == {
        "articles/0/barcos.md",
        "articles/0/museo.txt",
        "articles/0/quinua.txt",
        "articles/1/2023/barcos.md",
        "articles/1/2023/museo.txt",
        "articles/1/2023/quinua.txt",
        "articles/1/añejo.md",
        "state.sqlite",
    }


def test_a_backup_is_for_the_eyes_of_its_owner_alone(home: Home) -> None:
    before = os.umask(0)
    try:
        assert stat.S_IMODE(home.save("b.tar").stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_secrets_and_hidden_files_among_the_articles_are_left_out(home: Home) -> None:
    for name in (".env", ".hidden.md", "logo.png"):
        (home.folder / "news" / name).write_text("DISCORD_TOKEN=sesame", "utf-8")
    data = home.save("b.tar").read_bytes()
    assert b"sesame" not in data


def test_what_was_deleted_is_in_no_backup(home: Home) -> None:
    with closing(sqlite3.connect(home.state, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("INSERT INTO notes VALUES ('n', 'Fulanito estuvo aquí')")
        connection.execute("DELETE FROM notes WHERE name = 'n'")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"Fulanito" in home.state.read_bytes()
        assert b"Fulanito" not in home.save("b.tar").read_bytes()


def test_what_is_remembered_is_copied_at_one_moment_while_somebody_writes(home: Home) -> None:
    with closing(sqlite3.connect(home.state, isolation_level=None)) as writer:
        writer.execute("INSERT INTO notes VALUES ('done', '1')")  # in the log alone, until a checkpoint
        before = home.remembered()
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO notes VALUES ('half', '1')")
        backup = home.save("b.tar")
        writer.execute("ROLLBACK")
    home.wipe()
    home.restore(backup)
    assert home.remembered() == before
    assert any("'done'" in row for row in before)


def test_where_nothing_is_remembered_a_backup_has_the_rest_and_leaves_what_is_remembered_later(home: Home) -> None:
    shutil.rmtree(home.state.parent)
    backup = home.save("b.tar")
    home.remember(lambda store: store.keep_note("later", "1"))
    before = home.state.read_bytes()
    home.restore(backup)
    assert home.state.read_bytes() == before


# --- where it is written ------------------------------------------------------------------------------------------


def test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for(home: Home) -> None:
    target = home.folder / "b.tar"
    target.write_bytes(b"precious")
    with pytest.raises(BackupError, match="--force"):
        home.save("b.tar")
    assert target.read_bytes() == b"precious"
    home.save("b.tar", force=True)
    home.wipe()
    home.restore(target)


@pytest.mark.parametrize("name", ["no/such/b.tar", "news"])
def test_a_place_where_no_file_can_be_is_refused(home: Home, name: str) -> None:
    before = tree(home.folder)
    with pytest.raises(BackupError):
        home.save(name, force=True)
    assert tree(home.folder) == before


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_backup_before_it(home: Home, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    before = tree(home.folder)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(f"os.{call}", fail)
        with pytest.raises(OSError, match="No space"):
            home.save(force=True)
    assert tree(home.folder) == before


def test_a_backup_that_does_not_read_back_is_no_backup(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a disk takes what is written and keeps something else."""
    write = archive.write

    def write_badly(path: Path, *args: Any, **options: Any) -> None:
        write(path, *args, **options)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    monkeypatch.setattr(archive, "write", write_badly)
    before = tree(home.folder)
    with pytest.raises(BackupError, match="damaged"):
        home.save("b.tar")
    assert tree(home.folder) == before


# --- while others write -------------------------------------------------------------------------------------------


def test_where_builds_remove_the_version_meanwhile_the_one_published_then_is_saved(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = archive.write
    published: list[str] = []

    def write_after_builds(*args: Any, **options: Any) -> None:
        if not published:
            published.extend(home.publish() for _ in range(2))
        write(*args, **options)

    monkeypatch.setattr(archive, "write", write_after_builds)
    contents = save(home.settings, home.folder / "b.tar", quiet).contents
    assert contents.version == published[-1]


def test_where_builds_remove_the_version_while_it_is_checked_the_one_published_then_is_saved(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = publish.verify
    published: list[str] = []

    def verify_after_builds(*args: Any) -> publish.Verification:
        monkeypatch.setattr(publish, "verify", verify)
        published.extend(home.publish() for _ in range(2))
        return verify(*args)

    monkeypatch.setattr(publish, "verify", verify_after_builds)
    contents = save(home.settings, home.folder / "b.tar", quiet).contents
    assert contents.version == published[-1]


@pytest.mark.parametrize("change", ["longer", "shorter", "other", "gone"])
def test_an_article_that_is_changed_while_it_is_copied_is_copied_anew(
    home: Home, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    write, article = archive.write, home.folder / "news" / "museo.txt"
    text = article.read_text("utf-8")
    changed = {"longer": f"{text} Más.", "shorter": text[:-3], "other": text.swapcase(), "gone": None}[change]

    def write_after_a_change(*args: Any, **options: Any) -> None:
        if changed is None:
            article.unlink(missing_ok=True)
        else:
            article.write_text(changed, "utf-8")
        write(*args, **options)

    monkeypatch.setattr(archive, "write", write_after_a_change)
    backup = home.save("b.tar")
    home.wipe()
    home.restore(backup)
    assert (article.read_text("utf-8") if article.exists() else None) == changed


def test_an_article_that_never_rests_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    write, article = archive.write, home.folder / "news" / "museo.txt"

    def write_after_a_change(*args: Any, **options: Any) -> None:
        with article.open("a", encoding="utf-8") as file:
            file.write("Más.\n")
        write(*args, **options)

    monkeypatch.setattr(archive, "write", write_after_a_change)
    with pytest.raises(BackupError, match=r"museo\.txt is changed again and again"):
        home.save("b.tar")
    assert not (home.folder / "b.tar").exists()


def test_backups_made_while_builds_publish_hold_one_whole_version_each(home: Home) -> None:
    ended, built = threading.Event(), []

    def build_again_and_again() -> None:
        while not ended.is_set():
            built.append(home.publish())

    builder = threading.Thread(target=build_again_and_again)
    builder.start()
    try:
        backups = [home.save(f"{n}.tar") for n in range(6)]
    finally:
        ended.set()
        builder.join()
    assert len(built) > 1
    for backup in backups:
        home.wipe()
        version = home.restore(backup).version
        assert open_snapshot(home.index).manifest.version == version
        assert not publish.verify(home.index).damage


def test_a_damaged_index_is_not_saved(home: Home) -> None:
    place = publish.version_folder(home.index, publish.current_version(home.index))
    (place / "passages.jsonl").write_bytes(b"")
    with pytest.raises(IndexDamagedError, match=r"passages\.jsonl"):
        home.save("b.tar")


def test_a_database_of_another_program_is_not_saved(home: Home) -> None:
    home.state.unlink()
    with closing(sqlite3.connect(home.state)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(BackupError, match=f"{home.state} is a database of another program"):
        home.save("b.tar")


# --- all of it comes back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["b.tar", "b.tgz"])
def test_after_a_loss_of_everything_everything_is_as_it_was(home: Home, name: str) -> None:
    backup = home.save(name)
    kept = {part: tree(home.folder / part) for part in ("news", "archive", "index")}
    rows = home.remembered()
    home.wipe()
    restored = home.restore(backup)
    assert {part: tree(home.folder / part) for part in kept} == kept
    assert home.remembered() == rows
    assert restored.version == publish.current_version(home.index)
    assert stat.S_IMODE(home.state.stat().st_mode) == 0o600
    assert list(home.folder.rglob("*.tmp")) == []


def test_restoring_once_more_changes_nothing(home: Home, backup: Path) -> None:
    home.wipe()
    home.restore(backup)
    before = tree(home.folder)
    home.restore(backup)
    assert tree(home.folder) == before


def test_articles_go_to_the_folders_that_are_set_now_by_their_place(home: Home, backup: Path) -> None:
    news, archived = (tree(home.folder / name) for name in ("news", "archive"))
    settings = replace(home.settings, articles_dirs=(str(home.folder / "one"), str(home.folder / "two" / "deep")))
    restore(settings, backup, quiet, force=True)
    assert tree(home.folder / "one") == news
    assert tree(home.folder / "two" / "deep") == archived


def test_another_number_of_folders_is_refused(home: Home, backup: Path) -> None:
    settings = replace(home.settings, articles_dirs=home.settings.articles_dirs[:1])
    with pytest.raises(BackupError, match="2 folders and ARTICLES_DIR names one folder"):
        restore(settings, backup, quiet, force=True)


def test_articles_are_lost_by_it_only_where_that_is_asked_for(home: Home, backup: Path) -> None:
    news = home.folder / "news"
    saved = tree(news)
    (news / "museo.txt").write_text("Otro museo\n\nEl museo no abrirá.\n", "utf-8")
    (news / "nuevo.txt").write_text("Nuevo\n\nNo estaba.\n", "utf-8")
    (news / "logo.png").write_bytes(b"\x89PNG")
    (news / ".notes.md").write_text("mine", "utf-8")
    home.state.unlink()
    sentence = refused(home, backup, force=False)
    assert f"{news / 'museo.txt'} and 1 more articles would be lost" in sentence
    home.restore(backup, force=True)
    assert tree(news) == {**saved, "logo.png": b"\x89PNG", ".notes.md": b"mine"}


def test_what_is_remembered_is_lost_by_it_only_where_that_is_asked_for(home: Home, backup: Path) -> None:
    rows = home.remembered()
    home.remember(lambda store: store.keep_note("later", "1"))
    assert str(home.state) in refused(home, backup, force=False)
    home.restore(backup, force=True)
    assert home.remembered() == rows


def test_what_is_remembered_is_not_replaced_under_a_bot(home: Home, backup: Path) -> None:
    async def try_it() -> str:
        async with open_store(home.state) as store:
            await store.keep_note("later", "1")
            return await asyncio.to_thread(refused, home, backup)

    assert "is in use: stop the bot" in asyncio.run(try_it())


def test_a_bot_that_starts_in_between_ends_rather_than_writing_to_a_file_that_is_no_more(home: Home) -> None:
    other = home.folder / "other.sqlite"
    shutil.copyfile(home.state, other)
    with closing(sqlite3.connect(home.state, isolation_level=None, timeout=0)) as late:
        with state.unused(home.state):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                late.execute("SELECT * FROM notes")
            state.put(other, home.state)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            late.execute("PRAGMA journal_mode = WAL")


def test_a_damaged_store_is_replaced(home: Home, backup: Path) -> None:
    rows = home.remembered()
    home.state.write_bytes(b"no database, however long it may be" * 100)
    home.restore(backup, force=True)
    assert home.remembered() == rows
    assert {path.name for path in home.state.parent.iterdir()} == {home.state.name}


def test_a_log_that_a_lost_store_has_left_is_not_taken_for_the_restored_ones(home: Home, backup: Path) -> None:
    rows = home.remembered()
    left = home.state.with_name(f"{home.state.name}-wal")
    with closing(sqlite3.connect(home.state, isolation_level=None)) as connection:
        connection.execute("INSERT INTO notes VALUES ('later', '1')")
        log = left.read_bytes()
    home.state.unlink()
    left.write_bytes(log)
    home.restore(backup)
    assert home.remembered() == rows


def test_what_an_older_release_remembered_is_brought_up_to_date_when_the_bot_starts(home: Home) -> None:
    home.state.unlink()
    with closing(sqlite3.connect(home.state)) as connection:
        for migration in migrations()[:2]:
            for statement in migration.statements:
                connection.execute(statement)
        connection.execute("PRAGMA user_version = 2")
        connection.execute(f"PRAGMA application_id = {0x50726562}")
        connection.execute("INSERT INTO notes VALUES ('old', '1')")
        connection.commit()
    backup = home.save("old.tar")
    home.wipe()
    home.restore(backup)
    with closing(sqlite3.connect(home.state)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    home.remember(lambda store: store.remember_alert(1, 10, 7, False, "¿cuándo llega?", ES))
    assert any("'old'" in row for row in home.remembered())


def test_the_version_published_before_is_kept_to_go_back_to(home: Home, backup: Path) -> None:
    saved = publish.current_version(home.index)
    (home.folder / "news" / "nuevo.txt").write_text("Nuevo\n\nEl nuevo puente mide 300 metros.\n", "utf-8")
    newer = home.publish()
    version = home.restore(backup, force=True).version
    assert version > newer > saved
    snapshot = open_snapshot(home.index)
    assert (snapshot.manifest.version, snapshot.manifest.articles) == (version, 7)
    assert publish.rollback(home.index).version == newer
    assert len(publish.versions(home.index)) == 2


def test_an_index_that_no_bot_can_use_as_it_is_set_is_told(home: Home, backup: Path) -> None:
    home.wipe()
    problem = home.restore(backup).problem
    assert problem
    assert "use hash for questions" in problem


@pytest.mark.parametrize("part", ["articles", "state", "published"])
def test_where_it_is_cut_short_restoring_once_more_does_the_rest(
    home: Home, backup: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    expected = {name: tree(home.folder / name) for name in ("news", "archive", "index")}
    rows = home.remembered()
    home.wipe()

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "cut short")

    with monkeypatch.context() as broken:
        broken.setattr(f"bot.backup.{part}.put", fail)
        with pytest.raises(OSError, match="cut short"):
            home.restore(backup)
    assert list(home.folder.rglob("*.tmp")) == []
    home.restore(backup)
    assert {name: tree(home.folder / name) for name in expected} == expected
    assert home.remembered() == rows


def test_a_full_disk_changes_nothing(home: Home, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.remember(lambda store: store.keep_note("later", "1"))
    (home.folder / "news" / "museo.txt").unlink()
    home.publish()
    with state.unused(home.state):  # as the restore finds it
        before = tree(home.folder)
    calls = iter(range(1000))
    fsync = os.fsync

    def fail(descriptor: int) -> None:
        if next(calls) == 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        home.restore(backup, force=True)
    assert tree(home.folder) == before


def test_an_archive_larger_than_the_disk_is_refused_before_it_is_read(
    home: Home, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    assert "free some space" in refused(home, backup)


def test_while_a_build_writes_nothing_is_restored(home: Home, backup: Path) -> None:
    home.wipe()
    with publish.building(home.index):
        before = tree(home.folder)
        with pytest.raises(BuildLockedError):
            home.restore(backup)
    assert tree(home.folder) == before


def test_no_link_leads_out_of_the_articles(home: Home, backup: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.move(home.folder / "archive" / "2023", outside)
    (home.folder / "archive" / "2023").symlink_to(outside)
    (outside / "museo.txt").write_text("Otro", "utf-8")
    assert "by a link" in refused(home, backup)
    assert (outside / "museo.txt").read_text("utf-8") == "Otro"


def test_a_folder_in_an_articles_place_is_named(home: Home, backup: Path) -> None:
    (home.folder / "news" / "museo.txt").unlink()
    (home.folder / "news" / "museo.txt").mkdir()
    assert f"{home.folder / 'news' / 'museo.txt'} is a folder" in refused(home, backup)


def test_an_article_in_a_folders_place_is_named(home: Home, backup: Path) -> None:
    shutil.rmtree(home.folder / "archive" / "2023")
    (home.folder / "archive" / "2023").write_text("in the way", "utf-8")
    assert str(home.folder / "archive" / "2023") in refused(home, backup)


# --- what is no backup --------------------------------------------------------------------------------------------


def test_a_backup_cut_short_anywhere_is_refused(home: Home, backup: Path) -> None:
    data = backup.read_bytes()
    zipped = gzip.compress(data)
    drawn = random.Random(6)
    # The last 10 kB of the archive are zeros.
    end = len(data.rstrip(b"\0"))
    for whole, limit in ((data, end), (zipped, len(zipped) - 9)):
        for length in (0, 1, 511, 512, *drawn.sample(range(limit), 12)):
            backup.write_bytes(whole[:length])
            refused(home, backup)


def test_no_altered_byte_goes_unnoticed(home: Home, backup: Path) -> None:
    data = backup.read_bytes()
    drawn = random.Random(7)
    with archive.opened(backup) as reader:
        right = {name: b"".join(chunks) for name, chunks in reader.members()}
    unharmed = 0
    for at in drawn.sample(range(len(data)), 300):
        altered = bytearray(data)
        altered[at] ^= 1 << drawn.randrange(8)
        backup.write_bytes(altered)
        try:
            with archive.opened(backup) as reader:
                assert {name: b"".join(chunks) for name, chunks in reader.members()} == right
            unharmed += 1  # padding
        except BackupError:
            pass
    assert unharmed < 150


def parts(backup: Path) -> tuple[Contents, dict[str, bytes]]:
    with archive.opened(backup) as reader:
        return reader.contents, {name: b"".join(chunks) for name, chunks in reader.members()}


def entry(data: bytes) -> FileEntry:
    return FileEntry(hashlib.sha256(data).hexdigest(), len(data))


def forge(backup: Path, told: bytes, members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> None:
    """Write an archive as somebody with bad intentions would."""
    with tarfile.open(backup, "w") as tar:
        for header, data in ((member("manifest.json", len(told)), told), *members):
            tar.addfile(header, io.BytesIO(data))


def member(name: str, size: int, **fields: Any) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size
    for field, value in fields.items():
        setattr(header, field, value)
    return header


def plain(files: Mapping[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [(member(name, len(data)), data) for name, data in sorted(files.items())]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/evil.txt",
        "articles/0/../../evil.txt",
        "articles/0//evil.txt",
        "articles/0/./evil.txt",
        "articles/0/.evil.txt",
        "articles/0/evil.sh",
        "articles/0/.env",
        "articles/0/evil\x1b.txt",
        "articles/0/evil\udcff.txt",
        "articles/0/evil\0.txt",
        "articles/2/evil.txt",
        "articles/00/evil.txt",
        "articles/-1/evil.txt",
        "articles/0",
        "articles/0/",
        "articles/0/museo.txt/evil.txt",
        "index/../evil.txt",
        "index/.evil",
        "index",
        "state.sqlite-wal",
        "manifest.json",
        "evil.txt",
        "",
        ".",
    ],
)
def test_a_member_of_any_other_name_is_refused(home: Home, backup: Path, name: str) -> None:
    contents, files = parts(backup)
    files[name] = b"evil"
    told = dump(replace(contents, members={**contents.members, name: entry(b"evil")}))
    # The header's name is a decent one: the manifest's is enough.
    forge(
        backup, told, [(member("evil.txt" if each == name else each, len(data)), data) for each, data in files.items()]
    )
    home.wipe()
    assert f"a manifest.json with a member {name!a}" in refused(home, backup)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_a_member_that_is_no_plain_file_is_refused(home: Home, backup: Path, kind: bytes) -> None:
    contents, files = parts(backup)
    name = "articles/0/museo.txt"
    told = dump(replace(contents, members={**contents.members, name: entry(b"")}))
    members = plain({**files, name: b""})
    for header, _ in members:
        if header.name == name:
            header.type, header.linkname = kind, "/etc/passwd"
    forge(backup, told, members)
    home.wipe()
    assert "no plain file" in refused(home, backup)


def test_members_that_are_too_many_too_few_twice_in_disorder_or_renamed_are_refused(home: Home, backup: Path) -> None:
    contents, files = parts(backup)
    home.wipe()
    right = plain(files)
    extra = (member("articles/1/zzz.txt", 4), b"evil")
    renamed = (member("../evil.txt", len(right[0][1])), right[0][1])
    wrong = [[*right, extra], right[:-1], [*right, right[-1]], [right[0], *right], right[::-1], [renamed, *right[1:]]]
    for members in wrong:
        forge(backup, dump(contents), members)
        refused(home, backup)
    forge(backup, dump(contents), right)
    home.restore(backup)


def test_a_member_larger_than_its_manifest_says_is_refused(home: Home, backup: Path) -> None:
    contents, files = parts(backup)
    home.wipe()
    files["state.sqlite"] += bytes(1 << 20)
    forge(backup, dump(contents), plain(files))
    assert "1093632 bytes of state.sqlite" in refused(home, backup)


def test_a_header_that_asks_for_gigabytes_is_refused(home: Home, backup: Path) -> None:
    contents, _ = parts(backup)
    home.wipe()
    with gzip.open(backup, "wb", compresslevel=1) as file:
        told = dump(contents)
        header = member("manifest.json", len(told))
        file.write(header.tobuf(tarfile.USTAR_FORMAT) + told + bytes(-len(told) % 512))
        # The name of the next member, says tar, is so long.
        file.write(member("long", 1 << 33, type=tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT))
        file.write(bytes(1 << 20))
    assert "none of ours" in refused(home, backup)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (b"\xff not json", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "list"),
        (b"{}", "other fields"),
        (b'{"format": 2, "release": "9.0"}', "release that made it (9.0)"),
        (b'{"format": true}', "other fields"),
    ],
)
def test_a_manifest_that_is_none_is_refused(home: Home, backup: Path, told: bytes, said: str) -> None:
    _, files = parts(backup)
    forge(backup, told, plain(files))
    home.wipe()
    assert said in refused(home, backup)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "../../evil"},
        {"version": 3},
        {"folders": "news"},
        {"folders": [1]},
        {"made_at": None},
        {"release": ["0"]},
        {"format": "1"},
        {"members": []},
        {"members": {"state.sqlite": {"sha256": "0" * 64, "size": -1}}},
        {"members": {"state.sqlite": {"sha256": "0" * 64, "size": True}}},
        {"members": {"state.sqlite": {"sha256": "0" * 64, "size": 10**400}}},
        {"members": {"state.sqlite": {"sha256": "0" * 63, "size": 1}}},
        {"members": {"state.sqlite": {"size": 1}}},
        {"members": {"state.sqlite": []}},
        {"checksum": "0" * 64},
    ],
)
def test_a_manifest_with_a_wrong_value_is_refused(home: Home, backup: Path, change: dict[str, Any]) -> None:
    contents, _ = parts(backup)
    values = {**json.loads(dump(contents)), **change}
    if "checksum" not in change:
        del values["checksum"]
        values["checksum"] = hashlib.sha256(spelled(values)).hexdigest()
    with pytest.raises(BackupError, match=r"manifest\.json"):
        parse(backup, spelled(values))
    assert parse(backup, dump(contents)) == contents


def spelled(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=2, sort_keys=True) + "\n").encode("ascii")


def with_files(backup: Path, changed: Mapping[str, bytes]) -> None:
    """Write the backup anew with other members, and a manifest that agrees."""
    contents, files = parts(backup)
    files |= changed
    told = dump(replace(contents, members={name: entry(data) for name, data in files.items()}))
    forge(backup, told, plain(files))


def test_an_index_of_another_format_is_told(home: Home, backup: Path) -> None:
    _, files = parts(backup)
    values = json.loads(files["index/manifest.json"])
    with_files(backup, {"index/manifest.json": json.dumps({**values, "format": 99}).encode()})
    home.wipe()
    with pytest.raises(BackupError, match="another format than this release reads"):
        home.restore(backup)


def test_an_index_that_does_not_open_is_refused(home: Home, backup: Path) -> None:
    found = publish.read_manifest(home.index)
    files = {**found.files, "vectors.npy": entry(b"no array")}
    told = manifest.dump(replace(found, files=files))
    with_files(backup, {"index/manifest.json": told, "index/vectors.npy": b"no array"})
    home.wipe()
    assert "vectors.npy" in refused(home, backup)


@pytest.mark.parametrize("other", [{"version": "20200101T000000000000Z-00000000"}, {"files": {}}])
def test_an_index_that_is_another_than_the_manifest_says_is_refused(
    home: Home, backup: Path, other: dict[str, Any]
) -> None:
    found = publish.read_manifest(home.index)
    if "files" in other:
        other = {"files": {name: each for name, each in found.files.items() if not name.startswith("lexical/words")}}
    with_files(backup, {"index/manifest.json": manifest.dump(replace(found, **other))})
    home.wipe()
    assert "another version of the index" in refused(home, backup)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("PRAGMA user_version = 99", "state.sqlite was written by a newer release"),
        ("PRAGMA application_id = 1", "state.sqlite is a database of another program"),
        (None, "state.sqlite is damaged or no database"),
    ],
)
def test_what_no_bot_would_start_with_is_refused(
    home: Home, backup: Path, tmp_path: Path, spoil: str | None, said: str
) -> None:
    _, files = parts(backup)
    spoilt = tmp_path / "spoilt.sqlite"
    spoilt.write_bytes(files["state.sqlite"])
    if spoil:
        with closing(sqlite3.connect(spoilt)) as connection:
            connection.execute(spoil)
    else:
        spoilt.write_bytes(files["state.sqlite"][:5000])
    with_files(backup, {"state.sqlite": spoilt.read_bytes()})
    home.wipe()
    assert f"{backup}: {said}" in refused(home, backup)


def test_what_is_no_file_at_all_is_refused(home: Home, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("none", "pipe", "home"):
        assert "is no file" in refused(home, tmp_path / name)


def test_the_articles_that_no_build_can_use_are_named(home: Home) -> None:
    (home.folder / "news" / "lost.txt").symlink_to("nowhere")
    saved: Saved = saving.save(home.settings, home.folder / "b.tar", quiet)
    assert [Path(each.path).name for each in saved.skipped] == ["lost.txt"]


def test_a_single_file_for_a_folder_is_not_saved(home: Home) -> None:
    with pytest.raises(BackupError, match="name its folder"):
        articles.find([str(home.folder / "news" / "museo.txt")])
