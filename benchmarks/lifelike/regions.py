"""The ten regions of the log that looks like life, of one that was posted and folded: by SQL, on SQLite.

Each command of the first region is followed by nine like it: other actors, articles and agreements do the same, an
instant later. So is each row that the fold made of it, since the regions have no dealings with each other. The log
and the tables are, row for row, those that posting and a rebuild would have made.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import groupby, islice
from operator import itemgetter
from typing import Final
from uuid import UUID

from eventsourcing.persistence import Notification
from sqlalchemy import Table

from benchmarks.lifelike.making import ReportProgress
from benchmarks.lifelike.world import MARK, REGIONS
from domain.actors import ActorRegistered
from domain.articles import ArticlePosted, article_uuid
from domain.log.application import Detente
from domain.log.database_url import log_environment, sqlite_file
from projections.folding.log_identity import digest_of
from projections.log_digests import add_digests
from projections.storage.columns.stored_columns import store_columns_anew
from projections.storage.store import Store
from projections.storage.tables import metadata

_AS_THEY_ARE: Final = frozenset({"actors"})
_MADE_HERE: Final = frozenset({"projection_progress", "incident_changes", "incident_columns"})
_TEXTS: Final = frozenset(
    {"source", "target", "incident", "joined", "incident_of_whole", "a", "b", "id", "beside", "actor", "content"}
    | {"parties", "party", "agreement", "title", "article_id", "url", "headline"}
)
_INSTANTS: Final = frozenset({"known_from", "known_to", "recorded", "changed"})
_PAGE: Final = 10_000  # events of which the digest is made at once
_LAST_DIGIT: Final = len('{"timestamp":"2006-12-02T00:00:00.000010')  # of the instant of a state
_FAST: Final = ("main.journal_mode = OFF", "log.journal_mode = OFF", "synchronous = OFF", "cache_size = -500000")


def multiply(base: str, url: str, report: ReportProgress) -> None:
    """Fill an empty database with ten regions like the one of a `base`, which is folded; both by their URLs."""
    with closing(Store.open(base)) as one, closing(Store.open(url)) as all_regions, closing(_log(url)):
        files = (all_regions.place, str(sqlite_file(url)), str(sqlite_file(base)), one.place)
    with closing(_attached(*files)) as connection:
        for pragma in _FAST:
            connection.execute(f"PRAGMA {pragma}")
        _number_commands(connection)
        report("regions: the log", 0, 1)
        _copy_log(connection)
        with _without_indexes(connection):
            for number, table in enumerate(metadata.sorted_tables):
                report(f"regions: {table.name}", number, len(metadata.tables))
                _copy(connection, table)
            report("regions: indexes", 0, 1)
        report("regions: the digest of the log", 0, 1)
        _move(connection)
        connection.commit()
    report("regions: columns of incidents", 0, 1)
    with closing(Store.open(url)) as store:
        store_columns_anew(store)


def _log(url: str) -> Detente:
    return Detente(log_environment(url))


def _attached(tables: str, log: str, base_log: str, base: str) -> sqlite3.Connection:
    connection = sqlite3.connect(tables)
    for name, file in (("log", log), ("base_log", base_log), ("base", base)):
        connection.execute(f"ATTACH DATABASE ? AS {name}", (file,))
    return connection


# Which position an event has in which region


def _number_commands(connection: sqlite3.Connection) -> None:
    """Note where each command of the base begins and how long it is, and where its events come in the whole log.

    In a region, a position is `start + region * length`. Actors come first, and once.
    """
    connection.executescript(
        """CREATE TEMP TABLE regions (region INTEGER PRIMARY KEY);
        CREATE TEMP TABLE commands (first INTEGER PRIMARY KEY, length INTEGER, start INTEGER);
        CREATE TEMP TABLE numbered (position INTEGER PRIMARY KEY, start INTEGER, length INTEGER);
        CREATE TEMP TABLE aggregates
            (base TEXT, region INTEGER, id TEXT, PRIMARY KEY (base, region)) WITHOUT ROWID;"""
    )
    connection.executemany("INSERT INTO regions VALUES (?)", [(region,) for region in range(REGIONS)])
    connection.executemany("INSERT INTO commands VALUES (?, ?, ?)", _commands(connection))
    connection.execute(
        """INSERT INTO numbered SELECT e.rowid, c.start + e.rowid - c.first, c.length FROM commands c
        CROSS JOIN base_log.stored_events e ON e.rowid >= c.first AND e.rowid < c.first + c.length"""
    )
    posted = connection.execute(
        "SELECT originator_id, json_extract(CAST(state AS TEXT), '$.article_id') FROM base_log.stored_events"
        " WHERE topic = ?",
        (ArticlePosted.TOPIC,),
    )
    connection.executemany(
        "INSERT INTO aggregates VALUES (?, ?, ?)",
        (
            (aggregate, region, article_uuid(_in_region(article_id, region)).hex)
            for aggregate, article_id in posted
            for region in range(REGIONS)
        ),
    )


def _commands(connection: sqlite3.Connection) -> Iterator[tuple[int, int, int]]:
    """Yield the first position of each command on articles in the base, its length, and its first in the whole."""
    actors = connection.execute(
        "SELECT count(*) FROM base_log.stored_events WHERE topic = ?", (ActorRegistered.TOPIC,)
    ).fetchone()[0]
    events = connection.execute(
        "SELECT rowid, originator_id, substr(state, 1, ?) FROM base_log.stored_events"
        " WHERE rowid > ? ORDER BY rowid",
        (_LAST_DIGIT, actors),
    )
    for _, of_one in groupby(events, key=itemgetter(1, 2)):
        positions = [position for position, *_ in of_one]
        yield positions[0], len(positions), actors + (positions[0] - actors - 1) * REGIONS + 1


def _in_region(text: str, region: int) -> str:
    return text.replace(f"{MARK}0", f"{MARK}{region}")


# The rows


def _copy_log(connection: sqlite3.Connection) -> None:
    connection.execute(
        """INSERT INTO log.stored_events (rowid, originator_id, originator_version, topic, state)
        SELECT rowid, originator_id, originator_version, topic, state FROM base_log.stored_events
        WHERE topic = ?""",
        (ActorRegistered.TOPIC,),
    )
    connection.execute(
        f"""INSERT INTO log.stored_events (rowid, originator_id, originator_version, topic, state)
        SELECT c.start + r.region * c.length + e.rowid - c.first, a.id, e.originator_version, e.topic,
            CAST(substr(CAST(e.state AS TEXT), 1, {_LAST_DIGIT - 1}) || r.region ||
            replace(substr(CAST(e.state AS TEXT), {_LAST_DIGIT + 1}), '{MARK}0', '{MARK}' || r.region) AS BLOB)
        FROM commands c CROSS JOIN regions r
        CROSS JOIN base_log.stored_events e ON e.rowid >= c.first AND e.rowid < c.first + c.length
        CROSS JOIN aggregates a ON a.base = e.originator_id AND a.region = r.region"""  # noqa: S608  # names of ours
    )


def _copy(connection: sqlite3.Connection, table: Table) -> None:
    """Copy a table, in the order of its keys, so that nothing is put between what is there."""
    columns = ", ".join(column.name for column in table.columns)
    if table.name in _MADE_HERE:
        return
    if table.name in _AS_THEY_ARE:
        as_they_are = f"SELECT {columns} FROM base.{table.name}"  # noqa: S608  # names of ours
        connection.execute(f"INSERT INTO main.{table.name} ({columns}) {as_they_are}")
        return
    rows = f"regions r CROSS JOIN base.{table.name} t"
    joins = ""
    if "article" in table.c:
        rows = f"base.articles x CROSS JOIN regions r CROSS JOIN base.{table.name} t ON t.article = x.article"
        joins = " CROSS JOIN numbered m ON m.position = t.article"
    if "position" in table.c:
        joins += " CROSS JOIN numbered p ON p.position = t.position"
    if "aggregate" in table.c:
        joins += " CROSS JOIN aggregates g ON g.base = t.aggregate AND g.region = r.region"
    values = ", ".join(_value(column.name) for column in table.columns)
    of_all = f"SELECT {values} FROM {rows}{joins}"  # noqa: S608  # names of ours
    connection.execute(f"INSERT INTO main.{table.name} ({columns}) {of_all}")


def _value(column: str) -> str:
    """Return what a column of a table has in a region."""
    if column in _TEXTS:
        return f"replace(t.{column}, '{MARK}0', '{MARK}' || r.region)"
    if column in _INSTANTS:
        return f"t.{column} + r.region"
    if column == "article":
        return "m.start + r.region * m.length"
    if column == "position":
        return "p.start + r.region * p.length"
    return "g.id" if column == "aggregate" else f"t.{column}"


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    made = connection.execute("SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    indexes = made.fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX main."{name}"')
    yield
    for _, statement in indexes:
        connection.execute(statement)


# How far the tables are


def _move(connection: sqlite3.Connection) -> None:
    """Note that the tables are of all that is in the log."""
    rows = connection.execute(
        "SELECT rowid, originator_id, originator_version, topic, state FROM log.stored_events ORDER BY rowid"
    )
    events = (
        Notification(UUID(aggregate), version, topic, state, id=position)
        for position, aggregate, version, topic, state in rows
    )
    digest, last = "", 0
    while page := list(islice(events, _PAGE)):
        digest, last = add_digests(digest, digest_of(page)), page[-1].id
    recorded = connection.execute("SELECT max(recorded) FROM main.reported_events").fetchone()
    changed = connection.execute("SELECT max(changed) FROM main.articles").fetchone()
    connection.execute(
        "UPDATE main.projection_progress SET position = ?, recorded = ?, digest = ?",
        (last, max(*recorded, *changed), digest),
    )
