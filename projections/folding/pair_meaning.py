"""What the evidence of pairs means, made from all of it at once: incidents, sums, levels, runs of states.

A pair with very much evidence is gone through in stretches of days, as an incident is of one day: so what is in
memory at a time does not grow with the log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, groupby
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from projections.folding.states.state_runs import own_run_rows
from projections.pairs import Pair
from projections.publishers.actor_clashes import actor_rows
from projections.publishers.counted_as import load_aliases
from projections.publishers.daily_levels import daily_level_rows
from projections.publishers.pair_totals import PairPublisher, PairTotals, add_incidents, publisher_rows
from projections.queries.load_pairs import by_pair_and_day, load_claims
from projections.queries.question import is_between
from projections.scoring.clash_risk.clash_sums import ActorClashes, add_clashes
from projections.scoring.incidents import Claim, Incident, incidents_of
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pressures import IncidentColumns, columns_of
from projections.storage.bulk_rows import Row, fetch_all
from projections.storage.tables import evidence

PIECE: Final = 5_000  #: rows of evidence that are gone through at once, or those of one day

_DaySpan = tuple[int, int]  # from one to another, both included


class PairGroup(NamedTuple):
    """Pairs whose evidence is gone through together, and those of them that others' incidents may spill over to.

    A pair with more than `PIECE` rows of evidence is a group by itself.
    """

    pairs: list[Pair]
    spilled: set[Pair]
    size: int


class Meaning(NamedTuple):
    """Rows that the evidence of a group comes to; the runs of states but for its `spilled`."""

    incidents: list[Incident]
    levels: list[Row]
    relations: list[Row]
    publishers: list[Row]
    runs: list[Row]
    clashes: list[Row]


def groups_of(sizes: Mapping[Pair, int], spilled: set[Pair]) -> list[PairGroup]:
    """Return all pairs in groups: of about equally much evidence, where no pair alone has more."""
    groups: list[PairGroup] = []
    group: list[Pair] = []
    held = 0
    for pair in sorted(sizes):
        if group and held + sizes[pair] > PIECE:
            groups.append(PairGroup(group, spilled.intersection(group), held))
            group, held = [], 0
        group.append(pair)
        held += sizes[pair]
    return [*groups, PairGroup(group, spilled.intersection(group), held)] if group else groups


def meaning_of(connection: Connection, group: PairGroup) -> Iterator[Meaning]:
    """Yield the rows that the evidence of a group comes to, piece by piece."""
    found = _GroupMeaning(load_aliases(connection))
    for days in _stretches(connection, group):
        yield found.take(load_claims(connection, group.pairs, days), group.spilled)
    yield found.rest()


def _stretches(connection: Connection, group: PairGroup) -> list[_DaySpan | None]:
    """Return the stretches of days in which the evidence of a group is gone through; None for all at once."""
    if group.size <= PIECE:
        return [None]
    columns = (evidence.c.day, func.count())
    counted = select(*columns).where(is_between(connection, group.pairs)).group_by(evidence.c.day)
    by_day = sorted((day, number) for day, number in fetch_all(connection, counted))
    upto = accumulate(number for _, number in by_day)
    of_piece = [(total // PIECE, day) for (day, _), total in zip(by_day, upto, strict=True)]
    stretches = ([day for _, day in days] for _, days in groupby(of_piece, key=lambda each: each[0]))
    return [(days[0], days[-1]) for days in stretches]


class _GroupMeaning:
    """What is found of a group so far. Of a pair that is gone through in pieces they come in the order of days."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._aliases = aliases
        self._totals: dict[Pair, PairTotals] = {}
        self._clashes: dict[str, ActorClashes] = {}
        self._publishers: dict[PairPublisher, Row] = {}
        self._last_levels: dict[Pair, Row] = {}
        self._pairs: list[Pair] = []
        self._sizes: list[int] = []
        self._columns: list[IncidentColumns] = []

    def take(self, claims: Sequence[Claim], spilled: set[Pair]) -> Meaning:
        """Return the incidents and levels of a piece, and note what they add to the rest."""
        made = sorted(incidents_of(claims, DEFAULT_MODEL, self._aliases).values())
        add_incidents(self._totals, made)
        add_clashes(self._clashes, made)
        self._add_publishers(publisher_rows(claims))
        by_pair = by_pair_and_day(made)
        levels = daily_level_rows(by_pair, self._last_levels)
        self._last_levels |= {(row[0], row[1]): row for row in levels}
        self._add_own({pair: by_pair[pair] for pair in sorted(by_pair.keys() - spilled)})
        return Meaning(made, levels, [], [], [], [])

    def rest(self) -> Meaning:
        """Return all other rows of the group."""
        runs: list[Row] = []
        if self._pairs:
            runs = own_run_rows(self._pairs, IncidentColumns.joined(self._columns), self._sizes)
        relations = [total.row(pair) for pair, total in self._totals.items()]
        return Meaning([], [], relations, [*self._publishers.values()], runs, actor_rows(self._clashes))

    def _add_publishers(self, rows: Iterable[Row]) -> None:
        for a, b, publisher, number, first_day in rows:
            *_, known, earliest = self._publishers.get((a, b, publisher), (0, first_day))
            self._publishers[a, b, publisher] = (a, b, publisher, known + number, min(earliest, first_day))

    def _add_own(self, by_pair: Mapping[Pair, Sequence[Incident]]) -> None:
        if not by_pair:
            return
        self._columns.append(columns_of(list(chain.from_iterable(by_pair.values()))))
        pairs, sizes = list(by_pair), [*map(len, by_pair.values())]
        if self._pairs == pairs and len(pairs) == 1:  # the next piece of a pair
            self._sizes[0] += sizes[0]
        else:
            self._pairs += pairs
            self._sizes += sizes
