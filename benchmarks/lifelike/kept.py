"""Logs that look like life, kept in a folder: each is made once, and anew where the tables are others by now."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from functools import partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from platformdirs import user_cache_path
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from api.running.service import Service
from api.running.settings import Settings
from benchmarks.lifelike.chronicle import Plan
from benchmarks.lifelike.making import ReportProgress, make_region
from benchmarks.lifelike.regions import multiply
from benchmarks.lifelike.world import ALIGNMENTS, REGIONS
from domain.log.database_url import sqlite_file
from projections.storage.columns.stored_columns import forget_damaged_columns, store_columns_anew
from projections.storage.store import Store
from projections.storage.tables import VERSION, metadata

ENVIRONMENT: Final = "BENCH_FOLDER"
FOLDER: Final = user_cache_path("detente-bench")  #: where logs are kept, unless another folder is named
OF_AGREEMENTS: Final = 50  #: one event in so many is a development of an agreement
_INDEXES: Final = "SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
_MADE: Final = "made.json"  # is there once all is


class KeptLog(NamedTuple):
    """A log, folded: the URL of its database, how many events articles tell in it, and its last day."""

    url: str
    events: int
    last: date


def find(events: int, folder: Path = FOLDER) -> KeptLog | None:
    """Return a log of as many events if it is kept, with tables of today's shape; None if there is none."""
    return _found(folder / f"life-{events}", events)


def make(events: int, folder: Path, report: ReportProgress) -> KeptLog:
    """Return a log of as many events, made if it is not kept: in a minute or two for 200,000."""

    def fill(place: Path, last: date) -> None:
        developments = events // OF_AGREEMENTS
        plan = Plan((events - developments) // REGIONS, developments // REGIONS, ALIGNMENTS, last)
        with TemporaryDirectory(dir=place) as base:
            make_region(_url(Path(base)), plan, report)
            multiply(_url(Path(base)), _url(place), report)

    return _kept(folder / f"life-{events}", events, fill, report)


def make_one_region(
    events: int, developments: int, alignments: int, folder: Path, report: ReportProgress
) -> KeptLog:
    """Return a log of one region, with what is told of agreements and ties beside its events."""

    def fill(place: Path, last: date) -> None:
        make_region(_url(place), Plan(events, developments, alignments, last), report)

    return _kept(folder / f"region-{events}-{developments}-{alignments}", events, fill, report)


@contextmanager
def copied(kept: KeptLog) -> Iterator[str]:
    """Yield the URL of a copy of a log and its tables, which may be changed; it is beside it, as there is room."""
    file = sqlite_file(kept.url)
    assert file is not None
    with TemporaryDirectory(dir=file.parents[1]) as folder:
        for each in file.parent.glob(f"{file.stem}.*"):
            shutil.copy(each, folder, follow_symlinks=False)
        yield _url(Path(folder))


def _kept(place: Path, events: int, fill: Callable[[Path, date], None], report: ReportProgress) -> KeptLog:
    """Return the log of a place: as it is, with tables or indexes made anew where they are others, or filled."""
    if kept := _found(place, events):
        return kept
    made = place / _MADE
    if made.exists():
        known = json.loads(made.read_text())
        last = date.fromisoformat(known["last"])
        if known["tables"] == _tables():
            _renew(_url(place))
        else:
            with closing(Service.open(Settings(database_url=_url(place)))) as service:
                service.projector.rebuild(partial(report, "folding"))
    else:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        last = datetime.now(UTC).date()
        fill(place, last)
    made.write_text(json.dumps({"tables": _tables(), "indexes": _indexes(), "last": last.isoformat()}))
    return KeptLog(_url(place), events, last)


def _found(place: Path, events: int) -> KeptLog | None:
    made = place / _MADE
    known = json.loads(made.read_text()) if made.exists() else {}
    if (known.get("tables"), known.get("indexes")) != (_tables(), _indexes()):
        return None
    return KeptLog(_url(place), events, date.fromisoformat(known["last"]))


def _renew(url: str) -> None:
    """Make those indexes that are not as they would be made, and columns that cannot be read; nothing else.

    It takes some minutes for 10 million events.
    """
    new = create_engine("sqlite://")
    metadata.create_all(new)
    with new.connect() as connection:
        wanted = {row.name: row.sql for row in connection.exec_driver_sql(_INDEXES)}
    with closing(Store.open(url)) as store:
        with store.writing() as connection:
            there = {row.name: row.sql for row in connection.exec_driver_sql(_INDEXES)}
            for name, _ in there.items() - wanted.items():
                connection.exec_driver_sql(f'DROP INDEX main."{name}"')
            for _, statement in wanted.items() - there.items():
                connection.exec_driver_sql(statement)
        forget_damaged_columns(store)
        store_columns_anew(store)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'detente.db'}"


def _tables() -> str:
    """Return a digest of the tables' definitions: rows of others have to be made anew."""
    return _digest([str(VERSION), *(str(CreateTable(table)) for table in metadata.sorted_tables)])


def _indexes() -> str:
    return _digest(sorted(str(CreateIndex(each)) for table in metadata.sorted_tables for each in table.indexes))


def _digest(definitions: list[str]) -> str:
    return blake2b("\n".join(definitions).encode(), digest_size=8).hexdigest()
