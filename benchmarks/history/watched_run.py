"""A command that is watched while it runs: its time, the processor time of all its processes, and their memory."""

import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

from benchmarks.serving import cpu_seconds, family

_LOOKS_EVERY: Final = 0.25  # seconds: what a process does in its last quarter of a second is not seen
_GONE: Final = (FileNotFoundError, ProcessLookupError, OSError)
#: Says by its command line whether a process is a worker, whose memory is told with that of those it started.
IsWorker = Callable[[str], bool]


class WatchedRun(NamedTuple):
    """What a command took: seconds, seconds of processors, and of a worker the most memory at once, in bytes."""

    seconds: float
    cpu_seconds: float
    worker_memory: int
    whole_memory: int


def watch(command: Sequence[str], environment: dict[str, str], is_worker: IsWorker) -> WatchedRun:
    """Run a command to its end, which has to be a good one."""
    cpu: dict[int, float] = {}
    workers, whole = 0, 0
    start = perf_counter()
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None:
            memory: dict[int, int] = {}
            for each in _there(process.pid):
                with suppress(*_GONE):
                    cpu[each] = cpu_seconds(each)
                    memory[each] = _memory(each)
            whole = max(whole, sum(memory.values()))
            for each in memory:
                if is_worker(_line(each)):
                    workers = max(workers, sum(memory.get(one, 0) for one in _there(each)))
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOKS_EVERY)
        seconds = perf_counter() - start
        assert process.stderr is not None
        assert process.returncode == 0, process.stderr.read()
    return WatchedRun(seconds, sum(cpu.values()), workers, whole)


def _there(process: int) -> list[int]:
    found: list[int] = []
    with suppress(*_GONE):  # one of them has just ended: those before it are known
        found.extend(family(process))
    return found


def _memory(process: int) -> int:
    """Return the memory of a process in bytes, of what it shares with others its part."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    line = next((line for line in rollup.splitlines() if line.startswith("Pss:")), "Pss: 0 kB")
    return int(line.split()[1]) * 1024


def _line(process: int) -> str:
    with suppress(*_GONE):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
