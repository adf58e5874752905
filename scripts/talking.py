"""A conversation on the command line: each question is understood from those before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.conversation.understanding import Turn, Understood
    from bot.desk import Desk, Reply
    from scripts.writing import Pen


@dataclass(slots=True)
class Talk:
    """Asks one question after another; remembers as many as a follow-up may need."""

    desk: Desk
    pen: Pen
    _turns: tuple[Turn, ...] = field(default=())

    def ask(self, question: str) -> tuple[Reply, Understood]:
        """The answer, and how the question was understood. Raises ``QuestionError`` or ``IndexDamagedError``."""
        from bot.answers import Answer, NotFound
        from bot.conversation.understanding import MAX_TURNS, understand
        from bot.desk import Focus
        from bot.lookup import quoted
        from bot.references import references_of
        from index.language import detect

        understood = understand(question, self._turns)
        budget = self.pen.begin()
        if budget and self._turns and understood.may_lean:
            said = [(turn.standalone, quoted(self.desk.snapshot, turn.cited)) for turn in self._turns]
            rewritten = self.pen.standalone(question, said, detect(question), budget)
            understood = replace(understood, rewritten=rewritten)
        focus = Focus(understood.within, understood.told)
        reply = self.desk.ask(understood.standalone, focus)
        if understood.rewritten and isinstance(reply.outcome, NotFound):
            understood = replace(understood, rewritten=None)
            reply = self.desk.ask(understood.standalone, focus)
        reply = self.pen.write(reply, budget)
        cited = references_of(reply.outcome) if isinstance(reply.outcome, Answer) else ()
        self._turns = (*self._turns, replace(understood.turn, cited=cited))[-MAX_TURNS:]
        return reply, understood
