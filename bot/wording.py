"""The question in what somebody wrote: without mentions, and where it is long, the part of it that asks."""

from __future__ import annotations

import re

from index.sentences import split_sentences

MAX_ASKED = 500

# Many begin a question small, where no sentence begins.
_QUESTION_BEGINS = re.compile(r"(?<=[.!?…:;])\s+(?=¿)")
_TOKENS = re.compile(r"<(?:@[!&]?|#|a?:\w+:)\d+>|<t:-?\d+(?::\w)?>")


def question_in(content: str) -> str:
    """What to ask of a message, at most ``MAX_ASKED`` characters; empty where it holds no word.

    Of a long one, the sentences that ask; where none does, its first sentences.
    """
    text = " ".join(_TOKENS.sub(" ", content).split())
    if len(text) <= MAX_ASKED:
        return text
    sentences = [part for start, end in split_sentences(text) for part in _QUESTION_BEGINS.split(text[start:end])]
    asking = [sentence for sentence in sentences if "?" in sentence]
    return _fitting(asking or sentences)


def _fitting(sentences: list[str]) -> str:
    """The first sentences that fit together; the first one cut at a word where it alone does not fit."""
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + 1 + len(sentence) > MAX_ASKED:
            break
        kept = f"{kept} {sentence}"
    return kept if len(kept) <= MAX_ASKED else kept[:MAX_ASKED].rsplit(" ", 1)[0]
