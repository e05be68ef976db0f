"""Archives and builds that are not as they were: files that were damaged, and builds that were forged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from arro3.core import RecordBatchReader
from arro3.io import read_parquet
from sqlalchemy import Table

from domain.log.archives.fetched_files import sha256_of
from domain.log.archives.manifest import MANIFEST
from domain.log.archives.parquet_files import write_parquet_file
from projections.history.table_batches import batches_of, table_schema_of
from projections.storage.bulk_rows import Row
from projections.storage.history.build_manifest import (
    BuildManifest,
    BuiltFile,
    built_file_name,
    encode_build_manifest,
)

#: Runs a test with each `damage` that can be done to a file, and the `fault` that is found.
damages = pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda file: file.unlink(), "there is no such file"),
        (lambda file: file.write_bytes(file.read_bytes()[:-9]), "bytes, and the manifest says"),
        (lambda file: file.write_bytes(file.read_bytes()[:-9] + b"otherwise"), "it was altered"),
    ],
    ids=["missing", "truncated", "altered"],
)


def alter(history: Path, manifest: BuildManifest, table: Table, change: Callable[[list[Row]], object]) -> None:
    """Change the rows of a table, and let all checksums be those of the changed rows."""
    (file,) = manifest.files_of(table.name)[:1]
    found = [row for batch in read_parquet(history / file.name) for row in _rows_in(batch)]
    change(found)
    batches = [batch for _, batch in batches_of(table, table.columns.keys(), found)]
    part = history / "tables" / "altered"
    write_parquet_file(part, RecordBatchReader.from_batches(table_schema_of(table), batches))
    sha256 = sha256_of(part)
    name = built_file_name(table.name, 7, 7, sha256)
    altered = BuiltFile(name=name, rows=len(found), bytes=part.stat().st_size, sha256=sha256)
    part.rename(history / name)
    publish(history, manifest, files=tuple(altered if one == file else one for one in manifest.files))


def publish(history: Path, manifest: BuildManifest, **changes: Any) -> None:
    changed = msgspec.structs.replace(manifest, **changes)
    (history / MANIFEST).write_bytes(encode_build_manifest(changed))


def _rows_in(batch: Any) -> list[Row]:
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
