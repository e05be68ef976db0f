"""The question: what a reader asks of the projections, and which rows of the tables count for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    func,
    not_,
    or_,
    select,
)

from domain.standards.publisher_names import comparable_publisher
from projections.pairs import Pair
from projections.publishers.counted_as import is_not_of
from projections.scoring.incidents import Claim
from projections.scoring.models import DEFAULT_MODEL, IncidentRules, Model
from projections.storage.bulk_rows import is_one_of
from projections.storage.tables import articles, evidence, former_headers
from projections.times import to_date


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
_DAY: Final = len("2020-02-12")
_ArticleKey = Column[Any]  # of a table whose rows are about articles


class Question(NamedTuple):
    """What a reader asks for: a day, a state of knowledge, a model, and what is left out.

    `day` is the valid time (`as_of`), `known_at` the record time in microseconds, None for everything. `what_if`
    says, in the words of the reader, what in `model` and `left_out` is other than it is. `published_by` is the
    last day of publication that counts, None for every one.
    """

    day: int
    known_at: int | None = None
    model: Model = DEFAULT_MODEL
    left_out: Exclusions = NOTHING
    what_if: tuple[str, ...] = ()
    published_by: int | None = None

    def answered_by(self, newest: int | None) -> "Question":
        """Return the question with the record time of its answer: that of the newest event, if that is earlier.

        What is recorded later than the newest event may still be recorded before what is asked for.
        """
        if newest is not None and self.known_at is not None:
            newest = min(self.known_at, newest)
        return self._replace(known_at=newest)

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
        is_stored = self.model.incident_rules is DEFAULT_MODEL.incident_rules
        return is_stored and self.known_at is None and self.published_by is None and not self.left_out

    @property
    def is_as_known(self) -> bool:
        """Whether the stored incidents answer it but for what was learned after its record time."""
        return self.known_at is not None and self._replace(known_at=None).is_as_stored

    @property
    def is_as_stored(self) -> bool:
        """Whether the stored incidents answer it, and weigh what is stored."""
        return self.is_unfiltered and self.model.weighs_like(DEFAULT_MODEL)


# Conditions on rows

CLAIM: Final = [evidence.c[name] for name in Claim._fields]  #: the columns of a `Claim`
#: What rows of evidence are by the date of the whole alone.
_OF_WHOLE: Final = {
    name: func.coalesce(evidence.c[f"{name}_of_whole"], evidence.c[name]).label(name)
    for name in ("day", "incident")
}
_CLAIM_OF_WHOLE: Final = [_OF_WHOLE.get(name, evidence.c[name]) for name in Claim._fields]


def claim_columns(rules: IncidentRules) -> Sequence[ColumnElement[Any]]:
    """Return the columns of a `Claim` by a model's rules of what is one incident."""
    return _CLAIM_OF_WHOLE if rules is IncidentRules.BY_DAY else CLAIM


def incident_column(rules: IncidentRules) -> ColumnElement[Any]:
    """Return the incident of a row of evidence by a model's rules, but for what places set apart."""
    return _OF_WHOLE["incident"] if rules is IncidentRules.BY_DAY else evidence.c.incident


def is_in_incidents(connection: Connection, ids: Iterable[str], rules: IncidentRules) -> ColumnElement[bool]:
    """Return the condition that a row of evidence is in one of some incidents, whatever its place."""
    wanted = [(id_,) for id_ in sorted(ids)]
    stored = is_one_of(connection, (evidence.c.incident,), wanted)
    if rules is IncidentRules.BY_PLACE:
        return stored
    of_whole = evidence.c.incident_of_whole
    return or_(and_(of_whole.is_(None), stored), is_one_of(connection, (of_whole,), wanted))


def evidence_day(question: Question) -> ColumnElement[Any]:
    """Return the day of a row of evidence, by the rules of a question's model."""
    return _OF_WHOLE["day"] if question.model.incident_rules is IncidentRules.BY_DAY else evidence.c.day


def has_happened(table: Table, question: Question) -> ColumnElement[bool]:
    """Return the condition that a row's day is no later than that of a question."""
    day = evidence_day(question) if table is evidence else table.c.day
    return question.has_happened(day)  # type: ignore[no-any-return]


