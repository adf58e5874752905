"""A stand-in for a mediocre language model, on this machine: it measures the checks, and says nothing of any model.

``python -m tests.mediocre_model FILE N`` runs ``pregonero eval FILE --written N`` with it and prints a table in
Markdown. Mostly it quotes a sentence of a passage or changes its beginning; now and then it spoils one, refuses, or
fails. What it does depends on the question alone, so each run gives the same figures.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot.answers import Answer
from bot.desk import Reply
from index.analysis import stems
from scripts.output import say
from scripts.writing import Pen
from tests.command_line import run
from tests.openai_server import OpenAIServer, Refuse, Request, Say, draft
from tests.openai_server import Reply as Response

# Shares of the questions: refused, answered with nonsense, answered at the second try; and of the sentences: spoilt.
_REFUSES, _FAILS, _STUMBLES = 0.06, 0.02, 0.03
_SPOILS = 0.3
_MOST = 4
_FOREIGN = "p1"
_YEAR_LENGTH = 4


class Kind(StrEnum):
    """What a sentence is made as; the first two are sound."""

    QUOTE = "quoted as it stands"
    REWRITTEN = "beginning rewritten"
    FIGURE = "one figure changed"
    NEW_FIGURE = "figure invented"
    NAME = "name invented"
    LINK = "link added"
    MENTION = "mention added"
    FOREIGN_ID = "cites an id that it was not given"
    WRONG_ID = "cites another passage than its own"
    NEGATED = '"no" put in'
    ENGLISH = "in another language"
    HEARSAY = "made up altogether"
    VERB = "verb swapped"
    ANTONYM = "verb turned into its opposite"
    OTHERS_FIGURE = "figure of another sentence of the passage"
    SUBJECT = "subject swapped"
    PREDICATE = "made-up predicate of a name in the passage"


SOUND = (Kind.QUOTE, Kind.REWRITTEN)
_SPOILT = tuple(kind for kind in Kind if kind not in SOUND)
_NAMES = ("Zacarías Montblanc", "Brunilda Quiroga", "la consultora Pentágora")
_HEARSAY = (
    "Los especialistas esperan además una fuerte subida de los precios del café.",
    "La ministra de Pesca anunció después su dimisión por motivos de salud.",
)
_ENGLISH = "The report says that this was the most important part of the whole story."


@dataclass(frozen=True)
class Made:
    """A sentence that was made, as what, and the id that it cites."""

    kind: Kind
    text: str
    source: str


class MediocreModel:
    """Answers requests; ``made`` are the sentences of each question's last answer."""

    def __init__(self) -> None:
        self.made: dict[str, list[Made]] = {}
        self._failed: set[str] = set()

    def __call__(self, request: Request) -> Response:
        """Answer as the question has it."""
        question = _question(request)
        rng = random.Random(question)
        luck = rng.random()
        if luck < _FAILS:
            return Say("No puedo responder con JSON.")
        if luck < _FAILS + _STUMBLES and question not in self._failed:
            self._failed.add(question)
            return Refuse(500)
        if luck > 1 - _REFUSES:
            return Say(draft(answerable=False), usage=_tokens(request, []))
        made = list(_sentences(question, request.passages, rng))
        self.made[question] = made
        return Say(draft(*((each.text, [each.source]) for each in made)), usage=_tokens(request, made))


def _sentences(question: str, passages: dict[str, str], rng: random.Random) -> Iterator[Made]:
    """Of the passages' sentences that share most with the question; some of them spoilt."""
    ranked = sorted(_cut(passages), key=lambda each: -_shared(question, each[1]))
    for name, sentence in ranked[: rng.randint(1, _MOST)]:
        kind = rng.choice(_SPOILT) if rng.random() < _SPOILS else rng.choice(SOUND)
        text = _WAYS[kind](sentence, rng) if kind in _WAYS else sentence
        if kind in _WITH_PASSAGE:
            text = _WITH_PASSAGE[kind](sentence, passages[name], rng)
        source = _FOREIGN if kind is Kind.FOREIGN_ID else name
        if kind is Kind.WRONG_ID:
            source = next((each for each, passage in reversed(passages.items()) if sentence not in passage), name)
        # What cannot be spoilt that way is left as it is.
        yield Made(Kind.QUOTE if (text, source) == (sentence, name) else kind, text, source)


