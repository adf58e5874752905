"""The fits themselves: a conditional logit for ranking, a logistic regression for answering or refusing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score, roc_curve

from index import evaluate, search
from index.ranking import Ranking
from scripts.tuning.searched import Case

Array = NDArray[np.float64]

FOLDS = 6
SHRINK = 0.01
# Of the sentences' weights: cross-validated over articles it does better than .01 (Spanish +.004, English +.013).
SHRINK_SENTENCES = 0.001
GENTLE = 0.001
# Features that speak against an answer; all others speak for it.
AGAINST = frozenset({"missing_name", "strange", "unheard", "lacks_figure", "lacks_name", "addressed"})
FALSE_REFUSALS = 0.05
# Answerable questions changed by a word, and machine-translated: hardly to be told, so hardly counted.
_IMPOSSIBLE = 0.1


def conditional_logit(
    tables: Sequence[Array], right: Sequence[NDArray[np.bool_]], weights: Sequence[float], shrink: float
) -> Array:
    """Weights w that make softmax(table @ w) put its mass on the right rows; none below zero, so that each can be read.

    Minimises the mean negative log-likelihood plus ``shrink`` times the squared length of w.
    """
    known = [(t, r, w) for t, r, w in zip(tables, right, weights, strict=True) if r.any() and not r.all()]
    longest = max(len(table) for table, _, _ in known)
    stacked = np.zeros((len(known), longest, tables[0].shape[1]))
    # A row that only fills up to the longest table gets no mass.
    absent = np.full((len(known), longest), -np.inf)
    rows = np.zeros((len(known), longest), dtype=bool)
    for position, (table, truth, _) in enumerate(known):
        stacked[position, : len(table)], rows[position, : len(table)] = table, truth
        absent[position, : len(table)] = 0
    share = np.array([weight for _, _, weight in known])
    share /= share.sum()

    def loss(x: Array) -> tuple[float, Array]:
        scores = stacked @ x + absent
        masses = np.exp(scores - scores.max(axis=1, keepdims=True))
        masses /= masses.sum(axis=1, keepdims=True)
        held = (masses * rows).sum(axis=1)
        pull = (masses * rows) / held[:, None] - masses
        slope = -np.einsum("n,nm,nmd->d", share, pull, stacked, optimize=True)
        return float(-(share * np.log(held)).sum() + shrink * x @ x), slope + 2 * shrink * x

    start = np.ones(stacked.shape[2])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start))
    return np.asarray(found.x)


def folded(cases: Sequence[Case]) -> NDArray[np.intp]:
    """The fold of each case: all of an article's questions, in whatever language or wording, in one."""
    groups = sorted({case.asked.group for case in cases})
    place = {group: position % FOLDS for position, group in enumerate(groups)}
    return np.array([place[case.asked.group] for case in cases])


def ndcg(ranks: Iterable[int]) -> float:
    """Mean nDCG@10 with one right place each, counted from 0."""
    return float(np.mean([1 / np.log2(rank + 2) if rank < evaluate.DEPTH else 0.0 for rank in ranks]))


def rank_of(scores: Array, right: NDArray[np.bool_], owners: Sequence[object]) -> int:
    """The place of the best right row among distinct owners, best score first; 99 when there is none."""
    order = np.argsort(-scores, kind="stable").tolist()
    seen = list(dict.fromkeys(owners[row] for row in order))
    places = [seen.index(owners[row]) for row in np.flatnonzero(right).tolist()]
    return min(places, default=99)


def passage_rank(case: Case, weights: Array) -> int:
    """The place of the right article by its best passage."""
    owners = [reading.article.id for reading in case.found.readings]
    return rank_of(case.found.signals @ weights, case.passages, owners)


def sentence_table(case: Case, passage: Array) -> Array:
    """The signals of the case's sentences when passages are scored with the given weights."""
    return np.asarray(
        search.sentence_signals(case.parsed, case.found, (case.found.signals @ passage).astype(np.float32)), dtype=float
    )


def sentence_rank(case: Case, table: Array, weights: Array) -> int:
    """The place of the right sentence; a sentence in two passages counts once."""
    owners = [(reading.article.id, s.span) for reading in case.found.readings for s in reading.sentences]
    return rank_of(table @ weights, case.sentences, owners)


def figures(cases: Sequence[Case], passage: Array, sentence: Array) -> str:
    """nDCG@10 of articles by their best passage / nDCG@10 of sentences / recall@1 of sentences."""
    ranks = [sentence_rank(case, sentence_table(case, passage), sentence) for case in cases]
    first = float(np.mean([rank == 0 for rank in ranks]))
    return f"{ndcg(passage_rank(case, passage) for case in cases):.4f} / {ndcg(ranks):.4f} / {first:.4f}"


