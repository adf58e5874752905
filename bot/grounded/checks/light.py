"""Words that a sentence may add to what its sources say: they claim next to nothing."""

from __future__ import annotations

from functools import cache

from index import analysis, vocabulary
from index.records import Language

# Function words of a question that turn a statement round, or claim something, where they are added to it.
_TELLING = frozenset(
    """contra sin apenas menos mas more less most least against without excepto salvo except never nunca jamas
    deber debe deben need needs needed want wants wanted favor abajo arriba frente conoce conocer know known knew help
    mañana ayer hoy today name named opinas interesa mira look necesita quiere quieren sorry wish""".split()
)
# Copulas, auxiliaries, reporting and light verbs, and nouns for what everyone can see: a company, an amount, a place.
_LIGHT = {
    Language.SPANISH: """
        dice dicen dijo dijeron decir afirma afirmó afirmar afirmaron asegura aseguró señala señaló explica explicó
        indica indicó informa informó informaron cuenta menciona mencionó añadió añade agregó agrega anunció anuncia
        comunicó comunica detalla detalló cree considera
        suma sumar ascender asciende ascienden equivale equivalen trata tratar consiste hay existe existen figura
        tuvo tener lleva llevar llevará participa participan participar realiza realizar realizó corresponde llama
        empresa compañía firma organización entidad monto cifra total cantidad valor parte forma formar vez
        cerca unos unas alrededor aproximadamente también además asimismo así artículo texto noticia pasaje
        actualmente ahora parte incluye incluyen dato datos
        """,
    Language.ENGLISH: """
        say says said saying state states stated tell told add adds added explain explained report reported reports
        announce announced announces mention mentioned note noted believe
        amount amounts total totals equal equals consist exist include includes including worth
        company firm organisation organization entity amount figure about around roughly approximately also
        article text news passage currently now part take takes took make makes made
        """,
}


def is_light(word: str, language: Language) -> bool:
    """Whether a word, in lower case, need stand in no source."""
    folded = analysis.fold(word)
    if folded in _TELLING:
        return False
    # "bajó" is no "bajo".
    if word.endswith("ó") and word not in _LIGHT[language].split():
        return False
    return folded in vocabulary.load().empty[language] or folded in _light()[language]


@cache
def _light() -> dict[Language, frozenset[str]]:
    return {language: frozenset(map(analysis.fold, words.split())) for language, words in _LIGHT.items()}
