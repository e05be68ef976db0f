"""Why there is nothing to say of a pair on a day: silence has several reasons, and none of them is calm."""

from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, bindparam, func, literal_column, select

from projections.pairs import Pair
from projections.queries.question import Question
from projections.storage.connection import Prepared
from projections.storage.tables import relations
from projections.times import to_date


class EmptyBecause(StrEnum):
    """Why an answer about a pair holds nothing."""

    NO_REPORTS = "no_reports"
    NONE_BY_THEN = "none_by_then"
    BEFORE_COVERAGE = "before_coverage"
    FILTERED_OUT = "filtered_out"


def why_empty(connection: Connection, pair: Pair, question: Question) -> EmptyBecause:
    """Return why nothing of a pair counts for a question: what is known now between the two tells it."""
    (first,) = _FIRST_OF_PAIR.row(connection, a=pair[0], b=pair[1])
    if first is None:
        return EmptyBecause.NO_REPORTS
    is_filtered = question.known_at is not None or question.published_by is not None or bool(question.left_out)
    if is_filtered and question.has_happened(first):
        return EmptyBecause.FILTERED_OUT
    return EmptyBecause.NONE_BY_THEN if later_start(connection, question) is None else EmptyBecause.BEFORE_COVERAGE


def later_start(connection: Connection, question: Question) -> date | None:
    """Return the day of the first incident of all pairs if a question is of a day before it, and else None."""
    earliest: int | None
    (earliest,) = _FIRST_OF_ALL.row(connection)
    return None if earliest is None or question.has_happened(earliest) else to_date(earliest)


_FIRST: Final = select(func.min(relations.c.first_day)).where(relations.c.incidents > literal_column("0"))
_FIRST_OF_ALL: Final = Prepared(_FIRST)
_FIRST_OF_PAIR: Final = Prepared(_FIRST.where(relations.c.a == bindparam("a"), relations.c.b == bindparam("b")))
