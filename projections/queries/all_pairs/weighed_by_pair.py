"""Incidents of many pairs, as far as their weights go: a pair's are cut out of those of all when asked for."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from projections.arrays import Ints
from projections.pairs import Pair
from projections.scoring.pressures import NO_INCIDENTS, Weighed, WeighedColumns

_NAMES: Final = ("day", "weight", "material")
_NO_ROWS: Final = WeighedColumns(*(getattr(NO_INCIDENTS, name) for name in _NAMES))


class WeighedByPair(Mapping[Pair, Weighed]):
    """The incidents of some pairs: those of each begin at its place in `starts`, and end at the next."""

    def __init__(self, places: Mapping[Pair, int], starts: Ints, rows: WeighedColumns) -> None:
        self.places = places
        self.starts = starts
        self.rows = rows

    @classmethod
    def of(cls, by_pair: Mapping[Pair, Weighed]) -> "WeighedByPair":
        """Return the incidents of some pairs in one piece."""
        if not by_pair:
            return cls({}, np.zeros(1, np.int64), _NO_ROWS)
        columns = [[getattr(own, name) for own in by_pair.values()] for name in _NAMES]
        rows = WeighedColumns(*map(np.concatenate, columns))
        lengths = [len(own.day) for own in by_pair.values()]
        places = {pair: place for place, pair in enumerate(by_pair)}
        return cls(places, np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))), rows)

    def joined(self, other: "WeighedByPair") -> "WeighedByPair":
        """Return these and, behind them, those of other pairs."""
        if not other.places or not self.places:
            return self if self.places else other
        behind = len(self.places)
        places = {**self.places, **{pair: place + behind for pair, place in other.places.items()}}
        pieces = (self.rows, other.rows)
        rows = WeighedColumns(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in _NAMES))
        return WeighedByPair(places, np.concatenate((self.starts, other.starts[1:] + self.starts[-1])), rows)

    def __getitem__(self, pair: Pair) -> Weighed:
        place = self.places[pair]
        own = slice(self.starts[place], self.starts[place + 1])
        return WeighedColumns(self.rows.day[own], self.rows.weight[own], self.rows.material[own])

    def __iter__(self) -> Iterator[Pair]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)
