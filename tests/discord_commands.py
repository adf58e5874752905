"""How an application registers its commands."""

from __future__ import annotations

import re

from tests.discord_limits import check_choices, require, require_length
from tests.discord_numbers import Json, snowflake
from tests.discord_world import World

_LOCALES = set(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja "
    "zh-TW ko".split()
)


def register(world: World, guild: str | None, commands: list[Json]) -> list[Json]:
    """Replace the commands of a server, or of all; a command keeps its id. Refuses what Discord does not take."""
    _check_commands(commands)
    known = {(each["name"], each["type"]): each["id"] for each in world.commands.get(guild, [])}
    made: list[Json] = []
    for command in commands:
        kind = command.get("type", 1)
        about: Json = {"id": known.get((command["name"], kind)) or snowflake(), "type": kind, "version": snowflake()}
        about |= {"application_id": world.bot.id, "description": "", **command}
        if (needed := command.get("default_member_permissions")) is not None:
            about["default_member_permissions"] = str(needed)
        made.append(about if guild is None else {**about, "guild_id": guild})
    world.commands[guild] = made
    world.syncs.append((guild, commands))
    return made


def _check_commands(commands: list[Json]) -> None:
    names = [(command["name"], command.get("type", 1)) for command in commands]
    require(len(set(names)) == len(names), "name", "Application command names must be unique.")
    for command in commands:
        if command.get("type", 1) == 1:
            _check_command(command, command["name"])
        else:
            for name in (command["name"], *(command.get("name_localizations") or {}).values()):
                require_length(name, f"{command['name']}.name", 32, 1)


def _check_command(command: Json, where: str) -> None:
    names = command.get("name_localizations") or {}
    descriptions = command.get("description_localizations") or {}
    require({*names, *descriptions} <= _LOCALES, f"{where}.name_localizations", "Not a locale of Discord's.")
    for name in (command["name"], *names.values()):
        fine = bool(re.fullmatch(r"[-_'\w]{1,32}", name)) and name == name.lower()
        require(fine, f"{where}.name", f"{name!r} does not match the pattern of names.")
    for description in (command.get("description"), *descriptions.values()):
        require_length(description, f"{where}.description", 100, 1)
    options = command.get("options") or []
    require(len(options) <= 25, f"{where}.options", "Must be 25 or fewer.")
    needed = [bool(option.get("required")) for option in options]
    require(needed == sorted(needed, reverse=True), f"{where}.options", "Required options come first.")
    for choice in command.get("choices") or []:
        check_choices([choice])
    require(len(command.get("choices") or []) <= 25, f"{where}.choices", "Must be 25 or fewer.")
    for option in options:
        _check_command(option, f"{where}.{option['name']}")
