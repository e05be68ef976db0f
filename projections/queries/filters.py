"""Which rows count: by what was known when, between whom, and with what left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_

from projections.pairs import Pair
from projections.scoring.incidents import Claim
from projections.storage.tables import evidence

CLAIM = [evidence.c[name] for name in Claim._fields]


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What a question leaves out: publishers by their folded names, articles by their keys."""

    publishers: frozenset[str] = frozenset()
    articles: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.publishers or self.articles)


NOTHING: Final = Exclusions()


def known(table: Any, known_at: int | None) -> ColumnElement[bool]:
    """Return the condition that a row stands now, or stood in the log's knowledge at an instant (microseconds)."""
    columns = table.c
    if known_at is None:
        return columns.known_to.is_(None)  # type: ignore[no-any-return]
    return and_(columns.known_from <= known_at, or_(columns.known_to.is_(None), columns.known_to > known_at))


def told(known_at: int | None, left_out: Exclusions) -> ColumnElement[bool]:
    """Return the condition that a row of evidence counts: it is `known`, and nothing leaves it out."""
    conditions = [known(evidence, known_at)]
    if left_out.publishers:
        conditions.append(evidence.c.publisher.not_in(sorted(left_out.publishers)))
    if left_out.articles:
        conditions.append(evidence.c.article.not_in(sorted(left_out.articles)))
    return and_(*conditions)


def between(pairs: Iterable[Pair]) -> ColumnElement[bool]:
    """Return the condition that a row of evidence is between the two of one of some pairs, whichever way."""
    source, target = evidence.c.source, evidence.c.target
    both_ways = (way for pair in pairs for way in (pair, pair[::-1]))
    return or_(*(and_(source == one, target == other) for one, other in both_ways))
