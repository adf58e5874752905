"""Every sentence that a reader sees, in Spanish and in English, side by side.

``TEXTS[language].not_found`` is the sentence in that language; what stands in braces is filled in with ``format``.
"""

from __future__ import annotations

from index.records import Language


class _Said:
    """One sentence in both languages; read from a ``Texts``, it is the sentence in that one's language."""

    def __init__(self, spanish: str, english: str) -> None:
        self._by_language = {Language.SPANISH: spanish, Language.ENGLISH: english}

    def __get__(self, texts: Texts, _owner: type[Texts]) -> str:
        return self._by_language[texts.language]


class Texts:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    # --- answers ---
    sources = _Said("Fuentes", "Sources")
    not_found = _Said(
        "No lo sé: los artículos que conozco no lo dicen.", "I don't know: the articles I have don't say."
    )
    near = _Said("Lo más cercano que tengo", "The nearest I have")
    untitled = _Said("Sin título", "Untitled")

    # --- `pregonero chat` ---
    ask_prompt = _Said("Pregunta", "Question")
    chat_hint = _Said(
        "Pregunta lo que quieras. Con /salir o Ctrl-D te vas.", "Ask what you like. /exit or Ctrl-D leaves."
    )
    goodbye = _Said("Hasta luego.", "Goodbye.")


TEXTS = {language: Texts(language) for language in Language}
