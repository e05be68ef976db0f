"""How many publishers report of pairs, those that count as one counted once."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, case, distinct, func, select

from projections.pairs import Pair
from projections.publishers.counted_as import counted_publisher, has_aliases
from projections.queries.question import Question, has_happened, is_between, makes_incidents
from projections.storage.bulk_rows import count_publishers, fetch_all, is_one_of
from projections.storage.tables import evidence, pair_publishers

_LAST: Final = (1 << 31) - 1  # the last day that a column takes
_PUBLISHERS_OF: Final = (pair_publishers.c.a, pair_publishers.c.b)


def count_publishers_of(
    connection: Connection, pairs: Sequence[Pair], question: Question, *, reach_beyond: bool
) -> Mapping[Pair, int]:
    """Return how many publishers there are of each of some pairs that has any.

    `reach_beyond` says that there may be incidents behind the day of the question.
    """
    if question.is_unfiltered and not has_aliases(connection):
        until = question.day if reach_beyond else _LAST
        return {(a, b): count for a, b, count in count_publishers(connection, pairs, until)}
    if question.is_unfiltered:
        mine = is_one_of(connection, _PUBLISHERS_OF, pairs)
        publishers = func.count(distinct(counted_publisher(pair_publishers.c.publisher)))
        by_pair = select(*_PUBLISHERS_OF, publishers).where(mine).group_by(*_PUBLISHERS_OF)
        if reach_beyond:
            by_pair = by_pair.where(question.has_happened(pair_publishers.c.first_day))
        return {(a, b): count for a, b, count in fetch_all(connection, by_pair)}
    forth = evidence.c.source < evidence.c.target
    pair = (
        case((forth, evidence.c.source), else_=evidence.c.target),
        case((forth, evidence.c.target), else_=evidence.c.source),
    )
    conditions = (is_between(connection, pairs), has_happened(evidence, question), makes_incidents(question))
    publisher = counted_publisher(evidence.c.publisher, question.known_at)
    counted = select(*pair, func.count(distinct(publisher))).where(*conditions).group_by(*pair)
    return {(a, b): count for a, b, count in fetch_all(connection, counted)}
