"""`make bench-history`: measures builds of history beside a rebuild, and writes their `results.json`."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, NamedTuple

import typer

from benchmarks.history.watched_run import WatchedRun, watch
from benchmarks.lifelike.kept import ENVIRONMENT, FOLDER, KeptLog, copied, make
from benchmarks.lifelike.making import untold
from benchmarks.measurement import Measurement
from domain.log.archives.manifest import decode_manifest
from tests.zygote import ROOT

_RESULTS: Final = Path(__file__).with_name("results.json")
_EXECUTOR_MEMORY: Final = 1200  # MiB, of Spark's own
_MOST_MEMORY: Final = 1536.0  # MiB, of an executor with its Python
_REBUILD: Final = "rebuild"
_EXECUTOR: Final = "CoarseGrainedExecutorBackend"
_LOCAL_WORKER: Final = "spawn_main"  # in the command line of a process of multiprocessing


class _Figures(NamedTuple):
    """What a run comes to. `loop` is how long 3 million rounds of a loop took just before it, in seconds."""

    name: str
    events: int
    loop: float
    run: WatchedRun

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "events": self.events,
            "seconds": self.run.seconds,
            "events_per_second": self.per_second,
            "cpu_us_per_event": self.cpu_per_event,
            "mib_of_a_worker": self.run.worker_memory / 2**20,
            "mib_in_all": self.run.whole_memory / 2**20,
            "loop_seconds": self.loop,
        }

    @property
    def per_second(self) -> float:
        return self.events / self.run.seconds

    @property
    def cpu_per_event(self) -> float:
        return self.run.cpu_seconds / self.events * 1e6


def main(
    detente: Annotated[Path, typer.Argument(help="The `detente` command of an environment that has Spark.")],
    events: Annotated[int, typer.Option(help="Events that articles tell in the log.")] = 2_000_000,
    kept: Annotated[Path, typer.Option(help="Folder of logs that look like life.", envvar=ENVIRONMENT)] = FOLDER,
    only: Annotated[str, typer.Option(help="Measure only what has this in its name, and write nothing.")] = "",
) -> None:
    """Measure a rebuild, and builds by one worker and by two of each engine."""
    log = make(events, kept, untold)
    found: dict[str, _Figures] = {}
    with TemporaryDirectory(dir=kept) as folder:
        for figures in _measured(detente.absolute(), log, Path(folder), only):
            found[figures.name] = figures
            typer.echo(json.dumps(figures.as_dict()))
    rows = list(_rows(found))
    for row in rows:
        typer.echo(json.dumps(row.as_dict()))
    if not only:
        results = {
            "events": events,
            "runs": [figures.as_dict() for figures in found.values()],
            "rows": [row.as_dict() for row in rows],
        }
        _RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def _measured(detente: Path, log: KeptLog, folder: Path, only: str) -> Iterator[_Figures]:
    ours, archive = (sys.executable, "-m", "api.cli"), folder / "archive"
    source = {"DETENTE_DATABASE_URL": log.url, "PYTHONPATH": str(ROOT)}
    watch((*ours, "archive", str(archive)), source, _is_none)
    events = decode_manifest((archive / "manifest.json").read_bytes(), str(archive)).events
    conf = folder / "conf"
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text("spark.log.level ERROR\n")
    if only in _REBUILD:
        with copied(log) as url:
            run = watch((*ours, "rebuild"), {**source, "DETENTE_DATABASE_URL": url}, _is_none)
            yield _Figures(_REBUILD, events, _loop(), run)
    for engine in ("local", "spark"):
        for workers in (1, 2):
            name = f"{engine}, {workers}"
            if only not in name:
                continue
            history = folder / f"{engine}-{workers}"
            options = ["--engine", engine, "--scratch", str(folder)]
            if engine == "spark":
                options += ["--master", f"local-cluster[{workers},1,{_EXECUTOR_MEMORY}]"]
            else:
                options += ["--workers", str(workers)]
            loop = _loop()
            command = (str(detente), "history", "build", str(archive), str(history), *options)
            run = watch(command, {"SPARK_CONF_DIR": str(conf)}, _is_worker)
            yield _Figures(name, events, loop, run)


def _rows(found: dict[str, _Figures]) -> Iterator[Measurement]:
    for engine in ("local", "spark"):
        one, two = (found.get(f"{engine}, {workers}") for workers in (1, 2))
        if one is None or two is None:
            continue
        yield Measurement(f"history by two: {engine}", "by one", "events/s", two.per_second, one.per_second, 1.6)
        if rebuild := found.get(_REBUILD):
            figures = (two.cpu_per_event, rebuild.cpu_per_event)
            yield Measurement(
                f"CPU of history: {engine}", "detente rebuild", "us/event", *figures, 2.0, is_limit=True
            )
        memory = max(one.run.worker_memory, two.run.worker_memory) / 2**20
        name = f"memory of a worker of history: {engine}"
        yield Measurement(name, "1.5 GiB", "MiB", memory, _MOST_MEMORY, 1.0, is_limit=True)


def _is_worker(line: str) -> bool:
    return _EXECUTOR in line or _LOCAL_WORKER in line


def _is_none(_line: str) -> bool:
    return False


def _loop() -> float:
    start = time.perf_counter()
    for _ in range(3_000_000):
        pass
    return time.perf_counter() - start


if __name__ == "__main__":
    typer.run(main)
