"""``python -m bot``: the composition root. Exit codes: 0 stopped, 2 a setting must change, 1 anything else."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import discord

from bot import logs
from bot.client import Pregonero
from bot.delivery import LOST
from bot.grounded.errors import GroundingError
from bot.grounded.opening import open_writer
from bot.grounded.tally import Tally
from bot.health import open_health
from bot.knowledge import Knowledge
from bot.metrics import Metrics
from bot.readiness import Readiness
from bot.settings import Settings, SettingsError, load_settings
from bot.store import StoreError, open_store
from index.records import KnowledgeError

_log = logging.getLogger("bot")

_NOT_SIGNED_IN = """\
DISCORD_TOKEN is not set, so the bot cannot sign in to Discord.
Get one: discord.com/developers/applications > New Application > Bot > Reset Token > Copy.
Write DISCORD_TOKEN=<the token> into a file .env in this folder and run this again; README.md says how to invite it."""
_NOT_ACCEPTED = "Discord does not accept DISCORD_TOKEN: copy it again from the developer portal (Bot > Reset Token)."
_NO_INTENT = (
    "Discord refuses the Message Content intent: switch it on in the developer portal "
    "(Bot > Privileged Gateway Intents), or leave MESSAGE_CONTENT out."
)
_UNREACHABLE = "Discord cannot be reached ({reason}): check the network, then start the bot again."


async def serve(settings: Settings) -> None:
    """Run the bot until a signal ends it. Raises what keeps it from running."""
    stop, hurry = _signals()
    metrics = Metrics()
    logging.getLogger().addHandler(metrics.errors)
    knowledge = Knowledge(
        settings.index_dir, settings.embedding_model, settings.queue_size, cache=settings.cache_file.parent
    )
    readiness = Readiness(lambda: knowledge.loaded)
    async with (
        # First: a bot that takes long to open can be asked why.
        open_health(settings.health_host, settings.health_port, readiness.states, metrics),
        knowledge,
        open_store(settings.state_file) as store,
    ):
        writer = open_writer(settings, store)
        metrics.read(knowledge, writer.tally if writer else Tally())
        readiness.store = store
        async with Pregonero(settings, knowledge, store, metrics, writer) as client:
            readiness.connected = lambda: client.connected and not client.admission.closing.is_set()
            await _run(client, settings, stop, hurry)


def _signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Set by the first signal to end, and by the second."""
    stop, hurry = asyncio.Event(), asyncio.Event()

    def signalled() -> None:
        # Who asks a second time does not want to wait.
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signalled)
    return stop, hurry


async def _run(client: Pregonero, settings: Settings, stop: asyncio.Event, hurry: asyncio.Event) -> None:
    """Keep the client connected until ``stop``; what is under way then may end before ``hurry``."""
    running = asyncio.create_task(client.start(settings.discord_token.value))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if running.done():
        await running
        return
    _log.info("Stopping: answers under way have %d s.", settings.shutdown_grace)
    closing = asyncio.create_task(client.admission.close(settings.shutdown_grace))
    hurrying = asyncio.create_task(hurry.wait())
    await asyncio.wait((closing, hurrying), return_when=asyncio.FIRST_COMPLETED)
    hurrying.cancel()
    if not (closing.done() and closing.result()):
        _log.warning("Some answers did not end in time.")
    await client.close()
    # Where the connection was lost it would first wait for its next try.
    running.cancel()
    await asyncio.wait((running,))


def main() -> int:
    """Run the bot; a failure is one line on standard error and an exit code."""
    try:
        settings = load_settings()
    except SettingsError as error:
        return _fail(str(error), 2)
    if not settings.discord_token:
        return _fail(_NOT_SIGNED_IN, 2)
    logs.set_up(settings)
    try:
        asyncio.run(serve(settings))
    except (SettingsError, GroundingError, KnowledgeError, StoreError, discord.DiscordException, *LOST) as error:
        return _fail(*_explain(error))
    return 0


def _explain(error: Exception) -> tuple[str, int]:
    """The line and the exit code for what keeps the bot from running."""
    code = 1
    match error:
        case discord.LoginFailure() | discord.ConnectionClosed(code=4004):
            sentence, code = _NOT_ACCEPTED, 2
        case SettingsError() | GroundingError():
            sentence, code = str(error), 2
        case discord.PrivilegedIntentsRequired():
            sentence, code = _NO_INTENT, 2
        case KnowledgeError() | StoreError():
            sentence = str(error)
        case discord.ConnectionClosed(code=number):
            sentence = f"Discord has closed the connection with code {number}: start the bot again."
        case discord.HTTPException(status=status) if status < 500 and status != 429:
            sentence = f"Discord refuses what the bot tells it ({error}): look for a newer release, or report this."
        case _:
            sentence = _UNREACHABLE.format(reason=str(error) or type(error).__name__)
    return sentence, code


def _fail(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - whoever started it reads this, with or without a log
    return code


if __name__ == "__main__":
    sys.exit(main())
