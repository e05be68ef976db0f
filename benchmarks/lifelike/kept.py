"""Logs that look like life, kept in a folder: each is made once, and anew where the tables are others by now."""

import json
import os
import shutil
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from platformdirs import user_cache_path
from sqlalchemy.schema import CreateIndex, CreateTable

from api.running.service import Service
from api.running.settings import Settings
from benchmarks.lifelike.chronicle import Plan
from benchmarks.lifelike.making import ReportProgress, make_region
from benchmarks.lifelike.regions import multiply
from benchmarks.lifelike.world import ALIGNMENTS, REGIONS
from projections.storage.tables import VERSION, metadata

FOLDER: Final = Path(os.environ.get("DETENTE_BENCH_FOLDER") or user_cache_path("detente-bench"))
OF_AGREEMENTS: Final = 50  #: one event in so many is a development of an agreement
_MADE: Final = "made.json"  # is there once all is


class KeptLog(NamedTuple):
    """A log, folded: the URL of its database, how many events articles tell in it, and its last day."""

    url: str
    events: int
    last: date


def find(events: int, folder: Path = FOLDER) -> KeptLog | None:
    """Return a log of as many events if it is kept, with tables of today's shape; None if there is none."""
    made = _place(events, folder) / _MADE
    if not made.exists():
        return None
    known = json.loads(made.read_text())
    if known["tables"] != _shape():
        return None
    return KeptLog(_url(made.parent), events, date.fromisoformat(known["last"]))


def make(events: int, folder: Path, report: ReportProgress) -> KeptLog:
    """Return a log of as many events, made if it is not kept: in a minute or two for 200,000."""
    if kept := find(events, folder):
        return kept
    place = _place(events, folder)
    made = place / _MADE
    if made.exists():
        last = json.loads(made.read_text())["last"]
        _fold_again(place, report)
    else:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        last = datetime.now(UTC).date().isoformat()
        developments = events // OF_AGREEMENTS
        last_day = date.fromisoformat(last)
        plan = Plan((events - developments) // REGIONS, developments // REGIONS, ALIGNMENTS, last_day)
        with TemporaryDirectory(dir=place) as base:
            make_region(_url(Path(base)), plan, report)
            multiply(_url(Path(base)), _url(place), report)
    made.write_text(json.dumps({"tables": _shape(), "last": last}))
    return KeptLog(_url(place), events, date.fromisoformat(last))


def copied(kept: KeptLog, folder: Path) -> KeptLog:
    """Return a copy in a folder, to write to."""
    origin = Path(kept.url.removeprefix("sqlite:///")).parent
    shutil.copytree(origin, folder / origin.name, symlinks=True)
    return kept._replace(url=_url(folder / origin.name))


def _fold_again(place: Path, report: ReportProgress) -> None:
    with closing(Service.open(Settings(database_url=_url(place)))) as service:
        service.projector.rebuild(partial(report, "folding"))


def _place(events: int, folder: Path) -> Path:
    return folder / f"life-{events}"


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'detente.db'}"


def _shape() -> str:
    """Return a digest of the tables' definitions: rows of others have to be made anew."""
    made = [str(CreateTable(table)) for table in metadata.sorted_tables]
    indexes = [str(CreateIndex(each)) for table in metadata.sorted_tables for each in table.indexes]
    return blake2b("\n".join([str(VERSION), *made, *sorted(indexes)]).encode(), digest_size=8).hexdigest()
