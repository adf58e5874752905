"""One question from start to end: understood, looked up, remembered as far as that is switched on, made into a message.

Slash commands, mentions, replies, direct messages and context menus all pass here; they differ in how they are heard
and where the message goes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.admission import Place
from bot.answers import Answer, NotFound, not_found
from bot.conversation.understanding import MAX_TURNS, Turn, Understood, understand
from bot.desk import Focus, Reply, Timer
from bot.knowledge import Knowledge
from bot.lookup import quoted
from bot.message.render import NO_OFFERS, Offers, Rendered, render_answer, render_reading
from bot.references import references_of
from bot.store import GuildSettings, Store, StoreError
from bot.suggestions import Suggestions
from index.language import detect
from index.records import Language

if TYPE_CHECKING:
    from bot.grounded.limits import Budget, Day
    from bot.grounded.writer import Writer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What is sent, the turns of the conversation with this one, and the reply that it rests on."""

    rendered: Rendered
    turns: tuple[Turn, ...]
    reply: Reply


class Reception:
    """Takes questions in and hands answers out; ``writer`` is the language model that writes them, if one does."""

    def __init__(self, knowledge: Knowledge, store: Store, suggestions: Suggestions, writer: Writer | None) -> None:
        self._knowledge = knowledge
        self._store = store
        self._suggestions = suggestions
        self._writer = writer

    async def answer(
        self,
        place: Place,
        settings: GuildSettings,
        question: str,
        turns: Sequence[Turn] = (),
        show: Callable[[Rendered], None] | None = None,
    ) -> Answered:
        """Answer a question that was admitted; ``turns`` are the conversation so far, oldest first.

        ``show`` is given what there is while the answer is written: the sources, then the sentences that stand.
        Raises ``BusyError``, ``QuestionError``, ``IndexDamagedError`` or ``TimeoutError``.
        """
        budget = self._writer.budget() if self._writer else None
        timer = Timer()
        with timer.step("understand"):
            understood = await self._understood(question, turns, budget)
        reply = await self._knowledge.ask(understood.standalone, Focus(understood.within, understood.told))
        if understood.rewritten and isinstance(reply.outcome, NotFound):
            # What a model makes of a follow-up may lose its subject: the rules' way is tried too.
            understood = replace(understood, rewritten=None)
            reply = await self._knowledge.ask(understood.standalone, Focus(understood.within, understood.told))
        asked = _Asked(place.language, question, understood)
        if self._writer and budget:
            if show:
                show(asked.reading(reply))
            reply = await self._writer.write(reply, budget, lambda so_far: show and show(asked.so_far(so_far)))
        outcome = reply.outcome
        await self._remember(place, settings, outcome, understood)
        offers = Offers(thread=place.threads, feedback=settings.keep_feedback, alerts=settings.keep_alerts)
        cited = references_of(outcome) if isinstance(outcome, Answer) else ()
        return Answered(
            asked.answered(outcome, offers),
            (*turns, replace(understood.turn, cited=cited)),
            replace(reply, timings_ms=timer.milliseconds | reply.timings_ms),
        )

    def forget(self) -> None:
        """Forget the answers that a language model wrote, kept for when they are asked for again."""
        if self._writer:
            self._writer.forget()

    async def written_today(self) -> tuple[str, Day] | None:
        """The language model, and what it used today; None where there is none. Raises ``StoreError``."""
        return (self._writer.model, await self._writer.today()) if self._writer else None

    async def _understood(self, question: str, turns: Sequence[Turn], budget: Budget | None) -> Understood:
        """By rules, or by the language model where there is one and it can."""
        understood = understand(question, turns)
        if self._writer is None or budget is None or not turns or not understood.may_lean:
            return understood
        snapshot = self._knowledge.desk.snapshot
        said = await self._knowledge.run(
            lambda: [(turn.standalone, quoted(snapshot, turn.cited)) for turn in turns[-MAX_TURNS:]]
        )
        rewritten = await self._writer.standalone(question, said, detect(question), budget)
        return replace(understood, rewritten=rewritten) if rewritten else understood

    async def _remember(
        self, place: Place, settings: GuildSettings, outcome: Answer | NotFound, understood: Understood
    ) -> None:
        if isinstance(outcome, Answer):
            # A follow-up is put in words that nobody used.
            if place.guild and not place.private and not understood.differs:
                self._suggestions.remember(place.guild, place.channel, place.user, outcome.question)
        elif settings.keep_unanswered and not place.private:
            try:
                await self._store.remember_unanswered(place.guild, place.user, outcome.question, outcome.language)
            except StoreError as error:
                # An answer is not kept back for a list of those that could not be given.
                _log.error("A question without an answer is not kept: %s", error)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every state of an answer shows: the question, how it was understood, the bot's own words in a language."""

    language: Language
    question: str
    understood: Understood

    @property
    def _meant(self) -> str:
        return self.understood.standalone if self.understood.differs else ""

    def reading(self, reply: Reply) -> Rendered:
        """What was found, before anything is written."""
        near = not_found(reply.results).near
        return render_reading(near, self.language, question=self.question, understood=self._meant)

    def so_far(self, answer: Answer) -> Rendered:
        """What stands of an answer; its buttons come when it is whole."""
        return replace(self.answered(answer, NO_OFFERS), view=None)

    def answered(self, outcome: Answer | NotFound, offers: Offers) -> Rendered:
        """The answer, or that there is none."""
        return render_answer(
            outcome,
            self.language,
            question=self.question,
            understood=self._meant,
            within=self.understood.within,
            offers=offers,
        )
