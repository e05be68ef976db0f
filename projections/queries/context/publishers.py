"""How many publishers report of pairs, those that count as one counted once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from typing import Final

from sqlalchemy import Connection, and_, case, distinct, func, select

from projections.pairs import Pair
from projections.publishers.counted_as import counted_publisher, has_aliases
from projections.queries.question import Question, has_happened, is_between, makes_incidents
from projections.queries.stored.learned_later import ended_after
from projections.storage.bulk_rows import count_publishers, fetch_all, fetch_pieces, is_one_of
from projections.storage.tables import evidence, pair_publishers

_LAST: Final = (1 << 31) - 1  # the last day that a column takes
_PUBLISHERS_OF: Final = (pair_publishers.c.a, pair_publishers.c.b)
_AT_ONCE: Final = 1_000  # rows of evidence that are read before it is asked whether all publishers are found


def count_publishers_of(
    connection: Connection, pairs: Sequence[Pair], question: Question, *, reach_beyond: bool
) -> Mapping[Pair, int]:
    """Return how many publishers there are of each of some pairs; who has none may be left out.

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


def publishers_then(connection: Connection, pair: Pair, question: Question) -> set[str]:
    """Return the publishers of a pair's evidence that counts for a question, each as itself.

    Where it is known who they may be, no more evidence is read than it takes to find all of them.
    """
    conditions = (is_between(connection, [pair]), has_happened(evidence, question), makes_incidents(question))
    reported = select(evidence.c.publisher).where(*conditions)
    if not question.is_as_known:
        return {publisher for (publisher,) in fetch_all(connection, reported.distinct())}
    possible = set(_possible_publishers(connection, pair, question))
    found: set[str] = set()
    with closing(fetch_pieces(connection, reported, _AT_ONCE)) as pieces:
        for piece in pieces:
            found.update(publisher for (publisher,) in piece)
            if found >= possible:
                break
    return found


def _possible_publishers(connection: Connection, pair: Pair, question: Question) -> Iterator[str]:
    """Yield the publishers of what is known of a pair by now, and of what was until after the record time."""
    a, b = _PUBLISHERS_OF
    now = select(pair_publishers.c.publisher).where(
        a == pair[0], b == pair[1], question.has_happened(pair_publishers.c.first_day)
    )
    ended = ended_after(question)
    key = and_(*(column == ended.c[column.name] for column in evidence.primary_key.columns))
    of_pair = is_one_of(connection, (ended.c.source, ended.c.target), (pair, pair[::-1]))
    then = select(evidence.c.publisher).join(ended, key).where(of_pair)
    for (publisher,) in chain(fetch_all(connection, now), fetch_all(connection, then)):
        yield publisher
