"""How much memory a rebuild takes, of all its processes together: of a long log, and of a short one."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from benchmarks.lifelike.kept import KeptLog, copied
from benchmarks.measurement import Measurement
from benchmarks.serving import family
from tests.zygote import ROOT

_LOOKS_EVERY: Final = 0.5  # seconds; each look takes milliseconds of each process


def measure_rebuild_memory(long: KeptLog, short: KeptLog) -> Measurement:
    """Measure the most memory that a rebuild of a long log has at once, against that of a short one."""
    ours, peer = (_peak_of_rebuild(kept) / 2**20 for kept in (long, short))
    name = f"memory of a rebuild of {long.events:,} events"
    return Measurement(name, f"{short.events:,} events", "MiB", ours, peer, 1.2, is_limit=True)


def _peak_of_rebuild(kept: KeptLog) -> int:
    command = [sys.executable, "-m", "api.cli", "rebuild"]
    with (
        copied(kept) as url,
        subprocess.Popen(
            command, cwd=ROOT, env={"DETENTE_DATABASE_URL": url}, stdout=subprocess.DEVNULL
        ) as rebuild,
    ):
        peak = 0
        while rebuild.poll() is None:
            with suppress(FileNotFoundError, ProcessLookupError):  # one of them has just ended
                peak = max(peak, sum(map(_memory, family(rebuild.pid))))
            with suppress(subprocess.TimeoutExpired):
                rebuild.wait(_LOOKS_EVERY)
    assert rebuild.returncode == 0
    return peak


def _memory(process: int) -> int:
    """Return the memory of a process in bytes, of what it shares with others its part."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    line = next((line for line in rollup.splitlines() if line.startswith("Pss:")), "Pss: 0 kB")
    return int(line.split()[1]) * 1024
