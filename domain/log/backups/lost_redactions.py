"""Redactions that a log has and a backup has not: a restore would bring their texts back."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql

from domain.log.reader import REDACTION_TOPICS

_NAMED: Final = 20  # articles, in a note
#: Originator id as 32 hexadecimal digits, version, and the state of the article's first event.
RedactionRow = tuple[str, int, bytes]

_COLUMNS: Final = "redaction.originator_id, redaction.originator_version, posted.state"
_JOINED: Final = "posted.originator_id = redaction.originator_id AND posted.originator_version = 1"


class _FirstEvent(msgspec.Struct):
    article_id: str


def redactions_in_file(file: Path) -> list[RedactionRow]:
    """Return the redactions of a log in an SQLite file; none of a file that cannot be read."""
    if not file.exists():
        return []
    topics = ", ".join("?" * len(REDACTION_TOPICS))
    query = (
        f"SELECT {_COLUMNS} FROM stored_events AS redaction JOIN stored_events AS posted ON {_JOINED}"  # noqa: S608
        f" WHERE redaction.topic IN ({topics}) ORDER BY redaction.rowid"
    )
    with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as connection:
        return connection.execute(query, REDACTION_TOPICS).fetchall()
    return []


def redactions_in_table(connection: psycopg.Connection[Any], table: sql.Identifier) -> list[RedactionRow]:
    """Return the redactions of a log on PostgreSQL."""
    query = sql.SQL(
        f"SELECT {_COLUMNS} FROM {{table}} AS redaction JOIN {{table}} AS posted ON {_JOINED}"  # noqa: S608
        " WHERE redaction.topic = ANY(%s) ORDER BY redaction.notification_id"
    )
    rows = connection.execute(query.format(table=table), [list(REDACTION_TOPICS)]).fetchall()
    return [(uuid.hex, version, bytes(state)) for uuid, version, state in rows]


def notes_on_lost(redactions: Iterable[RedactionRow], backup: sqlite3.Connection) -> tuple[str, ...]:
    """Return a note on the articles in a backup that were redacted since, in the log that it replaces."""
    lost = list(dict.fromkeys(_lost(redactions, backup)))
    if not lost:
        return ()
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    named = f"{', '.join(lost[:_NAMED])}{more}"
    return (f"the backup brings back text that was redacted since, of {named}: redact it again, `detente redact`",)


def _lost(redactions: Iterable[RedactionRow], backup: sqlite3.Connection) -> Iterator[str]:
    there = "SELECT max(originator_version) FROM stored_events WHERE originator_id = ?"
    same = "SELECT topic FROM stored_events WHERE originator_id = ? AND originator_version = ?"
    for originator, version, state in redactions:
        (newest,) = backup.execute(there, (originator,)).fetchone()
        topic = backup.execute(same, (originator, version)).fetchone()
        if newest is not None and (topic is None or topic[0] not in REDACTION_TOPICS):
            yield msgspec.json.decode(state, type=_FirstEvent).article_id
