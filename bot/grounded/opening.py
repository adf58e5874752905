"""The writer that the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.grounded.limits import Notes
    from bot.grounded.writer import Writer


def open_writer(settings: Settings, notes: Notes) -> Writer | None:
    """The writer, whose tokens are counted in ``notes``, for one event loop; None where no model is set.

    Takes a second or more. Raises ``ModelSettingsError`` or ``MissingProviderError``.
    """
    if not settings.llm_model:
        return None
    from bot.grounded.limits import Ledger, Prices
    from bot.grounded.model import open_chat_model
    from bot.grounded.writer import Writer

    model = open_chat_model(
        settings.llm_model,
        base_url=settings.llm_base_url or None,
        api_key=settings.llm_api_key.value or None,
        # A little less than an answer has: a call that ends by itself has its tokens counted.
        timeout=settings.llm_timeout * 0.95,
        max_tokens=settings.llm_max_tokens,
    )
    prices = Prices(*settings.llm_prices) if settings.llm_prices else None
    return Writer(model, settings.llm_timeout, Ledger(settings.llm_daily_tokens or None, notes, prices))
