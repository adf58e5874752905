"""`/indice reconstruir` where golden questions guard what is published."""

from __future__ import annotations

import json
from pathlib import Path

from bot.texts import TEXTS
from index.encoder import FolderEncoder
from index.publish import current_version, version_folder
from index.records import Language
from tests.discord_numbers import MANAGER
from tests.scene import open_scene

TEXT = TEXTS[Language.SPANISH]
ASKED = "¿cuántas toneladas de *quinua* exportó la cooperativa de Puno?"


def test_an_index_that_answers_worse_is_not_published_and_the_admin_is_told_which_questions(
    tmp_path: Path, embedded: FolderEncoder
) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text(json.dumps({"question": ASKED, "answerable": True, "must_contain": ["812 toneladas"]}), "utf-8")
    with open_scene(tmp_path, embedded, GOLDEN_QUESTIONS=str(golden)) as scene:
        version = current_version(scene.index)
        scene.write("quinua.txt", "Quinua para Noruega\n\nLa cooperativa de Puno exportó 900 toneladas de quinua.\n")
        asked = scene.server.slash("indice reconstruir", {}, permissions=MANAGER)
        expected = f"{TEXT.rebuild_worse.format(count=1)}\n- {ASKED.replace('*', chr(92) + '*')}"
        answer = asked.wait_answer()
        scene.server.wait_for(lambda: answer.embeds[0]["description"] == expected, 60, "the end of the rebuild")
        assert answer.ephemeral
        assert current_version(scene.index) == version
        scene.bot.wait_log(f"«{ASKED}»")
        question = scene.server.slash("preguntar", {"pregunta": ASKED})
        assert "812 toneladas" in question.wait_answer().embeds[0]["description"]


def test_where_the_published_index_cannot_be_asked_the_admin_is_told_that_nobody_knows(
    tmp_path: Path, embedded: FolderEncoder
) -> None:
    golden = tmp_path / "golden.jsonl"
    golden.write_text(json.dumps({"question": ASKED, "answerable": True, "must_contain": ["900 toneladas"]}), "utf-8")
    with open_scene(tmp_path, embedded, GOLDEN_QUESTIONS=str(golden)) as scene:
        version = current_version(scene.index)
        (version_folder(scene.index, version) / "passages.jsonl").unlink()
        scene.write("otra.txt", "Otra noticia\n\nEl museo del Carbón abrirá en mayo.\n")
        asked = scene.server.slash("indice reconstruir", {}, permissions=MANAGER)
        expected = f"{TEXT.rebuild_uncompared.format(count=1)}\n- {ASKED.replace('*', chr(92) + '*')}"
        answer = asked.wait_answer()
        scene.server.wait_for(lambda: answer.embeds[0]["description"] == expected, 60, "the end of the rebuild")
        assert current_version(scene.index) == version
        scene.bot.wait_log("The published version cannot be asked (")
