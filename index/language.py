"""Which language a text is in: Spanish or English, by its function words and letters.

Function words decide, because they are the most frequent words of any sentence, even of a short question; letters
that only Spanish writes count as much as a word. A text that says nothing either way is taken for Spanish, the
language of most of the corpus. Questions are often a few bare words ("AIP members?"), so words that are frequent in
questions and endings that only one language has count too.
"""

from __future__ import annotations

import re

from index.records import Language

_SAMPLE = 4_000
"""Characters looked at: the beginning of an article tells as much as all of it."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# Words that both languages write (a, no, me, he, son, sin, ha, more names than words) are left out of both sets.
_SPANISH = frozenset(
    """
    al algún alguna algunas algunos ante antes aquel aquella aquellos aquí así aun aún aunque bajo cada casi como cómo
    con contra cual cuál cuales cuáles cuando cuándo cuanta cuánta cuantas cuántas cuanto cuánto cuantos cuántos cuya
    cuyo da dan de debe deben decir del desde después dice dicen dijo dime donde dónde dos durante e ella ellas ellos
    empresa empresas en entonces entre era eran es esa esas ese eso esos esta está están estar estas este esto estos
    existe fue fueron fué ha haber había hace hacen hacer hasta hay hoy la las le les lo los luego más mediante
    mi mientras mis mucha muchas mucho muchos muy nada ni ningún nos nosotros nuestra nuestro nueva nuevo nuevos nunca
    o otra otras otro otros para pero poco por porque pudo puede pueden pues que qué quien quién quienes quiénes
    quiere según ser si sí sido siempre sino sobre su sus también tan tanto te tiene tienen tipo toda todas todo
    todos tras tu tus u un una unas uno unos usa usan va van varias varios ya año años anunció anuncia cuesta
    """.split()
)
_ENGLISH = frozenset(
    """
    about after all also am among an and any are as at be because been before being between both but by can could
    did do does doesn't doing don't down during each far few for from get gets give gives going had has have having her
    here his how i if in into is isn't it it's its just let many may might more most much must my new next not now of
    off on only or other our out over own planned plans say says she should show so some such tell than that the their
    them then there these they this those through to too told under until up us use uses very was wasn't we were what
    what's when where which while who who's whom whose why will with won't would year years yet you your member members
    company companies invest invests investing investment leads leader joined join founded makes made role budget
    hello hi hey please thanks thank quote news announced announcement latest
    """.split()
)
_ENGLISH_ENDINGS = ("'s", "n't", "'re", "'ve", "'ll", "tion", "tions", "ment", "ments", "ness", "ship", "ships")
_SPANISH_ENDINGS = ("cion", "ciones", "siones", "dades", "miento", "mientos", "mente")
_SPANISH_LETTERS = re.compile(r"[ñ¿¡áéíóúü]", re.IGNORECASE)


def detect(text: str) -> Language:
    """Return the language that most of the text's function words belong to; Spanish when they say nothing."""
    sample = text[:_SAMPLE].casefold()
    spanish = english = 0
    for match in _WORD.finditer(sample):
        word = match.group().replace("’", "'")
        if word in _SPANISH or _SPANISH_LETTERS.search(word) or word.endswith(_SPANISH_ENDINGS):
            spanish += 1
        elif word in _ENGLISH or word.endswith(_ENGLISH_ENDINGS):
            english += 1
    spanish += 2 * sum(mark in sample for mark in "¿¡")
    return Language.ENGLISH if english > spanish else Language.SPANISH
