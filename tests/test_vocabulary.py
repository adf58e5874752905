"""The word lists lead from what people say to what articles write, and the file that holds them is sound."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from index import analysis, vocabulary
from index.records import Language
from index.vocabulary import Phrase, Vocabulary

SPANISH, ENGLISH = Language.SPANISH, Language.ENGLISH


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return vocabulary.load()


@pytest.fixture(scope="module")
def raw() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(resources.files("index").joinpath("vocabulary.json").read_text("utf-8"))
    return loaded


def stems(text: str) -> Phrase:
    return tuple(map(analysis.stem, analysis.tokens(text)))


def test_the_lists_are_read_once(words: Vocabulary) -> None:
    assert vocabulary.load() is words


@pytest.mark.parametrize(("said", "written"), [("gastar", "invertir"), ("compañía", "empresa"), ("crear", "fundar")])
def test_a_word_leads_to_its_synonyms_and_back(words: Vocabulary, said: str, written: str) -> None:
    length, others = words.others([said], SPANISH)
    assert length == 1
    assert stems(written) in others
    assert stems(said) in words.others([written], SPANISH)[1]
    assert stems(said) not in others


def test_the_longest_set_phrase_is_taken_and_the_rest_left(words: Vocabulary) -> None:
    length, others = words.others(["inteligencia", "artificial", "en", "francia"], SPANISH)
    assert length == 2
    assert ("ia",) in others
    assert words.others(["francia"], SPANISH)[0] == 1


def test_inflections_are_looked_up_by_their_stem(words: Vocabulary) -> None:
    assert words.others(["empresas"], SPANISH) == words.others(["empresa"], SPANISH)


def test_english_words_lead_to_spanish_ones_in_english_questions_alone(words: Vocabulary) -> None:
    assert stems("empresa") in words.others(["company"], ENGLISH)[1]
    assert stems("compañía") in words.others(["companies"], ENGLISH)[1]
    assert stems("empresa") not in words.others(["company"], SPANISH)[1]


def test_an_english_word_is_looked_up_as_written_before_its_stem(words: Vocabulary) -> None:
    assert analysis.stem("active", ENGLISH) == analysis.stem("activity", ENGLISH)
    assert stems("actividad") in words.others(["activity"], ENGLISH)[1]
    assert words.others(["activities"], ENGLISH)[1] != words.others(["activity"], ENGLISH)[1]


def test_every_translation_is_reached(words: Vocabulary, raw: dict[str, Any]) -> None:
    for key, meanings in raw["translations"].items():
        tokens = analysis.tokens(key)
        length, others = words.others(tokens, ENGLISH)
        assert length == len(tokens), key
        assert set(filter(None, map(stems, meanings))) <= set(others), key


def test_a_word_that_no_list_holds_has_no_other_way(words: Vocabulary) -> None:
    assert words.others(["xyzzy"], SPANISH) == (1, ())
    assert words.others(["xyzzy"], ENGLISH) == (1, ())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("inbierte", "invierte"),
        ("nuve", "nube"),
        ("conpañia", "compañía"),
        ("infraestrutura", "infraestructura"),
        ("inteligensia", "inteligencia"),
    ],
)
def test_a_misspelled_word_is_respelled(words: Vocabulary, typed: str, meant: str) -> None:
    found = words.respelled(typed)
    assert found is not None
    assert analysis.stem(found) == analysis.stem(meant)


@pytest.mark.parametrize("word", ["invierte", "dinero", "empresas", "ia", "xyzzyq", "alibaba", "q", ""])
def test_a_word_spelled_right_or_like_no_other_is_left_alone(words: Vocabulary, word: str) -> None:
    assert words.respelled(word) is None


def test_no_listed_word_is_taken_for_another(words: Vocabulary, raw: dict[str, Any]) -> None:
    listed = [tokens[0] for group in raw["synonyms"] for text in group if len(tokens := analysis.tokens(text)) == 1]
    assert [word for word in listed if words.respelled(word)] == []


@pytest.mark.parametrize("word", ["de", "la", "qué", "que", "el", "hola"])
def test_small_words_say_nothing(words: Vocabulary, word: str) -> None:
    assert words.weightless(word, SPANISH, named=False)


@pytest.mark.parametrize("word", ["asta", "ase"])
def test_misspelled_small_words_say_nothing_either_unless_they_are_names(words: Vocabulary, word: str) -> None:
    assert words.weightless(word, SPANISH, named=False)
    assert not words.weightless(word, SPANISH, named=True)
    assert not words.weightless(word, ENGLISH, named=False)


def test_words_with_a_subject_say_something(words: Vocabulary) -> None:
    assert not any(words.weightless(word, SPANISH, named=False) for word in ("alibaba", "invierte", "nube", "empresa"))


def test_every_group_has_members_that_differ(raw: dict[str, Any]) -> None:
    assert [group for group in raw["synonyms"] if len(set(group)) < max(2, len(group))] == []
    assert [text for group in raw["synonyms"] for text in group if not stems(text)] == []


def test_every_english_phrase_means_something(raw: dict[str, Any]) -> None:
    assert [key for key, meanings in raw["translations"].items() if not any(map(stems, meanings))] == []


def test_lists_are_of_the_languages_there_are(raw: dict[str, Any]) -> None:
    assert all(set(raw[name]) == set(Language) for name in ("function_words", "answer_words", "light_words"))


def test_no_phrase_is_its_own_synonym(words: Vocabulary) -> None:
    assert [phrase for phrase, others in words.synonyms.items() if phrase in others or not all(others)] == []
