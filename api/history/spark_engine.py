"""A build on Apache Spark: it groups and sorts, in memory and in files of its own, and runs again what was lost.

Its tasks are Python processes beside the executors, which get sorted rows as batches of Arrow, fold them and write
files, as those of the local engine do. Only receipts go back to the driver. A task that runs again writes the same
files under the same names.

The executors need this package, and the archive and the build under the same addresses as the driver: a folder
that all machines share, or S3. What is at `s3://` Spark itself reads as `s3a://`, which no jar of its own does: it
needs org.apache.hadoop:hadoop-aws in the version of Spark's Hadoop (`spark.jars.packages` in spark-defaults.conf).
The project's tests have Spark read from folders only.
"""

import gc
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

import pyarrow
from arro3.core import RecordBatch, Table
from py4j.protocol import Py4JError
from pyspark import TaskContext, inheritable_thread_target
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import broadcast

from api.history.engines import Fold, Stage, number_of_tasks
from api.history.java import check_java
from api.history.spark_addresses import address_anywhere, spark_address
from api.history.spark_failures import cause_in, refusal_in
from api.history.task_outputs import TaskOutputs
from domain.log.archives.fetched_files import fetching_from
from domain.log.archives.manifest import ArchiveRefused, Manifest
from domain.log.archives.places import archive_at
from projections.folding.parallel_fill import COLLECTED_AFTER
from projections.history.table_batches import ROWS
from projections.storage.history.build_manifest import BuiltFile

_LOOKS_EVERY: Final = 0.3  # seconds, at how many tasks are done
#: What answers depend on, whatever spark-defaults.conf says: all else is left to that.
_SETTINGS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.adaptive.enabled": "false",  # it would make other tasks of ours than we asked for
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(ROWS),
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.ui.showConsoleProgress": "false",
}
#: And where all of Spark is on this machine: nothing that listens to others.
_ON_THIS_MACHINE: Final = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
_RECEIPTS: Final = "name string, rows long, bytes long, sha256 string"
_RECEIPT: Final = pyarrow.schema(
    [
        ("name", pyarrow.string()),
        ("rows", pyarrow.int64()),
        ("bytes", pyarrow.int64()),
        ("sha256", pyarrow.string()),
    ]
)
_REPEATS: Final = "SQLQueryContextLogger"  # prints what is raised as well


class SparkOptions(NamedTuple):
    """Where Spark runs: at a master, or on this machine with some workers. `scratch` takes its log."""

    master: str | None
    workers: int
    scratch: Path


