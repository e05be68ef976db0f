"""What the processes of a server take, its projector's included, as Linux tells."""

import os
from collections.abc import Iterator
from pathlib import Path


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
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
