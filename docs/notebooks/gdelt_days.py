"""Import GDELT's day files by schedule: fetch what is new, check it, import it, and go on there the next time.

    python gdelt_days.py /var/lib/gdelt-days --since 2024-01-01

GDELT lists its files with their digests. Each day of the list that has not been imported with the digest that it
has now is fetched and handed to `detente import`; so is a day that comes late, that failed, or that was published
anew. The folder keeps the lock, and `imported.jsonl` with a line for each import.

Exit status: 0 if all days up to yesterday are in; 75 if some are not there yet, or another run is at work, so that
trying again later is enough; 1 if a file was refused, or the import cannot run, which somebody has to look at.
"""

import argparse
import fcntl
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

OFFICIAL: Final = "http://data.gdeltproject.org/events/"
LIST: Final = "md5sums"
COUNTS: Final = ("read", "imported", "duplicates", "repeated", "corrected", "kept_as_decided", "rejected")
DONE, FAILED, LATER = 0, 1, 75  # 75 is EX_TEMPFAIL of sysexits.h

_LISTED: Final = re.compile(r"([0-9a-f]{32}) +\*?((\d{8})\.export\.CSV\.zip)", re.IGNORECASE)
_TIMEOUT: Final = 60.0  #: seconds without a byte

log = logging.getLogger("gdelt-days")

