"""The incidents of all pairs as columns, pair after pair: 13 bytes each.

In which order a database has them depends on how they came there, and a sum's last digit on the order. So those
of a pair are in one that depends on themselves alone: by day, then by weight, then by kind.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.standards.plover import ASSAULT
from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.scoring.incidents import Incident
from projections.scoring.pressures import IncidentColumns

_MATERIAL: Final = 6
_DIRECTION: Final = 2
_KINDS: Final = np.arange(2 * _MATERIAL)
IS_MATERIAL: Final = _KINDS >= _MATERIAL  #: by kind
DIRECTIONS: Final = _KINDS % _MATERIAL // _DIRECTION  #: by kind
IS_ASSAULT: Final = _KINDS % _DIRECTION == 1  #: by kind

_SmallInts = NDArray[np.int32]
Kinds = NDArray[np.uint8]  #: of incidents: whether each is a deed, its direction, and whether it is an ASSAULT


def incident_kinds(material: Any, direction: Any, assault: Any) -> Kinds:
    """Return kinds; they have the order of what they are made of, the first of it first."""
    kind = np.asarray(material, np.uint8) * _MATERIAL + np.asarray(direction, np.uint8) * _DIRECTION
    return (kind + np.asarray(assault, np.uint8)).astype(np.uint8)


class PairSides(NamedTuple):
    """The first and the second actor of each pair, by the numbers of the actors."""

    numbers: dict[str, int]
    first: _SmallInts
    second: _SmallInts

    def with_any(self, actors: Iterable[str]) -> Bools:
        """Return which pairs have one of some actors."""
        wanted = np.zeros(len(self.numbers), np.bool_)
        wanted[[self.numbers[actor] for actor in actors if actor in self.numbers]] = True
        return wanted[self.first] | wanted[self.second]


@dataclass(frozen=True)
class AllIncidentColumns:
    """The incidents of all pairs as columns: the rows of `pairs[i]` are from `starts[i]` until `starts[i + 1]`.

    `history` is the position of the history that they come from, but for what changed since; None without one.
    """

    pairs: list[Pair]
    starts: Ints
    day: _SmallInts
    weight: Floats
    kind: Kinds
    history: int | None = None

    @classmethod
    def of(cls, pairs: Sequence[Pair], rows: Sequence[tuple[Any, ...]]) -> "AllIncidentColumns":
        """Return rows of (index of pair, day, weight, material, direction, assault) as columns.

        In each pair they keep their order.
        """
        columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ((),) * 6
        pair, day, weight, *kind = columns
        of_rows = (
            np.array(pair, np.int64),
            np.array(day, np.int32),
            np.array(weight, np.float64),
            incident_kinds(*kind),
        )
        return cls.of_columns(pairs, *of_rows)

    @classmethod
    def of_columns(
        cls, pairs: Sequence[Pair], pair: NDArray[Any], day: _SmallInts, weight: Floats, kind: Kinds
    ) -> "AllIncidentColumns":
        """Return columns whose rows are in any order, but for that in each pair; `pair` are indices of pairs."""
        order = np.argsort(pair, kind="stable")
        starts = np.concatenate(((0,), np.bincount(pair, minlength=len(pairs)).cumsum()))
        return cls(list(pairs), starts, day[order], weight[order], kind[order])

    def __len__(self) -> int:
        return len(self.day)

    @cached_property
    def numbers(self) -> dict[Pair, int]:
        """The place of each pair."""
        return {pair: number for number, pair in enumerate(self.pairs)}

    @cached_property
    def sides(self) -> PairSides:
        """Who the two of each pair are."""
        numbers: dict[str, int] = {}
        one, other = ([numbers.setdefault(pair[side], len(numbers)) for pair in self.pairs] for side in (0, 1))
        return PairSides(numbers, np.array(one, np.int32), np.array(other, np.int32))

    @cached_property
    def assault_rows(self) -> Ints:
        """The places of those that are ASSAULTs."""
        return np.flatnonzero(self.assault)

    @property
    def material(self) -> Bools:
        """Which are deeds."""
        material: Bools = IS_MATERIAL[self.kind]
        return material

    @property
    def direction(self) -> Ints:
        """0 from the pair's first actor to its second, 1 back, 2 mutual."""
        return DIRECTIONS[self.kind]

    @property
    def assault(self) -> Bools:
        """Which are ASSAULTs."""
        assault: Bools = IS_ASSAULT[self.kind]
        return assault

    @property
    def pair(self) -> Ints:
        """Whose each is: the place of its pair."""
        return np.repeat(np.arange(len(self.pairs)), np.diff(self.starts))

    def in_order(self) -> "AllIncidentColumns":
        """Return the same with the pairs in order, those without incidents left out, and in each its incidents."""
        lengths = np.diff(self.starts)
        order = [number for number in sorted(self.numbers.values(), key=self.pairs.__getitem__) if lengths[number]]
        place = np.zeros(len(self.pairs), np.int64)
        place[order] = np.arange(len(order))
        rows = np.lexsort((self.kind, self.weight, self.day, place[self.pair]))
        starts = np.concatenate(((0,), lengths[order].cumsum()))
        pairs = [self.pairs[number] for number in order]
        columns = (self.day[rows], self.weight[rows], self.kind[rows])
        return AllIncidentColumns(pairs, starts, *columns, self.history)

    def from_pair(self, number: int) -> "AllIncidentColumns":
        """Return the incidents of one of the pairs, and of those behind it."""
        first = int(self.starts[number])
        rows = (self.day[first:], self.weight[first:], self.kind[first:])
        return AllIncidentColumns(self.pairs[number:], self.starts[number:] - first, *rows, self.history)

    def replaced(self, new: "AllIncidentColumns") -> "AllIncidentColumns":
        """Return these with those of some pairs, which are here, replaced by new ones."""
        is_new = np.zeros(len(self.pairs), np.bool_)
        is_new[[self.numbers[pair] for pair in new.pairs]] = True
        kept = ~is_new[self.pair]
        number = np.array([self.numbers[pair] for pair in new.pairs], np.int64)
        columns: list[Any] = [
            np.concatenate((mine[kept], theirs))
            for mine, theirs in (
                (self.pair, number[new.pair]),
                (self.day, new.day),
                (self.weight, new.weight),
                (self.kind, new.kind),
            )
        ]
        return replace(AllIncidentColumns.of_columns(self.pairs, *columns), history=self.history)

    # Some of them

    def counts_until(self, day: int) -> Ints:
        """Return how many incidents of each pair had happened by a day, of columns that are in order."""
        return self.ends_at(day) - self.starts[:-1]

    def ends_at(self, day: int, chosen: Ints | None = None) -> Ints:
        """Return behind which row each pair, or each of chosen ones, has its last incident until a day.

        The columns have to be in order.
        """
        low, high = self.starts[:-1], self.starts[1:]
        if chosen is not None:
            low, high = low[chosen], high[chosen]
        low, high = low.copy(), high.copy()
        while len(open_ := np.flatnonzero(low < high)):
            middle = (low[open_] + high[open_]) // 2
            is_until = self.day[middle] <= day
            low[open_] = np.where(is_until, middle + 1, low[open_])
            high[open_] = np.where(is_until, high[open_], middle)
        return low

    def by_pair(self, wanted: Collection[Pair]) -> dict[Pair, IncidentColumns]:
        """Return the incidents of each of some pairs, which may have none."""
        none = slice(0, 0)
        places = ((pair, self.numbers.get(pair)) for pair in wanted)
        return {
            pair: self._at(none if number is None else slice(self.starts[number], self.starts[number + 1]))
            for pair, number in places
        }

    def _at(self, rows: slice) -> IncidentColumns:
        kind = self.kind[rows]
        day = self.day[rows].astype(np.int64)
        return IncidentColumns(day, self.weight[rows], IS_MATERIAL[kind], DIRECTIONS[kind], IS_ASSAULT[kind])


