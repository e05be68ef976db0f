"""The tables of a build put into an empty generation, with all its rows, indexes and its position.

The position comes last, once samples of the rows were found to be what the log comes to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Final

from sqlalchemy.exc import DataError, IntegrityError

from domain.log.application import Detente
from domain.log.archives.parquet_files import UnfitParquet
from projections.folding.folder import Progress
from projections.folding.parallel_fill import collecting_seldom, create_indexes, drop_indexes
from projections.history.loading.article_samples import check_articles
from projections.history.loading.opened_build import OpenedBuild
from projections.history.loading.pair_samples import check_pairs
from projections.history.loading.publisher_samples import check_publishers
from projections.history.table_batches import BUILT
from projections.storage.bulk_rows import insert_rows, tell_planner
from projections.storage.connection import Tables
from projections.storage.position import Digest, advance

_AT_ONCE: Final = 5_000  # rows of one insert
_SHARES: Final = (0.8, 0.1, 0.1)  # of the time: rows, indexes, samples


@dataclass(frozen=True)
class LoadBuild:
    """Loads a build of a log into tables. Whatever is wrong with it raises `ArchiveRefused`."""

    log: Detente
    build: OpenedBuild

    def __call__(self, tables: Tables, report: Progress | None = None, stop: Event | None = None) -> None:
        """Fill empty tables up to the position of the build.

        `report` gets how much is done, in positions of the log. Once `stop` is set, it ends early and leaves
        tables that are of no use.
        """
        self.build.refuse_another_log(self.log)
        manifest, told = self.build.manifest, _Told(self.log.position(), self.build.manifest.position, report)
        with collecting_seldom():
            drop_indexes(tables, BUILT)
            for done in self._load_rows(tables):
                told.tell(0, done)
                if stop and stop.is_set():
                    return
            create_indexes(tables, [index for table in BUILT for index in table.indexes])
            with tables.writing() as connection:
                tell_planner(connection, BUILT)
            told.tell(2, 0.0)
            with tables.reading() as connection:
                check_articles(connection, self.log, self.build)
                check_publishers(connection, self.log, self.build)
                told.tell(2, 0.5)
                check_pairs(connection, self.build)
        with tables.writing() as connection:
            advance(connection, 0, manifest.position, manifest.recorded, Digest(manifest.digest))
        told.tell(2, 1.0)

    def _load_rows(self, tables: Tables) -> Iterator[float]:
        """Load file by file; yield how much of all is done."""
        total, done = sum(file.bytes for file in self.build.manifest.files), 0
        for table, file, rows in self.build.rows():
            names = table.columns.keys()
            with self.build.naming(file), _refusing_misfits(), tables.writing() as connection:
                for first in range(0, len(rows), _AT_ONCE):
                    insert_rows(connection, table, names, rows[first : first + _AT_ONCE])
            done += file.bytes
            yield done / total


class _Told:
    """Who is told how much is done of what leads up to a position."""

    def __init__(self, end: int, upto: int, report: Progress | None) -> None:
        self._end, self._upto, self._report = end, upto, report

    def tell(self, stage: int, done: float) -> None:
        if self._report:
            share = sum(_SHARES[:stage]) + _SHARES[stage] * done
            self._report(round(share * self._upto), self._end)


@contextmanager
def _refusing_misfits() -> Iterator[None]:
    """Say of rows that the tables cannot have, as one that is there twice, that they are unfit."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        raise UnfitParquet(f"the tables cannot have its rows: {' '.join(str(error.orig).split())}") from error
