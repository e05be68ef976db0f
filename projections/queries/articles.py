"""Articles as they stand, and what they report: of an incident, and of a tie."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Table,
    and_,
    case,
    func,
    select,
)

from domain.articles import article_uuid, former_article_uuid
from domain.reports import Report
from domain.standards.publisher_names import comparable_publisher
from projections.queries.question import Question, has_happened, is_counted, is_known
from projections.storage.bulk_rows import is_one_of
from projections.storage.tables import articles, evidence, former_headers, is_alignment, reported_events


class ArticleEntry(NamedTuple):
    """An article as it stands. Instants in microseconds."""

    article_id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    language: str | None
    retracted: bool
    version: int
    recorded: int
    changed: int


class ArticleReport(NamedTuple):
    """One article's report of an incident, or of a tie: which of its events, in its words, since when known."""

    article_id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    number: int
    known_from: int
    report: Report


_SHOWN: Final = ("url", "headline", "publisher", "published")


def with_articles(table: Table, question: Question) -> tuple[FromClause, tuple[ColumnElement[Any], ...]]:
    """Return a table joined to its articles, and what is shown of these: id, url, headline, publisher, published.

    The header is the one that the article had at the record time of a question.
    """
    joined = table.join(articles, table.c.article == articles.c.article)
    shown = [articles.c[name] for name in _SHOWN]
    if question.known_at is None:
        return joined, (articles.c.article_id, *shown)
    then = former_headers.c
    was_known = and_(then.article == articles.c.article, is_known(former_headers, question))
    of_then = (case((then.article.is_not(None), then[each.name]), else_=each) for each in shown)
    return joined.outerjoin(former_headers, was_known), (articles.c.article_id, *of_then)


def reports_by_incident(
    connection: Connection, ids: Iterable[str], question: Question
) -> dict[str, list[ArticleReport]]:
    """Return who reported each of some incidents, by incident, in the order in which it became known."""
    found: defaultdict[str, list[ArticleReport]] = defaultdict(list)
    if wanted := [(id_,) for id_ in sorted(set(ids))]:
        once = (evidence.c.reciprocal.is_(False)) | (evidence.c.source < evidence.c.target)
        chosen = is_one_of(connection, (evidence.c.incident,), wanted)
        for row, report in _reports(connection, question, chosen, once):
            found[row.incident].append(report)
    return found


def reports_by_tie(
    connection: Connection, ties: Iterable[tuple[str, str]], question: Question
) -> dict[tuple[str, str], list[ArticleReport]]:
    """Return who reported, until the day of a question, that a patron backs a client, or no longer does.

    The reports are by (patron, client).
    """
    found: defaultdict[tuple[str, str], list[ArticleReport]] = defaultdict(list)
    if wanted := sorted(set(ties)):
        chosen = (is_alignment, is_one_of(connection, (evidence.c.source, evidence.c.target), wanted))
        until = has_happened(evidence, question)
        for row, report in _reports(connection, question, *chosen, until):
            found[row.source, row.target].append(report)
    return found


def _reports(
    connection: Connection, question: Question, *conditions: ColumnElement[bool]
) -> Iterator[tuple[Any, ArticleReport]]:
    """Yield the reports behind some of the evidence that counts for a question, each with its row."""
    of_articles, shown = with_articles(evidence, question)
    reports = of_articles.join(
        reported_events,
        and_(
            evidence.c.article == reported_events.c.article,
            evidence.c.number == reported_events.c.number,
            evidence.c.version == reported_events.c.version,
        ),
    )
    fields = (
        *shown,
        evidence.c.number,
        evidence.c.known_from,
        reported_events.c.content,
    )
    behind = (evidence.c.incident, evidence.c.source, evidence.c.target)
    asked = select(*fields, *behind).select_from(reports).where(*conditions, is_counted(question))
    for row in connection.execute(asked.order_by(reported_events.c.position, evidence.c.number)):
        report: Report = msgspec.json.decode(row.content, type=Report)
        yield row, ArticleReport._make((*row[: len(fields) - 1], report))


def publishers_by_comparable_name(connection: Connection) -> dict[str, str]:
    """Return the publishers that articles have or ever had, by the names under which they are compared.

    Of several ways to write one, it is the one recorded first, so that it stays the same.
    """
    found: dict[str, str] = {}
    rows: Iterable[Any] = connection.execute(_PUBLISHERS)
    for _, name in sorted((since, name) for name, since in rows):
        found.setdefault(comparable_publisher(name), name)
    return found


def _publishers() -> CompoundSelect[Any]:
    """Return the query for all names of publishers, each with the instant since when it is known."""
    of_article = former_headers.c.article == articles.c.article
    revised = select(func.max(former_headers.c.known_to)).where(of_article).scalar_subquery()
    since = func.min(func.coalesce(revised, articles.c.recorded))
    present = select(articles.c.publisher, since).group_by(articles.c.publisher)
    name = former_headers.c.publisher
    return present.union_all(select(name, func.min(former_headers.c.known_from)).group_by(name))


_PUBLISHERS: Final = _publishers()


def article_key(connection: Connection, article_id: str) -> int | None:
    """Return the key of the article with an id, None if there is none."""
    aggregates = [uuid.hex for uuid in (article_uuid(article_id), former_article_uuid(article_id)) if uuid]
    this = (articles.c.aggregate.in_(aggregates), articles.c.article_id == article_id)
    asked = select(articles.c.article).where(*this)
    return connection.execute(asked).scalar()


def articles_like(connection: Connection, article_id: str, limit: int = 5) -> list[str]:
    """Return a few ids of articles that begin as an id does."""
    begins = articles.c.article_id.startswith(article_id[:6], autoescape=True)
    asked = select(articles.c.article_id).where(begins).order_by(articles.c.article_id).limit(limit)
    return list(connection.execute(asked).scalars())


def list_articles(connection: Connection, before: int | None, limit: int) -> list[tuple[int, ArticleEntry]]:
    """Return up to `limit` (position, entry) of the articles posted before a position, the latest first."""
    columns = [articles.c[name] for name in ArticleEntry._fields]
    asked = select(articles.c.article, *columns).order_by(articles.c.article.desc()).limit(limit)
    if before is not None:
        asked = asked.where(articles.c.article < before)
    return [(row[0], ArticleEntry._make(row[1:])) for row in connection.execute(asked)]
