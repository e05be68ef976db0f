"""What the evidence of pairs means, made from all of it at once: incidents, sums, levels, runs of states.

A pair with very much evidence is gone through in stretches of days, as an incident is of one day: so what is in
memory at a time does not grow with the log.
"""

from array import array
from collections.abc import Iterator
from itertools import accumulate, chain, groupby
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, func, select

from projections.folding.group_meaning import PIECE, GroupMeaning, Meaning
from projections.folding.states.stale_pairs import all_ties
from projections.pairs import Pair, SizedPairs
from projections.publishers.counted_as import load_aliases
from projections.queries.load_pairs import load_claims
from projections.queries.question import is_between
from projections.scoring.spillover import sized_pairs_tied
from projections.storage.bulk_rows import fetch_all, fetch_pieces
from projections.storage.tables import evidence

_DaySpan = tuple[int, int]  # from one to another, both included


class PairGroup(NamedTuple):
    """Pairs whose evidence is gone through together, and those of them that others' incidents may spill over to.

    A pair with more than `PIECE` rows of evidence is a group by itself.
    """

    pairs: list[Pair]
    spilled: set[Pair]
    size: int

    @classmethod
    def of(cls, pairs: SizedPairs, tied: SizedPairs, places: slice) -> "PairGroup":
        """Return the group of the pairs at some places."""
        return cls(pairs.at(places), pairs.common(tied, places), int(pairs.sizes[places].sum()))


def evidence_and_tied(connection: Connection) -> tuple[SizedPairs, SizedPairs]:
    """Return all pairs with how many rows of evidence each has, and those on whose states a tie may bear.

    The latter with how many rows of evidence, of theirs and of clients, their states are made from.
    """
    columns = (evidence.c.source, evidence.c.target)
    counted = select(*columns, func.count()).group_by(*columns)
    places: dict[str, int] = {}
    one, other, sizes = array("q"), array("q"), array("q")
    for source, target, size in chain.from_iterable(fetch_pieces(connection, counted, PIECE)):
        one.append(places.setdefault(source, len(places)))
        other.append(places.setdefault(target, len(places)))
        sizes.append(size)
    pairs = SizedPairs.of(list(places), *(np.frombuffer(column, np.int64) for column in (one, other, sizes)))
    return pairs, sized_pairs_tied(pairs, all_ties(connection))


def groups_of(pairs: SizedPairs) -> list[slice]:
    """Return where the groups are in which the evidence of pairs is gone through: of so much, or of one pair."""
    return [*pairs.stretches(PIECE)]


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
