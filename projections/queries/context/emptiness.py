"""Why there is nothing to say of a pair on a day: silence has several reasons, and none of them is calm."""

from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, func, select

from projections.pairs import Pair
from projections.queries.question import Question
from projections.storage.tables import relations


class EmptyBecause(StrEnum):
    """Why an answer about a pair holds nothing."""

    NO_REPORTS = "no_reports"
    NONE_BY_THEN = "none_by_then"
    BEFORE_COVERAGE = "before_coverage"
    FILTERED_OUT = "filtered_out"


def why_empty(connection: Connection, pair: Pair, question: Question) -> EmptyBecause:
    """Return why nothing of a pair counts for a question: what is known now between the two tells it."""
    first = connection.execute(_FIRST_OF_ALL.where(relations.c.a == pair[0], relations.c.b == pair[1])).scalar()
    if first is None:
        return EmptyBecause.NO_REPORTS
    is_filtered = question.known_at is not None or question.published_by is not None or bool(question.left_out)
    if is_filtered and question.has_happened(first):
        return EmptyBecause.FILTERED_OUT
    earliest = connection.execute(_FIRST_OF_ALL).scalar()
    is_covered = earliest is None or question.has_happened(earliest)
    return EmptyBecause.NONE_BY_THEN if is_covered else EmptyBecause.BEFORE_COVERAGE


_FIRST_OF_ALL: Final = select(func.min(relations.c.first_day)).where(relations.c.incidents > 0)
