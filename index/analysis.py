"""Text to terms: stemmed words and character 4-grams, the two things the lexical index counts.

Words are stemmed first and folded (accents removed) after: Snowball's Spanish stemmer reads accents, so folding first
loses inflections (nDCG@10 on XQuAD-es: .965 stem then fold, .962 the other way round). Grams are cut from words spelled
as they sound, so that "alivava", "inbierte" and "asión" share most of theirs with the right spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from threading import Lock

import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from index.records import Language

GRAM = 4

# A number keeps its separators ("52.44", "300.000"); anything else is a run of letters and digits.
_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_SOUNDS = (
    ("qu", "k"),
    ("v", "b"),
    ("z", "s"),
    ("ce", "se"),
    ("ci", "si"),
    ("ge", "je"),
    ("gi", "ji"),
    ("ll", "y"),
    ("h", ""),
)
_STEMMER_NAMES = {Language.SPANISH: "spanish", Language.ENGLISH: "english"}


def fold(text: str) -> str:
    """Remove accents and other combining marks: "inversión" -> "inversion", "ñ" -> "n"."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def tokens(text: str) -> list[str]:
    """Lower-cased words and numbers, in order; thousands separators are dropped: "300.000" -> "300000".

    However a letter is encoded ("ó" in two parts, "𝗔" in mathematical bold), its token is the same.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    found: list[str] = _TOKEN.findall(plain)
    # Only a number has a separator in it.
    return [_number(token) if "." in token or "," in token else token for token in found]


def _number(token: str) -> str:
    if _GROUPED.fullmatch(token):
        return token.replace(".", "").replace(",", "")
    return token.replace(",", ".")


# What was stemmed before: articles and questions say the same words again and again.
_STEMS: dict[Language, dict[str, str]] = {language: {} for language in Language}
_MAX_STEMS = 1 << 20
_STEMMING = Lock()


@lru_cache(maxsize=1)
def _stemmers() -> dict[Language, Stemmer.Stemmer]:
    return {language: Stemmer.Stemmer(name) for language, name in _STEMMER_NAMES.items()}


def stem(token: str, language: Language = Language.SPANISH) -> str:
    """The token's Snowball stem, accents folded."""
    known = _STEMS[language]
    found = known.get(token)
    if found is None:
        with _STEMMING:
            found = fold(_stemmers()[language].stemWord(token))
            _remember(known, {token: found})
    return found


def stems_of(words: Sequence[str]) -> list[str]:
    """The Spanish stem of each word; quick where all were stemmed before."""
    try:
        return list(map(_STEMS[Language.SPANISH].__getitem__, words))
    except KeyError:
        return list(map(stem, words))


def stem_all(words: Iterable[str], language: Language = Language.SPANISH) -> None:
    """Stem many words at once, ten times as fast as one by one, so that ``stem`` finds them."""
    known = _STEMS[language]
    new = list({word for word in words if word not in known})
    # A Snowball stemmer keeps its word while it works: two threads must not share it.
    with _STEMMING:
        stemmed = _stemmers()[language].stemWords(new)
        _remember(known, dict(zip(new, map(fold, stemmed), strict=True)))


def _remember(known: dict[str, str], new: dict[str, str]) -> None:
    if len(known) + len(new) > _MAX_STEMS:
        known.clear()
    known.update(new)


@lru_cache(maxsize=1 << 16)
def sound(token: str) -> str:
    """The token without accents and with the letters that Spanish pronounces alike made one: "alivava" -> "alibaba"."""
    heard = fold(token)
    for letters, same in _SOUNDS:
        heard = heard.replace(letters, same)
    return heard


@lru_cache(maxsize=1 << 16)
def word_grams(token: str) -> tuple[str, ...]:
    """Character 4-grams of ``_token_`` spelled as it sounds; the whole of it when it is shorter.

    Raises nothing; an empty token gives the one gram ``__``.
    """
    padded = f"_{sound(token)}_"
    if len(padded) <= GRAM:
        return (padded,)
    return tuple([padded[i : i + GRAM] for i in range(len(padded) - GRAM + 1)])


def stems(text: str) -> list[str]:
    """Spanish stems of the text's words, in order."""
    return stems_of(tokens(text))


def grams(text: str) -> list[str]:
    """Character 4-grams of the text's words, in order."""
    return [gram for token in tokens(text) for gram in word_grams(token)]


def sounds_like(sound: str, others: Iterable[str], least: float) -> tuple[str, float] | None:
    """The one of ``others`` whose spelling is nearest to ``sound``, and their similarity, 0..1; None below ``least``.

    The similarity is 1 minus the edit distance (Levenshtein, 1966) over the longer length.
    """
    found = process.extractOne(sound, list(others), scorer=Levenshtein.normalized_similarity, score_cutoff=least)
    return (found[0], found[1]) if found else None
