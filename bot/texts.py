"""Every sentence that a reader sees, in Spanish and in English."""

from __future__ import annotations

from dataclasses import dataclass

from index.records import Language


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language."""

    sources: str
    not_found: str
    near: str
    untitled: str
    ask_prompt: str
    chat_hint: str
    goodbye: str


TEXTS = {
    Language.SPANISH: Texts(
        sources="Fuentes",
        not_found="No lo sé: los artículos que conozco no lo dicen.",
        near="Lo más cercano que tengo",
        untitled="Sin título",
        ask_prompt="Pregunta",
        chat_hint="Pregunta lo que quieras. Con /salir o Ctrl-D te vas.",
        goodbye="Hasta luego.",
    ),
    Language.ENGLISH: Texts(
        sources="Sources",
        not_found="I don't know: the articles I have don't say.",
        near="The nearest I have",
        untitled="Untitled",
        ask_prompt="Question",
        chat_hint="Ask what you like. /exit or Ctrl-D leaves.",
        goodbye="Goodbye.",
    ),
}
