"""What the report says in words around its tables; what differs from run to run is taken from the figures."""

from __future__ import annotations

import textwrap

from scripts.benchmark.cells import OURS, amount, share, short
from scripts.benchmark.figures import CrossValidated, Figures
from scripts.benchmark.noise import BOUND
from scripts.benchmark.published import SOURCE
from scripts.benchmark.tables import ndcg10_there

INTRODUCTION = """\
# Benchmarks

Pregonero beside what people would pick instead: the same text, the same questions, the same machine, one run. Written
by `make bench` from [benchmarks.json](benchmarks.json). The cross-validated figures and those of "Before and after" are
other runs', kept on record with the program.

Each system runs in a process of its own, and rounds are interleaved: every system has its turn before any has the next.
p50 and p99 are over all questions of all rounds, other times are medians over rounds; the lowest and the highest round
are in brackets. "Against LangChain" says how many times better a figure is than that of LangChain's default pipeline,
with all-MiniLM-L6-v2 in place of its default model; below 1 it is worse. "–" was not measured or does not apply."""

AGAIN = """\
## Run it again

```
make bench DATA=DIR
make bench DATA=DIR LARGE=1   # a million passages too, which takes hours
```

`DIR` holds questions in SQuAD's format, known by their names (`xquad-r.es*.json`, `xquad.en*.json`, `squad2.es*.json`),
and off-topic ones in `miracl-questions.es.tsv`. Only the first is needed. Without `DATA`, the project's own
questions are asked: this report is then that run's, and the README stays as it is. `pregonero bench` measures the same
and writes into `var/bench`."""

AHEAD = (
    "Ahead is, in speed, whose slowest of at least two rounds is faster than the others' fastest; in quality, who is"
    f" better by more than {BOUND} standard errors over so many questions. What is closer is even. The"
    " model of LangChain's default's shape, which finds nothing, is not counted."
)
ABSTENTION = "Shares are at the shipped threshold; a system that has none is judged by its best score."
AIMS = (
    "One of quality is met where both figures reach it: the cross-validated one, for the weights were fitted on this"
    " run's questions, and this run's, for only the file's own sentence counts in it."
)
FITTED = "Pregonero's weights were fitted on these very questions, which flatters it."
MADE_UP = (
    "All but the data's own paragraphs are made up (words replaced, vectors drawn): nDCG@10 among them is a check that"
    " speed is not bought, and the quality is row 1's."
)
FLOOR = (
    "Encoding included, but for the index alone. The floor is the time in which one core reads once the bytes that a"
    " question touches; its share is of p50."
)
ENCODING = (
    "Beside each speed stands what that encoder finds by itself, in a search by vectors alone: for Pregonero's, what"
    " LangChain finds with it, and for txtai's, what LangChain finds with the same model. Row 1 has them whole."
)
BUILDING = (
    "From texts to an index on disk, in a fresh process. The index alone has its vectors at hand, and its passages are"
    " made up; the quality is row 1's."
)
HELD = "Of a process that opened the index and answered. The quality is row 1's."
UPDATING = "One document in a hundred changed. The quality is row 1's."
TRIED = (
    "Each was decided by a run of its own, whose figures these are. Before them, a linear ranker over 18 features and"
    " boosted trees were tried; both lost on articles other than those that they were fitted on."
)
STARTS = (
    "A fresh process until its first answer; until their first ranked list for the others. Pregonero's model was"
    " prepared for this machine when its index was built. The quality is row 1's."
)


def wrapped(text: str) -> str:
    """Lines of at most 120 characters, no address broken."""
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def spanish(figures: Figures, validated: CrossValidated) -> str:
    """Row 1's Spanish questions."""
    said = f"Questions in Spanish{asked(figures, 'es')}. {fitted(figures, validated)}"
    if not figures.on_xquad:
        return said
    return (
        f"{said} The published figures are [MTEB's]({SOURCE}), task XQuADRetrieval: other runs, on all 1,190 questions"
        " of XQuAD-es."
    )


def fitted(figures: Figures, validated: CrossValidated) -> str:
    """That Pregonero's weights know the questions, and what it has on others where that is known."""
    if not figures.on_xquad:
        return FITTED
    return (
        f"{FITTED} Cross-validated ({validated.what}) it has nDCG@10 {share(validated.paragraph_ndcg10)} per paragraph"
        f" and {share(validated.sentence_ndcg10)} per sentence (recall@1 {share(validated.sentence_recall1)}), asked"
        f" in English {share(validated.english_paragraph_ndcg10)} and {share(validated.english_sentence_ndcg10)}; a"
        " sentence counts there where it holds the gold answer, here only where it is the file's own."
    )


def latency(figures: Figures) -> str:
    """Row 3's."""
    slowest = sorted({_slowest(row.questions) for row in figures.latency})
    rests = f" p99 rests on about {' or '.join(map(str, slowest))} of a system's questions." if slowest else ""
    return f"{FLOOR}{rests} {MADE_UP}{_better_there(figures)} Sentence recall@1 of the others is row 1's too."


def _better_there(figures: Figures) -> str:
    """Which others have a higher nDCG@10 than this project among so many passages."""
    said = ""
    for size in sorted({row.passages for row in figures.latency}):
        there = {row.system: ndcg10_there(figures, row) or 0.0 for row in figures.latency if row.passages == size}
        better = [system for system, value in there.items() if value > there.get(OURS, 1.0)]
        if better:
            names = ", ".join(f"{short(system)} ({share(there[system])})" for system in better)
            said += f" Among {size:,} passages {names} finds more than Pregonero ({share(there[OURS])})."
    return said


def rebuilt(figures: Figures) -> str:
    """On how little row 10's p99 rests, where it was measured."""
    least = min((row.questions for row in figures.rebuilding), default=0)
    return f" p99 rests on about {_slowest(least)} of {least:,} questions." if least else ""


def _slowest(questions: int) -> int:
    """On how many of the questions a p99 rests."""
    return max(1, round(questions / 100))


def prepared(figures: Figures) -> str:
    """What building leaves out, where it was measured."""
    if figures.prepare_seconds is None:
        return ""
    return f" Preparing the model once takes {amount(figures.prepare_seconds)} s, not counted above."


def asked(figures: Figures, asked: str) -> str:
    """In brackets, how many questions were asked in a language."""
    counts = sorted({row.questions for row in figures.quality if row.asked == asked})
    return f" ({' or '.join(f'{count:,}' for count in counts)})" if counts else ""
