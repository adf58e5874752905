"""The embedding model, and the language model where one is set."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from contextlib import suppress

from bot.checkup.findings import Finding, State, refusal
from bot.grounded.errors import ModelSettingsError
from bot.grounded.providers import EXTRAS, INSTALL, Provider, read_endpoint
from bot.settings import Settings
from index.records import ModelError, SnapshotError

_TRIED = "What did the company announce?"


def embedding(settings: Settings, *, network: bool) -> Iterator[Finding]:
    """Whether the model opens, has the weights that it should have, encodes a text, and is the index's.

    Nothing is downloaded without ``network``, and the prepared model is not kept.
    """
    from pathlib import Path

    from index.encoder import EMBEDDED, open_encoder

    model = settings.embedding_model
    if not network and "@" in model and not Path(model).expanduser().is_dir():
        sentence = f"{model} is a model of the hub; `pregonero doctor --online` opens it, which may download it"
        yield Finding("model", State.OK, sentence)
        return
    try:
        encoder = open_encoder(model)
        encoder.warm()
        started = time.perf_counter()
        encoder.encode_question(_TRIED)
        milliseconds = 1000 * (time.perf_counter() - started)
        with suppress(SnapshotError):  # what is wrong with the index is for its own check to say
            from index.snapshot import open_snapshot

            open_snapshot(settings.index_dir, verify=False).require_encoder(encoder)
    except ModelError as error:
        yield refusal("model", error)
        return
    checked = "the published weights, " if model == EMBEDDED else ""
    yield Finding("model", State.OK, f"{model}: {checked}{milliseconds:.0f} ms a question")


def language(settings: Settings) -> Iterator[Finding]:
    """Whether the language model can be opened; nothing is sent to it."""
    spec = settings.llm_model
    if not spec:
        yield Finding("language model", State.OK, "None is set, answers are the articles' own sentences")
        return
    try:
        endpoint = read_endpoint(
            spec, settings.llm_base_url or None, settings.llm_api_key.value or None, settings.llm_timeout, 1
        )
    except ModelSettingsError as error:
        yield refusal("language model", error)
        return
    # LangChain names its packages after its providers.
    if not all(importlib.util.find_spec(name) for name in ("langchain", f"langchain_{endpoint.provider}")):
        sentence = f"LLM_MODEL is {spec}, and a package that it needs is missing"
        yield Finding("language model", State.PROBLEM, sentence, INSTALL.format(EXTRAS[endpoint.provider]))
        return
    costs = endpoint.provider is not Provider.OLLAMA and not settings.llm_base_url
    if costs and not settings.llm_daily_tokens:
        sentence = f"{spec} is installed, and nothing bounds what it may cost in a day"
        yield Finding("language model", State.WARNING, sentence, "set LLM_DAILY_TOKENS, and LLM_PRICES to see the cost")
        return
    price = "{}/{} US dollars a million tokens".format(*settings.llm_prices) if settings.llm_prices else "no price set"
    yield Finding("language model", State.OK, f"{spec} is installed, {price if costs else 'on a server of your own'}")
