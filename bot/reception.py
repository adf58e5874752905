"""One question from start to end: understood, looked up, remembered as far as that is switched on, made into a message.

Slash commands, mentions, replies, direct messages and context menus all pass here; they differ in how they are heard
and where the message goes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.admission import Place
from bot.answers import Answer
from bot.conversation.understanding import Turn, understand
from bot.desk import Focus
from bot.knowledge import Knowledge
from bot.message.render import Offers, Rendered, render_answer
from bot.references import references_of
from bot.store import GuildSettings, Store, StoreError
from bot.suggestions import Suggestions

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What is sent, and the turns of the conversation with this one."""

    rendered: Rendered
    turns: tuple[Turn, ...]


class Reception:
    """Takes questions in and hands answers out."""

    def __init__(
        self,
        knowledge: Knowledge,
        store: Store,
        suggestions: Suggestions,
    ) -> None:
        self._knowledge = knowledge
        self._store = store
        self._suggestions = suggestions

    async def answer(
        self, place: Place, settings: GuildSettings, question: str, turns: Sequence[Turn] = ()
    ) -> Answered:
        """Answer a question that was admitted; ``turns`` are the conversation so far, oldest first.

        Raises ``BusyError``, ``QuestionError``, ``IndexDamagedError``, ``StoreError`` or ``TimeoutError``.
        """
        understood = understand(question, turns)
        reply = await self._knowledge.ask(understood.standalone, Focus(understood.within, understood.told))
        outcome = reply.outcome
        if isinstance(outcome, Answer):
            # A follow-up is put in words that nobody used.
            if place.guild and not place.private and not understood.carried:
                self._suggestions.remember(place.guild, place.channel, place.user, outcome.question)
        elif settings.keep_unanswered and not place.private:
            try:
                await self._store.remember_unanswered(place.guild, place.user, outcome.question, outcome.language)
            except StoreError as error:
                # An answer is not kept back for a list of those that could not be given.
                _log.error("A question without an answer is not kept: %s", error)
        rendered = render_answer(
            outcome,
            place.language,
            question=question,
            understood=understood.standalone if understood.carried else "",
            within=understood.within,
            offers=Offers(thread=place.threads, feedback=settings.keep_feedback, alerts=settings.keep_alerts),
        )
        cited = references_of(outcome) if isinstance(outcome, Answer) else ()
        return Answered(rendered, (*turns, Turn(question, understood.carried, cited)))
