"""Many texts as arrays of numbers: what is the same for a word wherever it stands is worked out once a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts by their terms.

    ``terms`` are the distinct ones; ``numbers`` (occurrences,) int32 says which of them stands where, text after text;
    ``lengths`` (texts,) int64 is how many each text has.
    """

    terms: list[str]
    numbers: NDArray[np.int32]
    lengths: Integers

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> Texts:
        """Number the terms of each text, repeats included."""
        seen: defaultdict[str, int] = defaultdict()
        seen.default_factory = seen.__len__
        rows = [np.fromiter(map(seen.__getitem__, terms), np.int32, len(terms)) for terms in texts]
        numbers = np.concatenate([np.zeros(0, np.int32), *rows])
        return cls(list(seen), numbers, np.array([len(row) for row in rows], np.int64))

    def joined(self, groups: Sequence[Sequence[int]]) -> Texts:
        """New texts, each made of some of these, given by their rows, one after the other."""
        sizes = np.array([len(group) for group in groups], np.int64)
        rows = np.fromiter(chain.from_iterable(groups), np.int64, int(sizes.sum()))
        return Texts(self.terms, self.numbers[_places(self.lengths, rows)], _sums(self.lengths[rows], sizes))

    def cut(self, pieces: Texts) -> Texts:
        """The same texts, each term replaced by its pieces: ``pieces`` has a text for each of the terms."""
        places = _places(pieces.lengths, self.numbers)
        return Texts(pieces.terms, pieces.numbers[places], _sums(pieces.lengths[self.numbers], self.lengths))

    def counts(self, ranks: Integers) -> tuple[Integers, Integers, Integers]:
        """Each term of each text once, by ``ranks`` (terms,): its rank, the text, how often it stands there."""
        size = len(self.lengths)
        keys = ranks[self.numbers]
        keys *= size
        keys += np.repeat(np.arange(size), self.lengths)
        keys.sort()
        firsts = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
        found, texts = np.divmod(keys[firsts], max(size, 1))
        return found, texts, np.diff(firsts, append=len(keys))


def _places(lengths: Integers, rows: NDArray[Any]) -> Integers:
    """Where the occurrences of the texts in ``rows`` stand, one text after the other."""
    starts, sizes = np.cumsum(lengths) - lengths, lengths[rows]
    places: Integers = np.repeat(starts[rows] - (np.cumsum(sizes) - sizes), sizes)
    places += np.arange(len(places))
    return places


def _sums(values: Integers, sizes: Integers) -> Integers:
    """The sum of each run of ``values``, runs of ``sizes`` after each other; an empty run's is 0."""
    return np.diff(np.concatenate(([0], np.cumsum(values)))[np.concatenate(([0], np.cumsum(sizes)))])
