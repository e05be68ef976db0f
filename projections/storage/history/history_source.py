"""A published build of history as a source of incidents: compared with the log, and read with what came since.

What cannot be told from it to the last digit is not told from it: then `problem` says why, and who asked reads the
tables as if there were no history.
"""

import logging
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final, TypeVar

import numpy as np
from eventsourcing.persistence import Notification
from sqlalchemy import Connection, select

from domain.log.archives.fetched_files import sha256_of
from domain.log.archives.manifest import ArchiveRefused
from domain.log.archives.same_log import end_of
from domain.log.archives.storage import ArchivePlace
from domain.log.recorders.record_time import instant_of
from projections.pairs import Pair
from projections.storage.bulk_rows import fetch_all, select_rows
from projections.storage.columns.apply_changes import DoNotMatch, IncidentChanges, apply_changes
from projections.storage.columns.incident_columns import AllIncidentColumns
from projections.storage.columns.read_incidents import read_incidents_of, rows_of_incidents
from projections.storage.history.build_manifest import (
    INCIDENT_COLUMNS,
    INCIDENT_STRETCHES,
    BuildManifest,
    BuiltFile,
    decode_build_manifest,
)
from projections.storage.history.built_incidents import (
    UnusableFiles,
    read_built_incidents,
    read_chosen_incidents,
    read_parked_positions,
)
from projections.storage.history.changed_since import (
    BuildEnd,
    ChangedIncidents,
    incidents_changed_since,
    why_of_no_use,
)
from projections.storage.history.incident_choice import IncidentChoice
from projections.storage.history.latest_incidents import (
    NEEDED,
    AskedColumns,
    LatestIncidents,
    read_latest_incidents,
)
from projections.storage.history.ordered_incidents import (
    ORDERED,
    OrderedIncidents,
    read_ordered_incidents,
)
from projections.storage.history.pair_incidents import OF_PAIRS, PairsOfHistory, read_pair_incidents
from projections.storage.history.parquet_reading import PARQUET_ERRORS
from projections.storage.history.replaced_incidents import Replaced
from projections.storage.tables import VERSION as TABLES_VERSION
from projections.storage.tables import incidents, parked, relations

_log = logging.getLogger(__name__)

_AGAIN_AFTER: Final = 60.0  # seconds until a build is looked at again that could not be read
_MANY: Final = 4  # where one incident in so many has changed since, and _LEAST, the history is of little use
_LEAST: Final = 10_000

#: Returns the stored events behind a position, up to another.
ReadStretch = Callable[[int, int], Sequence[Notification]]


_FoundT = TypeVar("_FoundT")


class _OfNoUse(Exception):
    """Why a build is not read."""


@dataclass(frozen=True)
class _Signature:
    """What tells whether a file may have been changed since it was compared with its checksum."""

    inode: int
    size: int
    changed: int

    @classmethod
    def of(cls, file: Path) -> "_Signature":
        found = file.stat()
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


class _OpenBuild:
    """A build whose files are here, each as its manifest says."""

    def __init__(self, place: ArchivePlace, manifest: BuildManifest) -> None:
        self.manifest = manifest
        self._scratch = tempfile.TemporaryDirectory(prefix="detente-history-")
        self._place = place
        self._checked: dict[Path, _Signature] = {}
        try:
            for name in (incidents.name, INCIDENT_COLUMNS, INCIDENT_STRETCHES):
                self.files_of(name)
            positions = read_parked_positions(self.files_of(parked.name))
        except BaseException:
            self.close()
            raise
        self.end = BuildEnd(manifest.position, manifest.recorded or 0, positions)

    def files_of(self, table: str) -> list[Path]:
        """Return the files of a table. Raises `_OfNoUse` for one that is not as the manifest says."""
        return [self._checked_file(file) for file in self.manifest.files_of(table)]

    def _checked_file(self, file: BuiltFile) -> Path:
        address = f"{self._place.address}/{file.name}"
        scratch = Path(self._scratch.name)
        try:
            fetched = scratch / Path(file.name).name
            local = fetched if fetched.exists() else self._place.fetch(file.name, scratch)
            signature = _Signature.of(local)
            if self._checked.get(local) == signature:
                return local
            found = sha256_of(local)
        except OSError as error:
            raise _OfNoUse(f"{address}: {error.strerror or error}") from error
        if (signature.size, found) != (file.bytes, file.sha256):
            raise _OfNoUse(f"{address}: it was altered, its checksum is another than in the manifest")
        self._checked[local] = signature
        return local

    def close(self) -> None:
        self._scratch.cleanup()


