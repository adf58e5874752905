"""By how much quality differs by chance: standard errors from the number of questions."""

from __future__ import annotations

import math

# Of nDCG@10 over 600 questions, by the language asked in and the unit that is ranked.
_OF_600 = {
    ("es", "paragraph"): 0.0036,
    ("es", "sentence"): 0.0090,
    ("en", "paragraph"): 0.0066,
    ("en", "sentence"): 0.0110,
}
BOUND = 1.96
"""So many standard errors apart, two figures differ by more than chance does 19 times in 20."""


def of_ndcg10(asked: str, unit: str, questions: int) -> float:
    """Standard error of nDCG@10: that of 600 questions, scaled as that of a mean is."""
    return _OF_600[asked, unit] * math.sqrt(600 / questions)


def of_auroc(auroc: float, known: int, unknown: int) -> float:
    """Standard error of an AUROC over so many answerable and unanswerable questions.

    Hanley and McNeil, "The meaning and use of the area under a ROC curve", Radiology 143 (1982).
    """
    both_known, both_unknown = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    variance = (
        auroc * (1 - auroc) + (known - 1) * (both_known - auroc**2) + (unknown - 1) * (both_unknown - auroc**2)
    ) / (known * unknown)
    return math.sqrt(variance)
