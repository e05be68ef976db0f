"""Spill-over: a patron's pair has a share of the conflict that its client has with the other actor.

It goes one step, and only conflict spills over: docs/reference/scoring.md has the rule. All of it is here: which
clients count for a pair, and what their share comes to on a day, day by day, for one pair and for all.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from projections.arrays import Floats, Ints
from projections.pairs import Pair, SizedPairs, numbers_of, pair_of
from projections.scoring.incidents import Incident
from projections.scoring.models import Model
from projections.scoring.models.base import Number
from projections.scoring.pressures import IncidentColumns, columns_of

# Ties


@dataclass(frozen=True, slots=True)
class Tie:
    """One patron's backing of one client: from which days on it is active, or is no more."""

    patron: str
    client: str
    days: tuple[int, ...]
    active: tuple[bool, ...]

    def active_on(self, day: int) -> bool:
        """Return whether the patron backs the client on a day."""
        index = bisect_right(self.days, day)
        return index > 0 and self.active[index - 1]

    def active_since(self, day: int) -> int | None:
        """Return since which day the patron has backed the client without a break, None if it does not."""
        since = None
        by_day = dict(zip(self.days, self.active, strict=True))  # of a day its last turn
        for turned, is_active in reversed(by_day.items()):
            if turned <= day:
                if not is_active:
                    break
                since = turned
        return since

    def mask(self, on: Ints) -> Floats:
        """Return 1 for each of some days on which the tie is active, else 0."""
        active = np.array((False, *self.active), dtype=np.float64)
        return active[np.searchsorted(self.days, on, side="right")]


class Client(NamedTuple):
    """A client whose conflict spills over to a pair: by which tie, and in which pair it has that conflict."""

    tie: Tie
    pair: Pair


def clients_of(pair: Pair, ties: Iterable[Tie]) -> list[Client]:
    """Return the clients whose conflict spills over to a pair, on any day."""
    return [
        Client(tie, pair_of(tie.client, other))
        for tie in ties
        for patron, other in (pair, pair[::-1])
        if tie.patron == patron and tie.client not in pair
    ]


def ties_between(pair: Pair, ties: Iterable[Tie]) -> tuple[Tie, ...]:
    """Return the ties by which one of a pair backs the other."""
    return tuple(tie for tie in ties if tie.patron in pair and tie.client in pair)


class Backing(NamedTuple):
    """That a patron backs a client on a day, and since when it has without a break."""

    patron: str
    client: str
    since: int


def backings_on(day: int, pair: Pair, ties: Iterable[Tie]) -> tuple[Backing, ...]:
    """Return how one of a pair backs the other on a day, by the patron; both may."""
    between = ((tie, tie.active_since(day)) for tie in ties_between(pair, ties))
    return tuple(sorted(Backing(tie.patron, tie.client, since) for tie, since in between if since is not None))


def pairs_aligned(ties: Iterable[Tie]) -> set[Pair]:
    """Return the pairs of which one backs the other by some ties."""
    return {pair_of(tie.patron, tie.client) for tie in ties}


def by_patron(ties: Iterable[Tie]) -> dict[str, list[Tie]]:
    """Return ties by their patron, in each in their order."""
    found: defaultdict[str, list[Tie]] = defaultdict(list)
    for tie in ties:
        found[tie.patron].append(tie)
    return found


def ties_of(pair: Pair, ties: Mapping[str, Sequence[Tie]]) -> list[Tie]:
    """Return the ties of which one of a pair is the patron, from all by their patron: there may be very many."""
    return [tie for actor in pair for tie in ties.get(actor, ())]


def clients_on(day: int, pairs: Iterable[Pair], ties: Iterable[Tie]) -> dict[Pair, list[Pair]]:
    """Return of each of some pairs the pairs of the clients whose conflict spills over to it on a day."""
    active = by_patron(tie for tie in ties if tie.active_on(day))
    return {
        (a, b): [
            pair_of(tie.client, other)
            for patron, other in ((a, b), (b, a))
            for tie in active.get(patron, ())
            if tie.client != other
        ]
        for a, b in pairs
    }


def pairs_spilled_to(pairs: Iterable[Pair], ties: Iterable[tuple[str, str]]) -> set[Pair]:
    """Return the pairs to which incidents of some pairs spill over, by ties given as (patron, client)."""
    opponents: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        opponents[one].add(other)
        opponents[other].add(one)
    return {pair_of(patron, other) for patron, client in ties for other in opponents[client] - {patron}}


