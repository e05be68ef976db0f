"""Parquet files of any columns, written and read, with errors as they are and not as the library has them."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final, cast

from arro3.core import DataType, RecordBatch, RecordBatchReader, Schema
from arro3.io import read_parquet, write_parquet

_PANIC: Final = "PanicException"  # of Rust: no `Exception`, and of a module that cannot be imported


class UnfitParquet(Exception):
    """A Parquet file is damaged, or has not the columns that it should have."""


def write_parquet_file(file: Path, batches: RecordBatchReader, **options: Any) -> None:
    """Write batches as a Parquet file. Raises `OSError`, and what making the batches does."""
    with file.open("wb", buffering=0) as opened:
        target = _ParquetOutput(opened)
        wanted = RecordBatchReader.from_batches(batches.schema, _until_it_fails(batches, target))
        write_parquet(wanted, cast(IO[bytes], target), **options)
    if target.error is not None:
        raise target.error


def _until_it_fails(batches: Iterable[RecordBatch], target: "_ParquetOutput") -> Iterator[RecordBatch]:
    for batch in batches:
        if target.error is not None:
            return
        yield batch


class _ParquetOutput(io.RawIOBase):
    """A file whose first error is kept: the library would end the thread on it."""

    def __init__(self, file: io.RawIOBase) -> None:
        super().__init__()
        self._file = file
        self.error: OSError | None = None

    def writable(self) -> bool:
        """Return whether it can be written to: yes."""
        return True

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Go nowhere: it is written from its begin to its end."""
        raise io.UnsupportedOperation("seek")

    def write(self, content: Any) -> int:
        """Write all of it, or do as if: a disk that becomes full takes a part first, and says so at the next."""
        left = memoryview(content)
        try:
            while self.error is None and left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self.error = error
        return len(content)

    def flush(self) -> None:
        """Write what waits, or do as if."""
        if self.error is None:
            try:
                self._file.flush()
            except OSError as error:
                self.error = error


def read_parquet_file(file: Path, schema: Schema | None, rows: int) -> Iterator[RecordBatch]:
    """Yield a file in batches of that many rows at most. Raises `UnfitParquet`, also where it has other columns.

    Without a schema it may have any.
    """
    try:
        reader = read_parquet(file, batch_size=rows)
        if schema is not None and _fields_of(reader.schema) != _fields_of(schema):
            raise UnfitParquet(f"its columns are not {', '.join(schema.names)}")
        yield from reader
    except UnfitParquet:
        raise
    except BaseException as error:  # whatever the library makes of bytes that are no Parquet
        if isinstance(error, Exception) or type(error).__name__ == _PANIC:
            raise UnfitParquet(f"it is no such Parquet file ({error})") from error
        raise


def _fields_of(schema: Schema) -> list[tuple[str, DataType, bool]]:
    return [(name, schema.field(name).type, schema.field(name).nullable) for name in schema.names]
