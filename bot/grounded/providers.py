"""The providers whose models can write answers, and what each one's package calls things. Imports none of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bot.grounded.errors import ModelSettingsError


class Provider(StrEnum):
    """A provider, as ``LLM_MODEL`` and LangChain name it."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    OLLAMA = "ollama"
    GOOGLE = "google_genai"


# What `pip install '.[…]'` brings its package with.
EXTRAS: Final = {
    Provider.OPENAI: "openai",
    Provider.ANTHROPIC: "anthropic",
    Provider.OLLAMA: "ollama",
    Provider.GOOGLE: "google",
}
# What to do where the package is missing; an image is built, not installed into.
INSTALL: Final = "pip install '.[{0}]', or for Docker write PROVIDERS={0} into .env and run `docker compose build`"
# Said out loud: left out, these packages would look for an address in the environment, LangSmith's gateway included.
_ADDRESSES: Final = {
    Provider.OPENAI: "https://api.openai.com/v1",
    Provider.ANTHROPIC: "https://api.anthropic.com",
    Provider.OLLAMA: "http://127.0.0.1:11434",
    Provider.GOOGLE: "https://generativelanguage.googleapis.com",
}
# A server of one's own wants no key, and must not be sent the one that the environment may hold for another.
_NO_KEY: Final = "none"
_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model and how to reach it, checked; ``timeout`` is in seconds."""

    provider: Provider
    model: str
    base_url: str
    api_key: str
    timeout: float
    max_tokens: int

    def options(self) -> dict[str, Any]:
        """What the provider's chat model is made with; trying again is left to ``bot.grounded.limits``."""
        if self.provider is Provider.OLLAMA:
            client = {"timeout": self.timeout}
            return {"base_url": self.base_url, "num_predict": self.max_tokens, "client_kwargs": client}
        options: dict[str, Any] = {
            "base_url": self.base_url,
            "api_key": self.api_key,
            "timeout": self.timeout,
            "max_tokens": self.max_tokens,
            # Google's package takes 0 for its own default, which is several.
            "max_retries": 1 if self.provider is Provider.GOOGLE else 0,
        }
        if self.provider is Provider.OPENAI:
            # Elsewhere than at OpenAI's own address it would not ask for the tokens by itself.
            options["stream_usage"] = True
        return options


def read_endpoint(spec: str, base_url: str | None, api_key: str | None, timeout: float, max_tokens: int) -> Endpoint:
    """The endpoint that ``spec``, ``provider:model``, names. Raises ``ModelSettingsError``."""
    prefix, _, model = spec.partition(":")
    if prefix not in list(Provider) or not model:
        known = ", ".join(f"{provider}:…" for provider in Provider)
        raise ModelSettingsError(f"LLM_MODEL is {spec!a}: write a provider and a model, one of {known}.")
    provider = Provider(prefix)
    if base_url and not _ADDRESS.fullmatch(base_url):
        raise ModelSettingsError(
            f"LLM_BASE_URL is {base_url!a}: write an address that begins with http:// or https://."
        )
    if not api_key and not base_url and provider is not Provider.OLLAMA:
        raise ModelSettingsError(f"LLM_MODEL is {spec}, and LLM_API_KEY is not set: write the provider's key into it.")
    return Endpoint(provider, model, base_url or _ADDRESSES[provider], api_key or _NO_KEY, timeout, max_tokens)