class SparkEngine:
    """Folds an archive on Spark, which it starts or connects to. Raises `ArchiveRefused` where Java is missing."""

    def __init__(self, archive: str, manifest: Manifest, build: str, options: SparkOptions) -> None:
        self._archive = address_anywhere(archive)
        self._manifest = manifest
        self._build = address_anywhere(build)
        check_java()
        descriptor, log = tempfile.mkstemp(prefix="detente-spark-", suffix=".log", dir=options.scratch)
        self._log = Path(log)
        try:
            with _printing_to(descriptor), self._telling("Spark did not start"):
                self._session = _session(options)
        finally:
            os.close(descriptor)
        self._tasks_at_least: int = self._session.sparkContext.defaultParallelism
        self._ask_for(number_of_tasks(manifest.events, self._tasks_at_least))

    def __enter__(self) -> "SparkEngine":
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stop Spark. Its log stays if anything failed."""
        self._session.stop()
        if kind is None or issubclass(kind, KeyboardInterrupt):
            self._log.unlink()

    def add_events(self, name: str) -> None:
        """Let a source be the stored events of the archive, whose files are checked."""
        fetch = fetching_from(archive_at(self._archive))
        for file in self._manifest.files:
            with fetch(file):
                pass  # so it is what the manifest says
        self._add_parquet(name, self._archive, [file.name for file in self._manifest.files])

    def add_files(self, name: str, files: Sequence[BuiltFile]) -> None:
        """Let a source be rows of a table that earlier tasks have written."""
        self._add_parquet(name, self._build, [file.name for file in files])

    def add_rows(self, name: str, rows: Table) -> None:
        """Let a source be a few rows, as Arrow. In joins each task has all of them."""
        broadcast(self._session.createDataFrame(pyarrow.table(rows))).createOrReplaceTempView(name)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, which are few."""
        with self._telling("Spark failed at a query"):
            found = self._session.sql(query).toArrow()
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def fold(self, stage: Stage, told: Callable[[int, int], None]) -> list[BuiltFile]:
        """Fold all rows of a stage; return what was written. `told` gets how many tasks are done, of how many."""
        tasks = number_of_tasks(stage.rows, self._tasks_at_least)
        self._ask_for(tasks)
        with self._telling(f"Spark gave up folding {stage.name}"):
            rows = self._session.sql(stage.query)
            grouped = (rows.repartitionByRange if stage.ranged else rows.repartition)(tasks, *stage.keys)
            task = _FoldTask(stage.fold, self._build)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", category=FutureWarning)  # of pandas, which nothing here goes by
                receipts = grouped.sortWithinPartitions(*stage.order).mapInArrow(task, _RECEIPTS)
            return [BuiltFile(**row) for row in self._run(receipts, stage.name, told)]

    def _run(self, frame: DataFrame, name: str, told: Callable[[int, int], None]) -> list[dict[str, Any]]:
        """Return the rows of a frame, and tell meanwhile how many of Spark's tasks are done."""
        context = self._session.sparkContext
        group = f"{name}-{uuid4()}"

        def collect() -> list[dict[str, Any]]:
            context.setJobGroup(group, f"fold {name}")
            found: list[dict[str, Any]] = frame.toArrow().to_pylist()
            return found

        with ThreadPoolExecutor(1) as pool:
            collected = pool.submit(inheritable_thread_target(self._session)(collect))
            try:
                while wait([collected], _LOOKS_EVERY).not_done:
                    told(*self._done(group))
                told(*self._done(group))
            except BaseException:
                context.cancelJobGroup(group)
                raise
            receipts: list[dict[str, Any]] = collected.result()
            return receipts

    def _done(self, group: str) -> tuple[int, int]:
        tracker = self._session.sparkContext.statusTracker()
        jobs = (tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group))
        stages = {stage for job in jobs if job is not None for stage in job.stageIds}
        known = [info for stage in stages if (info := tracker.getStageInfo(stage)) is not None]
        return sum(info.numCompletedTasks for info in known), max(1, sum(info.numTasks for info in known))

    def _add_parquet(self, name: str, address: str, files: Sequence[str]) -> None:
        root = spark_address(address)
        with self._telling(f"Spark cannot read {address}"):
            frame = self._session.read.parquet(*(f"{root}/{file}" for file in files))
        frame.createOrReplaceTempView(name)

    def _ask_for(self, tasks: int) -> None:
        self._session.conf.set("spark.sql.shuffle.partitions", str(tasks))

    @contextmanager
    def _telling(self, failed: str) -> Iterator[None]:
        """Let a failure be what a task refused, or else what Spark says of it, with its log."""
        try:
            yield
        except (PySparkException, Py4JError) as error:
            said = str(error)
            if (refused := refusal_in(said)) is not None:
                raise ArchiveRefused(refused) from error
            raise ArchiveRefused(f"{failed}: {cause_in(said)}. Spark's log is {self._log}") from error


@dataclass(frozen=True)
class _FoldTask:
    """Folds what one task gets, and yields the receipts."""

    fold: Fold
    build: str

    def __call__(self, batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        gc.set_threshold(*COLLECTED_AFTER)
        context = TaskContext.get()
        assert context is not None
        files = TaskOutputs(self.build, context.partitionId()).write(
            self.fold(map(RecordBatch.from_arrow, batches))
        )
        rows = [{name: getattr(file, name) for name in _RECEIPT.names} for file in files]
        yield pyarrow.RecordBatch.from_pylist(rows, schema=_RECEIPT)


def _session(options: SparkOptions) -> SparkSession:
    master = options.master or f"local[{options.workers}]"
    settings = dict(_SETTINGS)
    if master.startswith("local"):
        settings |= _ON_THIS_MACHINE
        settings["spark.local.dir"] = str(options.scratch.absolute())
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # where this package is
    PySparkLogger.getLogger(_REPEATS).disabled = True
    builder = SparkSession.builder.master(master).appName("detente history build")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


@contextmanager
def _printing_to(descriptor: int) -> Iterator[None]:
    """Have what processes print that are started meanwhile go to a file, and not over our own lines."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(ValueError):
            stream.flush()
    before = {number: os.dup(number) for number in (1, 2)}
    try:
        for number in before:
            os.dup2(descriptor, number)
        yield
    finally:
        for number, kept in before.items():
            os.dup2(kept, number)
            os.close(kept)