def sized_pairs_tied(pairs: SizedPairs, ties: Iterable[tuple[str, str]]) -> SizedPairs:
    """Return the pairs on which a tie, as (patron, client), of their actors may bear: spilled to, or of the two.

    The size of each is its own, and those of the clients' pairs from which something may spill over to it.
    """
    codes = len(pairs.codes)
    place = {code: at for at, code in enumerate(pairs.codes)}
    first, second = np.divmod(pairs.numbers, codes)
    actor = np.concatenate((first, second))
    by_actor = np.argsort(actor, kind="stable")
    opponent, size = np.concatenate((second, first))[by_actor], np.tile(pairs.sizes, 2)[by_actor]
    bounds = np.searchsorted(actor[by_actor], np.arange(codes + 1)).tolist()
    patrons: list[Ints] = []
    others: list[Ints] = []
    sizes: list[Ints] = []
    for patron, client in sorted(ties):
        of_client = slice(bounds[place[client]], bounds[place[client] + 1])
        is_other = opponent[of_client] != place[patron]
        others += opponent[of_client][is_other], np.array([place[client]])
        sizes += size[of_client][is_other], np.zeros(1, np.int64)
        patrons.append(np.full(len(others[-2]) + 1, place[patron]))
    if not patrons:
        return SizedPairs(pairs.codes, np.zeros(0, np.int64), np.zeros(0, np.int64))
    found = SizedPairs.of(pairs.codes, *map(np.concatenate, (patrons, others, sizes)))
    own = pairs.numbered(found.numbers)
    return SizedPairs(pairs.codes, found.numbers, own.sizes + found.sizes)


# Incidents


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """Incidents that count for a pair: its own, or by a `tie` those of its client with the pair's other actor."""

    incidents: Sequence[Incident]
    columns: IncidentColumns
    tie: Tie | None = None

    @classmethod
    def of(cls, incidents: Sequence[Incident], tie: Tie | None = None) -> "IncidentGroup":
        """Return the group of these incidents."""
        return cls(incidents, columns_of(incidents), tie)

    @property
    def via(self) -> str | None:
        """The client from which the incidents spill over; None for the pair's own."""
        return None if self.tie is None else self.tie.client

    @property
    def patron(self) -> str | None:
        """The actor of the pair that backs this client; None for the pair's own incidents."""
        return None if self.tie is None else self.tie.patron

    def counts_on(self, day: int) -> bool:
        """Return whether the incidents count on a day: the pair's own always do."""
        return self.tie is None or self.tie.active_on(day)

    def weights_on(self, day: int, model: Model, places: Ints | None = None) -> Floats:
        """Return the decayed, signed weights on a day, of all incidents or of those at some places.

        Of what spills over it is the share, and only conflict: 0 while the tie is not active.
        """
        columns = self.columns if places is None else self.columns.at(places)
        weights = columns.weights_on(day, model)
        return weights if self.tie is None else spilled(np.minimum(weights, 0.0), model) * self.counts_on(day)

    def spilled_on(self, day: int, model: Model) -> float:
        """Return the conflict pressure that spills over on a day; 0 for own incidents."""
        if self.tie is None or not self.tie.active_on(day):
            return 0.0
        return spilled(self.columns.pressures_on(day, model).conflict, model)

    def daily_spillover(self, on: Ints, model: Model) -> Floats:
        """Return the conflict pressure that spills over on each of some days, in order; 0 for own incidents."""
        if self.tie is None:
            return np.zeros(len(on))
        hostile = np.flatnonzero(self.columns.weight < 0)  # cooperation does not spill over, and takes as long
        if not len(hostile):
            return np.zeros(len(on))
        conflict, _ = self.columns.at(hostile).daily(on, model)
        return spilled(conflict, model) * self.tie.mask(on)


# What spills over


def spilled(conflict: Number, model: Model) -> Number:
    """Return the share of a client's conflict, a pressure or weights, that spills over while its tie is active."""
    return model.spillover_share * conflict


def spilled_sum(conflicts: Iterable[float], model: Model) -> float:
    """Return what spills over to a pair from its clients' conflict pressures on a day."""
    return float(sum(spilled(conflict, model) for conflict in conflicts))


class SpilledPressure(NamedTuple):
    """The conflict pressure that spills over to a pair by way of a client, which one of the two backs."""

    client: str
    patron: str
    pressure: float


