"""The last turns of the conversations under way: in memory alone, bounded, forgotten at a restart.

A conversation goes by the id of its thread or direct-message channel, a reply chain by the id of its last answer.
"""

from __future__ import annotations

from collections import OrderedDict

from bot.conversation.understanding import MAX_TURNS, Turn

_MAX_CONVERSATIONS = 2_000


class Conversations:
    """Turns by conversation, oldest first; the conversation that was silent longest is forgotten first."""

    def __init__(self, most: int = _MAX_CONVERSATIONS) -> None:
        self._most = most
        self._turns: OrderedDict[int, tuple[Turn, ...]] = OrderedDict()

    def __contains__(self, conversation: int) -> bool:
        """Whether a conversation is kept, be it without turns."""
        return conversation in self._turns

    def turns(self, conversation: int) -> tuple[Turn, ...]:
        """The turns kept of a conversation; empty where nothing is."""
        return self._turns.get(conversation, ())

    def keep(self, conversation: int, turns: tuple[Turn, ...]) -> None:
        """Keep the last turns of a conversation."""
        self._turns[conversation] = turns[-MAX_TURNS:]
        self._turns.move_to_end(conversation)
        while len(self._turns) > self._most:
            self._turns.popitem(last=False)

    def forget(self, conversation: int) -> None:
        """Forget a conversation; it then has no turns, so that none are looked for elsewhere."""
        if conversation in self._turns:
            self._turns[conversation] = ()
