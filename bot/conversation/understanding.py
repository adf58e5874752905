"""Follow-up questions, understood from the questions before them without a language model.

"¿y en yuanes?" after "¿cuánto invierte Alibaba?" is "¿cuánto invierte Alibaba en yuanes?": what a short question leaves
out is carried over from the last one, by rules over its words. A question that names its own subject is left as it is.
Pure: nothing is read, written or remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.clauses import Clause, read_clause
from bot.conversation.phrases import (
    ADDING,
    LEADING_DETERMINER,
    without_determined,
    without_names,
    without_preposition,
    without_words,
)
from bot.references import Reference
from index.entities import Asks
from index.question import MAX_QUESTION, parse
from index.records import Language, QuestionError

MAX_TURNS = 4
_MAX_CARRIED = 160
_MAX_SUBJECTS = 3
_WHICH = {Language.SPANISH: "qué", Language.ENGLISH: "what"}
# Two words of content, one of them light, do not make a question of their own: "¿qué empresa lanzó?".
_HARDLY_ANY = 1.5
_FEW = 2.5


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of the conversation: as it was asked, what was carried into it, and the sentences quoted in answer.

    ``carried`` is "" where nothing was; ``cited`` is empty where nothing was found.
    """

    question: str
    carried: str
    cited: tuple[Reference, ...]

    @property
    def standalone(self) -> str:
        """The question in full."""
        return _standalone(self.question, self.carried)


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is understood in its conversation.

    ``carried`` is taken over from before and fit to show, "" if nothing; ``within`` are the articles of the
    conversation, the latest first, to look in first; ``told`` are sentences that "¿quién más?" must not repeat.
    ``rewritten`` is the question in full as a language model put it, None where none did.
    """

    question: str
    carried: str
    within: tuple[str, ...]
    told: frozenset[Reference]
    rewritten: str | None = None

    @property
    def standalone(self) -> str:
        """The question in full, to search for."""
        return self.rewritten or _standalone(self.question, self.carried)

    @property
    def may_lean(self) -> bool:
        """Whether a language model is worth asking what it means: by the rules it leans, or it names nothing itself."""
        return bool(self.carried or self.within or self.told) or not names_something(self.question)

    @property
    def differs(self) -> bool:
        """Whether it is understood as another question than was asked."""
        return self.standalone != self.question

    @property
    def turn(self) -> Turn:
        """What the next question needs of this one, its citations aside."""
        return Turn(self.rewritten, "", ()) if self.rewritten else Turn(self.question, self.carried, ())


def understand(question: str, turns: Sequence[Turn]) -> Understood:
    """What a question asks after the ``turns`` before it, oldest first, of which the last ``MAX_TURNS`` count.

    Raises:
        QuestionError: the question is empty or too long.
    """
    new = read_clause(question)
    topic = _topic(turns[-MAX_TURNS:])
    before = read_clause(_standalone(topic[-1].question, topic[-1].carried)) if topic else None
    if before is None or not _leans(new, before):
        return Understood(question, "", (), frozenset())
    carried = _carried(new, before)
    if len(question) + len(carried) + 4 > MAX_QUESTION:
        carried = ""
    return Understood(
        question,
        carried,
        within=tuple(dict.fromkeys(each.article for turn in reversed(topic) for each in turn.cited)),
        told=frozenset(each for turn in topic for each in turn.cited) if new.asks_more else frozenset(),
    )


def is_courtesy(text: str) -> bool:
    """Whether nothing is asked: "gracias", "ok", "¿y?", or no word at all."""
    try:
        return not read_clause(text).rest
    except QuestionError:
        return True


def names_something(text: str) -> bool:
    """Whether a question says of whom or what it asks."""
    try:
        return bool(read_clause(text).names)
    except QuestionError:
        return False


def _topic(turns: Sequence[Turn]) -> list[Turn]:
    """The last question that was asked in full and its follow-ups, oldest first; thanks and greetings left out."""
    topic: list[Turn] = []
    for turn in reversed(turns):
        if not turn.carried and not read_clause(turn.question).says_something:
            continue
        topic.insert(0, turn)
        if not turn.carried:
            break
    return topic


def _standalone(question: str, carried: str) -> str:
    """Question and carried words as one question; the one that begins with a question word comes first.

    A name must not open the text, where its capital would tell nothing.
    """
    if not carried:
        return question
    new = read_clause(question)
    own = _own_words(new, carried)
    asking_first = new.opens_asking or new.ends_asking or not carried[0].islower()
    text = " ".join(filter(None, (own, carried) if asking_first else (carried, own)))
    return f"¿{text}?" if "¿" in question else f"{text}?"


def _own_words(new: Clause, carried: str) -> str:
    """The question's own words; "el plazo" asks "qué plazo", which tells what kind of answer is meant."""
    words = new.without_more if new.asks_more else new.rest
    if new.opens_asking:
        return words[:1].lower() + words[1:]
    if new.is_noun_phrase and not read_clause(carried).opens_asking:
        asking = f"{_WHICH[new.question.language]} {LEADING_DETERMINER.sub('', words)}"
        if parse(asking).asks is not Asks.OTHER:
            return asking
    return words


def _leans(new: Clause, before: Clause) -> bool:
    """Whether a question cannot be understood without the one before."""
    if not new.rest:
        return False
    if new.names:
        return new.points_back or _is_elliptic(new, before)
    follows = new.opened or new.asks_more
    if new.has_own_subject and (new.content > _FEW or not follows) and not new.is_relation:
        return new.is_noun_phrase and new.opened
    if follows or new.has_pronoun or new.is_relation:
        return True
    if not new.terms or not (new.asked or new.opens_asking):
        return new.opens_asking or new.is_fragment
    return new.content <= (_FEW if new.opens_asking else _HARDLY_ANY)


def _is_elliptic(new: Clause, before: Clause) -> bool:
    """Whether a question with names of its own asks nothing of them, or does not say of whom it asks."""
    if not new.opens_asking and not new.content:
        return new.opened or new.preposition != ""
    if not new.opened:
        return False
    # "¿y el museo del Oro?" after one on the museo del Carbón; "¿y cuándo abrirá en Madrid?": who will is not said.
    return (new.is_noun_phrase and bool(new.shared(before))) or (
        new.content <= _HARDLY_ANY and set(new.prepositions) <= ADDING
    )


def _carried(new: Clause, before: Clause) -> str:
    """What the new question takes from the one before."""
    others = new.asks_more and new.asks is Asks.NAME and before.asks is not Asks.NAME
    if new.has_predicate:
        # "¿quién más invierte?" asks for others than the one spoken of.
        return "" if others else _subjects(new, before)
    base = before.rest
    if (new.opens_asking or new.ends_asking) and not new.only_more:
        base = before.without_question_word(counted=new.is_count)
    if others:
        base = without_names(base, before.named, "")
    elif new.subjects:
        base = without_words(without_names(base, before.named, new.prepositions[0]), new.shared(before))
    elif new.is_noun_phrase and before.names:
        base = ""
    elif new.is_noun_phrase:
        base = without_determined(base)
    elif new.preposition:
        base = without_preposition(base, new.preposition, keep=before.names)
    if not base or len(base) > _MAX_CARRIED:
        return _subjects(new, before)
    return base if base.startswith(before.names) else base[0].lower() + base[1:]


def _subjects(new: Clause, before: Clause) -> str:
    """What the question before is about, as it is written there."""
    said = {name.lower() for name in new.names}
    return ", ".join(each for each in before.subject[:_MAX_SUBJECTS] if each.lower() not in said)[:_MAX_CARRIED]