def spilled_by(conflicts: Iterable[tuple[Tie, float]], model: Model) -> tuple[SpilledPressure, ...]:
    """Return what spills over by which tie from its client's conflict pressure, the largest first, if any does."""
    found = [SpilledPressure(tie.client, tie.patron, spilled(conflict, model)) for tie, conflict in conflicts]
    some = (each for each in found if each.pressure > 0)
    return tuple(sorted(some, key=lambda each: (-each.pressure, each.client, each.patron)))


def spillover_of_all(
    pairs: Sequence[Pair], conflict: Floats, ties: Iterable[Tie], model: Model
) -> tuple[Floats, dict[Pair, float]]:
    """Return what spills over to each of all pairs by ties that are active; and to others, to which any does.

    `conflict` is the direct conflict pressure of all pairs. To each pair it comes in the order of the ties.
    """
    active = list(ties)
    if not active or not model.spillover_share:
        return np.zeros(len(pairs)), {}
    one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]  # zip would hold an iterator for each
    codes = sorted({*one, *other, *(code for tie in active for code in (tie.patron, tie.client))})
    number = {code: place for place, code in enumerate(codes)}
    a, b = (np.fromiter(map(number.__getitem__, side), np.int64, len(pairs)) for side in (one, other))
    hostile = np.flatnonzero(conflict > 0)
    actor = np.concatenate((a[hostile], b[hostile]))
    by_actor = np.argsort(actor.astype(np.min_scalar_type(len(codes))), kind="stable")
    opponent = np.concatenate((b[hostile], a[hostile]))[by_actor]
    amount = np.tile(spilled(conflict[hostile], model), 2)[by_actor]
    bounds = np.searchsorted(actor[by_actor], np.arange(len(codes) + 1))
    patron, client = np.array([(number[tie.patron], number[tie.client]) for tie in active], np.int64).T
    sizes = bounds[client + 1] - bounds[client]
    rows = np.repeat(bounds[client] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    patrons, opponents = np.repeat(patron, sizes), opponent[rows]
    is_between_others = np.flatnonzero(patrons != opponents)
    keys, sums = _sums_by_pair(
        patrons[is_between_others], opponents[is_between_others], amount[rows[is_between_others]], len(codes)
    )
    of_pairs = a * len(codes) + b
    order = None if (of_pairs[1:] > of_pairs[:-1]).all() else np.argsort(of_pairs)
    at = np.searchsorted(of_pairs, keys, sorter=order)
    at = at if order is None else np.append(order, len(of_pairs))[at]
    known = at < len(of_pairs)
    known[known] = of_pairs[at[known]] == keys[known]
    spillover = np.zeros(len(pairs))
    spillover[at[known]] = sums[known]
    others = zip(keys[~known].tolist(), sums[~known].tolist(), strict=True)
    return spillover, {(codes[of // len(codes)], codes[of % len(codes)]): pressure for of, pressure in others}


def _sums_by_pair(patron: Ints, opponent: Ints, amount: Floats, codes: int) -> tuple[Ints, Floats]:
    """Return the sums of amounts by pair of a patron and an opponent, in the order in which they come.

    A pair is the number of its first actor, times that of all codes, and that of its second. They are in order.
    """
    patrons, place = np.unique(patron), np.full(codes, -1)
    place[patrons] = np.arange(len(patrons))
    # Of two patrons one has the row, whichever of the two it is that a client's conflict comes by.
    is_turned = (place[opponent] >= 0) & (opponent < patron)
    of, with_ = np.where(is_turned, opponent, patron), np.where(is_turned, patron, opponent)
    cell = place[of] * codes + with_
    cells = len(patrons) * codes
    sums = np.bincount(cell, amount, cells).astype(np.float64, copy=False)
    found = np.flatnonzero(np.bincount(cell, minlength=cells))
    of, with_ = patrons[found // codes] if len(found) else found, found % codes
    keys = numbers_of(of, with_, codes)
    order = np.argsort(keys)
    return keys[order], sums[found][order]


def spillover_on_days(
    days: Ints, pairs: Sequence[Pair], ties: Sequence[Tie], conflict: Mapping[Pair, Floats], model: Model
) -> Floats:
    """Return what spills over to each of some pairs on each of some days: [pair, day].

    `conflict` is the direct conflict pressure on these days, of each client's pair that has any.
    """
    total = np.zeros((len(pairs), len(days)))
    for row, pair in enumerate(pairs):
        for tie, client_pair in clients_of(pair, ties):
            if client_pair in conflict:
                active = np.array([tie.active_on(int(day)) for day in days])
                total[row] += spilled(conflict[client_pair], model) * active
    return total
