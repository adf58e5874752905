"""How a question is put, in Spanish and English: what opens it, what it names, what it leaves out.

Rules over words and their order, by ``index.question`` and the closed classes of both languages (question words,
prepositions, determiners, pronouns). They read what is short; a long question need not be understood from another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from bot.conversation.phrases import (
    ANY_DETERMINER,
    ANY_PREPOSITION,
    DETERMINED,
    LEADING_DETERMINER,
    from_first_to_last,
    preposition_of,
    tidy,
    with_head,
)
from index import analysis, entities
from index.entities import Asks
from index.question import Question, Term, parse

# Only where the thought ends there: "Great Britain" is no praise.
_COURTESY = re.compile(
    r"(?:muchas gracias|mil gracias|gracias|ok(?:ay)?|vale|bueno|(?:muy )?bien|perfecto|genial|entendido|claro|ya|ah|oh"
    r"|hola|buen[oa]s(?: (?:días|tardes|noches))?|oye|por favor|jaj[aj]+|saludos|please"
    r"|thanks(?: a lot)?|thank you|great|good|nice|fine|cool|i see|hi|hello|hey|well)"
    r"(?=[\s,]*(?:[.,:;!¡?¿]|$|(?:y|e|pero|and|but)\b))[\s,.:;!¡¿?]*",
    re.IGNORECASE,
)
_OPENER = re.compile(
    r"(?:(?:y|e|pero|además|también|entonces|and|but|also|so|then)\b[\s,]*"
    r"|(?:qué (?:hay|pasa|tal)(?: (?:de|con))?|(?:what|how) about)\b\s*)",
    re.IGNORECASE,
)
_ASKING = (
    r"(?:cu[áa]nt[oa]s?|cu[áa]ndo|a?d[óo]nde|qui[ée]n(?:es)?|cu[áa]l(?:es)?|qu[ée]|c[óo]mo"
    r"|how (?:much|many|long|big|large|old|far|often)|how|what|which|who(?:m|se)?|when|where|why)(?:['’]s)?"
)
_OPENS_ASKING = re.compile(rf"(?:{ANY_PREPOSITION} )?{_ASKING}\b\s*", re.IGNORECASE)
_ENDS_ASKING = re.compile(rf"[\s,]+(?:{ANY_PREPOSITION} )?{_ASKING}$", re.IGNORECASE)
# "¿cuántos yuanes?", "which model?": what is counted or chosen follows, and nothing is said of it.
_COUNTING = re.compile(
    rf"(?:{ANY_PREPOSITION} )?(?:cu[áa]nt[oa]s|how (?:much|many)|what|which)(?: (?:más|more|other))? [^\W\d_]+",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"(?:{ANY_PREPOSITION} )?(?:cu[áa]nt[oa]s|how many|which) [^\W\d_]+\s*", re.IGNORECASE)
_CHOOSING = re.compile(rf"(?:{ANY_PREPOSITION} )?(?:qu[ée]|cu[áa]l(?:es)?)(?: otr[oa]s?)? [^\W\d_]+", re.IGNORECASE)
# "¿quiénes son los miembros?": of what, is not said.
_COPULAR = re.compile(
    rf"{_ASKING}(?: (?:es|son|era|eran|fue|fueron|será|serán|is|are|was|were|will be))? {ANY_DETERMINER} [^\W\d_]+",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:qui[ée]n(?:es)?|qu[ée]|cu[áa]l(?:es)?|d[óo]nde|cu[áa]ndo|algo|alguien|nada|cu[ée]ntame|dime|saber) más\b"
    r"|\botr[oa]s?\b|\bmás (?:datos|detalles|información|cosas)\b|\belse\b|\b(?:any )?(?:other|more)s?\b|\banother\b",
    re.IGNORECASE,
)
_MORE_WORDS = re.compile(r"\b(?:más|else|otr[oa]s?|(?:any )?(?:others?|more)|another)\b", re.IGNORECASE)
_ONLY_MORE = re.compile(
    r"(?:(?:algo|alguien|nada|qu[ée]|cu[ée]ntame|dime) más|más|(?:what|any(?:thing|one)|some(?:thing|one)) else"
    r"|(?:tell me |any )?more)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:él|ella|ellos|ellas|ello|lo|le|les|su|sus|suy[oa]s?|es[aeo]s?|est[aeo]s?|aquell?[oa]s?|dich[oa]s?|ahí|allí"
    r"|it|its|they|them|their|theirs|he|him|his|she|her|hers|that|those|these|this|there)\b",
    re.IGNORECASE,
)
# With names of its own a question points back only by what cannot point to them, nor open a clause.
_POINTS_BACK = re.compile(
    rf"\b(?:eso|ello|al respecto|(?:es[ae]s?|dich[oa]s?) [^\W\d_]+)\b"
    rf"|\b{ANY_PREPOSITION} (?:that|this|it)$|\bthat (?:company|firm|plan|deal|project|investment)\b",
    re.IGNORECASE,
)
# "¿quién la dirige?" speaks of no "dirige".
_CLITIC = re.compile(rf"^(?:{ANY_PREPOSITION} )?{_ASKING} l[ao]s? ", re.IGNORECASE)
_NOT_OWN = re.compile(r"\b(?:su|sus|its|their|his|her) ", re.IGNORECASE)
_LEADING_PREPOSITION = re.compile(rf"({ANY_PREPOSITION})\s+(?=\S)", re.IGNORECASE)
_MARKS = ' ¿?¡!.,;:…"«»“”'


@dataclass(frozen=True)
class Clause:
    """A question without its courtesies, its opener ("y", "what about") and its marks: ``rest``, of ``question``.

    ``opened`` says that it began with an opener, ``asked`` that it is marked as a question; ``names`` are those it
    writes with capitals.
    """

    question: Question
    rest: str
    opened: bool
    asked: bool
    names: tuple[str, ...]

    @property
    def asks(self) -> Asks:
        """The kind of answer asked for."""
        return self.question.asks

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """What it mentions besides its names."""
        named = {token for name in self.names for token in analysis.tokens(name)}
        return tuple(term for term in self.question.terms if term.text not in named)

    @cached_property
    def content(self) -> float:
        """The weight of its terms besides names, light words at a quarter."""
        return sum(term.weight for term in self.terms)

    @cached_property
    def opens_asking(self) -> bool:
        """Whether it begins with a question word."""
        return _OPENS_ASKING.match(self.rest) is not None

    @cached_property
    def ends_asking(self) -> bool:
        """Whether it ends with a question word: "Microsoft, ¿cuánto?"."""
        return _ENDS_ASKING.search(self.rest) is not None

    def without_question_word(self, *, counted: bool = False) -> str:
        """The rest after "cuánto", "in which" and the like; and, if ``counted``, after the noun of "cuántos trenes"."""
        if counted and (found := _COUNTED.match(self.rest)):
            return self.rest[found.end() :]
        return _ENDS_ASKING.sub("", _OPENS_ASKING.sub("", self.rest, count=1))

    @property
    def says_something(self) -> bool:
        """Whether anything was said but thanks, greetings and question words."""
        return bool(self.rest) and bool(self.terms or self.names)

    @cached_property
    def asks_more(self) -> bool:
        """Whether it asks for others than those told: "¿quién más?", "what else?"."""
        return not self.names and (self.only_more or _MORE.search(self.rest) is not None)

    @cached_property
    def only_more(self) -> bool:
        """Whether it is "¿algo más?", "what else?": the question before, once more."""
        return _ONLY_MORE.fullmatch(self.rest) is not None

    @property
    def without_more(self) -> str:
        """The rest without the words that ask for others: "quién" of "quién más", nothing of "algo más"."""
        return "" if self.only_more else tidy(_MORE_WORDS.sub(" ", self.rest))

    @cached_property
    def has_pronoun(self) -> bool:
        """Whether it speaks of something by a pronoun or a demonstrative."""
        return _PRONOUN.search(self.rest) is not None

    @cached_property
    def points_back(self) -> bool:
        """Whether it points out of itself, whatever names it has."""
        return _POINTS_BACK.search(self.rest) is not None

    @cached_property
    def has_own_subject(self) -> bool:
        """Whether "el museo", "the cooperative" or the like is spoken of."""
        heavy = {term.text for term in self.terms if term.weight == 1}
        own = _NOT_OWN.sub("", _CLITIC.sub("", self.rest))
        return any(match[1].lower() in heavy for match in DETERMINED.finditer(own))

    @cached_property
    def is_relation(self) -> bool:
        """Whether it is "¿quiénes son los miembros?", "what's the price?" and does not say of what."""
        return _COPULAR.fullmatch(self.rest) is not None

    @cached_property
    def preposition(self) -> str:
        """The preposition that a fragment begins with, "" if none."""
        found = None if self.opens_asking else _LEADING_PREPOSITION.match(self.rest)
        return found[1].lower() if found else ""

    @cached_property
    def is_noun_phrase(self) -> bool:
        """Whether it is "los ingresos", "its rivals": neither a time nor a question."""
        time = entities.find(self.rest, Asks.DATE)
        return not self.opens_asking and not time and LEADING_DETERMINER.match(self.rest) is not None

    @property
    def is_fragment(self) -> bool:
        """Whether it begins as no sentence does."""
        return self.preposition != "" or self.is_noun_phrase

    @cached_property
    def has_predicate(self) -> bool:
        """Whether it says what is asked of its subject."""
        if self.opens_asking:
            return self.content > 0 and not self.only_more and not self.is_choice
        return bool(self.terms) and not self.is_fragment and not self.subjects and not self.asks_more

    @cached_property
    def is_choice(self) -> bool:
        """Whether it asks for one of a kind and says no more: "¿cuántos yuanes?", "which model?"."""
        if _CHOOSING.fullmatch(self.rest):
            return self.asks is not Asks.OTHER or self.content < 1
        return _COUNTING.fullmatch(self.rest) is not None

    @cached_property
    def is_count(self) -> bool:
        """Whether it is "¿cuántos yuanes?", "how many people?" and no more."""
        return _COUNTED.fullmatch(self.rest) is not None

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """Its names; in a fragment typed small, the words that are in no vocabulary: "y microsoft"."""
        if self.names or self.opens_asking or self.is_noun_phrase or self.asks_more:
            return self.names
        return self.named if len(self.named) == len(self.terms) else ()

    @cached_property
    def named(self) -> tuple[str, ...]:
        """Its names; where it writes none, the words that are in no vocabulary."""
        return self.names or _strange(self.terms)

    @cached_property
    def prepositions(self) -> tuple[str, ...]:
        """The preposition before each of its subjects, "" where there is none."""
        return tuple(preposition_of(name, self.rest) for name in self.subjects)

    @cached_property
    def subject(self) -> tuple[str, ...]:
        """What it is about: its names, else words in no vocabulary, else all that it mentions."""
        strange = _strange(self.terms)
        if self.names:
            return tuple(with_head(name, strange, self.rest) for name in self.names)
        words = strange or tuple(term.text for term in self.terms)
        return (from_first_to_last(self.rest, words),) if words else ()

    def shared(self, other: Clause) -> tuple[str, ...]:
        """The words, names aside, that the other says too."""
        said = {term.phrase for term in other.terms}
        return tuple(term.text for term in self.terms if term.phrase in said)


def read_clause(text: str) -> Clause:
    """Read a question. Raises ``QuestionError`` where it is empty or too long."""
    question = parse(text)
    # Where all is shouted, a capital tells nothing, and goes on telling nothing in the next question.
    rest, opened = (question.text.lower() if question.text.isupper() else question.text).strip(_MARKS), False
    while found := _COURTESY.match(rest):
        rest = rest[found.end() :].strip(_MARKS)
    while found := _OPENER.match(rest):
        rest, opened = rest[found.end() :].strip(_MARKS), True
    return Clause(question, rest, opened, "?" in text or "¿" in text, tuple(_names(question)))


def _names(question: Question) -> Iterable[str]:
    """Proper names as they are written; the question's first word is one only where no vocabulary knows it."""
    text = question.text
    if text.isupper():
        return
    known = {term.text: term for term in question.terms}
    for start, end in entities.names(text):
        name = text[start:end]
        if not text[:start].strip(_MARKS):
            first, _, others = name.partition(" ")
            term = known.get(next(iter(analysis.tokens(first)), ""))
            if term is None or (term.others and not term.named):
                name = others
        if name:
            yield name


def _strange(terms: Iterable[Term]) -> tuple[str, ...]:
    return tuple(term.text for term in terms if not term.others and term.weight == 1 and not term.text[0].isdigit())
