"""Words and 4-grams are what the design says, however a text is typed, encoded or accented."""

from __future__ import annotations

import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
import Stemmer
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.records import Language

SENTENCE = "Según el anuncio, la AIP quiere recaudar 300.000 millones de dólares para inversión en infraestructura."


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("¿Cuánto invierte Alibaba?", ["cuánto", "invierte", "alibaba"]),
        ("300.000 millones, 1.234.567 y 12,345", ["300000", "millones", "1234567", "y", "12345"]),
        ("$52.44 mil millones o 52,44", ["52.44", "mil", "millones", "o", "52.44"]),
        ("1.234,56 € = 1,234.56 €", ["1.234.56", "1.234.56"]),
        ("El 32% en 2027.", ["el", "32", "en", "2027"]),
        ("GPT-4o, DeepSeek-V3 y Qwen2.5", ["gpt", "4o", "deepseek", "v3", "y", "qwen2", "5"]),
        ("OpenAI’s Operator; AT&T", ["openai", "s", "operator", "at", "t"]),
        ("_cursiva_ y snake_case", ["cursiva", "y", "snake", "case"]),
        ("🌍La🚀AIP", ["la", "aip"]),
        ("ÑANDÚ ÁÉÍ", ["ñandú", "áéí"]),
        ("300.000 barcos", ["300000", "barcos"]),
        ("52,44 por ciento", ["52.44", "por", "ciento"]),
        ("3.14,15 y 1,000 v1.2", ["3.14.15", "y", "1000", "v1", "2"]),
        ("", []),
        ("¿? ¡! … — 🌍", []),
    ],
)
def test_tokens_are_small_words_and_figures_without_their_thousands_separators(text: str, tokens: list[str]) -> None:
    assert analysis.tokens(text) == tokens


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_tokens_do_not_depend_on_how_letters_are_encoded(form: str) -> None:
    written = unicodedata.normalize(form, SENTENCE)  # type: ignore[arg-type]  # one of the four names
    assert analysis.tokens(written) == analysis.tokens(SENTENCE)


def test_letters_of_other_alphabets_of_mathematics_are_plain_letters() -> None:
    assert analysis.tokens("𝗔𝗹𝗶𝗯𝗮𝗯𝗮 ﬁrma ５２") == ["alibaba", "firma", "52"]


@pytest.mark.parametrize(
    ("text", "folded"), [("inversión", "inversion"), ("ÑANDÚ", "NANDU"), ("Łódź", "Łodz"), ("plain", "plain"), ("", "")]
)
def test_folding_takes_marks_off_and_nothing_else(text: str, folded: str) -> None:
    assert analysis.fold(text) == folded


@pytest.mark.parametrize("words", [("inversión", "inversiones"), ("rápida", "rapida"), ("invertirá", "invertir")])
def test_inflections_and_lost_accents_have_one_stem(words: tuple[str, str]) -> None:
    assert analysis.stem(words[0]) == analysis.stem(words[1])


def test_words_are_stemmed_before_their_accents_are_folded() -> None:
    """The other order gives another stem, which finds less."""
    snowball = Stemmer.Stemmer("spanish")
    assert analysis.stem("habían") == analysis.fold(snowball.stemWord("habían"))
    assert analysis.stem("habían") != snowball.stemWord("habian")


def test_english_has_its_own_stems() -> None:
    assert analysis.stem("investing", Language.ENGLISH) == analysis.stem("invested", Language.ENGLISH) == "invest"
    assert analysis.stem("investing") != "invest"


def test_stems_learnt_at_once_are_those_found_one_by_one() -> None:
    words = ["asociándose", "desplegaban", "kilométricos", "asociándose"]
    analysis.stem_all(words)
    snowball = Stemmer.Stemmer("spanish")
    assert [analysis.stem(word) for word in words] == [analysis.fold(snowball.stemWord(word)) for word in words]


