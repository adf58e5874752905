"""What messages and forms are made of: files and components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.discord_numbers import Json, snowflake


@dataclass(frozen=True)
class Attachment:
    """A file of a message."""

    name: str
    data: bytes
    id: str = field(default_factory=snowflake)

    def json(self) -> Json:
        """The attachment object."""
        url = f"https://cdn.invalid/{self.id}/{self.name}"
        return {"id": self.id, "filename": self.name, "size": len(self.data), "url": url, "proxy_url": url}


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, the outer before the inner."""
    for each in components:
        yield each
        yield from walk(each.get("components", []))
        yield from walk([each[key] for key in ("component", "accessory") if key in each])
