"""A build by the processes of one machine: DuckDB groups and sorts in files, processes fold.

Each process takes a task, which is a file of rows of some keys, sorts it within bounds of memory and folds it.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
from arro3.core import RecordBatch, RecordBatchReader, Table

from api.history.engines import Fold, Stage, number_of_tasks
from api.history.task_outputs import TaskOutputs
from domain.log.archives.fetched_files import fetching_from
from domain.log.archives.manifest import ArchiveRefused, Manifest
from domain.log.archives.places import archive_at
from projections.folding.parallel_fill import COLLECTED_AFTER, end_with_parent
from projections.history.table_batches import ROWS
from projections.storage.history.build_manifest import BuiltFile
from projections.storage.history.parquet_reading import open_in_memory

_SORT_MEMORY: Final = "400MB"  # of a task: what does not fit is sorted in files
_GROUPING_MEMORY: Final = "500MB"


class LocalEngine:
    """Folds an archive on this machine, by some processes. `scratch` is where its files are meanwhile."""

    def __init__(self, archive: str, manifest: Manifest, build: str, workers: int, scratch: Path) -> None:
        self._archive = archive
        self._manifest = manifest
        self._build = build
        self._workers = workers
        self._stack = ExitStack()
        made = tempfile.TemporaryDirectory(prefix="detente-history-", dir=scratch)
        self._scratch = Path(self._stack.enter_context(made))
        self._connection = self._stack.enter_context(_connect(self._scratch, workers, _GROUPING_MEMORY))
        self._rows: list[Table] = []  # which DuckDB reads as long as they are there
        # Not forked, as DuckDB has threads.
        pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin_process)
        self._pool = self._stack.enter_context(pool)

    def __enter__(self) -> "LocalEngine":
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove all that is no part of the build."""
        self._stack.close()

    def add_events(self, name: str) -> None:
        """Let a source be the stored events of the archive, whose files are checked."""
        fetch = fetching_from(archive_at(self._archive))
        files = [self._stack.enter_context(fetch(file)) for file in self._manifest.files]
        self._add_parquet(name, files)

    def add_files(self, name: str, files: Sequence[BuiltFile]) -> None:
        """Let a source be rows of a table that earlier tasks have written."""
        self._add_parquet(name, [_local_file(self._build, file.name, self._scratch) for file in files])

    def add_rows(self, name: str, rows: Table) -> None:
        """Let a source be a few rows, as Arrow."""
        self._rows.append(rows)
        self._connection.register(name, rows)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, which are few."""
        with _refusing_what_fails():
            return self._connection.execute(query).fetchall()

    def fold(self, stage: Stage, told: Callable[[int, int], None]) -> list[BuiltFile]:
        """Fold all rows of a stage; return what was written. `told` gets how many tasks are done, of how many."""
        grouped = self._scratch / stage.name
        with _refusing_what_fails():
            self._group(stage, grouped)
            tasks = sorted(grouped.glob("task=*"), key=lambda folder: int(folder.name.partition("=")[2]))
            made = self._run(stage, tasks, told)
        shutil.rmtree(grouped)
        return made

    def _add_parquet(self, name: str, files: Sequence[Path]) -> None:
        with _refusing_what_fails():
            self._connection.read_parquet([str(file) for file in files]).create_view(name)

    def _group(self, stage: Stage, folder: Path) -> None:
        """Write the rows of a stage into a folder for each task."""
        tasks = number_of_tasks(stage.rows, self._workers)
        keys = ", ".join(stage.keys)
        folder.mkdir()
        if stage.ranged:
            size = -(-stage.rows // tasks)
            counted = f"SELECT {keys}, count(*) AS held FROM ({stage.query}) GROUP BY {keys}"
            upto = f"sum(held) OVER (ORDER BY {keys}) - held"
            numbered = f"SELECT {keys}, CAST(({upto}) // {size} AS BIGINT) AS task FROM ({counted})"
            query = f"SELECT * FROM ({stage.query}) JOIN ({numbered}) USING ({keys})"
        else:
            query = f"SELECT *, hash({keys}) % {tasks} AS task FROM ({stage.query})"
        self._connection.execute(
            f"COPY ({query}) TO {_literal(folder)} (FORMAT parquet, PARTITION_BY (task), COMPRESSION lz4)"
        )

    def _run(self, stage: Stage, folders: Sequence[Path], told: Callable[[int, int], None]) -> list[BuiltFile]:
        files: dict[int, list[BuiltFile]] = {}
        run = partial(_run_task, stage.fold, stage.order, self._build)
        waiting: dict[Future[list[BuiltFile]], int] = {
            self._pool.submit(run, _TaskFolder(number, folder)): number for number, folder in enumerate(folders)
        }
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                files[waiting[future]] = future.result()
                told(done, len(folders))
        except BaseException:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in active_children():  # what they write is named by nobody
                process.kill()
                process.join()  # else it may still write where all is about to be removed
            raise
        return [file for number in sorted(files) for file in files[number]]


@contextmanager
def _refusing_what_fails() -> Iterator[None]:
    """Say what ended a build that may well go on when it is started again."""
    try:
        yield
    except BrokenProcessPool as error:
        raise ArchiveRefused(
            "a process that folds was ended, as by a system that is short of memory: nothing was published. Start"
            " it again; with fewer --workers, if memory is short"
        ) from error
    except duckdb.Error as error:
        raise ArchiveRefused(f"{' '.join(str(error).split())}: nothing was published") from error


class _TaskFolder(NamedTuple):
    number: int
    folder: Path


def _begin_process() -> None:
    end_with_parent()
    gc.set_threshold(*COLLECTED_AFTER)


def _run_task(fold: Fold, order: Sequence[str], build: str, task: _TaskFolder) -> list[BuiltFile]:
    scratch = task.folder.parent
    with _connect(scratch, 1, _SORT_MEMORY) as connection:
        rows = f"read_parquet({_literal(task.folder / '*.parquet')}, hive_partitioning = true)"
        ordered = connection.sql(f"SELECT * EXCLUDE (task) FROM {rows} ORDER BY {', '.join(order)}")
        batches = _small(RecordBatchReader.from_arrow(ordered))
        return TaskOutputs(build, task.number).write(fold(batches))


def _small(batches: RecordBatchReader) -> Iterator[RecordBatch]:
    for batch in batches:
        for first in range(0, batch.num_rows, ROWS):
            yield batch.slice(first, min(ROWS, batch.num_rows - first))


def _connect(scratch: Path, threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    connection = open_in_memory(scratch / f"sorting-{os.getpid()}", threads, memory)
    connection.execute("SET preserve_insertion_order = false")
    return connection


def _local_file(address: str, name: str, scratch: Path) -> Path:
    return archive_at(address).fetch(name, scratch)


def _literal(path: Path) -> str:
    quoted = str(path).replace("'", "''")
    return f"'{quoted}'"
