"""What the evidence of pairs means, made from all of it at once: incidents, sums, levels, runs of states.

A pair with very much evidence is gone through in stretches of days, as an incident is of one day: so what is in
memory at a time does not grow with the log.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate, groupby
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from projections.folding.group_meaning import PIECE, GroupMeaning, Meaning
from projections.folding.states.stale_pairs import all_ties
from projections.pairs import Pair, pair_of
from projections.publishers.counted_as import load_aliases
from projections.queries.load_pairs import load_claims
from projections.queries.question import is_between
from projections.scoring.spillover import pairs_spilled_to
from projections.storage.bulk_rows import fetch_all
from projections.storage.tables import evidence

_DaySpan = tuple[int, int]  # from one to another, both included


class PairGroup(NamedTuple):
    """Pairs whose evidence is gone through together, and those of them that others' incidents may spill over to.

    A pair with more than `PIECE` rows of evidence is a group by itself.
    """

    pairs: list[Pair]
    spilled: set[Pair]
    size: int


def sizes_and_spilled(connection: Connection) -> tuple[Counter[Pair], set[Pair]]:
    """Return how many rows of evidence each pair has, and the pairs on whose states a tie may bear."""
    columns = (evidence.c.source, evidence.c.target)
    sizes: Counter[Pair] = Counter()
    codes: dict[str, str] = {}  # each is kept once
    for source, target, size in connection.execute(select(*columns, func.count()).group_by(*columns)):
        sizes[pair_of(codes.setdefault(source, source), codes.setdefault(target, target))] += size
    ties = all_ties(connection)
    return sizes, pairs_spilled_to(sizes, ties) | {pair_of(*tie) for tie in ties}


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
    found = GroupMeaning(load_aliases(connection))
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