def _question(request: Request) -> str:
    return str(json.loads(request.user.splitlines()[-1])["question"])


def _cut(passages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in passages.items():
        yield from ((name, sentence) for sentence in re.split(r"(?<=[.!?])\s+", text.strip()) if len(sentence) > 20)


def _shared(question: str, sentence: str) -> int:
    return len(set(stems(question)) & set(stems(sentence)))


def _tokens(request: Request, sentences: list[Made]) -> tuple[int, int]:
    """Four characters a token, as a tokenizer would have it on average."""
    return (len(request.system) + len(request.user)) // 4, sum(len(made.text) + 40 for made in sentences) // 4


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:] if sentence.split(maxsplit=1)[0].lower() in _OPENINGS else sentence


_OPENINGS = frozenset("el la los las un una en de con por para según a al su sus esta este durante aunque".split())


def _with(ending: str) -> Callable[[str, random.Random], str]:
    return lambda sentence, _rng: f"{sentence.rstrip('.')} {ending}."


def _other_figure(sentence: str, rng: random.Random) -> str:
    found = list(re.finditer(r"\d+", sentence))
    if not found:
        return sentence
    chosen = rng.choice(found)
    number = int(chosen.group())
    changed = number + rng.randint(1, 9) if len(chosen.group()) == _YEAR_LENGTH else number * 2 + 1
    return f"{sentence[: chosen.start()]}{changed}{sentence[chosen.end() :]}"


def _negated(sentence: str, _rng: random.Random) -> str:
    return re.sub(r" (es|era|fue|son|tiene|había|puede|se) ", r" no \1 ", sentence, count=1)


_VERB = re.compile(r"\b[a-záéíóúñ]{3,}(?:ó|aron|ieron|aba|aban)\b")
_OPPOSITES = {
    "aumentó": "redujo", "ganó": "perdió", "compró": "vendió", "abrió": "cerró", "abrirá": "cerrará", "subió": "bajó",
    "exportó": "importó", "perdió": "ganó", "vendió": "compró", "redujo": "aumentó", "comenzó": "terminó",
    "más": "menos", "mayor": "menor", "antes": "después", "norte": "sur", "primero": "último", "nuevo": "antiguo",
}  # fmt: skip
_OPPOSED = re.compile(rf"\b(?:{'|'.join(_OPPOSITES)})\b")
_NAME = re.compile(r"(?<=[a-záéíóúñ,] )[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{3,}")
_PREDICATES = ("robó a sus clientes", "quebró", "es una estafa", "murió en prisión")


def _swapped_verb(sentence: str, rng: random.Random) -> str:
    return _VERB.sub(rng.choice(("robó", "destruyó", "envenenó")), sentence, count=1)


_WAYS: Mapping[Kind, Callable[[str, random.Random], str]] = {
    Kind.REWRITTEN: lambda sentence, _: f"Según el artículo, {_lowered(sentence)}",
    Kind.FIGURE: _other_figure,
    Kind.NEW_FIGURE: lambda sentence, rng: f"{sentence.rstrip('.')}, un {rng.randint(21, 89)} % más que antes.",
    Kind.NAME: lambda sentence, rng: f"{sentence.rstrip('.')}, según {rng.choice(_NAMES)}.",
    Kind.LINK: _with("(más en https://example.org/oferta)"),
    Kind.MENTION: _with("@everyone"),
    Kind.NEGATED: _negated,
    Kind.ENGLISH: lambda _sentence, _: _ENGLISH,
    Kind.HEARSAY: lambda _sentence, rng: rng.choice(_HEARSAY),
    Kind.VERB: _swapped_verb,
    Kind.ANTONYM: lambda sentence, _: _OPPOSED.sub(lambda word: _OPPOSITES[word.group()], sentence, count=1),
}


