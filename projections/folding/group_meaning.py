"""What standing evidence of pairs comes to, all of it or piece by piece: rows of several tables. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from projections.folding.states.state_runs import own_run_rows
from projections.pairs import Pair
from projections.publishers.actor_clashes import actor_rows
from projections.publishers.daily_levels import daily_level_rows
from projections.publishers.pair_totals import PairPublisher, PairTotals, add_incidents, publisher_rows
from projections.queries.load_pairs import by_pair_and_day
from projections.scoring.clash_risk.clash_sums import ActorClashes, add_clashes
from projections.scoring.incidents import Claim, Incident, incidents_of
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pressures import IncidentColumns, columns_of
from projections.storage.bulk_rows import Row

PIECE: Final = 5_000  #: rows of evidence that are gone through at once, or those of one day


class Meaning(NamedTuple):
    """Rows that the evidence of a group comes to; the runs of states but for its `spilled`."""

    incidents: list[Incident]
    levels: list[Row]
    relations: list[Row]
    publishers: list[Row]
    runs: list[Row]
    clashes: list[Row]


class GroupMeaning:
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
