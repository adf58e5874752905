"""A bot that is backed up while it answers, lost whole, restored, and answers the same."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from index.encoder import FolderEncoder
from tests.command_line import assert_one_line, run
from tests.scene import Scene, open_scene

KNOWN = "¿cuántas toneladas de quinua exportó la cooperativa de Puno?"
UNKNOWN = "¿cuántos empleados tiene la cooperativa de Zagreb?"
LATER = "¿cuántos empleados tiene la cooperativa de Oslo?"


def answer(scene: Scene, question: str) -> tuple[object, object]:
    """What is shown in answer: embeds and buttons."""
    asked = scene.server.slash("preguntar", {"pregunta": question}, user=scene.server.new_user("Rita"))
    message = asked.wait_answer()
    return message.embeds, message.components


def remembered(scene: Scene, question: str) -> list[str]:
    """All rows, once the question is in one of them, as it is some time after its answer."""
    notes = ("synced_commands", "alerts_version", question)
    scene.server.wait_for(lambda: all(any(note in row for row in rows(scene)) for note in notes), 20, "rows")
    return rows(scene)


def rows(scene: Scene) -> list[str]:
    with closing(sqlite3.connect(scene.settings["STATE_FILE"])) as connection:
        return [line for line in connection.iterdump() if line.startswith("INSERT")]


def test_a_bot_backed_up_while_it_answers_comes_back_whole(tmp_path: Path, embedded: FolderEncoder) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup.tar"
    with open_scene(home, embedded) as scene:
        shown = answer(scene, KNOWN)
        answer(scene, UNKNOWN)
        before = remembered(scene, UNKNOWN)

        done = run("backup", backup, env=scene.settings)
        assert (done.exit_code, done.stderr) == (0, "")
        assert "what the bot remembers" in done.stdout
        answer(scene, LATER)
        later = remembered(scene, LATER)

        done = run("restore", "--force", backup, env=scene.settings)
        assert (done.exit_code, done.stdout) == (1, "")
        assert_one_line(done.stderr)
        assert "is in use: stop the bot" in done.stderr
        assert rows(scene) == later
        assert answer(scene, KNOWN) == shown

        scene.bot.terminate()
        assert scene.bot.wait() == 0
        for path in home.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        done = run("restore", backup, env=scene.settings)
        assert (done.exit_code, done.stderr) == (0, "")
        assert rows(scene) == before

        scene.restart(killed=True)
        assert answer(scene, KNOWN) == shown