def _others_figure(sentence: str, passage: str, rng: random.Random) -> str:
    own = re.findall(r"\d+", sentence)
    others = [each for each in re.findall(r"\d+", passage) if each not in own]
    return sentence.replace(rng.choice(own), rng.choice(others), 1) if own and others else sentence


def _swapped_subject(sentence: str, passage: str, rng: random.Random) -> str:
    own = _NAME.findall(sentence)
    others = [each for each in _NAME.findall(passage) if each not in sentence]
    return sentence.replace(own[0], rng.choice(others), 1) if own and others else sentence


def _predicate(sentence: str, passage: str, rng: random.Random) -> str:
    names = _NAME.findall(passage)
    return f"{rng.choice(names)} {rng.choice(_PREDICATES)}." if names else sentence


_WITH_PASSAGE: Mapping[Kind, Callable[[str, str, random.Random], str]] = {
    Kind.OTHERS_FIGURE: _others_figure,
    Kind.SUBJECT: _swapped_subject,
    Kind.PREDICATE: _predicate,
}


@dataclass(frozen=True)
class Evaluated:
    """What ``pregonero eval`` printed, and which sentences were made and which of them were shown."""

    figures: dict[str, Any]
    made: list[Made]
    passed: list[Made]


def evaluate(file: Path, written: int) -> Evaluated:
    """Run ``pregonero eval FILE --written N`` with the model standing in; exits with its error where it fails."""
    model = MediocreModel()
    replies: list[Reply] = []
    write = Pen.write

    def noted(pen: Pen, reply: Reply) -> Reply:
        replies.append(write(pen, reply))
        return replies[-1]

    with OpenAIServer() as server, tempfile.TemporaryDirectory() as folder, patch.object(Pen, "write", noted):
        server.answer(model)
        env = {
            "LLM_MODEL": "openai:stand-in",
            "LLM_BASE_URL": server.url,
            "CACHE_FILE": f"{folder}/vectors.sqlite",
            "STATE_FILE": f"{folder}/state.sqlite",
        }
        done = run("eval", file, "--written", str(written), "--json", env=env)
    if done.exit_code:
        sys.exit(done.stderr)
    figures = json.loads(done.stdout)[str(file)]["written"]
    made, passed = [], []
    for reply in replies:
        shown = _shown(reply)
        for each in model.made.get(reply.results.question, []):
            made.append(each)
            if " ".join(each.text.split()) in shown:
                passed.append(each)
    return Evaluated(figures, made, passed)


def _shown(reply: Reply) -> set[str]:
    outcome = reply.outcome
    return {each.text for each in outcome.statements} if isinstance(outcome, Answer) and outcome.written else set()


def table(evaluated: Evaluated) -> str:
    """The figures in Markdown."""
    figures = evaluated.figures

    def part(name: str) -> str:
        figure = figures[name]
        return f"{_percent(figure['count'], figure['of'])} | {figure['count']:,} of {figure['of']:,}"

    lines = ["| what | share | |", "|---|---|---|"]
    lines += [f"| {said} | {part(name)} |" for name, said in _SAID.items()]
    for kind in Kind:
        of = sum(each.kind is kind for each in evaluated.made)
        dropped = of - sum(each.kind is kind for each in evaluated.passed)
        lines.append(f"| dropped: {kind} | {_percent(dropped, of)} | {dropped:,} of {of:,} |")
    return "\n".join(lines)


_SAID = {
    "answered": "questions answered by it",
    "refused": "questions that it refused",
    "fell_back": "questions answered in the articles' own words instead",
    "sentences_dropped": "sentences dropped by the checks",
    "citations_valid": "citations that are their article's own text",
    "figures_not_in_source": "figures in no sentence that is quoted",
}


def _percent(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %" if of else "-"


if __name__ == "__main__":
    say(table(evaluate(Path(sys.argv[1]), int(sys.argv[2]))))
