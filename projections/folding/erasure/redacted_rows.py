"""Texts that were redacted leave the rows that hold them: headers, also of former times, reports and evidence."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, select, update

from domain.articles import Header
from domain.free_text import without_texts
from domain.reports import Report
from projections.folding.article_changes import Redacting
from projections.folding.writing.fact_rows import HEADER, REDACTION, header_row, json_text, redaction_row
from projections.folding.writing.versions import PERIOD
from projections.storage.bulk_rows import Row, insert_rows
from projections.storage.tables import (
    agreement_developments,
    articles,
    evidence,
    former_headers,
    progress,
    redactions,
    reported_events,
)

_COLUMNS: Final = [former_headers.c[name] for name in (*PERIOD, *HEADER)]


def redact_rows(connection: Connection, article: int, redacted: Iterable[Redacting]) -> set[str]:
    """Note redactions of an article, and take the texts out of all rows that were written before.

    Where the log was read after a redaction, as in a rebuild, they are not there. Where they were, the tables are
    marked as others than they were, and what was noted of former states goes. Return the incidents of standing
    evidence that lost its place: their ids may have had it.
    """
    unplaced = set[str]()
    for redaction in redacted:
        insert_rows(connection, redactions, REDACTION, [redaction_row(article, redaction)])
        of_places, changed = _redact_places(connection, article, redaction)
        unplaced |= of_places
        changed += _redact_reports(connection, article, redaction) + _redact_titles(connection, article, redaction)
        if redaction.numbers is None:
            changed += _redact_former_headers(connection, article, redaction.fields)
        if changed:
            revised = {"revision": progress.c.revision + 1, "erase_due": True}
            connection.execute(update(progress).values(revised))
    return unplaced


def _redact_reports(connection: Connection, article: int, redaction: Redacting) -> int:
    columns = reported_events.c
    mine = columns.article == article
    if redaction.numbers is not None:
        mine &= columns.number.in_(redaction.numbers)
    changed = 0
    for number, version, content in connection.execute(
        select(columns.number, columns.version, columns.content).where(mine)
    ).all():
        report: Report = msgspec.json.decode(content, type=Report)
        redacted = without_texts(report, redaction.fields)
        if redacted is not report:
            this = mine & (columns.number == number) & (columns.version == version)
            connection.execute(update(reported_events).where(this).values(content=json_text(redacted)))
            changed += 1
    return changed


def _redact_former_headers(connection: Connection, article: int, fields: Sequence[str]) -> int:
    """Take texts out of the headers that an article had. Those that differed in nothing else become one."""
    mine = former_headers.c.article == article
    before = connection.execute(select(*_COLUMNS).where(mine).order_by(former_headers.c.known_from)).all()
    if not before:
        return 0
    today = connection.execute(select(*[articles.c[name] for name in HEADER]).where(articles.c.article == article))
    headers = [without_texts(_header(row[len(PERIOD) :]), fields) for row in before]
    after: list[Row] = []
    since = before[0].known_from
    for row, header, following in zip(before, headers, [*headers[1:], _header(today.one())], strict=True):
        if header != following:
            after.append((article, since, row.known_to, *header_row(header)))
            since = row.known_to
    if after == [tuple(row) for row in before]:
        return 0
    connection.execute(delete(former_headers).where(mine))
    insert_rows(connection, former_headers, (*PERIOD, *HEADER), after)
    return 1


def _header(row: Sequence[Any]) -> Header:
    """Return the header of a row of its columns."""
    values = dict(zip(HEADER, row, strict=True))
    return Header(**{**values, "redacted": _decoded(values["redacted"])})


def _redact_titles(connection: Connection, article: int, redaction: Redacting) -> int:
    if "title" not in redaction.fields:
        return 0
    columns = agreement_developments.c
    mine = (columns.article == article) & columns.title.is_not(None)
    if redaction.numbers is not None:
        mine &= columns.number.in_(redaction.numbers)
    return connection.execute(update(agreement_developments).where(mine).values(title=None)).rowcount


def _redact_places(connection: Connection, article: int, redaction: Redacting) -> tuple[set[str], int]:
    """Take places out of evidence; return the incidents of what stands of it, and how many rows there were."""
    if "place" not in redaction.fields:
        return set(), 0
    columns = evidence.c
    mine = (columns.article == article) & columns.place.is_not(None)
    if redaction.numbers is not None:
        mine &= columns.number.in_(redaction.numbers)
    standing = select(columns.incident).where(mine, columns.known_to.is_(None))
    found = set(connection.scalars(standing))
    return found, connection.execute(update(evidence).where(mine).values(place=None)).rowcount


def _decoded(redacted: str | None) -> tuple[str, ...]:
    return msgspec.json.decode(redacted, type=tuple[str, ...]) if redacted else ()
