"""What corrections moved: pairs of which something that was known was corrected, taken back or ruled on lately."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from projections.pairs import Pair, pair_of
from projections.queries.explanations import explanation_of
from projections.queries.question import Question
from projections.scoring.attribution import Explanation
from projections.storage.bulk_rows import fetch_all, select_rows
from projections.storage.tables import evidence, relations
from projections.times import DAY_IN_MICROS

DAYS: Final = 30  #: before the newest knowledge, within which corrections are looked for
MOST_PAIRS: Final = 5  #: that are worked out: those of which most reports were corrected
MOST_INCIDENTS: Final = 5_000  #: that these pairs have together, since each costs


class CorrectedPair(NamedTuple):
    """A pair as it was known right before the first of its corrections, and as it is known."""

    pair: Pair
    before: Question
    after: Question
    explanation: Explanation


class Corrected(NamedTuple):
    """Pairs that corrections moved, those that moved by more first, and those that were not worked out."""

    moved: list[CorrectedPair]
    others: list[Pair]


def corrected_pairs(connection: Connection, question: Question) -> Corrected:
    """Return what corrections of the last `DAYS` days moved; the question says at which instant it is answered.

    Aliases of publishers are no corrections of reports, and are not looked for.
    """
    if question.known_at is None or not question.model.explains_changes:
        return Corrected([], [])
    first = _first_corrections(connection, question.known_at - DAYS * DAY_IN_MICROS, question.known_at)
    chosen = _few_incidents(connection, list(first)[:MOST_PAIRS])
    moved = [_corrected(connection, pair, first[pair], question) for pair in chosen]
    moved.sort(key=lambda each: (-abs(each.explanation.change), each.pair))
    return Corrected(
        [each for each in moved if each.explanation.parts], [pair for pair in first if pair not in chosen]
    )


def _first_corrections(connection: Connection, since: int, until: int) -> dict[Pair, int]:
    """Return the instant of the first correction of each pair in a time, those with most corrections first."""
    ended = evidence.c.known_to
    way = (evidence.c.source, evidence.c.target)
    asked = select(*way, func.min(ended), func.count()).where(ended > since, ended <= until).group_by(*way)
    found: dict[Pair, tuple[int, int]] = {}
    for source, target, first, number in fetch_all(connection, asked):
        pair = pair_of(source, target)
        before = found.get(pair, (first, 0))
        found[pair] = (min(first, before[0]), number + before[1])
    return {pair: first for pair, (first, _) in sorted(found.items(), key=lambda each: (-each[1][1], each[0]))}


def _few_incidents(connection: Connection, pairs: Sequence[Pair]) -> list[Pair]:
    """Return the first of some pairs, as many as have no more than `MOST_INCIDENTS` together."""
    rows: Iterable[tuple[str, str, int]] = select_rows(
        connection, relations, ("a", "b", "incidents"), ("a", "b"), pairs
    )
    sizes = {(a, b): size for a, b, size in rows}
    chosen, total = [], 0
    for pair in pairs:
        total += sizes.get(pair, 0)
        if total <= MOST_INCIDENTS:
            chosen.append(pair)
    return chosen


def _corrected(connection: Connection, pair: Pair, first: int, question: Question) -> CorrectedPair:
    before = question._replace(known_at=first - 1)
    return CorrectedPair(pair, before, question, explanation_of(connection, pair, before, question, _NAMED))


_NAMED: Final = 10  # incidents of a part, as many as the API names by default