def stands(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that a row is known now."""
    return table.c.known_to.is_(None)


def is_known(table: Table, question: Question) -> ColumnElement[bool]:
    """Return the condition that a row about an article counts for a question, by what was known and published.

    It was known at the record time, and the article was published by the day that is asked for. Of an article that
    a later version took the place of, published behind that day, it is what stood until then, unless the article
    was taken back since: nothing of it stood. What rulings join with such an article is in the incidents in which
    it was until then.
    """
    by_itself = _counts(table, table.c.article, question)
    if question.published_by is None or table is not evidence:
        return by_itself
    joined = _joined_to_earlier_versions(question)
    same = (joined.c.article == table.c.article, joined.c.number == table.c.number)
    until = select(joined.c.until).where(*same).correlate(table).scalar_subquery()
    return or_(and_(until.is_(None), by_itself), _stood_until(table, until))


def _counts(table: FromClause, article: _ArticleKey, question: Question) -> ColumnElement[bool]:
    """Return the condition that a row stood when an article did, as this counts for a question."""
    known = _stood_at(table, question.known_at)
    if question.published_by is None:
        return known
    in_time, end = _is_published(article, question), _end_of_published(article, question)
    stood_then = and_(_stood_until(table, end), not_(_was_taken_back(article, end, question)))
    return or_(and_(in_time, known), and_(not_(in_time), stood_then))


def _joined_to_earlier_versions(question: Question) -> CTE:
    """Return the query for reports that were under one ruling with one of an article whose earlier version counts.

    `until` is when that version ended. What has changed its words or its publisher since is left out.
    """
    ends = _joined_earlier_versions(question)
    other, mine, before, after = (evidence.alias() for _ in range(4))
    in_one = (
        other.c.article == ends.c.article,
        other.c.joined.is_not(None),
        mine.c.incident == other.c.incident,
        mine.c.joined == other.c.joined,
    )
    then = and_(_stood_until(other, ends.c.until), _stood_until(mine, ends.c.until))
    now = and_(_counts(other, mine.c.article, question), _counts(mine, mine.c.article, question))
    end = _end_of_published(mine.c.article, question)
    goes_on = or_(_is_published(mine.c.article, question), end > ends.c.until)
    report = (mine.c.article, mine.c.number)
    joined = (
        select(*report, func.min(ends.c.until).label("until"))
        .where(*in_one, mine.c.article != other.c.article, or_(then, now), goes_on)
        .where(not_(_was_taken_back(ends.c.article, ends.c.until, question)))
        .group_by(*report)
        .cte("joined")
    )
    said = ("article", "number", "version", "publisher")
    as_before = [before.c[name] == after.c[name] for name in said]
    says_the_same = (
        select(before.c.article)
        .where(before.c.article == joined.c.article, before.c.number == joined.c.number, *as_before)
        .where(_stood_until(before, joined.c.until), _counts(after, after.c.article, question))
    )
    return select(joined).where(says_the_same.correlate(joined).exists()).cte("joined_to_earlier")


def _joined_earlier_versions(question: Question) -> Any:
    """Return the query for articles of which an earlier version counts than stood at the record time.

    They are those with evidence that was joined with other evidence, which are few, looked up by an index: of all
    versions that ever were there are as many more as the log is long.
    """
    then, joined = former_headers, evidence.alias()
    conditions: list[ColumnElement[bool]] = [
        then.c.article.in_(select(joined.c.article).where(joined.c.joined.is_not(None)))
    ]
    conditions += [is_published_by(then.c.published, question), not_(_is_published(then.c.article, question))]
    if question.known_at is not None:
        conditions.append(then.c.known_to <= question.known_at)
    until = func.max(then.c.known_to).label("until")
    return select(then.c.article, until).where(*conditions).group_by(then.c.article).cte("earlier_versions")


def was_header(question: Question) -> ColumnElement[bool]:
    """Return the condition that a row of `former_headers` is the header which its article has for a question."""
    then = former_headers.c
    if question.published_by is None:
        return _stood_at(former_headers, question.known_at)
    in_time = _is_published(then.article, question)
    return or_(
        and_(in_time, _stood_at(former_headers, question.known_at)),
        and_(not_(in_time), then.known_to == _end_of_published(then.article, question)),
    )


def _stood_at(table: FromClause, known_at: int | None) -> ColumnElement[bool]:
    """Return the condition that a row is known now, or was at an instant."""
    if known_at is None:
        return stands(table)
    return and_(table.c.known_from <= known_at, or_(stands(table), table.c.known_to > known_at))


def _stood_until(table: FromClause, instant: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a row was known right before an instant."""
    return and_(table.c.known_from < instant, or_(stands(table), table.c.known_to >= instant))


def _is_published(article: _ArticleKey, question: Question) -> ColumnElement[bool]:
    """Return the condition that an article was published by the day, by the header it had at the record time."""
    now, then = articles.alias(), former_headers.alias()
    present = _day_of(now, article).scalar_subquery()
    if question.known_at is None:
        return present <= _last_day(question)
    former = _day_of(then, article).where(_stood_at(then, question.known_at)).scalar_subquery()
    return func.coalesce(former, present) <= _last_day(question)


def _end_of_published(article: _ArticleKey, question: Question) -> ColumnElement[Any]:
    """Return the instant at which a later version took the place of the last one that was published by the day."""
    then = former_headers.alias()
    in_time = (then.c.article == article, is_published_by(then.c.published, question))
    end = select(func.max(then.c.known_to)).where(*in_time).correlate(article.table)
    return (
        end if question.known_at is None else end.where(then.c.known_to <= question.known_at)
    ).scalar_subquery()


def _was_taken_back(article: _ArticleKey, since: ColumnElement[Any], question: Question) -> ColumnElement[bool]:
    """Return the condition that from an instant on something of an article ended, and nothing of it stood then."""
    last, others = evidence.alias(), evidence.alias()
    until = last.c.known_to
    stood = and_(others.c.known_from <= until, or_(stands(others), others.c.known_to > until))
    other = select(others.c.article).where(others.c.article == last.c.article, stood).correlate(last).exists()
    ended = select(last.c.article).where(last.c.article == article, until >= since, not_(other))
    if question.known_at is not None:
        ended = ended.where(until <= question.known_at)
    return ended.correlate(article.table).exists()


def _day_of(headers: FromClause, article: _ArticleKey) -> Select[Any]:
    """Return the query for the days of publication that an article's headers have."""
    return select(_published_day(headers.c.published)).where(headers.c.article == article).correlate(article.table)


def is_published_by(published: ColumnElement[str], question: Question) -> ColumnElement[bool]:
    """Return the condition that a publication is one of the last day that counts for a question, or earlier."""
    return _published_day(published) <= _last_day(question)


def _published_day(published: ColumnElement[str]) -> ColumnElement[str]:
    """Return the day of publication, as text: it comes first in an instant, which is in UTC."""
    return func.substr(published, 1, _DAY)


def _last_day(question: Question) -> str:
    assert question.published_by is not None
    return to_date(question.published_by).isoformat()


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
