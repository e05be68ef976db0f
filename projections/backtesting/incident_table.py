"""Incidents as columns of numbers: what backtests and the clash risk are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.standards.plover import ASSAULT, INTENSITY
from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.scoring.spillover import Tie

#: The types as numbers; -1 is none.
TYPE_NUMBERS: Final[dict[str | None, int]] = {None: -1, **{name: number for number, name in enumerate(INTENSITY)}}
ASSAULT_NUMBER: Final = TYPE_NUMBERS[ASSAULT]


@dataclass(frozen=True, slots=True)
class IncidentTable:
    """Incidents as columns, in any order. `pair` is an index of `pairs`, `type` a number of `TYPE_NUMBERS`.

    `weight` is c * m * g, signed, on the incident's own day. `ties` are those by which conflict spills over.
    `history` is the position of the history that they come from, but for what changed since; None without one.
    """

    pairs: tuple[Pair, ...]
    pair: Ints
    day: Ints
    type: Ints
    weight: Floats
    material: NDArray[np.bool_]
    ties: tuple[Tie, ...] = ()
    history: int | None = None

    @classmethod
    def of(
        cls, rows: Iterable[Sequence[Any]], pairs: Sequence[Pair] = (), ties: Sequence[Tie] = ()
    ) -> "IncidentTable":
        """Return the table of rows of (a, b, day, type, weight, material). `pairs` come first, found or not."""
        index = {pair: number for number, pair in enumerate(pairs)}
        numbered = [
            (index.setdefault((a, b), len(index)), day, TYPE_NUMBERS[name], weight, material)
            for a, b, day, name, weight, material in rows
        ]
        pair, day, numbers, weight, material = zip(*numbered, strict=True) if numbered else ((),) * 5
        return cls(
            tuple(index),
            np.asarray(pair, dtype=np.int64),
            np.asarray(day, dtype=np.int64),
            np.asarray(numbers, dtype=np.int64),
            np.asarray(weight, dtype=np.float64),
            np.asarray(material, dtype=np.bool_),
            tuple(ties),
        )

    def __len__(self) -> int:
        return len(self.day)

    def where(self, chosen: NDArray[np.bool_]) -> "IncidentTable":
        """Return the incidents chosen; the pairs remain."""
        columns = {name: getattr(self, name)[chosen] for name in ("pair", "day", "type", "weight", "material")}
        return replace(self, **columns)

    def of_pairs(self, chosen: Ints) -> "IncidentTable":
        """Return what happened between the pairs of some indices, which are numbered anew in that order."""
        number = np.full(len(self.pairs), -1)
        number[chosen] = np.arange(len(chosen))
        mine = self.where(number[self.pair] >= 0)
        return replace(mine, pairs=tuple(self.pairs[index] for index in chosen), pair=number[mine.pair])

    def with_at_least(self, least: int) -> "IncidentTable":
        """Return what happened between the pairs that have `least` incidents or more."""
        return self.of_pairs(np.flatnonzero(np.bincount(self.pair, minlength=len(self.pairs)) >= least))
