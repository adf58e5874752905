"""Refit ``index/ranking.json``: how signals are summed, and when a question is answered.

    python -m scripts.tune ../shared/eval            prints the figures before and after
    python -m scripts.tune ../shared/eval --write    and writes the new numbers

Three fits, each on what the one before it gives. Passages and sentences: a conditional logit (McFadden, 1974), the
right ones of a question against the others read for it. Answer or refuse: a logistic regression on the features of
``search.features``. All are regularised and cross-validated over articles, so that the numbers hold for articles they
have not seen.

Besides the evaluation data, the articles and questions in ``scripts/tuning`` are fitted on: short questions as people
write them, half of which their articles do not answer.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from index import evaluate, question, ranking
from index.build import build
from index.encoder import FolderEncoder, open_encoder
from index.ranking import PASSAGE_SIGNALS, SENTENCE_SIGNALS, Ranking, parse_rankings
from index.records import Language
from index.snapshot import Snapshot, open_snapshot
from index.sources import read_articles
from scripts.tuning.asked import ARTICLES, Asked, from_dataset, own_questions, small_corpora
from scripts.tuning.fitting import fit_confidence, fit_ranking
from scripts.tuning.searched import CACHE, encoded, gathered

RANKING = Path(ranking.__file__).with_name("ranking.json")
EXPANSION = {Language.SPANISH: {"words": 0.1, "grams": 0.0}, Language.ENGLISH: {"words": 0.8, "grams": 0.8}}
OFF_TOPIC = 1500
SEED = 20261121


def questions(data: Path) -> tuple[list[Asked], dict[str, evaluate.Dataset]]:
    """Every question to fit on, and the data sets whose paragraphs are the corpora."""
    seed = random.Random(SEED)  # noqa: S311 - a repeatable choice, no secret
    spanish = evaluate.read_dataset(data / "xquad-r.es.dev.json")
    english = evaluate.reworded(spanish, evaluate.read_dataset(data / "xquad.en.dev.json"))
    more = evaluate.read_dataset(data / "squad2.es.dev.json")
    corpora = {"xquad": spanish, "squad2": more}
    for group in sorted({q.group for q in spanish.questions}):
        kept = sorted({q.paragraph for q in spanish.questions if q.group == group})
        corpora[f"article{group}"] = evaluate.Dataset(tuple(spanish.paragraphs[row] for row in kept), ())
    asked = [
        *from_dataset(spanish, "xquad", "xquad"),
        *from_dataset(english, "xquad", "xquad-en"),
        *from_dataset(more, "squad2", "squad2"),
        *small_corpora(spanish, "xquad", seed),
        *small_corpora(english, "xquad-en", seed),
        *own_questions(),
    ]
    off_topic = evaluate.read_off_topic(data / "miracl-questions.es.tsv")
    for position, text in enumerate(seed.sample(off_topic, OFF_TOPIC)):
        asked.append(Asked(text, "xquad", f"off-topic{position % 24}", "off-topic", False))
    return asked, corpora


def opened(corpora: Mapping[str, evaluate.Dataset], folder: Path, encoder: FolderEncoder) -> dict[str, Snapshot]:
    """An index of every corpus, our own among them."""
    articles = {name: dataset.articles() for name, dataset in corpora.items()}
    articles["own"] = list(read_articles([ARTICLES]).articles)
    for name, found in articles.items():
        # A file each: a cache forgets what the last few builds did not use.
        build(found, folder / name, encoder, cache=CACHE.with_name(f"tuning-{name}.sqlite"))
    return {name: open_snapshot(folder / name) for name in articles}


def rounded(names: tuple[str, ...], weights: Any) -> dict[str, float]:
    """Named weights to three figures after the point."""
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def refit(asked: list[Asked], snapshots: Mapping[str, Snapshot], encoder: FolderEncoder) -> dict[str, Any]:
    """New numbers for both languages; prints what they change."""
    vectors = encoded([question.parse(one.text).text for one in asked], encoder)
    shipped = json.loads(RANKING.read_text(encoding="utf-8"))
    fresh: dict[str, Any] = {}
    for language in Language:
        raw = shipped[language] | {"expansion": EXPANSION[language]}
        before = parse_rankings({language: raw})[language]
        spoken = [one for one in asked if question.parse(one.text).language is language]
        cases = gathered(spoken, snapshots, vectors, {language: before})
        passage, sentence, lines = fit_ranking(cases, before)
        after: Ranking = replace(before, passage=passage.astype(np.float32), sentence=sentence.astype(np.float32))
        confidence, more = fit_confidence(cases, after)
        print(f"{language}: {len(cases)} questions", *lines, *more, sep="\n")
        fresh[language] = {
            "expansion": EXPANSION[language],
            "passage": rounded(PASSAGE_SIGNALS, passage),
            "sentence": rounded(SENTENCE_SIGNALS, sentence),
            "confidence": {name: round(value, 3) for name, value in confidence.items()},
        }
    return fresh


def main() -> None:
    """Read the arguments, refit, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of the evaluation data")
    parser.add_argument("--write", action="store_true", help="write index/ranking.json")
    options = parser.parse_args()
    asked, corpora = questions(options.data)
    encoder = open_encoder(cache=CACHE.parent)
    with tempfile.TemporaryDirectory() as folder:
        fresh = refit(asked, opened(corpora, Path(folder), encoder), encoder)
    text = json.dumps(fresh, indent=2) + "\n"
    print(text)
    if options.write:
        RANKING.write_text(text, encoding="utf-8")
        print(f"Written to {RANKING}; run the tests and `pregonero eval` with it.")


if __name__ == "__main__":
    main()
