"""An engine of one thread and in memory, which divides a stage into tasks and batches as dice have it."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from types import TracebackType
from typing import Any

import duckdb
from arro3.core import Array, RecordBatch, RecordBatchReader, Table

from api.history.engines import Stage
from api.history.task_outputs import TaskOutputs
from domain.log.archives.manifest import Manifest
from domain.log.archives.places import archive_at
from projections.storage.history.build_manifest import BuiltFile


class SmallEngine:
    def __init__(self, archive: str, manifest: Manifest, build: str, dice: random.Random) -> None:
        self._archive = archive
        self._manifest = manifest
        self._build = build
        self._dice = dice
        self._connection = duckdb.connect(config={"threads": 1})
        self._rows: list[Table] = []

    def __enter__(self) -> "SmallEngine":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._connection.close()

    def add_events(self, name: str) -> None:
        self._add(name, self._archive, [file.name for file in self._manifest.files])

    def add_files(self, name: str, files: Sequence[BuiltFile]) -> None:
        self._add(name, self._build, [file.name for file in files])

    def add_rows(self, name: str, rows: Table) -> None:
        self._rows.append(rows)
        self._connection.register(name, rows)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()

    def fold(self, stage: Stage, told: Callable[[int, int], None]) -> list[BuiltFile]:
        ordered = self._connection.sql(f"SELECT * FROM ({stage.query}) ORDER BY {', '.join(stage.order)}")  # noqa: S608
        table = RecordBatchReader.from_arrow(ordered).read_all()
        names = table.schema.names
        rows = list(zip(*(table.column(name).to_pylist() for name in names), strict=True))
        tasks = self._divided(rows, [names.index(key) for key in stage.keys], ranged=stage.ranged)
        made: list[BuiltFile] = []
        for number, task in enumerate(tasks):
            batches = self._batches(task, table)
            made += TaskOutputs(self._build, number).write(stage.fold(batches))
            told(number + 1, len(tasks))
        return made

    def _divided(self, rows: list[Any], keys: list[int], *, ranged: bool) -> list[list[Any]]:
        tasks: defaultdict[int, list[Any]] = defaultdict(list)
        number = 0
        for _, group in groupby(rows, key=lambda row: [row[place] for place in keys]):
            number = number + self._dice.randrange(2) if ranged else self._dice.randrange(3)
            tasks[number] += group
        return [tasks[number] for number in sorted(tasks)]

    def _batches(self, rows: list[Any], like: Table) -> Iterator[RecordBatch]:
        first = 0
        while first < len(rows):
            upto = first + self._dice.choice([1, 2, 3, 50])
            columns = list(zip(*rows[first:upto], strict=True))
            types = [like.schema.field(name).type for name in like.schema.names]
            arrays = [Array(column, type=type_) for column, type_ in zip(columns, types, strict=True)]
            yield RecordBatch.from_arrays(arrays, schema=like.schema)
            first = upto

    def _add(self, name: str, address: str, files: Sequence[str]) -> None:
        place = archive_at(address)
        local = [str(place.fetch(file, None)) for file in files]  # type: ignore[arg-type]  # of a folder
        self._connection.read_parquet(local).create_view(name)
