"""A whole table of events that was sent at once, as articles: rows of one id or URL are one article."""

from collections.abc import Callable
from typing import Any, NamedTuple

from api.importing.formats.date_columns import order_of
from api.importing.formats.event_table import FORMAT, KnownArticles, check_columns, table_columns
from api.importing.formats.headed import CsvRows, check_names, names_in
from api.importing.rows import Reject
from api.importing.text_files import BadFile, TextLine, read_lines, text_of
from api.parsing.event_tables import article_of_row
from domain.errors import Fault, InvalidFacts


class TableArticle(NamedTuple):
    """An article of a table: the lines in which its rows begin, what a client would send, and what is wrong."""

    rows: list[int]
    body: dict[str, Any]
    faults: dict[int, list[Fault]]


def articles_of_table(content: bytes, longest: int) -> list[TableArticle]:
    """Return the articles of a table in CSV. Raises `InvalidFacts` for what is wrong with the table as a whole."""
    try:
        lines = read_lines(text_of("the table", content).pieces, longest)
        rows = _header(next(lines, None))
        records = list(rows.records(lines))
        order = order_of(date for record in records if record.text for date in rows.dates(record.text))
    except BadFile as error:
        raise InvalidFacts([Fault((), "not-a-table", str(error))]) from None
    except Reject as reject:
        raise InvalidFacts([Fault((), reject.reason, reject.detail)]) from None
    known, articles = KnownArticles(), dict[str, TableArticle]()
    for record in records:
        article = TableArticle([record.number], {}, {})
        try:
            row = known.fill_in(table_columns(_fields(record, lambda text: rows.dated_fields(text, order))))
            body = article_of_row(row)
        except Reject as reject:
            article.faults[record.number] = [Fault((), reject.reason, reject.detail)]
            row, body = {}, {}
        except InvalidFacts as error:
            article.faults[record.number] = list(error.faults)
            row, body = table_columns(rows.fields(record.text or "")), {}
        _add(articles, row.get("id") or row.get("url") or f"\n{record.number}", article._replace(body=body))
    return list(articles.values())


def _header(line: TextLine | None) -> CsvRows:
    """Return how to read the rows under a header. Raises `Reject`."""
    if line is None or line.text is None:
        raise Reject("not-a-table", "the table is empty: it begins with a line that names the columns")
    for separator in FORMAT.separators:
        if FORMAT.needed <= set(names := names_in(FORMAT, line.text, separator)):
            check_names(names)
            check_columns(names)
            return CsvRows(FORMAT, names, separator)
    needed = ", ".join(sorted(FORMAT.needed))
    raise Reject(
        "not-a-table", f"the first line names the columns, {needed} among them, with commas, semicolons or tabs"
    )


def _fields(record: TextLine, read: Callable[[str], dict[str, str]]) -> dict[str, str]:
    if record.text is None:
        raise Reject(*record.reject.split("\t", 1))
    return read(record.text)


def _add(articles: dict[str, TableArticle], key: str, article: TableArticle) -> None:
    """Put a row to those of its article."""
    whole = articles.get(key)
    if whole is None:
        articles[key] = article
        return
    whole.rows.extend(article.rows)
    whole.faults.update(article.faults)
    if article.body:
        events = [*whole.body.get("events", ()), *article.body["events"]]
        whole.body.update({**article.body, "events": events})