Run = Callable[[Sequence[str], int], "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class DayFile:
    """A day's file, as the list has it."""

    day: date
    name: str
    md5: str


class Partial(Exception):
    """A file is not what the list says: cut short, or exchanged since."""


class CannotImport(Exception):
    """The import did not get as far as the file."""


class Imported:
    """Which days have been imported, and with which digest: a line each, only ever added to."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "imported.jsonl"
        self._digests: dict[str, str] = {}
        if self._path.exists():
            for line in self._path.read_text("utf-8").splitlines():
                # A run that was killed may have left half a line: to import its day again changes nothing.
                if line.endswith("}"):
                    entry = json.loads(line)
                    self._digests[entry["day"]] = entry["md5"]

    def has(self, file: DayFile) -> bool:
        """Return whether the day was imported as it is listed now."""
        return self._digests.get(file.day.isoformat()) == file.md5

    def add(self, file: DayFile, summary: dict[str, Any]) -> None:
        """Record that a day was imported, once it is on the disk."""
        entry = {
            "day": file.day.isoformat(),
            "md5": file.md5,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        kept = {name: summary[name] for name in COUNTS}
        whole = not self._path.exists() or self._path.read_bytes()[-1:] in (b"", b"\n")
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(("" if whole else "\n") + json.dumps(entry | kept) + "\n")
            lines.flush()
            os.fsync(lines.fileno())
        self._digests[entry["day"]] = file.md5


def listed(text: str) -> list[DayFile]:
    """Return the day files that a list names, the oldest first; months and years are left out."""
    found = {}
    for line in text.splitlines():
        with suppress(ValueError):  # eight digits that are no day
            if match := _LISTED.fullmatch(line.strip()):
                day = date.fromisoformat(match[3])
                found[day] = DayFile(day, match[2], match[1].lower())
    return [found[day] for day in sorted(found)]


def missing(files: Sequence[DayFile], first: date, last: date) -> list[date]:
    """Return the days from the first to the last of which the list has no file."""
    days = {file.day for file in files}
    span = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in span if day not in days]


def fetch(client: httpx.Client, file: DayFile, folder: Path) -> Path:
    """Download a day's file and return where it is. Raises `Partial` and httpx's errors; then nothing is left."""
    path, part = folder / file.name, folder / f"{file.name}.part"
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with client.stream("GET", file.name) as answer, part.open("wb") as target:
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                digest.update(piece)
                target.write(piece)
        if digest.hexdigest() != file.md5:
            raise Partial(f"{file.name} is {part.stat().st_size} bytes with another digest than the list has")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Hold the folder's lock. Raises `BlockingIOError` if another run holds it, or an import that it began."""
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file.fileno()


class Schedule:
    """One run: all that is listed from `since` to `until` and not in yet, the oldest first."""

    def __init__(self, client: httpx.Client, run: Run, given: argparse.Namespace) -> None:
        self._client, self._run, self._given = client, run, given
        self._imported = Imported(given.folder)

    def catch_up(self, lock: int) -> int:
        """Import what is new; return the exit status. Raises `CannotImport`, and httpx's errors of the list."""
        files = listed(self._client.get(LIST).raise_for_status().text)
        since, until = self._given.since, self._given.until
        status = DONE
        for file in files:
            if since <= file.day <= until and not self._imported.has(file):
                status = _worse(status, self._take_in(file, lock))
        for day in missing(files, since, until):
            if day not in self._given.without:
                log.warning("%s: not listed yet", day)
                status = _worse(status, LATER)
        return status

    def _take_in(self, file: DayFile, lock: int) -> int:
        try:
            path = fetch(self._client, file, self._given.folder)
        except (httpx.HTTPError, Partial) as error:
            log.warning("%s: not to be had now: %s", file.day, error)
            return LATER
        try:
            status, summary = self._import(path, lock)
        finally:
            path.unlink()
        counts = ", ".join(f"{summary[name]} {name}" for name in COUNTS)
        if status != 0:
            log.error("%s: refused: %s; %s", file.day, "; ".join(summary["errors"]), counts)
            return FAILED
        self._imported.add(file, summary)
        log.info("%s: %s", file.day, counts)
        return DONE

    def _import(self, path: Path, lock: int) -> tuple[int, dict[str, Any]]:
        server = ["--server", self._given.server] if self._given.server else []
        done = self._run(["import", str(path), "--format", "gdelt1", "--json", *server], lock)
        try:
            return done.returncode, json.loads(done.stdout)
        except json.JSONDecodeError:
            raise CannotImport(done.stderr.strip() or f"exit status {done.returncode}") from None


def _worse(one: int, other: int) -> int:
    return max(one, other, key=(DONE, LATER, FAILED).index)


def run_detente(arguments: Sequence[str], lock: int) -> "subprocess.CompletedProcess[str]":
    """Run the `detente` beside this Python, which holds the lock as long as it lives, whatever becomes of us."""
    command = str(Path(sys.executable).with_name("detente"))
    return subprocess.run(  # noqa: S603  # our own command, with what was given to us
        [command, *arguments], capture_output=True, text=True, check=False, pass_fds=(lock,)
    )


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    parser.add_argument("folder", type=Path, help="where the lock and the list of what was imported are kept")
    parser.add_argument(
        "--since", type=date.fromisoformat, required=True, help="the first day, 2013-04-01 or later"
    )
    parser.add_argument(
        "--until", type=date.fromisoformat, default=yesterday, help="the last day; yesterday (UTC)"
    )
    parser.add_argument(
        "--without",
        type=date.fromisoformat,
        action="append",
        default=[],
        metavar="DAY",
        help="a day that is known never to come; may be given again",
    )
    parser.add_argument("--source", default=OFFICIAL, help=f"where the files are; {OFFICIAL}")
    parser.add_argument("--server", help="post to the server at this URL, not to the database")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str], run: Run = run_detente) -> int:
    """Run the command line; return the exit status."""
    given = options(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    source = given.source.rstrip("/") + "/"
    try:
        with (
            locked(given.folder) as lock,
            httpx.Client(base_url=source, timeout=_TIMEOUT, follow_redirects=True) as client,
        ):
            return Schedule(client, run, given).catch_up(lock)
    except BlockingIOError:
        log.warning("another run is at work in %s", given.folder)
        return LATER
    except httpx.HTTPError as error:
        log.warning("the list of files is not to be had now: %s", error)
        return LATER
    except CannotImport as error:
        log.error("the import cannot run: %s", error)  # noqa: TRY400  # our own traceback says nothing
        return FAILED


if __name__ == "__main__":
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ", level=logging.INFO
    )
    logging.Formatter.converter = time.gmtime
    logging.getLogger("httpx").setLevel(logging.WARNING)
    sys.exit(main(sys.argv[1:]))
