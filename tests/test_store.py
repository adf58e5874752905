"""What the bot remembers, in real SQLite files: what comes back, what counts as one, what is gone for good."""

from __future__ import annotations

import asyncio
import csv
import io
import logging
import os
import random
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiosqlite
import pytest

from bot.store import (
    MAX_REASON,
    MAX_WAITING,
    Alert,
    Complaint,
    Deleted,
    FeedbackSummary,
    GuildSettings,
    Remembered,
    Store,
    StoreError,
    UnansweredGroup,
    Verdict,
    database,
    open_store,
    schema,
    unanswered,
    unanswered_csv,
)
from bot.store.schema import Migration
from index.records import Language

ROOT = Path(__file__).parents[1]
ES, EN = Language.SPANISH, Language.ENGLISH
# A server, another one, and two people.
SQUARE, HARBOUR = 10, 20
ANA, LUIS = 1, 2


@dataclass
class Clock:
    """A clock that stands until it is set."""

    at: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "bot.sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(path, clock) as opened:
        yield opened


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The same file by SQLite alone, as another process would see it; what was begun is kept."""
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def put(path: Path, data: bytes | bytearray) -> bytes | bytearray:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return data


async def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        async with open_store(path):
            pass
    sentence = str(caught.value)
    assert str(path) in sentence
    assert (sentence.count("\n"), sentence[-1]) == (0, ".")
    return sentence


async def fill(store: Store, guild: int, user: int, word: str) -> None:
    """One of everything that is kept of a person, with ``word`` in each text."""
    await store.remember_unanswered(guild, user, f"¿Quién es {word}?", ES)
    await store.remember_feedback(guild, user, user * 100 + guild, Verdict.DOWN, f"¿Dónde está {word}?")
    await store.add_reason(user, user * 100 + guild, f"{word} no está ahí")
    await store.remember_alert(user, guild, 7, False, f"¿Cuándo llega {word}?", ES)


# --- the file -----------------------------------------------------------------------------------------------------


async def test_the_file_and_its_log_are_for_their_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        async with open_store(path) as store:
            await store.keep_note("a", "b")
            files = list(path.parent.iterdir())
            assert {file.name for file in files} >= {"bot.sqlite", "bot.sqlite-wal"}
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    finally:
        os.umask(before)


async def test_the_file_is_in_wal_mode(store: Store, path: Path) -> None:
    with raw(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_everything_is_there_after_reopening(path: Path, clock: Clock) -> None:
    settings = GuildSettings(SQUARE, EN, True, frozenset({5, 2**62}), frozenset({6}), False, False, False)
    async with open_store(path, clock) as store:
        await store.keep_note("commands", "abc")
        await store.save_guild_settings(settings)
        await fill(store, SQUARE, ANA, "Pérez")
    at = int(clock.at)
    clock.at += 100
    async with open_store(path, clock) as store:
        assert await store.note("commands") == "abc"
        assert store.guild_settings(SQUARE) == settings
        assert await store.unanswered_groups(SQUARE, 5) == (UnansweredGroup("¿Quién es Pérez?", 1, 1, at, at),)
        assert await store.feedback_summary(SQUARE) == FeedbackSummary(
            0, 1, (Complaint("¿Dónde está Pérez?", "Pérez no está ahí", at),)
        )
        assert await store.waiting_alerts() == (Alert(1, ANA, SQUARE, 7, False, "¿Cuándo llega Pérez?", ES, at),)


async def test_what_is_kept_of_people_stands_in_no_log(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_store(path) as store:
        await fill(store, SQUARE, ANA, "Pérez")
    assert "Pérez" not in caplog.text


def schema_of(path: Path) -> set[tuple[str, str]]:
    with raw(path) as connection:
        return set(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    assert [migration.number for migration in schema.migrations()] == list(range(1, len(schema.migrations()) + 1))


def test_a_script_is_split_where_statements_end_not_at_every_semicolon() -> None:
    insert = "-- one; or two\nINSERT INTO a VALUES (';\n');"
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n DELETE FROM b;\n DELETE FROM c;\nEND;"
    assert schema.split(f"{insert}\n\n{trigger}\n") == (insert, trigger)


@pytest.mark.parametrize("version", range(len(schema.migrations())))
async def test_a_file_of_an_older_release_is_brought_up_to_date_with_what_is_in_it(
    version: int, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        older = schema.migrations()[:version]
        patch.setattr(database, "migrations", lambda: older)
        async with database.open_database(path) as old:
            if version:
                await old.change("INSERT INTO notes VALUES ('commands', 'abc')")
    async with open_store(path) as store:
        assert await store.note("commands") == ("abc" if version else None)
        await fill(store, SQUARE, ANA, "Pérez")
    async with open_store(tmp_path / "new.sqlite"):
        pass
    assert schema_of(path) == schema_of(tmp_path / "new.sqlite")
    with raw(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.migrations()),)


async def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_store(path) as store:
        await store.keep_note("commands", "abc")
    before = schema_of(path)
    known = schema.migrations()
    broken = Migration(
        len(known) + 1, ("CREATE TABLE more (a);", "DELETE FROM notes;", "INSERT INTO nowhere VALUES (1);")
    )
    with monkeypatch.context() as patch:
        patch.setattr(database, "migrations", lambda: (*known, broken))
        assert "nowhere" in await refusal(path)
    assert schema_of(path) == before
    async with open_store(path) as store:
        assert await store.note("commands") == "abc"


async def test_a_file_of_a_newer_release_is_refused_and_left_alone(path: Path) -> None:
    async with open_store(path):
        pass
    newer = len(schema.migrations()) + 1
    with raw(path) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    before = bytes_on_disk(path)
    sentence = await refusal(path)
    assert "newer release" in sentence
    assert "update Pregonero" in sentence
    assert bytes_on_disk(path) == before


async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    before = put(path, b"Estas son las mananitas" * 100)
    assert "damaged" in await refusal(path)
    assert bytes_on_disk(path) == before


async def test_a_file_with_damage_inside_is_refused(path: Path) -> None:
    async with open_store(path) as store:
        for number in range(300):
            await store.remember_unanswered(SQUARE, ANA, f"pregunta {number}", ES)
    data = bytearray(bytes_on_disk(path))
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = random.Random(7).randbytes(4096)
    put(path, data)
    assert "damaged" in await refusal(path)


async def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    put(path, b"")
    with raw(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = bytes_on_disk(path)
    assert "another program" in await refusal(path)
    assert bytes_on_disk(path) == before


async def test_a_folder_in_the_files_place_is_refused(path: Path) -> None:
    put(path / "a file", b"")
    assert "cannot be opened" in await refusal(path)


async def test_a_file_in_the_folders_place_is_refused(path: Path) -> None:
    put(path.parent, b"no folder")
    assert "cannot be opened" in await refusal(path)


async def test_a_file_locked_by_another_program_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.01)
    async with open_store(path):
        pass
    with raw(path) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert "locked by another program" in await refusal(path)
    async with open_store(path) as store:
        await store.keep_note("a", "b")


# --- writes that fail ---------------------------------------------------------------------------------------------


async def test_after_a_write_that_another_program_kept_out_the_store_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.01)
    async with open_store(path) as store:
        with raw(path) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="locked by another program"):
                await store.keep_note("a", "lost")
            assert await store.note("a") is None
        await store.keep_note("a", "kept")
        assert await store.note("a") == "kept"


async def test_after_a_write_that_found_no_room_the_store_goes_on(store: Store) -> None:
    async with store._database.transaction() as statements:
        await statements.rows("PRAGMA max_page_count = 1")
    with pytest.raises(StoreError, match="no room left"):
        await store.keep_note("a", "x" * 1_000_000)
    async with store._database.transaction() as statements:
        await statements.rows("PRAGMA max_page_count = 100000")
    await store.keep_note("b", "y" * 1_000_000)
    assert (await store.note("a"), await store.note("b")) == (None, "y" * 1_000_000)


@pytest.mark.parametrize("successor", [None, b""])
async def test_a_file_that_was_taken_away_takes_nothing_more(path: Path, successor: bytes | None) -> None:
    """SQLite by itself goes on writing to the file that has no name any more."""
    async with open_store(path) as store:
        await store.keep_note("before", "1")
        await asyncio.to_thread(path.unlink)
        if successor is not None:
            put(path, successor)
        with pytest.raises(StoreError, match="was removed or replaced meanwhile: start the bot again"):
            await store.keep_note("after", "1")


async def test_settings_that_could_not_be_saved_are_not_given(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.01)
    async with open_store(path) as store:
        await store.save_guild_settings(GuildSettings(SQUARE, EN))
        with raw(path) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError):
                await store.save_guild_settings(GuildSettings(SQUARE, ES))
        assert store.guild_settings(SQUARE) == GuildSettings(SQUARE, EN)


async def test_a_cancelled_transaction_leaves_nothing_and_the_next_one_works(store: Store) -> None:
    begun = asyncio.Event()

    async def write_and_wait() -> None:
        async with store._database.transaction() as statements:
            await statements.change("INSERT INTO notes (name, value) VALUES ('half', 'done')")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.keep_note("whole", "done")
    assert (await store.note("half"), await store.note("whole")) == (None, "done")


async def test_writes_cancelled_anywhere_leave_the_store_usable(store: Store) -> None:
    """Cancelled after 0, 1, 2, … turns of the event loop, every step of a write is met."""
    for turns in range(40):
        task = asyncio.create_task(store.remember_alert(ANA, SQUARE, 7, False, f"q{turns}", ES))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.keep_note("turns", str(turns))
        assert await store.note("turns") == str(turns)


# --- many at once -------------------------------------------------------------------------------------------------


async def test_many_tasks_write_at_once_and_nothing_is_lost_or_doubled(store: Store) -> None:
    questions = [f"pregunta {number % 10}" for number in range(200)]
    await asyncio.gather(
        *(store.remember_unanswered(SQUARE, number, question, ES) for number, question in enumerate(questions)),
        *(store.remember_feedback(SQUARE, ANA, number, Verdict.UP, "q") for number in range(50)),
    )
    assert [(group.times, group.people) for group in await store.unanswered_groups(SQUARE, 20)] == [(20, 20)] * 10
    assert (await store.feedback_summary(SQUARE)).up == 50


async def test_alerts_asked_for_at_once_stay_within_the_bound(store: Store) -> None:
    outcomes = await asyncio.gather(
        *(store.remember_alert(ANA, SQUARE, 7, False, f"pregunta {number}", ES) for number in range(50))
    )
    assert sorted(outcomes, key=lambda outcome: outcome.value) == [Remembered.ADDED] * MAX_WAITING + [
        Remembered.FULL
    ] * (50 - MAX_WAITING)


async def test_a_write_ahead_log_that_another_process_is_in_the_way_of_is_left_to_the_next(path: Path) -> None:
    async with open_store(path) as store:
        await store.keep_note("a", "b")
    with raw(path) as connection:
        # As in the moment after the other process made it.
        assert connection.execute("PRAGMA journal_mode = DELETE").fetchall() == [("delete",)]
        reading = connection.execute("SELECT value FROM notes UNION ALL SELECT value FROM notes")
        assert reading.fetchone() == ("b",)
        async with aiosqlite.connect(path, timeout=0.01) as other:
            await database._write_ahead(other)
            assert list(await other.execute_fetchall("PRAGMA journal_mode")) == [("delete",)]
            reading.close()
            await database._write_ahead(other)
            assert list(await other.execute_fetchall("PRAGMA journal_mode")) == [("wal",)]


WRITER = """
import asyncio, sys
from pathlib import Path
from bot.store import open_store
from index.records import Language

