"""What every test runs under: no network for models, and property tests that draw the same examples each time.

Fixtures that read the embedded model's weights are made once a process.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from index.encoder import FolderEncoder
    from index.snapshot import Snapshot

# Before any library reads it: a test that would download a model fails at once and says so.
os.environ["HF_HUB_OFFLINE"] = "1"

# No deadline: a shared machine's pauses are no bug. Derandomised: a change is what makes a test fail, not the day.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """Import everything: Hypothesis also draws the constants of the modules there are, so when they come matters."""
    for package in ("bot", "index", "scripts", "tests"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


@pytest.fixture(scope="session")
def embedded() -> FolderEncoder:
    """The embedded model, its weights read."""
    from index.encoder import open_encoder

    encoder = open_encoder()
    encoder.warm()
    return encoder


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory, embedded: FolderEncoder) -> Snapshot:
    """An index of the seed articles and four short ones, two of which have one text."""
    from index.build import build
    from index.snapshot import open_snapshot
    from index.sources import read_articles
    from tests.command_line import ROOT, write_articles

    place = tmp_path_factory.mktemp("newsroom")
    articles = write_articles(place / "articles")
    shutil.copy(articles / "quinua.txt", articles / "quinua-bis.txt")
    build(read_articles([ROOT / "seeds", articles]).articles, place / "index", embedded, cache=place / "vectors.sqlite")
    return open_snapshot(place / "index")