def fit_ranking(cases: Sequence[Case], before: Ranking) -> tuple[Array, Array, list[str]]:
    """Passage and sentence weights, and lines that compare them with the weights before."""
    ranked = [case for case in cases if case.asked.right is not None]
    folds = folded(ranked)
    judged = [case.asked.kind.startswith("xquad") for case in ranked]

    def fit_passages(chosen: Sequence[Case]) -> Array:
        return conditional_logit(
            [np.asarray(c.found.signals) for c in chosen],
            [c.passages for c in chosen],
            [c.asked.weight for c in chosen],
            SHRINK,
        )

    def fit_sentences(chosen: Sequence[Case], passage: Array) -> Array:
        return conditional_logit(
            [sentence_table(c, passage) for c in chosen],
            [c.sentences for c in chosen],
            [c.asked.weight for c in chosen],
            SHRINK_SENTENCES,
        )

    crossed_passages, crossed_sentences = [], []
    for fold in range(FOLDS):
        passage = fit_passages([c for c, f in zip(ranked, folds, strict=True) if f != fold])
        sentence = fit_sentences([c for c, f in zip(ranked, folds, strict=True) if f != fold], passage)
        for case, its_fold, counts in zip(ranked, folds, judged, strict=True):
            if its_fold == fold and counts:
                crossed_passages.append(passage_rank(case, passage))
                crossed_sentences.append(sentence_rank(case, sentence_table(case, passage), sentence))
    passage = fit_passages(ranked)
    sentence = fit_sentences(ranked, passage)
    old = np.asarray(before.passage, dtype=float), np.asarray(before.sentence, dtype=float)
    lines = [
        f"  {kind:9} {figures(chosen, *old)} -> {figures(chosen, passage, sentence)}  ({len(chosen)} questions)"
        for kind in sorted({case.asked.kind for case in ranked})
        if (chosen := [case for case in ranked if case.asked.kind == kind])
    ]
    lines.append(
        f"  xquad, cross-validated over articles: {ndcg(crossed_passages):.4f} / {ndcg(crossed_sentences):.4f} / "
        f"{float(np.mean([rank == 0 for rank in crossed_sentences])):.4f}"
    )
    return passage, sentence, lines


def fit_confidence(cases: Sequence[Case], ranking: Ranking) -> tuple[dict[str, float], list[str]]:
    """Intercept, feature weights and threshold; and lines with the figures, cross-validated over articles."""
    told = [search.order(case.parsed, case.found, ranking)[1] for case in cases]
    kept = [(case, features) for case, features in zip(cases, told, strict=True) if features]
    cases = [case for case, _ in kept]
    names = list(kept[0][1])
    table = np.array([[features[name] for name in names] for _, features in kept])
    truth = np.array([case.asked.answerable for case in cases])
    weights = np.array([_IMPOSSIBLE if c.asked.kind == "impossible" else c.asked.weight for c in cases])
    folds = folded(cases)

    signs = np.array([-1 if name in AGAINST else 1 for name in names])
    crossed = np.zeros(len(cases))
    for fold in range(FOLDS):
        train = folds != fold
        model = signed_logistic(table[train], truth[train], weights[train], signs)
        crossed[folds == fold] = expit(model[0] + table[folds == fold] @ model[1:])
    model = signed_logistic(table, truth, weights, signs)
    lines = [
        _compared(cases, crossed, truth, kind)
        for kind in sorted({c.asked.kind for c, t in zip(cases, truth, strict=True) if not t})
    ]
    own = np.array([case.asked.corpus == "own" for case in cases])
    threshold = balanced_threshold(crossed[own], truth[own])
    # Moved so that one half means the same in every language: answered from there on.
    intercept = float(model[0]) - float(logit(threshold))
    return {"intercept": intercept, **dict(zip(names, model[1:].tolist(), strict=True)), "threshold": 0.5}, lines


def signed_logistic(table: Array, truth: NDArray[np.bool_], weights: Array, signs: NDArray[np.int_]) -> Array:
    """Intercept and weights of a logistic regression in which each feature speaks only for (1) or only against (-1).

    Minimises the weighted mean log-loss plus ``GENTLE`` times the squared length of the weights; a feature whose data
    would have it speak the other way gets 0, so that every number can be read.
    """
    rows = np.column_stack((np.ones(len(table)), table))
    share = weights / weights.sum()

    def loss(x: Array) -> tuple[float, Array]:
        scores = rows @ x
        slope = rows.T @ (share * (expit(scores) - truth))
        slope[1:] += 2 * GENTLE * x[1:]
        return float((share * (np.logaddexp(0, scores) - truth * scores)).sum() + GENTLE * x[1:] @ x[1:]), slope

    bounds = [(None, None), *((0, None) if sign > 0 else (None, 0) for sign in signs)]
    return np.asarray(minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x)


def balanced_threshold(sure: Array, truth: NDArray[np.bool_]) -> float:
    """The probability at which as large a share of answerable questions is refused as of others is answered."""
    wrongly, rightly, bounds = roc_curve(truth, sure)
    return float(bounds[int(np.argmin(np.abs(wrongly - (1 - rightly))))])


def _compared(cases: Sequence[Case], sure: Array, truth: NDArray[np.bool_], kind: str) -> str:
    """How well one kind of unanswerable question is told from the answerable ones of the same corpora."""
    corpora = {case.asked.corpus for case in cases if case.asked.kind == kind}
    rows = np.array([c.asked.kind == kind or (c.asked.answerable and c.asked.corpus in corpora) for c in cases])
    wrongly, rightly, _ = roc_curve(truth[rows], sure[rows])
    at_five = min(rate for rate, held in zip(wrongly, rightly, strict=True) if held >= 1 - FALSE_REFUSALS)
    return (
        f"  {kind:14} {int((~truth[rows]).sum()):5} against {int(truth[rows].sum()):5} answerable  "
        f"AUROC {roc_auc_score(truth[rows], sure[rows]):.3f}  answered wrongly at 5 % refusals {at_five:.3f}"
    )
