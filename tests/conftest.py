"""What every test runs under: no network for models, and property tests that draw the same examples each time."""

from __future__ import annotations

import os

import hypothesis

# Before any library reads it: a test that would download a model fails at once and says so.
os.environ["HF_HUB_OFFLINE"] = "1"

# No deadline: a shared machine's pauses are no bug. Derandomised: a change is what makes a test fail, not the day.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")
