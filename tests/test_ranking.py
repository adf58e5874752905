"""The fitted numbers are read whole or refused, and a probability is one whatever the features."""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import ranking
from index.ranking import PASSAGE_SIGNALS, SENTENCE_SIGNALS, Confidence, parse_rankings
from index.records import Language


def raw() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(resources.files("index").joinpath("ranking.json").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("language", Language)
def test_every_language_has_its_numbers(language: Language) -> None:
    numbers, given = ranking.shipped()[language], raw()[language]
    assert numbers.passage.tolist() == pytest.approx([given["passage"][name] for name in PASSAGE_SIGNALS])
    assert numbers.sentence.tolist() == pytest.approx([given["sentence"][name] for name in SENTENCE_SIGNALS])
    assert numbers.expansion == (given["expansion"]["words"], given["expansion"]["grams"])
    assert (numbers.confidence.intercept, numbers.confidence.threshold) == (
        given["confidence"]["intercept"],
        given["confidence"]["threshold"],
    )
    assert not {"intercept", "threshold"} & numbers.confidence.weights.keys()
    assert numbers.passage.dtype == numbers.sentence.dtype == np.float32


@pytest.mark.parametrize("language", Language)
def test_the_numbers_are_finite_and_the_threshold_is_a_probability(language: Language) -> None:
    numbers = ranking.shipped()[language]
    assert np.isfinite([*numbers.passage, *numbers.sentence, *numbers.expansion, numbers.confidence.intercept]).all()
    assert np.isfinite(list(numbers.confidence.weights.values())).all()
    assert 0 < numbers.confidence.threshold < 1


def test_the_numbers_are_read_once() -> None:
    assert ranking.shipped() is ranking.shipped()


@pytest.mark.parametrize("part", ["expansion", "passage", "sentence", "confidence"])
@pytest.mark.parametrize("value", [None, 3, "words", [], {"words": "many"}, {}])
def test_numbers_that_are_missing_or_none_are_refused(part: str, value: object) -> None:
    broken = raw()
    broken["es"][part] = value
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse_rankings(broken)


def test_a_language_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'xx' is not a valid Language"):
        parse_rankings({"xx": raw()["es"]})


def test_a_probability_is_the_logistic_function_of_the_weighted_features() -> None:
    confidence = Confidence(intercept=-1.0, weights={"coverage": 3.0, "strange": -2.0}, threshold=0.5)
    found = confidence.probability({"coverage": 0.5, "strange": 0.25, "ignored": 9.0})
    assert found == pytest.approx(1 / (1 + math.exp(1.0 - 1.5 + 0.5)))


def test_a_feature_that_was_not_measured_is_missed() -> None:
    with pytest.raises(KeyError, match="coverage"):
        Confidence(0.0, {"coverage": 1.0}, 0.5).probability({})


@given(st.floats(-1e300, 1e300), st.floats(-1e6, 1e6))
def test_a_probability_is_between_none_and_all_whatever_the_features(value: float, weight: float) -> None:
    assert 0 <= Confidence(0.0, {"one": weight}, 0.5).probability({"one": value}) <= 1
