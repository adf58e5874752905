"""What went wrong, in the reader's words: the one place where an exception becomes a sentence.

What was foreseen has a sentence of its own; of everything else a reader learns the id of what was being served, which
the log has with the traceback.
"""

from __future__ import annotations

import logging
import math

import discord
from discord import app_commands

from bot import delivery, request
from bot.admission import RefusedError, Why
from bot.knowledge import BusyError
from bot.store import StoreError
from bot.texts import TEXTS, Texts
from index.records import KnowledgeError, Language, QuestionError

_log = logging.getLogger(__name__)


def explain(error: BaseException, language: Language) -> str:
    """One sentence for whoever asked; what nobody foresaw is logged under the id that the sentence names."""
    texts = TEXTS[language]
    if isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError) and error.__cause__:
        error = error.__cause__
    match error:
        case RefusedError():
            sentence = _refusal(error, texts)
        case BusyError():
            sentence = texts.busy
        case QuestionError():
            sentence = texts.unfit_question
        case TimeoutError():
            sentence = texts.too_slow
        case app_commands.MissingPermissions():
            sentence = texts.not_allowed
        case discord.HTTPException(code=delivery.NO_EMBEDS):
            sentence = texts.no_embeds
        case _ if isinstance(error, delivery.UNREACHABLE):
            _log.warning("Discord could not be told the answer (%s).", type(error).__name__)
            sentence = texts.unreachable
        case KnowledgeError() | StoreError():
            # It may name folders of this machine, which are none of a server's business.
            name = request.current() or request.begin()
            _log.error("Failure %s: %s", name, error)
            sentence = (texts.index_trouble if isinstance(error, KnowledgeError) else texts.failed).format(id=name)
        case _:
            name = request.current() or request.begin()
            _log.error("Failure %s: %s", name, type(error).__name__, exc_info=error)
            sentence = texts.failed.format(id=name)
    return sentence


def _refusal(error: RefusedError, texts: Texts) -> str:
    sentences = {
        Why.CLOSING: texts.closing,
        Why.CHANNEL: texts.other_channel,
        Why.ROLE: texts.other_role,
        Why.TOO_OFTEN: texts.too_often.format(seconds=max(1, math.ceil(error.seconds))),
        Why.SERVER_BUSY: texts.busy,
        Why.BUSY: texts.busy,
    }
    return sentences[error.why]


async def report(interaction: discord.Interaction[discord.Client], error: BaseException, language: Language) -> None:
    """Tell whoever used a command or a button what went wrong; that it cannot be told is logged."""
    sentence = explain(error, language)
    try:
        await delivery.refuse(interaction, sentence)
    except delivery.LOST as lost:
        _log.warning("Nobody could be told (%s): %s", type(lost).__name__, sentence)
