"""The rows that were not imported, in a file of their own: TSV if it is named so, else NDJSON."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from api.importing.rows import Reject, RowPlace

_COLUMNS = ("file", "row", "reason", "detail")


@contextmanager
def open_rejects(path: Path | None) -> Iterator[Callable[[RowPlace, Reject], None]]:
    """Yield what writes a rejected row; without a path it goes nowhere."""
    if path is None:
        yield lambda _row, _reject: None
        return
    write = _as_tsv if path.suffix.lower() in (".tsv", ".tab") else _as_ndjson
    with path.open("w", encoding="utf-8", newline="") as file:
        if write is _as_tsv:
            file.write("\t".join(_COLUMNS) + "\n")
        yield lambda row, reject: _ignore(file.write(write(row, reject)))


def _ignore(_written: int) -> None:
    """Take what `write` returns."""


def _as_tsv(row: RowPlace, reject: Reject) -> str:
    fields = (row.file, str(row.number), reject.reason, reject.detail)
    return "\t".join(" ".join(field.split()) for field in fields) + "\n"


def _as_ndjson(row: RowPlace, reject: Reject) -> str:
    values = (row.file, row.number, reject.reason, reject.detail)
    return msgspec.json.encode(dict(zip(_COLUMNS, values, strict=True))).decode() + "\n"
