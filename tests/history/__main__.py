"""Build the history of an eventful log on two executors of Spark, and compare every row with `detente rebuild`.

    make history-test

The executors are processes of their own. One of them is killed while it folds, and the build has to end well; the
whole command is killed, and nothing may be published, and the next one has to do.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from projections.history.table_batches import BUILT
from tests.e2e.command import detente
from tests.history.comparison import Folded, assert_equal, folded_by_a_rebuild
from tests.history.eventful_log import make_eventful_log
from tests.history.spark_build import PATIENCE, spark_build


class HistoryTest:
    """The steps, each of which fails or prints what held."""

    def __init__(self, command: Path, folder: Path) -> None:
        self._command = command
        self._folder = folder
        self._since = monotonic()
        self._archive = folder / "archive"

    def run(self) -> None:
        """Run all steps."""
        folded = self._log()
        self._equality(folded)
        self._lost_executor(folded)
        self._lost_driver(folded)
        self._altered_file()

    def _done(self, what: str) -> None:
        print(f"{monotonic() - self._since:6.1f} s  {what}", flush=True)
        self._since = monotonic()

    def _log(self) -> Folded:
        url = f"sqlite:///{self._folder / 'detente.db'}"
        make_eventful_log(url)
        for words in (("rebuild",), ("archive", str(self._archive))):
            done = detente(url, *words)
            assert done.returncode == 0, done.stderr
        folded = folded_by_a_rebuild(url)
        rows = sum(map(len, folded.rows.values()))
        self._done(f"a log of {folded.progress[0]:,} domain events, rebuilt to {rows:,} rows, and archived")
        return folded

    def _equality(self, folded: Folded) -> None:
        history = self._folder / "history"
        with spark_build(self._command, self._archive, history, self._folder) as build:
            executors = build.wait_until_folding()
            assert len({each.pid for each in executors}) == 2
            build.end()
        assert_equal(history, folded)
        self._done(f"two executors built what the rebuild made, in all {len(BUILT)} tables")

    def _lost_executor(self, folded: Folded) -> None:
        history = self._folder / "history-of-one-that-is-lost"
        with spark_build(self._command, self._archive, history, self._folder) as build:
            killed = build.wait_until_folding()[0]
            killed.kill()
            build.end()
            lost = [each for each in build.noted() if each["Event"] == "SparkListenerExecutorRemoved"]
            again = [each for each in build.noted() if _is_task_that_failed(each)]
        assert lost, "no executor was lost"
        assert again, "no task was lost"
        assert_equal(history, folded)
        self._done(f"an executor was killed, {len(again)} tasks failed with it and were done again: all is equal")

    def _lost_driver(self, folded: Folded) -> None:
        history = self._folder / "history-of-a-driver-that-is-lost"
        with spark_build(self._command, self._archive, history, self._folder) as build:
            build.wait_until_folding()
            family = build.family()
            build.process.kill()
            build.process.wait()
            _, left = psutil.wait_procs(family, PATIENCE)
            assert not left, f"these go on without the driver: {left}"
        assert not (history / "manifest.json").exists()
        self._done("the command was killed: its executors ended, and nothing is published")
        with spark_build(self._command, self._archive, history, self._folder) as build:
            build.end()
        assert_equal(history, folded)
        self._done("the next one built all of it, and removed what the first had left")

    def _altered_file(self) -> None:
        altered = self._folder / "altered"
        shutil.copytree(self._archive, altered)
        (file, *_) = (altered / "events").iterdir()
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        history = self._folder / "history-of-what-was-altered"
        words = ["history", "build", str(altered), str(history), "--engine", "spark", "--workers", "1"]
        done = subprocess.run(
            [self._command, *words], capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert done.returncode == 1, done
        assert "it was altered, its checksum is another" in done.stderr, done.stderr
        assert not (history / "manifest.json").exists()
        self._done("an archive with a byte altered is refused, and nothing is published")


def _is_task_that_failed(noted: dict[str, Any]) -> bool:
    return noted["Event"] == "SparkListenerTaskEnd" and bool(noted["Task End Reason"]["Reason"] != "Success")


def main(arguments: Sequence[str]) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("detente", type=Path, help="the `detente` command of an environment that has Spark")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="detente-history-") as folder:
        HistoryTest(given.detente.absolute(), Path(folder)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
