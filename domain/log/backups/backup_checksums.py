"""The checksums of a backup: one for each block of domain events, and one for all of it.

They tell accidents: a byte that flipped, a row that was changed, a tail that was lost. Whoever can write to a
backup can write its checksums, too; so the one for all of it is printed, to be noted elsewhere.
"""

import hashlib
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

FORMAT: Final = 1  #: of what is hashed, and of the tables that hold it
BLOCK: Final = 100  #: domain events
TABLES: Final = {
    "backup_blocks": "first INTEGER PRIMARY KEY, last INTEGER, events INTEGER, sha256 TEXT",
    "backup_summary": "format INTEGER, events INTEGER, first INTEGER, last INTEGER, sha256 TEXT",
}

#: Position, originator id as 32 hexadecimal digits, version, topic, state.
EventRow = tuple[int, str, int, str, bytes]


class ChecksumsDiffer(Exception):
    """A backup does not hold what its checksums say."""


class Block(NamedTuple):
    """Some domain events that follow each other: the first and the last position, how many, and their SHA-256."""

    first: int
    last: int
    events: int
    sha256: str


class BackupSummary(NamedTuple):
    """All domain events of a backup; `sha256` is of the blocks and of these figures."""

    format: int
    events: int
    first: int
    last: int
    sha256: str


def checksums_of(rows: Iterable[EventRow]) -> Iterator[Block]:
    """Yield the checksum of each block of domain events."""
    block: list[EventRow] = []
    for row in rows:
        block.append(row)
        if len(block) == BLOCK:
            yield _block_of(block)
            block = []
    if block:
        yield _block_of(block)


def summary_of(blocks: Iterable[Block]) -> BackupSummary:
    """Return the summary of all blocks."""
    found = list(blocks)
    events = sum(block.events for block in found)
    first, last = (found[0].first, found[-1].last) if found else (0, 0)
    lines = [f"detente backup {FORMAT}: {events} {first} {last}", *(" ".join(map(str, block)) for block in found)]
    return BackupSummary(FORMAT, events, first, last, hashlib.sha256("\n".join(lines).encode()).hexdigest())


def write_checksums(connection: sqlite3.Connection, blocks: Iterable[Block]) -> BackupSummary:
    """Write the checksums into a backup."""
    found = list(blocks)
    summary = summary_of(found)
    for name, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {name} ({columns})")
    connection.executemany("INSERT INTO backup_blocks VALUES (?, ?, ?, ?)", found)
    connection.execute("INSERT INTO backup_summary VALUES (?, ?, ?, ?, ?)", summary)
    return summary


def read_checksums(connection: sqlite3.Connection) -> tuple[BackupSummary, list[Block]] | None:
    """Return the checksums of a backup; None if it carries none. Raises `ChecksumsDiffer` if they are damaged."""
    query = "SELECT name, type FROM sqlite_schema WHERE name IN (?, ?)"
    there = dict(connection.execute(query, tuple(TABLES)).fetchall())
    if not there:
        return None
    if there != dict.fromkeys(TABLES, "table"):
        raise ChecksumsDiffer("only a part of its checksums is there")
    summaries = connection.execute("SELECT format, events, first, last, sha256 FROM backup_summary").fetchall()
    blocks = [Block(*row) for row in connection.execute("SELECT * FROM backup_blocks ORDER BY first")]
    if len(summaries) != 1:
        raise ChecksumsDiffer("its checksums have no summary")
    summary = BackupSummary(*summaries[0])
    if summary.format != FORMAT:
        raise ChecksumsDiffer(f"its checksums are of format {summary.format}, which this version does not know")
    if summary != summary_of(blocks):
        raise ChecksumsDiffer("its checksums are damaged: that of the whole is not that of the parts")
    return summary, blocks


def verified(rows: Iterable[EventRow], blocks: Iterable[Block]) -> Iterator[EventRow]:
    """Yield rows as they come, each block checked once all of it was yielded. Raises `ChecksumsDiffer`."""
    expected = iter(blocks)
    block: Block | None = None
    part: list[EventRow] = []
    for row in rows:
        while block is None or row[0] > block.last:
            _compare(block, part)
            part, block = [], next(expected, None)
            if block is None:
                raise ChecksumsDiffer(f"position {row[0]} is behind the last one that was backed up")
        yield row
        part.append(row)
    _compare(block, part)
    for lost in expected:
        _compare(lost, [])


def _compare(block: Block | None, rows: list[EventRow]) -> None:
    if block is None:
        return
    where = f"positions {block.first} to {block.last}"
    if len(rows) != block.events:
        raise ChecksumsDiffer(f"{where}: of {block.events} domain events there are {len(rows)}")
    if _block_of(rows) != block:
        raise ChecksumsDiffer(f"{where}: a domain event was changed, their checksum is another")


def _block_of(rows: list[EventRow]) -> Block:
    digest = hashlib.sha256()
    for position, originator_id, version, topic, state in rows:
        words = (originator_id.encode(), topic.encode(), state)
        digest.update(struct.pack(">qqIII", position, version, *map(len, words)))
        for word in words:
            digest.update(word)
    return Block(rows[0][0], rows[-1][0], len(rows), digest.hexdigest())