async def main():
    async with open_store(Path(sys.argv[1])) as store:
        for number in range(25):
            await store.remember_unanswered(10, int(sys.argv[2]), f"pregunta {number}", Language.SPANISH)

asyncio.run(main())
"""


async def test_processes_share_the_file(path: Path) -> None:
    """The first to come makes the tables, whichever it is."""
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(path), str(user), cwd=ROOT)
        for user in range(3)
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    async with open_store(path) as store:
        groups = await store.unanswered_groups(SQUARE, 100)
    assert [(group.times, group.people) for group in groups] == [(3, 3)] * 25


# --- notes and settings -------------------------------------------------------------------------------------------


async def test_a_note_takes_the_place_of_the_one_before(store: Store) -> None:
    assert await store.note("commands") is None
    await store.keep_note("commands", "abc")
    await store.keep_note("commands", "def")
    assert (await store.note("commands"), await store.note("other")) == ("def", None)


async def test_a_server_that_set_nothing_has_the_defaults(store: Store) -> None:
    assert store.guild_settings(SQUARE) == GuildSettings(
        guild=SQUARE,
        language=None,
        private=False,
        channels=frozenset(),
        roles=frozenset(),
        keep_unanswered=True,
        keep_feedback=True,
        keep_alerts=True,
    )


async def test_settings_are_right_after_a_save_and_each_servers_own(store: Store) -> None:
    first = GuildSettings(SQUARE, ES, True, frozenset({1, 2}), frozenset({3}), False, True, False)
    await store.save_guild_settings(first)
    assert store.guild_settings(SQUARE) == first
    second = replace(first, language=None, channels=frozenset(), keep_unanswered=True)
    await store.save_guild_settings(second)
    assert store.guild_settings(SQUARE) == second
    assert store.guild_settings(HARBOUR) == GuildSettings(HARBOUR)


async def test_settings_are_read_from_the_file_once(store: Store, path: Path) -> None:
    settings = GuildSettings(SQUARE, private=True)
    await store.save_guild_settings(settings)
    with raw(path) as connection:
        connection.execute("DELETE FROM guilds")
    assert store.guild_settings(SQUARE) == settings


# --- unanswered ---------------------------------------------------------------------------------------------------


async def test_questions_that_differ_in_case_accents_and_signs_are_one(store: Store, clock: Clock) -> None:
    first = int(clock.at)
    wordings = ["¿Quién dirige Nvidia?", "quien dirige nvidia", "QUIÉN  dirige «Nvidia»", "quie\u0301n dirige Nvidia…"]
    for user, question in enumerate(wordings):
        clock.at = first + user
        await store.remember_unanswered(SQUARE, user % 2, question, ES)
    assert await store.unanswered_groups(SQUARE, 5) == (
        UnansweredGroup(wordings[-1], times=4, people=2, first_asked=first, last_asked=first + 3),
    )


async def test_questions_of_other_words_or_figures_stay_apart(store: Store) -> None:
    for question in ("¿cuánto es 52,4?", "¿cuánto es 524?", "¿cuánto es?", "???", "🙂"):
        await store.remember_unanswered(SQUARE, ANA, question, ES)
    assert len(await store.unanswered_rows(SQUARE)) == 5


async def test_what_is_asked_most_comes_first_then_what_was_asked_last(store: Store, clock: Clock) -> None:
    for question in ("uno", "dos", "tres", "uno", "cuatro"):
        clock.at += 1
        await store.remember_unanswered(SQUARE, ANA, question, ES)
    await store.remember_unanswered(HARBOUR, ANA, "de otro puerto", ES)
    everything = ["uno", "cuatro", "tres", "dos"]
    assert [group.question for group in await store.unanswered_rows(SQUARE)] == everything
    assert [group.question for group in await store.unanswered_groups(SQUARE, 2)] == everything[:2]


async def test_of_too_many_questions_a_server_loses_its_oldest_one_and_no_other_server_any(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unanswered, "MAX_KEPT", 3)
    await store.remember_unanswered(HARBOUR, ANA, "la más vieja de todas", ES)
    for number in range(5):
        await store.remember_unanswered(SQUARE, ANA, f"pregunta {number}", ES)
        kept = [each.question for each in reversed(await store.unanswered_rows(SQUARE))]
        assert kept == [f"pregunta {each}" for each in range(max(0, number - 2), number + 1)]
    assert [each.question for each in await store.unanswered_rows(HARBOUR)] == ["la más vieja de todas"]


async def test_text_that_utf_8_cannot_carry_is_kept_all_the_same(store: Store) -> None:
    await store.remember_unanswered(SQUARE, ANA, "a\ud83d b\0c '; DROP TABLE notes; --", ES)
    (group,) = await store.unanswered_rows(SQUARE)
    assert group.question == "a? b\0c '; DROP TABLE notes; --"


def cells(groups: list[UnansweredGroup], language: Language = ES) -> list[list[str]]:
    data = unanswered_csv(groups, language)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_csv_reads_back_as_what_was_asked() -> None:
    question = '¿Dijo "sí, ñandú"?\nEn dos líneas'
    group = UnansweredGroup(question, 3, 2, 0, 1_700_000_000)
    assert cells([group]) == [
        ["Pregunta", "Veces", "Personas", "Primera vez (UTC)", "Última vez (UTC)"],
        [question, "3", "2", "1970-01-01 00:00:00", "2023-11-14 22:13:20"],
    ]
    assert cells([], EN)[0][:2] == ["Question", "Times"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\t=", " =", "\n@", "＝"])
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(start: str) -> None:
    question = f'{start}HYPERLINK("https://example.org")'
    assert cells([UnansweredGroup(question, 1, 1, 0, 0)])[1][0] == f"'{question}"


# --- feedback -----------------------------------------------------------------------------------------------------


async def test_a_persons_last_thumb_on_an_answer_counts(store: Store, clock: Clock) -> None:
    await store.remember_feedback(SQUARE, ANA, 1, Verdict.UP, "q")
    await store.remember_feedback(SQUARE, ANA, 1, Verdict.DOWN, "q")
    await store.remember_feedback(SQUARE, LUIS, 1, Verdict.UP, "q")
    await store.remember_feedback(HARBOUR, LUIS, 2, Verdict.UP, "q")
    assert await store.feedback_summary(SQUARE) == FeedbackSummary(1, 1, (Complaint("q", None, int(clock.at)),))


async def test_a_reason_stays_while_the_thumb_is_down(store: Store) -> None:
    async def reasons() -> list[str | None]:
        return [complaint.reason for complaint in (await store.feedback_summary(SQUARE)).complaints]

    await store.remember_feedback(SQUARE, ANA, 1, Verdict.DOWN, "q")
    await store.add_reason(ANA, 1, "no es eso")
    await store.remember_feedback(SQUARE, ANA, 1, Verdict.DOWN, "q")
    assert await reasons() == ["no es eso"]
    await store.remember_feedback(SQUARE, ANA, 1, Verdict.UP, "q")
    await store.add_reason(ANA, 1, "a destiempo")
    await store.remember_feedback(SQUARE, ANA, 1, Verdict.DOWN, "q")
    assert await reasons() == [None]


async def test_a_reason_is_cut_at_its_bound_and_only_given_with_ones_own_thumb(store: Store) -> None:
    await store.remember_feedback(SQUARE, ANA, 1, Verdict.DOWN, "q")
    await store.add_reason(LUIS, 1, "de otro")
    await store.add_reason(ANA, 2, "de otra respuesta")
    await store.add_reason(ANA, 1, "ñ" * (MAX_REASON + 1))
    (complaint,) = (await store.feedback_summary(SQUARE)).complaints
    assert complaint.reason == "ñ" * MAX_REASON


async def test_the_latest_ten_complaints_are_told_latest_first(store: Store, clock: Clock) -> None:
    for number in range(12):
        clock.at += 1
        await store.remember_feedback(SQUARE, ANA, number, Verdict.DOWN, f"q{number}")
    summary = await store.feedback_summary(SQUARE)
    assert summary.down == 12
    assert [complaint.question for complaint in summary.complaints] == [f"q{number}" for number in range(11, 1, -1)]


# --- alerts -------------------------------------------------------------------------------------------------------


async def test_an_alert_waits_once_for_a_person_channel_and_question(store: Store) -> None:
    async def ask(user: int, channel: int, question: str) -> Remembered:
        return await store.remember_alert(user, SQUARE, channel, True, question, EN)

    assert await ask(ANA, 7, "¿Quién dirige X?") is Remembered.ADDED
    assert await ask(ANA, 7, "quien dirige x") is Remembered.ALREADY_THERE
    assert await ask(ANA, 8, "quien dirige x") is Remembered.ADDED
    assert await ask(LUIS, 7, "quien dirige x") is Remembered.ADDED
    assert [(alert.user, alert.channel, alert.private, alert.language) for alert in await store.waiting_alerts()] == [
        (ANA, 7, True, EN),
        (ANA, 8, True, EN),
        (LUIS, 7, True, EN),
    ]


async def test_a_person_with_all_the_alerts_there_may_be_gets_one_more_for_one_less(store: Store) -> None:
    for number in range(MAX_WAITING):
        assert await store.remember_alert(ANA, SQUARE, 7, False, f"q{number}", ES) is Remembered.ADDED
    assert await store.remember_alert(ANA, HARBOUR, 8, False, "otra", ES) is Remembered.FULL
    assert await store.remember_alert(ANA, SQUARE, 7, False, "q0", ES) is Remembered.ALREADY_THERE
    assert await store.remember_alert(LUIS, SQUARE, 7, False, "otra", ES) is Remembered.ADDED
    await store.remove_alert((await store.waiting_alerts())[0].id)
    assert await store.remember_alert(ANA, HARBOUR, 8, False, "otra", ES) is Remembered.ADDED


async def test_alerts_come_oldest_first_and_an_id_is_never_given_again(store: Store, clock: Clock) -> None:
    for question in ("última", "primera"):
        await store.remember_alert(ANA, SQUARE, 7, False, question, ES)
        clock.at -= 10
    first, last = await store.waiting_alerts()
    assert (first.question, last.question) == ("primera", "última")
    await store.remove_alert(first.id)
    await store.remember_alert(ANA, SQUARE, 7, False, "nueva", ES)
    await store.remove_alert(first.id)
    assert [alert.question for alert in await store.waiting_alerts()] == ["nueva", "última"]


# --- forgetting ---------------------------------------------------------------------------------------------------


def tables_with(column: str, path: Path) -> list[str]:
    with raw(path) as connection:
        return [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if column in {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
        ]


def rows_of(column: str, value: int, path: Path) -> dict[str, int]:
    """How many rows each table that has the column holds with the value."""
    counts = {}
    for table in tables_with(column, path):
        sql = f"SELECT count(*) FROM {table} WHERE {column} = ?"  # noqa: S608 - both names come from the schema
        with raw(path) as connection:
            ((counts[table],),) = connection.execute(sql, [value])
    return counts


async def test_forgetting_a_person_takes_all_of_theirs_and_nothing_of_others(store: Store, path: Path) -> None:
    for guild in (SQUARE, HARBOUR):
        await fill(store, guild, ANA, "Pérez")
        await fill(store, guild, LUIS, "Gómez")
    await store.remember_unanswered(SQUARE, ANA, "otra", ES)
    others = rows_of("user", LUIS, path)
    assert min(rows_of("user", ANA, path).values()) > 0
    assert await store.forget_person(ANA) == Deleted(unanswered=3, feedback=2, alerts=1)
    assert set(rows_of("user", ANA, path).values()) == {0}
    assert rows_of("user", LUIS, path) == others
    assert await store.forget_person(ANA) == Deleted(0, 0, 0)


async def test_forgetting_a_server_takes_its_settings_too(store: Store, path: Path) -> None:
    for guild in (SQUARE, HARBOUR):
        await store.save_guild_settings(GuildSettings(guild, EN))
        await fill(store, guild, guild, "Pérez")
    assert min(rows_of("guild", SQUARE, path).values()) > 0
    others = rows_of("guild", HARBOUR, path)
    assert await store.forget_guild(SQUARE) == Deleted(1, 1, 1)
    assert set(rows_of("guild", SQUARE, path).values()) == {0}
    assert rows_of("guild", HARBOUR, path) == others
    assert store.guild_settings(SQUARE) == GuildSettings(SQUARE)
    assert store.guild_settings(HARBOUR) == GuildSettings(HARBOUR, EN)


async def test_what_is_forgotten_stands_in_no_byte_of_the_files(store: Store, path: Path) -> None:
    """Pages split and move while rows of all lengths come in, and leave copies that no delete meets."""
    draw = random.Random(11)
    for number in range(400):
        user, word = draw.choice([(ANA, "zarzamora"), (LUIS, "quebracho")])
        text = f"{number} {word} " * draw.randint(1, 60)
        await store.remember_unanswered(SQUARE, user, text, ES)
        await store.remember_feedback(SQUARE, user, draw.randrange(10**6), Verdict.DOWN, text)
    await fill(store, SQUARE, ANA, "zarzamora")
    assert b"zarzamora" in bytes_on_disk(path)
    await store.forget_person(ANA)
    assert b"zarzamora" not in bytes_on_disk(path)
    assert b"quebracho" in bytes_on_disk(path)
    await store.purge(2**40)
    assert b"quebracho" not in bytes_on_disk(path)


async def test_what_was_dropped_before_a_person_is_forgotten_stands_in_no_byte_of_the_files_either(
    store: Store, path: Path
) -> None:
    await store.remember_alert(ANA, SQUARE, 7, False, "¿cuándo madura la zarzamora?", ES)
    [alert] = await store.waiting_alerts()
    await store.remove_alert(alert.id)
    assert b"zarzamora" in bytes_on_disk(path)
    assert await store.forget_person(ANA) == Deleted(0, 0, 0)
    assert b"zarzamora" not in bytes_on_disk(path)


async def test_a_left_servers_text_stands_in_no_byte_of_the_files(store: Store, path: Path) -> None:
    await fill(store, SQUARE, ANA, "zarzamora")
    await store.forget_guild(SQUARE)
    assert b"zarzamora" not in bytes_on_disk(path)


async def test_purging_keeps_the_moment_itself_and_what_came_later(store: Store, clock: Clock) -> None:
    at = int(clock.at)
    for offset, user in ((-1, ANA), (0, LUIS), (1, 3)):
        clock.at = at + offset
        await fill(store, SQUARE, user, f"w{user}")
    assert await store.purge(at) == Deleted(1, 1, 1)
    assert {alert.user for alert in await store.waiting_alerts()} == {LUIS, 3}
    assert {group.question for group in await store.unanswered_rows(SQUARE)} == {"¿Quién es w2?", "¿Quién es w3?"}
    assert (await store.feedback_summary(SQUARE)).down == 2
    assert await store.purge(at) == Deleted(0, 0, 0)
    assert await store.purge(at + 2) == Deleted(2, 2, 2)


async def test_purging_keeps_settings_and_notes(store: Store) -> None:
    await store.keep_note("commands", "abc")
    await store.save_guild_settings(GuildSettings(SQUARE, EN))
    await store.purge(2**40)
    assert await store.note("commands") == "abc"
    assert store.guild_settings(SQUARE) == GuildSettings(SQUARE, EN)
