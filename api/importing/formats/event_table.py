"""Our own table of events, which `detente template` begins: rows of the same id or URL are one article.

A file of any size is read row by row, as other formats are; a table that was sent at once, as articles.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
from pydantic import ValidationError

from api.importing.actors.actor_finder import ActorFinder
from api.importing.actors.actor_table import ImportedActor
from api.importing.formats.date_columns import order_of
from api.importing.formats.headed import CsvRows, Fields, HeadedFormat, ReadFields, check_names, names_in
from api.importing.optional_texts import ARTICLE_TEXTS, EVENT_TEXTS, EVENT_WORDS, OptionalTexts
from api.importing.rows import CodedEvent, Reject
from api.importing.text_files import BadFile, TextLine, read_lines, text_of
from api.parsing.articles import parse_header, parse_report
from api.parsing.event_tables import ARTICLE_COLUMNS, LISTS, article_of_row, column_of, table_cells
from api.parsing.requests import ArticleIn
from domain.articles import Article
from domain.deliveries.coverage import FIELDS, Coverage
from domain.errors import Fault, InvalidFacts

_MOST_ARTICLES: Final = 50_000  #: that are held, to fill in what their later rows leave out
MOST_LINES: Final = 20_000  #: of a table that is sent at once
_EVER: Final = datetime(9998, 1, 1, tzinfo=UTC)  # what is in the future is the importer's to say


def reader(actors: ActorFinder, publisher: str | None) -> ReadFields:
    """Return what reads a row."""
    known = KnownArticles()

    def read(fields: Fields) -> CodedEvent:
        try:
            row = known.fill_in(mend_columns(table_cells(fields), actors.texts))
            return _event(row, actors, publisher)
        except InvalidFacts as error:
            raise Reject(error.faults[0].code, error.faults[0].detail) from None
        except ValidationError as error:
            first = error.errors()[0]
            where = "/".join(str(step) for step in first["loc"] if step != "events" and not isinstance(step, int))
            raise Reject("not-an-article", f"{where}: {first['msg']}") from None

    return read


def check_columns(names: Sequence[str]) -> None:
    """Raise `Reject` for a header with a column that a table of events does not have, or has twice."""
    found: dict[str, str] = {}
    for name in filter(None, names):
        try:
            column = column_of(name)
        except InvalidFacts as error:
            raise Reject(error.faults[0].code, error.faults[0].detail) from None
        if column in found:
            raise Reject("repeated-column", f"the columns {found[column]!r} and {name!r} are one")
        found[column] = name


FORMAT: Final = HeadedFormat(
    needed=frozenset({"source", "target", "published"}),
    reader=reader,
    dates=("occurred", "date", "published"),
    instants=("published",),
    are_dates_loose=True,
    check=check_columns,
    absent=frozenset(),  # an actor may be called so: `table_cells` looks at the others
    coverage=lambda names: _coverage(names),
)


def _coverage(names: Set[str]) -> Coverage:
    """Return what columns of some names tell: each of its own field, and any of three of the type."""
    columns = {column_of(name) for name in names if name}
    if not columns.isdisjoint(("kind", "type", "cameo")):
        columns.add("type")
    return Coverage(silent=FIELDS - columns)


def mend_columns(row: Mapping[str, str], texts: OptionalTexts) -> dict[str, str]:
    """Return a row with its optional texts mended, and without those that are none."""
    mended = dict(row)

    def put(name: str, read: Callable[[str], str | None]) -> None:
        if given := row.get(name, "").strip():
            mended[name] = read(given) or ""

    for name, length in (ARTICLE_TEXTS | EVENT_TEXTS).items():
        put(name, partial(texts.read, length=length, field=name))
    for name, length in EVENT_WORDS.items():
        put(name, partial(texts.read_word, length=length, field=name))
    put("language", texts.read_language)
    if row.get("id", "").strip():  # else the article is known by its URL
        put("url", texts.read_url)
    return mended


class KnownArticles:
    """What earlier rows say of their articles: later ones of the same id or URL may leave it out."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def fill_in(self, row: Mapping[str, str]) -> dict[str, str]:
        """Return a row with what its article is known by. Raises `InvalidFacts` if it says something else."""
        given = {name: row.get(name, "").strip() for name in ARTICLE_COLUMNS if row.get(name, "").strip()}
        key = given.get("id") or given.get("url")
        if key is None:
            return dict(row)
        if key not in self._known and len(self._known) >= _MOST_ARTICLES:
            self._known.clear()
        known = self._known.setdefault(key, {})
        for name, value in given.items():
            if known.setdefault(name, value) != value:
                detail = (
                    f"{value[:60]!r} is not what another row of the article {key[:60]!r} has: {known[name][:60]!r}"
                )
                raise InvalidFacts([Fault((name,), "article-differs", detail)])
        return {**row, **known}