class History:
    """What is published at a place, as far as it is of the log. Threads may share it; one of them looks.

    `read_stretch` reads the log.
    """

    def __init__(self, place: ArchivePlace, read_stretch: ReadStretch) -> None:
        self.address = place.address
        self.problem: str | None = None  #: why it is not read, None where it is
        self._place = place
        self._read_stretch = read_stretch
        self._build: _OpenBuild | None = None
        self._seen: bytes | None = None
        self._again = 0.0  # the moment from which on what was seen last is looked at again
        self._lock = Lock()

    @property
    def position(self) -> int | None:
        """The position of the build that is read, None where none is."""
        build = self._build
        return None if build is None else build.manifest.position

    def look(self) -> None:
        """Take up what is published, if it is another build than before, or this one can be read by now."""
        try:
            content = self._place.read_manifest()
            if content is None:
                raise _OfNoUse(f"{self.address}: there is no history: `detente history build` makes one")
            if content == self._seen and (self._build is not None or monotonic() < self._again):
                return
            self._seen, self._again = content, monotonic() + _AGAIN_AFTER
            build = self._opened(content)
        except (_OfNoUse, ArchiveRefused, UnusableFiles, *PARQUET_ERRORS) as error:
            self._refuse(str(error), self._build)
            return
        with self._lock:
            self._build, former = build, self._build
            self.problem = None
        if former is not None:
            former.close()
        _log.info("%s is read: a history of position %s", self.address, build.manifest.position)

    def close(self) -> None:
        """Remove what was fetched."""
        if self._build is not None:
            self._build.close()

    def _opened(self, content: bytes) -> _OpenBuild:
        manifest = decode_build_manifest(content, self.address)
        if manifest.tables_version != TABLES_VERSION:
            raise _OfNoUse(
                f"{self.address} has tables of version {manifest.tables_version}, not {TABLES_VERSION}: build it"
                " anew"
            )
        if not manifest.position:
            raise _OfNoUse(f"{self.address} is a history of an empty log: build it anew")
        last = self._read_stretch(manifest.position - 1, manifest.position + 1)
        if [end_of(event) for event in last[:1]] != [manifest.end]:
            raise _OfNoUse(
                f"{self.address} is not of this log, which has another event at position {manifest.position}, or"
                " none: build it anew"
            )
        if len({(event.originator_id, instant_of(event.state)) for event in last}) < len(last):
            raise _OfNoUse(f"{self.address} ends at position {manifest.position}, within a command: build it anew")
        return _OpenBuild(self._place, manifest)

    def _refuse(self, problem: str, build: _OpenBuild | None) -> None:
        """Read a build no more, if it is still the one that is read."""
        with self._lock:
            if self._build is not build:
                return
            is_new, self.problem, self._build = problem != self.problem, problem, None
        if build is not None:
            build.close()
        if is_new:
            _log.warning("the history is not read, and all is answered from the tables: %s", problem)

    # What it is read for

    def position_for(self, connection: Connection) -> int | None:
        """Return the position of the history that is read for a transaction, None where it is not."""
        build = self._build
        if build is None:
            return None
        if (reason := why_of_no_use(connection, build.end)) is None:
            self.problem = None
            return build.manifest.position
        if reason != self.problem:
            self.problem = reason
            _log.warning("the history is not read, and all is answered from the tables: %s", reason)
        return None

    def read_columns(self, connection: Connection) -> AllIncidentColumns | None:
        """Return all incidents as the tables have them, in order; None, and a `problem`, where that cannot be.

        They come from the build, but for those that changed since, which come from the tables.
        """
        return self._read(connection, _columns_of)

    def read_ordered(
        self, connection: Connection, type_numbers: Mapping[str | None, int]
    ) -> OrderedIncidents | None:
        """Return the same incidents by pair, day and id, given the number of each type and of none; or None."""
        return self._read(connection, partial(_ordered_of, type_numbers=type_numbers))

    def read_latest(
        self, connection: Connection, names: Sequence[str], choice: IncidentChoice
    ) -> LatestIncidents | None:
        """Return columns of chosen ones of them, the latest first and those of a day by their ids; or None."""
        return self._read(connection, partial(_latest_of, asked=AskedColumns(names, choice)))

    def read_pairs(self, connection: Connection, pairs: Collection[Pair]) -> PairsOfHistory | None:
        """Return the incidents of some pairs as the tables have them, by day and id; or None."""
        return self._read(connection, partial(_pairs_of, pairs=pairs))

    def _read(self, connection: Connection, read: Callable[[Connection, _OpenBuild], _FoundT]) -> _FoundT | None:
        build = self._build
        if build is None or self.position_for(connection) != build.manifest.position:
            return None
        try:
            return read(connection, build)
        except DoNotMatch:
            self._refuse(f"{self.address} has other incidents than the tables: build it anew", build)
        except (_OfNoUse, UnusableFiles, *PARQUET_ERRORS) as error:
            self._refuse(str(error), build)
        return None


