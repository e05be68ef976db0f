"""A real server: `detente serve` as a process of its own, and the client to talk to it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from tests.patience import PATIENCE
from tests.zygote import Forked, start

_RUNNING: Final = re.compile(r"running on (http://[\w.:\[\]]+)")

#: A setting: the log is folded in a process beside the server, as usual, which takes a second more to start.
FOLDING_BESIDE: Final = {"DETENTE_PROJECTOR": "process"}
#: Settings where a test has none of its own: nothing is given up early, and the server folds the log itself.
_USUAL: Final = {
    "DETENTE_WAIT_TIMEOUT": str(PATIENCE),
    "DETENTE_REQUEST_TIMEOUT": str(PATIENCE),
    "DETENTE_PROJECTOR": "thread",
}

Process = Forked | subprocess.Popen[bytes]


class ServerClient(httpx.Client):
    """A client of a server that runs as the process `process_id`, which `process` waits for and ends."""

    process_id: int
    process: Process


@contextmanager
def running_server(database_url: str, log_file: Path, *arguments: str, **settings: str) -> Iterator[ServerClient]:
    """Run `detente serve` on a free port; yield a client of it. `settings` are environment variables."""
    with log_file.open("w") as log:
        process = start(["serve", "--port", "0", *arguments], _environment(database_url, settings), log, log)
    with _client_of(process, log_file) as client:
        yield client


@contextmanager
def running_code(
    folder: Path, database_url: str, log_file: Path, *arguments: str, **settings: str
) -> Iterator[ServerClient]:
    """Run `detente serve` as `running_server` does, but with the code in a folder: a process made anew."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", *arguments]
    settings = {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1", **settings}
    with log_file.open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(database_url, settings), stdout=log, stderr=log
        )
    with _client_of(process, log_file) as client:
        yield client


def _environment(database_url: str, settings: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **_USUAL, "DETENTE_DATABASE_URL": database_url, **settings}


@contextmanager
def _client_of(process: Process, log_file: Path) -> Iterator[ServerClient]:
    """Yield a client of a server that begins to run, and end the server."""
    try:
        with ServerClient(base_url=_wait_until_running(process, log_file), timeout=PATIENCE) as client:
            client.process_id, client.process = process.pid, process
            yield client
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait_until_running(process: Process, log_file: Path) -> str:
    while process.poll() is None:
        if found := _RUNNING.search(log_file.read_text()):
            return found.group(1)
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"the server did not start:\n{log_file.read_text()}")