def _event(row: Mapping[str, str], actors: ActorFinder, publisher: str | None) -> CodedEvent:
    body = article_of_row(row)
    (event,) = body["events"]
    named: dict[str, str] = {}
    _find_actors(event, actors, named)
    sent = ArticleIn.model_validate({**body, **({"publisher": publisher} if publisher else {})})
    faults: list[Fault] = []
    header = parse_header(sent, _EVER, faults)
    if sent.id is None and sent.url is None:
        faults.append(Fault(("url",), "no-id", "an article has a url, or an id of its own"))
    if faults or header is None:
        raise InvalidFacts(faults)
    report = parse_report(sent.events[0], actors.directory)
    report = msgspec.structs.replace(report, named=tuple(sorted(named.items())))
    return CodedEvent(sent.id or Article.id_for_url(sent.url or ""), header, report)


def _find_actors(event: dict[str, Any], actors: ActorFinder, named: dict[str, str]) -> None:
    """Put codes of actors in place of names. Raises `Reject` for a name of none, once all are counted."""
    rejected: list[Reject] = []
    for field in LISTS:
        codes = []
        for name in event.pop(field, ()):
            try:
                codes.append(_found(name, actors, named))
            except Reject as reject:
                rejected.append(reject)
        if codes:
            event[field] = codes
    if rejected:
        raise rejected[0]


def _found(name: str, actors: ActorFinder, named: dict[str, str]) -> Any:
    found = actors.counted(name, lambda: _resolve(name, actors))
    if found.code != name:
        named[name] = found.code
    return found.code


def _resolve(name: str, actors: ActorFinder) -> ImportedActor:
    code = actors.directory.resolve(name[:200], ())
    if isinstance(code, Fault):
        raise Reject(code.code, code.detail)
    return ImportedActor(code, None, why="the code" if code == name else "the name")


class TableArticle(NamedTuple):
    """An article of a table: the lines in which its rows begin, what a client would send, and what is wrong."""

    rows: list[int]
    body: dict[str, Any]
    faults: dict[int, list[Fault]]


def articles_of_table(content: bytes, longest: int, most_lines: int = MOST_LINES) -> list[TableArticle]:
    """Return the articles of a table in CSV. Raises `InvalidFacts` for what is wrong with the table as a whole."""
    if (found := content.count(b"\n")) > most_lines:  # what a row costs is more than it takes to send it
        detail = f"the table has {found:,} lines, and at most {most_lines:,} are read at once: send it in parts"
        raise InvalidFacts([Fault((), "too-many-lines", detail)])
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
            row = known.fill_in(table_cells(_fields(record, lambda text: rows.dated_fields(text, order))))
            body = article_of_row(row)
        except Reject as reject:
            article.faults[record.number] = [Fault((), reject.reason, reject.detail)]
            row, body = {}, {}
        except InvalidFacts as error:
            article.faults[record.number] = list(error.faults)
            row, body = table_cells(rows.fields(record.text or "")), {}
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
        events = whole.body.get("events", [])
        events += article.body["events"]
        whole.body.update({**article.body, "events": events})
