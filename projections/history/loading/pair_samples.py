"""What the evidence of some pairs means, made again, and compared with the rows that were loaded."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, TypeVar

import numpy as np
from sqlalchemy import Connection, or_, select

from projections.folding.pair_meaning import PairGroup, evidence_and_tied, groups_of, meaning_of
from projections.folding.states.state_runs import run_rows
from projections.history.loading.opened_build import OpenedBuild
from projections.history.loading.row_comparison import RowComparison
from projections.publishers.actor_clashes import ACTOR_CLASHES, actor_rows
from projections.publishers.daily_levels import DAILY_LEVEL
from projections.publishers.pair_totals import PUBLISHER, RELATION
from projections.queries.load_pairs import load_pairs
from projections.scoring.clash_risk.clash_sums import ActorClashes, add_clashes
from projections.scoring.incidents import Incident
from projections.storage import tables
from projections.storage.bulk_rows import fetch_all, is_one_of
from projections.storage.tables import STATE_RUN, is_clash

SAMPLED: Final = 100  #: pairs, in code order as far apart as can be
LARGEST: Final = 5  #: and pairs with more evidence than all others
_ACTORS: Final = 10  # of which all clashes are added up
_MEANT: Final = (
    tables.incidents,
    tables.daily_levels,
    tables.relations,
    tables.pair_publishers,
    tables.state_runs,
)
_Thing = TypeVar("_Thing")


def check_pairs(connection: Connection, build: OpenedBuild) -> None:
    """Raise `ArchiveRefused` unless what was loaded of some pairs is what their evidence means."""
    pairs, tied = evidence_and_tied(connection)
    largest = pairs.numbers[np.argsort(-pairs.sizes, kind="stable")[:LARGEST]]
    of_all, of_tied = pairs.numbers.tolist(), tied.numbers.tolist()
    sampled = (*largest, *_spread(of_all, SAMPLED), *_spread(of_tied, SAMPLED // 2))
    sample = pairs.numbered(np.unique(np.array(sampled, np.int64)))
    for places in groups_of(sample):
        _check_meaning(connection, build, PairGroup.of(sample, tied, places))
    actors = connection.execute(select(tables.actor_clashes.c.actor)).scalars()
    of_largest = chain(*pairs.numbered(np.sort(largest)).at(slice(None)))
    _check_clashes(connection, build, {*_spread(sorted(actors), _ACTORS), *of_largest})


def _spread(things: Sequence[_Thing], number: int) -> list[_Thing]:
    """Return some of many things, as far apart as can be."""
    return [things[len(things) * index // number] for index in range(number)] if things else []


def _check_meaning(connection: Connection, build: OpenedBuild, group: PairGroup) -> None:
    comparison = RowComparison(connection, build.address)
    for made in meaning_of(connection, group):
        comparison.compare(tables.incidents, Incident._fields, made.incidents)
        comparison.compare(tables.daily_levels, DAILY_LEVEL, made.levels)
        comparison.compare(tables.relations, RELATION, made.relations)
        comparison.compare(tables.pair_publishers, PUBLISHER, made.publishers)
        comparison.compare(tables.state_runs, STATE_RUN, made.runs)
    comparison.compare(tables.state_runs, STATE_RUN, run_rows(load_pairs(connection, sorted(group.spilled))))
    for table in _MEANT:
        comparison.count(table, is_one_of(connection, [table.c.a, table.c.b], group.pairs))


def _check_clashes(connection: Connection, build: OpenedBuild, actors: Iterable[str]) -> None:
    comparison = RowComparison(connection, build.address)
    sides = tables.incidents.c.a, tables.incidents.c.b
    for actor in sorted(actors):
        found = select(*(tables.incidents.c[name] for name in Incident._fields))
        clashes = fetch_all(connection, found.where(is_clash, or_(*(side == actor for side in sides))))
        totals: dict[str, ActorClashes] = {}
        add_clashes(totals, map(Incident._make, clashes))
        comparison.compare(
            tables.actor_clashes,
            ACTOR_CLASHES,
            actor_rows({one: total for one, total in totals.items() if one == actor}),
        )
        comparison.count(tables.actor_clashes, tables.actor_clashes.c.actor == actor)
