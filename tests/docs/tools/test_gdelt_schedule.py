"""The script that imports GDELT's day files by schedule, with the real import and a real server of files."""

import fcntl
import hashlib
import importlib.util
import io
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT, tables
from tests.e2e.command import detente
from tests.patience import PATIENCE
from tests.unit.api.importing.support import gdelt_row

SCRIPT = ROOT / "docs" / "notebooks" / "gdelt_days.py"
DONE, FAILED, LATER = 0, 1, 75
DAYS = ("20180101", "20180102", "20180103")


def _load_script() -> Any:
    specification = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[SCRIPT.stem] = module
    specification.loader.exec_module(module)
    return module


gdelt_days = _load_script()


class Files:
    """GDELT's folder of day files, as far as we need one, served on a port of this machine."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self.url = f"http://127.0.0.1:{port}/"
        self._listed: dict[str, str] = {}
        self._write_list()

    def publish(self, day: str, *rows: str, listed: bool = True) -> bytes:
        """Write a day's file, and list it with its digest."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(f"{day}.export.CSV", "".join(f"{row}\n" for row in rows))
        (self._folder / f"{day}.export.CSV.zip").write_bytes(packed.getvalue())
        if listed:
            self.list_as(day, packed.getvalue())
        return packed.getvalue()

    def list_as(self, day: str, content: bytes) -> None:
        self._listed[day] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        self._write_list()

    def cut(self, day: str) -> None:
        """Leave half of a day's file, as it is while it is copied there."""
        path = self._folder / f"{day}.export.CSV.zip"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def _write_list(self) -> None:
        days = [f"{digest}  {day}.export.CSV.zip" for day, digest in sorted(self._listed.items(), reverse=True)]
        others = [f"{'0' * 32}  2005.zip", f"{'0' * 32}  201303.zip", f"{'0' * 32}  20181399.export.CSV.zip"]
        (self._folder / "md5sums").write_text("".join(f"{line}\n" for line in (*days, *others)))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    folder = tmp_path / "events"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Files(folder, server.server_address[1])
        server.shutdown()
        thread.join()


