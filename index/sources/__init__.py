"""Where articles come from: folders of ``.txt``, ``.md`` and ``.html`` files. Every reader yields ``Article``."""

from __future__ import annotations

from index.sources.files import Corpus, read_articles

__all__ = ["Corpus", "read_articles"]