def _columns_of(connection: Connection, build: _OpenBuild) -> AllIncidentColumns:
    changed = _changed_since(connection, build)
    columns = read_built_incidents(*(build.files_of(name) for name in (INCIDENT_COLUMNS, INCIDENT_STRETCHES)))
    if changed.groups or changed.pairs:
        gone = read_chosen_incidents(build.files_of(incidents.name), changed.groups, changed.pairs)
        come = read_incidents_of(connection, changed.groups, changed.pairs)
        columns = apply_changes(columns, [_changes(gone, gone=True), _changes(come, gone=False)])
    _compare_with_relations(connection, columns)
    return replace(columns, history=build.end.position)


def _ordered_of(
    connection: Connection, build: _OpenBuild, type_numbers: Mapping[str | None, int]
) -> OrderedIncidents:
    files, replaced = build.files_of(incidents.name), _replaced(connection, build, ORDERED)
    found = read_ordered_incidents(files, replaced, type_numbers, build.end.position)
    if _numbers(connection) != dict(zip(found.pairs, found.numbers, strict=True)):
        raise DoNotMatch("there are other incidents than the relations say")
    return found


def _latest_of(connection: Connection, build: _OpenBuild, asked: AskedColumns) -> LatestIncidents:
    files, replaced = build.files_of(incidents.name), _replaced(connection, build, {*asked.names, *NEEDED})
    return LatestIncidents(read_latest_incidents(files, replaced, asked, _numbers(connection)), build.end.position)


def _pairs_of(connection: Connection, build: _OpenBuild, pairs: Collection[Pair]) -> PairsOfHistory:
    rows = select_rows(connection, relations, ("a", "b", "incidents"), ("a", "b"), pairs)
    numbers = dict.fromkeys(sorted(pairs), 0) | {(a, b): int(number) for a, b, number in rows}
    changed = incidents_changed_since(connection, build.end, pairs)
    come = rows_of_incidents(connection, OF_PAIRS, changed.groups, changed.pairs)
    replaced = Replaced(changed.groups, changed.pairs, OF_PAIRS, come)
    found = read_pair_incidents(build.files_of(incidents.name), replaced, numbers)
    return PairsOfHistory(found, build.end.position)


def _numbers(connection: Connection) -> dict[Pair, int]:
    """Return how many incidents each pair has, as its relation says."""
    rows = fetch_all(connection, select(relations.c.a, relations.c.b, relations.c.incidents))
    return {(a, b): number for a, b, number in rows}


def _replaced(connection: Connection, build: _OpenBuild, names: Collection[str]) -> Replaced:
    """Return what changed since a build, with columns of what is there instead. Raises `_OfNoUse`."""
    changed, ordered = _changed_since(connection, build), sorted(names)
    come = rows_of_incidents(connection, ordered, changed.groups, changed.pairs)
    return Replaced(changed.groups, changed.pairs, ordered, come)


def _changed_since(connection: Connection, build: _OpenBuild) -> ChangedIncidents:
    """Return which incidents changed since a build. Raises `_OfNoUse` where too many did."""
    changed = incidents_changed_since(connection, build.end)
    every = sum(file.rows for file in build.manifest.files_of(incidents.name))
    if len(changed.groups) > max(_LEAST, every // _MANY):
        raise _OfNoUse(
            f"{len(changed.groups)} incidents changed since position {build.end.position}: build it anew"
        )
    return changed


def _changes(columns: AllIncidentColumns, *, gone: bool) -> IncidentChanges:
    values = (each.tolist() for each in (columns.pair, columns.day, columns.weight, columns.kind))
    return IncidentChanges(columns.pairs, len(columns) if gone else 0, *values)


def _compare_with_relations(connection: Connection, columns: AllIncidentColumns) -> None:
    """Raise `DoNotMatch` unless each pair has as many incidents, of as many days, as its relation says."""
    names = ("a", "b", "incidents", "first_day", "day")
    rows = fetch_all(connection, select(*(relations.c[name] for name in names)))
    said = {(a, b): tuple(counts) for a, b, *counts in rows}
    ends = columns.starts[1:]
    counts = np.diff(columns.starts), columns.day[columns.starts[:-1]], columns.day[ends - 1]
    found = zip(*(each.tolist() for each in counts), strict=True)
    if said != dict(zip(columns.pairs, found, strict=True)):
        raise DoNotMatch("there are other incidents than the relations say")
