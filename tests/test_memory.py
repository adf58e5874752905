"""The turns of conversations under way: bounded a conversation, and in all."""

from __future__ import annotations

from bot.conversation.memory import Conversations
from bot.conversation.understanding import MAX_TURNS, Turn


def turn(number: int) -> Turn:
    return Turn(f"¿pregunta {number}?", "", ())


def test_the_last_turns_of_a_conversation_are_kept() -> None:
    kept = Conversations()
    turns = tuple(turn(number) for number in range(MAX_TURNS + 3))
    kept.keep(1, turns)
    assert kept.turns(1) == turns[3:]
    assert kept.turns(2) == ()


def test_the_conversation_that_was_silent_longest_is_forgotten() -> None:
    kept = Conversations(most=2)
    for conversation in (1, 2, 1, 3):
        kept.keep(conversation, (turn(conversation),))
    assert [conversation in kept for conversation in (1, 2, 3)] == [True, False, True]


def test_a_conversation_without_turns_is_kept_too() -> None:
    kept = Conversations()
    kept.keep(1, ())
    assert 1 in kept
    assert kept.turns(1) == ()
