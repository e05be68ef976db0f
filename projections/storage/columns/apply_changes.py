"""Columns of incidents, brought up to date by the incidents that went and came since: pure arrays."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np

from domain.standards.plover import ASSAULT
from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.scoring.incidents import Incident
from projections.storage.columns.incident_columns import AllIncidentColumns, Kinds, incident_kinds, rows_between


class DoNotMatch(Exception):
    """Incidents are said to have gone that were not there: the columns are not those that were changed."""


class IncidentChanges(msgspec.Struct, omit_defaults=True):
    """Incidents that went and came, as columns. `pair` is an index of `pairs`; the first `gone` went."""

    pairs: list[Pair] = []
    gone: int = 0
    pair: list[int] = []
    day: list[int] = []
    weight: list[float] = []
    kind: list[int] = []

    @classmethod
    def of(cls, gone: Sequence[Incident], come: Sequence[Incident]) -> "IncidentChanges":
        """Return what went and came."""
        numbers: dict[Pair, int] = {}
        every = [*gone, *come]
        kinds = incident_kinds(
            [i.material for i in every], [i.direction for i in every], [i.type == ASSAULT for i in every]
        )
        return cls(
            gone=len(gone),
            pair=[numbers.setdefault((i.a, i.b), len(numbers)) for i in every],
            day=[i.day for i in every],
            weight=[i.weight for i in every],
            kind=kinds.tolist(),
            pairs=list(numbers),
        )

    def __len__(self) -> int:
        return len(self.day)


class _Net(NamedTuple):
    """What went or came more often than the other, in the order of columns; `pair` is an index of `pairs`."""

    pairs: list[Pair]
    pair: Ints
    day: Ints
    weight: Floats
    kind: Kinds
    times: Ints

    def where(self, chosen: Bools | Ints) -> "_Net":
        return _Net._make([self.pairs, *(column[chosen] for column in self[1:])])


def apply_changes(columns: AllIncidentColumns, changes: Sequence[IncidentChanges]) -> AllIncidentColumns:
    """Return columns, which are in order, with changes made, which follow one another. Raises `DoNotMatch`.

    It takes a copy of the columns, and a search for each change.
    """
    net = _net(changes)
    if not len(net.day):
        return columns
    places = [bisect_left(columns.pairs, pair) for pair in net.pairs]
    known = [
        place < len(columns.pairs) and columns.pairs[place] == pair
        for place, pair in zip(places, net.pairs, strict=True)
    ]
    low = columns.starts[places]
    high = columns.starts[np.array(places) + known]
    at = _places_in(columns, net, low[net.pair], high[net.pair])
    gone = _gone_rows(columns, net, at, high)
    come = net.times > 0
    often = np.repeat(np.flatnonzero(come), net.times[come])
    to = at[often] - np.searchsorted(gone, at[often])
    day, weight, kind = (
        np.insert(np.delete(mine, gone), to, theirs[often])
        for mine, theirs in (
            (columns.day, net.day),
            (columns.weight, net.weight),
            (columns.kind, net.kind),
        )
    )
    more = np.bincount(net.pair, weights=net.times, minlength=len(net.pairs)).astype(np.int64)
    lengthened = _lengthened(columns, net.pairs, places, known, more)
    made = AllIncidentColumns(*lengthened, day, weight, kind, columns.history)
    if made.pairs is columns.pairs and "numbers" in columns.__dict__:
        made.__dict__["numbers"] = columns.numbers
    return made


def _net(changes: Sequence[IncidentChanges]) -> _Net:
    numbers: dict[Pair, int] = {}
    pair: list[int] = []
    times: list[int] = []
    for each in changes:
        theirs = [numbers.setdefault(named, len(numbers)) for named in each.pairs]
        pair += [theirs[index] for index in each.pair]
        times += [-1] * each.gone + [1] * (len(each) - each.gone)
    pairs = sorted(numbers)
    place = np.zeros(len(pairs), np.int64)
    place[[numbers[each] for each in pairs]] = np.arange(len(pairs))
    day, weight, kind = (
        list(chain.from_iterable(getattr(each, name) for each in changes)) for name in ("day", "weight", "kind")
    )
    columns: Any = np.array(day, np.int32), np.array(weight, np.float64), np.array(kind, np.uint8)
    every = _Net._make((pairs, place[np.array(pair, np.int64)], *columns, np.array(times, np.int64)))
    every = every.where(np.lexsort((every.kind, every.weight, every.day, every.pair)))
    is_first = np.ones(len(every.day), np.bool_)
    is_first[1:] = np.any([column[1:] != column[:-1] for column in every[1:-1]], axis=0)
    firsts = np.flatnonzero(is_first)
    if not len(firsts):
        return every
    summed = every.where(firsts)._replace(times=np.add.reduceat(every.times, firsts))
    return summed.where(summed.times != 0)


def _places_in(columns: AllIncidentColumns, net: _Net, low: Ints, high: Ints) -> Ints:
    """Return before which row each change belongs, between two of them, which are those of its pair."""
    low, high = low.copy(), high.copy()
    while len(open_ := np.flatnonzero(low < high)):
        middle = (low[open_] + high[open_]) // 2
        day, weight = columns.day[middle], columns.weight[middle]
        asked = net.where(open_)
        by_kind = (weight == asked.weight) & (columns.kind[middle] < asked.kind)
        by_weight = (day == asked.day) & ((weight < asked.weight) | by_kind)
        is_before = (day < asked.day) | by_weight
        low[open_] = np.where(is_before, middle + 1, low[open_])
        high[open_] = np.where(is_before, high[open_], middle)
    return low


def _gone_rows(columns: AllIncidentColumns, net: _Net, at: Ints, high: Ints) -> Ints:
    """Return the rows that went, in order."""
    gone = np.flatnonzero(net.times < 0)
    ends = at[gone] - net.times[gone]
    rows = rows_between(at[gone], ends)
    said = np.repeat(gone, -net.times[gone])
    if (ends > high[net.pair[gone]]).any() or any(
        (mine[rows] != theirs[said]).any()
        for mine, theirs in (
            (columns.day, net.day),
            (columns.weight, net.weight),
            (columns.kind, net.kind),
        )
    ):
        raise DoNotMatch("incidents went that were not there")
    return rows


def _lengthened(
    columns: AllIncidentColumns, changed: list[Pair], places: list[int], known: list[bool], more: Ints
) -> tuple[list[Pair], Ints]:
    """Return all pairs and where each begins, when some have more incidents than before, or less."""
    lengths = np.diff(columns.starts)
    is_known = np.array(known)
    mine = np.array(places)[is_known]
    lengths[mine] += more[is_known]
    pairs = columns.pairs
    new = [number for number in np.flatnonzero(~is_known).tolist() if more[number]]
    if new or not lengths[mine].all():
        lengths = np.insert(lengths, [places[number] for number in new], more[new])
        before = [0, *(places[number] for number in new), len(pairs)]
        every: list[Pair] = []
        for index, (start, end) in enumerate(pairwise(before)):
            every += [changed[new[index - 1]]] if index else []
            every += pairs[start:end]
        some = np.flatnonzero(lengths)
        pairs, lengths = [every[index] for index in some.tolist()], lengths[some]
    return pairs, np.concatenate(((0,), lengths.cumsum()))
