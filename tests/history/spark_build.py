"""`detente history build` on a Spark of two executors, as a process whose parts a test can find and kill."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final

import psutil

MASTER: Final = "local-cluster[2,1,1200]"  # two executors of one core, each a process
PATIENCE: Final = 900  # seconds, for a build
_EXECUTOR: Final = "CoarseGrainedExecutorBackend"
_WORKER: Final = "pyspark.daemon"
_BEGUN: Final = 2.5  # seconds of a processor, by which Python has imported what it folds with
_LOOKS_EVERY: Final = 0.2  # seconds


class SparkBuild:
    """A build that runs. What Spark notes of it is in `events`."""

    def __init__(self, command: Path, archive: Path, history: Path, scratch: Path) -> None:
        self.events = scratch / f"events-{history.name}"
        self.events.mkdir(exist_ok=True)
        conf = scratch / "conf"
        conf.mkdir(exist_ok=True)
        defaults = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": f"file:{self.events}"}
        defaults |= {"spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false"}
        (conf / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in defaults.items()))
        options = ("--engine", "spark", "--master", MASTER, "--scratch", str(scratch))
        self.process = subprocess.Popen(
            [command, "history", "build", str(archive), str(history), *options],
            env={**os.environ, "SPARK_CONF_DIR": str(conf), "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self) -> str:
        """Wait for its end; return what it printed. Fail unless it went well."""
        said, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, said
        return said

    def executors(self) -> list[psutil.Process]:
        """Return the executors that run."""
        return [each for each in self._family() if _EXECUTOR in _line(each)]

    def wait_until_folding(self) -> list[psutil.Process]:
        """Wait until both executors fold at the same time, as their Python is busy; return them."""
        before: dict[int, float] = {}
        while self.process.poll() is None:
            executors = self.executors()
            now = {each.pid: _python_seconds(each) for each in executors}
            busy = [pid for pid, seconds in now.items() if seconds > max(before.get(pid, seconds), _BEGUN)]
            if len(busy) == len(executors) == 2:
                return executors
            before = now
            Event().wait(_LOOKS_EVERY)
        raise AssertionError(f"it ended before it folded: {self.process.communicate()[0]}")

    def family(self) -> list[psutil.Process]:
        """Return all processes of the build."""
        return [psutil.Process(self.process.pid), *self._family()]

    def noted(self) -> Iterator[dict[str, Any]]:
        """Yield what Spark noted: what was begun, done and lost."""
        for file in self.events.iterdir():
            for line in file.read_text().splitlines():
                yield json.loads(line)

    def _family(self) -> list[psutil.Process]:
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found


@contextmanager
def spark_build(command: Path, archive: Path, history: Path, scratch: Path) -> Iterator[SparkBuild]:
    """Yield a build that runs; nothing of it runs afterwards."""
    build = SparkBuild(command, archive, history, scratch)
    try:
        yield build
    finally:
        if build.process.poll() is None:
            build.process.kill()
        build.process.wait()


def _python_seconds(executor: psutil.Process) -> float:
    """Return how much processor time the Python of an executor has taken, which waits unless it folds."""
    try:
        family = executor.children(recursive=True)
        return float(sum(sum(each.cpu_times()[:2]) for each in family if _WORKER in _line(each)))
    except psutil.Error:
        return 0.0


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
