"""What a server has spent: memory and processor time of its process, which no other process disturbs."""

from typing import Final

import psutil

from tests.server import ServerClient

MEGABYTE: Final = 1024 * 1024


def memory(server: ServerClient) -> int:
    """Return the resident memory of a server, in bytes."""
    return int(psutil.Process(server.process_id).memory_info().rss)


def cpu_seconds(server: ServerClient, process_id: int | None = None) -> float:
    """Return the processor time that a server, or a process of its own, has taken so far, in seconds."""
    times = psutil.Process(process_id or server.process_id).cpu_times()
    return float(times.user + times.system)
