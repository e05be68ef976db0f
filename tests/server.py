"""A real server: `detente serve` as a process of its own, and the client to talk to it."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from tests.patience import PATIENCE
from tests.zygote import Forked, start

_RUNNING: Final = re.compile(r"running on (http://[\w.:\[\]]+)")


class ServerClient(httpx.Client):
    """A client of a server that runs as the process `process_id`, which `process` waits for and ends."""

    process_id: int
    process: Forked


@contextmanager
def running_server(database_url: str, log_file: Path, *arguments: str, **settings: str) -> Iterator[ServerClient]:
    """Run `detente serve` on a free port; yield a client of it. `settings` are environment variables."""
    patient = {"DETENTE_WAIT_TIMEOUT": str(PATIENCE), "DETENTE_REQUEST_TIMEOUT": str(PATIENCE)}
    environment = {**os.environ, **patient, "DETENTE_DATABASE_URL": database_url, **settings}
    with log_file.open("w") as log:
        process = start(["serve", "--port", "0", *arguments], environment, log, log)
    try:
        with ServerClient(base_url=_wait_until_running(process, log_file), timeout=PATIENCE) as client:
            client.process_id, client.process = process.pid, process
            yield client
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait_until_running(process: Forked, log_file: Path) -> str:
    while process.poll() is None:
        if found := _RUNNING.search(log_file.read_text()):
            return found.group(1)
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"the server did not start:\n{log_file.read_text()}")
