"""A server as it is served, with the settings that those get who set none, and what its processes take.

The projector's process is one of them, as Linux tells.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from api.running.settings import Settings
from tests.server import ServerClient, running_code
from tests.zygote import ROOT

_PAUSE, _IDLE = 1.0, 0.05  # seconds, and the share of them that a server takes of which nothing is asked
_SETTINGS: Final = ("projector", "wait_timeout", "request_timeout")


@contextmanager
def served(url: str, workers: int = 1, history: str = "") -> Iterator[ServerClient]:
    """Run `detente serve` on a database, with some workers, and perhaps a history; yield a client of it."""
    usual = {f"DETENTE_{name.upper()}": str(Settings.model_fields[name].default) for name in _SETTINGS}
    usual["DETENTE_WORKERS"] = str(workers)
    usual["DETENTE_HISTORY"] = history
    with TemporaryDirectory() as folder, running_code(ROOT, url, Path(folder) / "server.log", **usual) as client:
        yield client


def family(process: int) -> Iterator[int]:
    """Yield a process and those that it started, from whichever of its threads."""
    yield process
    for thread in Path(f"/proc/{process}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from family(int(child))


def peak_memory(process: int) -> int:
    """Return the most memory that a process has held at once, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process has taken, in seconds."""
    return time.clock_gettime(~process << 3 | 2)  # as clock_getcpuclockid(3): /proc has hundredths of a second


def family_cpu_seconds(process: int) -> float:
    """Return the processor time that a process and those that it started have taken, in seconds."""
    return sum(map(cpu_seconds, family(process)))


def wait_until_idle(process: int) -> None:
    """Wait for what a server does beside at its start: it looks through the log for the newest record time."""
    before, taken = 0.0, 1.0
    while taken > _IDLE * _PAUSE:
        time.sleep(_PAUSE)
        before, taken = (now := family_cpu_seconds(process)), now - before
