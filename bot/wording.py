"""The question in what somebody wrote: without mentions and greetings, and where it says more, the part that asks."""

from __future__ import annotations

import re

from bot.conversation.understanding import is_courtesy, names_something
from index.sentences import split_sentences

MAX_ASKED = 500

# Many begin a question small, where no sentence begins.
_QUESTION_BEGINS = re.compile(r"(?<=[.!?…:;])\s+(?=¿)")
_TOKENS = re.compile(r"<(?:@[!&]?|#|a?:\w+:)\d+>|<t:-?\d+(?::\w)?>")


def question_in(content: str) -> str:
    """What to ask of a message, at most ``MAX_ASKED`` characters; empty where it holds no word.

    Of several sentences, those that ask, where they say of what or all together are too long; else all that are more
    than a greeting, as many as there is room for.
    """
    text = " ".join(_TOKENS.sub(" ", content).split())
    parts = [part for start, end in split_sentences(text) for part in _QUESTION_BEGINS.split(text[start:end])]
    said = [part for part in parts if not is_courtesy(part[:MAX_ASKED])]
    if not said:
        return text[:MAX_ASKED]
    asking = [part for part in said if "?" in part]
    enough = asking and (names_something(_fitting(asking)) or len(" ".join(said)) > MAX_ASKED)
    return _fitting(asking if enough else said)


def _fitting(sentences: list[str]) -> str:
    """The first sentences that fit together; the first one cut at a word where it alone does not fit."""
    kept = sentences[0] if sentences else ""
    for sentence in sentences[1:]:
        if len(kept) + 1 + len(sentence) > MAX_ASKED:
            break
        kept = f"{kept} {sentence}"
    return kept if len(kept) <= MAX_ASKED else kept[:MAX_ASKED].rsplit(" ", 1)[0]
