"""The question: what a reader asks of the projections, and which rows of the tables count for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, or_

from domain.standards.publisher_names import comparable_publisher
from projections.pairs import Pair
from projections.publishers.counted_as import is_not_of
from projections.scoring.incidents import Claim
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.storage.bulk_rows import is_one_of
from projections.storage.tables import evidence


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What a question leaves out: publishers by their comparable names, articles by their keys."""

    publishers: frozenset[str] = frozenset()
    articles: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.publishers or self.articles)

    def excludes(self, article: int, publisher: str, aliases: Mapping[str, str]) -> bool:
        """Return whether an article of a publisher, whose name may be as it was written, is left out."""
        if article in self.articles or not self.publishers:
            return article in self.articles
        publisher = comparable_publisher(publisher)
        left_out = {aliases.get(each, each) for each in self.publishers}
        return aliases.get(publisher, publisher) in left_out


NOTHING: Final = Exclusions()


class Question(NamedTuple):
    """What a reader asks for: a day, a state of knowledge, a model, and what is left out.

    `day` is the valid time (`as_of`), `known_at` the record time in microseconds, None for everything. `what_if`
    says, in the words of the reader, what in `model` and `left_out` is other than it is.
    """

    day: int
    known_at: int | None = None
    model: Model = DEFAULT_MODEL
    left_out: Exclusions = NOTHING
    what_if: tuple[str, ...] = ()

    def known_by(self, newest: int | None) -> int | None:
        """Return the record time of the answer: what is asked for, or that of the newest event, if it is earlier.

        What is recorded later than the newest event may still be recorded before what is asked for.
        """
        if newest is None or self.known_at is None:
            return newest
        return min(self.known_at, newest)

    def has_happened(self, day: Any) -> Any:
        """Return whether a day is no later than that of the question; so of each day of an array or a column."""
        return day <= self.day

    @property
    def is_plain(self) -> bool:
        """Whether the tables' own running sums and runs of states answer it."""
        return self.is_unfiltered and self.model == DEFAULT_MODEL

    @property
    def is_unfiltered(self) -> bool:
        """Whether all that is known now counts, as the stored incidents have it, and nothing is left out."""
        return self.known_at is None and not self.left_out


# Conditions on rows

CLAIM: Final = [evidence.c[name] for name in Claim._fields]  #: the columns of a `Claim`


def has_happened(table: Table, question: Question) -> ColumnElement[bool]:
    """Return the condition that a row's day is no later than that of a question."""
    return question.has_happened(table.c.day)  # type: ignore[no-any-return]


def stands(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row is known now."""
    return table.c.known_to.is_(None)


def is_known(table: Table, question: Question) -> ColumnElement[bool]:
    """Return the condition that a row is known now, or was at the record time of a question."""
    if question.known_at is None:
        return stands(table)
    return and_(table.c.known_from <= question.known_at, or_(stands(table), table.c.known_to > question.known_at))


def is_counted(question: Question) -> ColumnElement[bool]:
    """Return the condition that a row of evidence counts for a question: it is known, and not left out.

    A publisher is left out by the name that it had then, as the evidence has it, with all that counted as it then.
    """
    conditions = [is_known(evidence, question)]
    if publishers := question.left_out.publishers:
        conditions.append(is_not_of(evidence.c.publisher, sorted(publishers), question.known_at))
    if articles := question.left_out.articles:
        conditions.append(evidence.c.article.not_in(sorted(articles)))
    return and_(*conditions)


def makes_incidents(question: Question) -> ColumnElement[bool]:
    """Return the condition that a row of evidence counts for a question, and belongs to an incident."""
    return and_(evidence.c.incident.is_not(None), is_counted(question))


def is_between(connection: Connection, pairs: Iterable[Pair]) -> ColumnElement[bool]:
    """Return the condition that a row of evidence is between the two of one of some pairs, whichever way."""
    ways = [way for pair in pairs for way in (pair, pair[::-1])]
    return is_one_of(connection, (evidence.c.source, evidence.c.target), ways)
