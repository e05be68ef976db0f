"""What a task leaves: rows of tables as Parquet files in a place, each with a receipt.

A task that runs again, since its process was lost, writes the same files under the same names. Only what is named
in receipts is ever published.
"""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from arro3.core import RecordBatch, RecordBatchReader

from domain.log.archives.fetched_files import sha256_of
from domain.log.archives.parquet_files import write_parquet_file
from domain.log.archives.places import archive_at
from domain.log.backups.complete_files import PART
from projections.history.table_batches import TableBatch
from projections.storage.history.build_manifest import BUILDING, BuiltFile, built_file_name

FILE_ROWS: Final = 250_000  #: of a table in a file, about: so many are in memory
ROW_GROUP: Final = 50_000  #: rows
_COMPRESSION: Final = "zstd(3)"


class TaskOutputs:
    """The files of one task. Raises `ArchiveRefused` where the place takes none."""

    def __init__(self, address: str, task: int) -> None:
        self._place = archive_at(address, BUILDING)
        self._task = task
        self._held: defaultdict[str, list[RecordBatch]] = defaultdict(list)
        self._rows: defaultdict[str, int] = defaultdict(int)
        self._files: list[BuiltFile] = []
        self._numbers: defaultdict[str, int] = defaultdict(int)

    def write(self, batches: Iterable[TableBatch]) -> list[BuiltFile]:
        """Write batches as files; return the receipts."""
        for table, batch in batches:
            self._held[table].append(batch)
            self._rows[table] += batch.num_rows
            if self._rows[table] >= FILE_ROWS:
                self._flush(table)
        for table in list(self._held):
            self._flush(table)
        return self._files

    def _flush(self, table: str) -> None:
        batches, rows = self._held.pop(table), self._rows.pop(table)
        if not rows:
            return
        descriptor, name = tempfile.mkstemp(suffix=PART, dir=self._place.scratch())
        os.close(descriptor)
        part = Path(name)
        try:
            reader = RecordBatchReader.from_batches(batches[0].schema, batches)
            write_parquet_file(part, reader, compression=_COMPRESSION, max_row_group_size=ROW_GROUP)
            sha256, size = sha256_of(part), part.stat().st_size
            number = self._numbers[table]
            stored = built_file_name(table, self._task, number, sha256)
            self._place.add(part, stored)
        finally:
            part.unlink(missing_ok=True)
        self._numbers[table] += 1
        self._files.append(BuiltFile(name=stored, rows=rows, bytes=size, sha256=sha256))