def test_stems_of_many_words_are_the_stems_of_each_known_or_not() -> None:
    words = ["inversiones", "nube", "desconocidísimas", "nube"]
    assert analysis.stems_of(words) == analysis.stems_of(words) == [analysis.stem(word) for word in words]


def test_the_memory_of_stems_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger who asks nonsense for hours does not fill the machine."""
    monkeypatch.setattr(analysis, "_MAX_STEMS", 50)
    known: dict[str, str] = {}
    monkeypatch.setitem(analysis._STEMS, Language.SPANISH, known)
    for number in range(200):
        assert analysis.stem(f"palabra{number}") == f"palabra{number}"
    analysis.stem_all(f"otra{number}" for number in range(40))
    assert len(known) <= 50
    assert analysis.stem("otra7") == "otra7"


def test_threads_that_stem_at_once_get_the_right_stems(monkeypatch: pytest.MonkeyPatch) -> None:
    snowball = Stemmer.Stemmer("spanish")
    words = [f"{word}{end}" for word in SENTENCE.lower().split() for end in ("", "es", "mente", "ando", "ción")]
    truth = {word: analysis.fold(snowball.stemWord(word)) for word in words}
    monkeypatch.setitem(analysis._STEMS, Language.SPANISH, {})
    monkeypatch.setattr(analysis, "_MAX_STEMS", 10)  # forgets all the time, so that every thread stems
    start = threading.Barrier(4)

    def work() -> bool:
        start.wait()
        return all(analysis.stem(word) == truth[word] for _ in range(20) for word in words)

    with ThreadPoolExecutor(4) as pool:
        assert all(done.result() for done in [pool.submit(work) for _ in range(4)])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("alivava", "alibaba"), ("kien", "quien"), ("inbierte", "invierte"), ("acer", "hacer"), ("yegó", "llego")],
)
def test_words_that_are_spoken_alike_sound_alike(typed: str, meant: str) -> None:
    assert analysis.sound(typed) == analysis.sound(meant)


@pytest.mark.parametrize(
    ("token", "grams"),
    [
        ("nube", ("_nub", "nube", "ube_")),
        ("ia", ("_ia_",)),
        ("a", ("_a_",)),
        ("", ("__",)),
        ("que", ("_ke_",)),
        ("v3", ("_b3_",)),
    ],
)
def test_grams_are_cut_from_the_sound_between_word_edges(token: str, grams: tuple[str, ...]) -> None:
    assert analysis.word_grams(token) == grams


def test_a_misspelled_word_shares_most_grams_with_the_right_one() -> None:
    typed, meant = set(analysis.word_grams("infraestrutura")), set(analysis.word_grams("infraestructura"))
    assert len(typed & meant) >= 0.6 * len(meant)


def test_stems_and_grams_of_a_text_keep_its_order() -> None:
    assert analysis.stems("Inversiones en nubes") == [analysis.stem(word) for word in ("inversiones", "en", "nubes")]
    assert analysis.grams("IA nube") == ["_ia_", "_nub", "nube", "ube_"]


def test_the_nearest_sound_is_found_with_its_similarity() -> None:
    found = analysis.sounds_like("alibava", ["microsoft", "alibaba", "ali"], 0.8)
    assert found is not None
    assert (found[0], round(found[1], 6)) == ("alibaba", round(1 - 1 / 7, 6))
    assert analysis.sounds_like("alibava", ["microsoft", "nube"], 0.8) is None
    assert analysis.sounds_like("alibava", [], 0.8) is None


@given(st.text())
def test_any_text_gives_tokens_that_stem_and_cut(text: str) -> None:
    tokens = analysis.tokens(text)
    assert all(tokens)
    assert "_" not in "".join(tokens)
    assert len(analysis.stems(text)) == len(tokens)
    assert all(1 <= len(gram) <= analysis.GRAM for gram in analysis.grams(text))


@given(st.text())
def test_tokens_of_tokens_are_the_same_tokens(text: str) -> None:
    tokens = [token for token in analysis.tokens(text) if token.isalpha()]
    assert analysis.tokens(" ".join(tokens)) == tokens