def columns_of_incidents(incidents: Sequence[Incident]) -> AllIncidentColumns:
    """Return incidents as columns, in order."""
    numbers: dict[Pair, int] = {}
    rows = [
        (numbers.setdefault((i.a, i.b), len(numbers)), i.day, i.weight, i.material, i.direction, i.type == ASSAULT)
        for i in incidents
    ]
    return AllIncidentColumns.of(list(numbers), rows).in_order()


def following(parts: Sequence[AllIncidentColumns]) -> AllIncidentColumns:
    """Return the incidents of parts, of which each begins behind the last pair of the one before, or with it."""
    pairs: list[Pair] = []
    lengths: list[int] = []
    for part in parts:
        of_part = np.diff(part.starts).tolist()
        goes_on = bool(pairs and part.pairs) and pairs[-1] == part.pairs[0]
        if goes_on:
            lengths[-1] += of_part[0]
        pairs += part.pairs[goes_on:]
        lengths += of_part[goes_on:]
    starts = np.concatenate(((0,), np.cumsum(lengths, dtype=np.int64)))
    day, weight, kind = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("day", "weight", "kind")
    )
    return AllIncidentColumns(pairs, starts, day, weight, kind)


def rows_between(starts: Ints, ends: Ints) -> Ints:
    """Return the whole numbers from each start until before its end, one stretch after the other."""
    lengths = ends - starts
    before = np.concatenate(((0,), lengths.cumsum()))[:-1]
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum())
