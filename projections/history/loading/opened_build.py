"""A build of history as it is read: its manifest held against the log, its files against the manifest."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Table

from domain.log.archives.fetched_files import describe_damaged_file, fetching_from
from domain.log.archives.manifest import MANIFEST, ArchiveRefused
from domain.log.archives.parquet_files import UnfitParquet, read_parquet_file
from domain.log.archives.places import archive_at
from domain.log.archives.same_log import end_of
from domain.log.archives.trial_reading import find_unreadable
from domain.log.reader import REDACTION_TOPICS, LogReader
from projections.history.table_batches import BUILT, NAMES_BUILT, ROWS, table_schema_of
from projections.storage.bulk_rows import Row
from projections.storage.history.build_manifest import (
    BUILDING,
    BuildManifest,
    BuiltFile,
    decode_build_manifest,
)
from projections.storage.tables import VERSION as TABLES_VERSION

BUILD_ANEW: Final = (
    "build the history again (`detente history build`). A manifest that was read while another build was published"
    " may be old: then run this again"
)
_IS_AS_IT_WAS: Final = "The tables are as they were"
_OLDER_STATE: Final = (
    "If this is the right log, it was restored to an older state: archive it into an empty place, and build the"
    f" history from there. {_IS_AS_IT_WAS}"
)
_TRIED_AT_ONCE: Final = 32  # files, by a process that takes half a second to begin


class TableRows(NamedTuple):
    """The rows of a file of a table, all its columns."""

    table: Table
    file: BuiltFile
    rows: list[Row]


class OpenedBuild:
    """The build that was published last at an address. Whatever is wrong with it raises `ArchiveRefused`."""

    def __init__(self, address: str) -> None:
        self.address = address
        place = archive_at(address, BUILDING)
        content = place.read_manifest()
        if content is None:
            raise ArchiveRefused(f"{address}/{MANIFEST}: there is no such file, and so no history")
        self.manifest: BuildManifest = decode_build_manifest(content, f"{address}/{MANIFEST}")
        self._fetch = fetching_from(place, BUILD_ANEW)
        if self.manifest.tables_version != TABLES_VERSION:
            raise ArchiveRefused(
                f"{address} has tables of version {self.manifest.tables_version}, and those of this Détente are of"
                f" version {TABLES_VERSION}: build the history again with this one"
            )
        for file in self.manifest.files:
            if file.table not in NAMES_BUILT:
                raise ArchiveRefused(
                    f"{address}/{file.name} is of a table that a build does not have: build the history again"
                )

    def refuse_another_log(self, log: LogReader) -> None:
        """Refuse a build of another log, or of one that was put back since, or that has texts redacted since."""
        upto, end = self.manifest.position, log.position()
        if upto > end:
            raise ArchiveRefused(
                f"{self.address} is not of this log: it was built up to position {upto}, and the log ends at"
                f" {end}. {_OLDER_STATE}"
            )
        found = [end_of(event) for event in log.read_stretch(upto - 1, upto)] if upto else [None]
        if found != [self.manifest.end]:
            raise ArchiveRefused(
                f"{self.address} is not of this log: at position {upto}, up to which it was built, the log has"
                f" another event. {_OLDER_STATE}"
            )
        self.refuse_redacted(log)

    def refuse_redacted(self, log: LogReader) -> None:
        """Refuse a build that may still have texts which were redacted after it."""
        redaction = next(log.read_topics(REDACTION_TOPICS, self.manifest.position, log.position()), None)
        if redaction is not None:
            raise ArchiveRefused(
                f"{self.address} may have texts that were redacted since: it was built up to position"
                f" {self.manifest.position}, and there is a redaction at position {redaction.id}. Archive the log"
                f" (`detente archive`), and build the history again, which removes the old files. {_IS_AS_IT_WAS}"
            )

    def rows(self) -> Iterator[TableRows]:
        """Yield the rows of all files, each file's in the order of its table's key."""
        files = [(table, file) for table in BUILT for file in self.manifest.files_of(table.name)]
        for first in range(0, len(files), _TRIED_AT_ONCE):
            some = files[first : first + _TRIED_AT_ONCE]
            with ExitStack() as stack:
                fetched = [stack.enter_context(self._fetch(file)) for _, file in some]
                if (found := find_unreadable(fetched)) is not None:
                    raise ArchiveRefused(self._damaged(some[found.place][1], found.fault))
                for (table, file), local in zip(some, fetched, strict=True):
                    yield TableRows(table, file, self._rows_of(table, file, local))

    def _rows_of(self, table: Table, file: BuiltFile, local: Path) -> list[Row]:
        with self.naming(file):
            batches = list(read_parquet_file(local, table_schema_of(table), ROWS))
            rows = list(
                chain.from_iterable(zip(*(c.to_pylist() for c in b.columns), strict=True) for b in batches)
            )
            if len(rows) != file.rows:
                raise UnfitParquet(f"it has {len(rows)} rows, and the manifest says {file.rows}")
            key = table.primary_key.columns.keys()
            if any(batch.column(name).null_count for batch in batches for name in key):
                raise UnfitParquet("a row of it has no key")
        places = [table.columns.keys().index(name) for name in key]
        return sorted(rows, key=itemgetter(*places))

    @contextmanager
    def naming(self, file: BuiltFile) -> Iterator[None]:
        """Name the file of which something is unfit."""
        try:
            yield
        except UnfitParquet as error:
            raise ArchiveRefused(self._damaged(file, str(error))) from error

    def _damaged(self, file: BuiltFile, fault: str) -> str:
        return describe_damaged_file(self.address, file.name, fault, BUILD_ANEW)