class Schedule:
    """The script on a folder and a database of its own, run in this process, its import in a fork."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        self.database_url = f"sqlite:///{folder.parent}/gdelt.db"
        self.arguments = [str(folder), "--since", "2018-01-01", "--until", "2018-01-03", "--source", source]
        self.imports: list[str] = []

    def run(self, *more: str) -> int:
        status: int = gdelt_days.main([*self.arguments, *more], self._import)
        return status

    def done(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "imported.jsonl").read_text().splitlines()]

    def _import(self, arguments: Sequence[str], lock: int) -> subprocess.CompletedProcess[str]:
        assert os.fstat(lock).st_ino == (self.folder / "lock").stat().st_ino
        self.imports.append(Path(arguments[1]).name[:8])
        return detente(self.database_url, *arguments, "--no-fold")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeded") / "gdelt.db"
    assert detente(f"sqlite:///{path}", "seed").returncode == 0
    return path


@pytest.fixture
def schedule(tmp_path: Path, files: Files, seeded: Path, caplog: pytest.LogCaptureFixture) -> Schedule:
    caplog.set_level(logging.INFO, "gdelt-days")
    for part in seeded.parent.iterdir():
        shutil.copy(part, tmp_path)
    return Schedule(tmp_path / "schedule", files.url)


def row(number: int, day: str = "20180101", **changes: str) -> str:
    url = f"https://news.example/{number}"
    return gdelt_row(1, **{"c0": str(number), "c1": day, "c56": day, "c57": url} | changes)


def test_days_are_imported_once_and_the_next_run_goes_on(files: Files, schedule: Schedule) -> None:
    files.publish(DAYS[0], row(1), row(2))
    files.publish(DAYS[1], row(3, DAYS[1]))
    assert schedule.run() == LATER  # the third is not there yet
    files.publish(DAYS[2], row(4, DAYS[2]), row(5, DAYS[2]))
    assert schedule.run() == DONE
    assert schedule.run() == DONE
    assert schedule.imports == list(DAYS)
    assert [(entry["day"], entry["imported"]) for entry in schedule.done()] == [
        ("2018-01-01", 2),
        ("2018-01-02", 1),
        ("2018-01-03", 2),
    ]
    assert sorted(path.name for path in schedule.folder.iterdir()) == ["imported.jsonl", "lock"]


def test_a_late_day_is_taken_when_it_comes_and_holds_up_no_other(
    files: Files, schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    files.publish(DAYS[0], row(1))
    files.publish(DAYS[2], row(3, DAYS[2]))
    assert schedule.run() == LATER
    assert schedule.imports == [DAYS[0], DAYS[2]]
    assert "2018-01-02: not listed yet" in caplog.text
    assert schedule.run("--without", "2018-01-02") == DONE
    files.publish(DAYS[1], row(2, DAYS[1]))
    assert schedule.run() == DONE
    assert schedule.imports[2:] == [DAYS[1]]


def test_a_file_that_is_not_whole_is_never_imported(
    files: Files, schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    for day in DAYS:
        whole = files.publish(day, row(int(day[-1]), day))
    files.cut(DAYS[1])
    (schedule.folder.parent / "events" / f"{DAYS[2]}.export.CSV.zip").unlink()
    assert schedule.run() == LATER
    assert schedule.imports == [DAYS[0]]
    assert "another digest" in caplog.text
    assert "404" in caplog.text
    assert not list(schedule.folder.glob("*.part"))
    files.publish(DAYS[1], row(2, DAYS[1]))
    files.publish(DAYS[2], row(3, DAYS[2]))
    assert whole
    assert schedule.run() == DONE


def test_a_day_that_is_published_anew_corrects_what_it_said(files: Files, schedule: Schedule) -> None:
    for number, day in enumerate(DAYS):
        files.publish(day, row(10 * number, day), row(10 * number + 1, day))
    assert schedule.run() == DONE
    files.publish(DAYS[1], row(10, DAYS[1], c26="172"), row(11, DAYS[1]), row(12, DAYS[1]))
    assert schedule.run() == DONE
    last = schedule.done()[-1]
    assert (last["day"], last["corrected"], last["duplicates"], last["imported"]) == ("2018-01-02", 1, 1, 1)


def test_what_was_imported_and_not_noted_is_imported_again_without_change(
    files: Files, schedule: Schedule
) -> None:
    """As after a kill or a power failure between the two: the last line is half a line, or not there."""
    for number, day in enumerate(DAYS):
        files.publish(day, row(number, day))
    assert schedule.run() == DONE
    notes = schedule.folder / "imported.jsonl"
    notes.write_bytes(notes.read_bytes()[:-30])
    assert schedule.run() == DONE
    assert schedule.imports == [*DAYS, DAYS[2]]
    last = json.loads(notes.read_text().splitlines()[-1])
    assert (last["day"], last["imported"], last["duplicates"]) == ("2018-01-03", 0, 1)
    assert schedule.run() == DONE
    assert len(schedule.imports) == 4


def test_a_file_that_is_refused_is_an_error_and_is_tried_again(
    files: Files, schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    files.publish(DAYS[0], "no\tevent")
    files.publish(DAYS[1], row(2, DAYS[1]))
    assert schedule.run() == FAILED
    assert schedule.imports == [DAYS[0], DAYS[1]]
    assert "2018-01-01: refused: " in caplog.text
    files.publish(DAYS[0], row(1))
    files.publish(DAYS[2], row(3, DAYS[2]))
    assert schedule.run() == DONE


def test_an_import_that_cannot_run_is_an_error_and_ends_the_run(
    files: Files, schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    for number, day in enumerate(DAYS):
        files.publish(day, row(number, day))
    assert schedule.run("--server", "http://127.0.0.1:9") == FAILED
    assert schedule.imports == [DAYS[0]]
    assert "the import cannot run" in caplog.text
    assert not list(schedule.folder.glob("*.zip"))
    assert schedule.run() == DONE


def test_without_the_list_it_is_tried_later(schedule: Schedule, caplog: pytest.LogCaptureFixture) -> None:
    assert schedule.run("--source", "http://127.0.0.1:9/") == LATER
    assert "the list of files is not to be had now" in caplog.text


def test_two_runs_do_not_work_at_once(files: Files, schedule: Schedule, caplog: pytest.LogCaptureFixture) -> None:
    files.publish(DAYS[0], row(1))
    schedule.folder.mkdir()
    with (schedule.folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert schedule.run() == LATER
    assert schedule.imports == []
    assert "another run is at work" in caplog.text


def test_as_a_process_of_its_own_that_is_killed_and_started_again(files: Files, schedule: Schedule) -> None:
    """The import that a killed run began holds the lock until it ends, and the next run finishes what is left."""
    for number, day in enumerate(DAYS):
        files.publish(day, *(row(1000 * number + each, day) for each in range(200)))
    environment = os.environ | {"DETENTE_DATABASE_URL": schedule.database_url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(SCRIPT), *schedule.arguments]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as first:
        assert first.stderr is not None
        assert "2018-01-01: 200 read, 200 imported" in first.stderr.readline()
        first.send_signal(signal.SIGKILL)
    with (schedule.folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # waits for the import that is left behind
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert second.returncode == DONE, second.stderr
    assert {entry["day"]: entry["read"] for entry in schedule.done()} == {
        "2018-01-01": 200,
        "2018-01-02": 200,
        "2018-01-03": 200,
    }


PAGE = SCRIPT.with_name("gdelt-day-files.md")


def test_the_page_shows_commands_that_the_script_takes() -> None:
    commands = re.findall(
        r"python \S*gdelt_days\.py ([^>|\n]*?)(?: 2>.*)?$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert len(commands) == 3
    for command in commands:
        given = gdelt_days.options(command.split())
        assert given.folder == Path("/var/lib/gdelt-days")
        assert given.source == "http://data.gdeltproject.org/events/"


def test_the_page_says_what_the_exit_status_means() -> None:
    (rows,) = (rows for heading, rows in tables(PAGE) if heading == "The exit status")
    assert [int(row[0]) for row in rows] == [DONE, LATER, FAILED, 2]
    assert (gdelt_days.DONE, gdelt_days.LATER, gdelt_days.FAILED) == (DONE, LATER, FAILED)


def test_the_page_shows_the_log_as_it_is(
    files: Files, schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    files.publish(DAYS[0], row(1))
    schedule.run()
    shown = [
        line.split(" ", 2)[2] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("2024-01-03T")
    ]
    said = [record.getMessage() for record in caplog.records if record.name == "gdelt-days"]
    words = [re.sub(r"[\d-]+", "", line) for line in (*shown, *said)]
    assert set(words[: len(shown)]) <= set(words[len(shown) :])
