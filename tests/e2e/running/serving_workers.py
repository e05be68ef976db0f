"""A server of several workers, and clients each of which is known to be one worker's."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import psutil

from tests.e2e.support import wait_for_all
from tests.patience import PATIENCE, wait_until
from tests.server import FOLDING_BESIDE, ServerClient, running_server

TWO: Final = {"DETENTE_WORKERS": "2", **FOLDING_BESIDE}


@contextmanager
def two_workers(
    database_url: str, log_file: Path, *, seeded: bool = True, **settings: str
) -> Iterator[ServerClient]:
    """Run a server of two workers, which has the seeds unless told otherwise; its client holds no connection."""
    with running_server(database_url, log_file, *["--seed"] * seeded, **{**TWO, **settings}) as server:
        server.headers["Connection"] = "close"
        if seeded:
            wait_for_all(server)
        yield server


def process_of(response: httpx.Response, server: ServerClient) -> int:
    """Return the worker of a server that has the other end of a response's connection."""
    _, port = response.extensions["network_stream"].get_extra_info("client_addr")[:2]
    for process in psutil.Process(server.process_id).children():
        with suppress(psutil.Error):
            if any(it.raddr and it.raddr.port == port for it in process.net_connections("tcp")):
                return int(process.pid)
    raise AssertionError("no worker has the other end")


@contextmanager
def one_of_each(server: ServerClient, path: str = "/health/live") -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Yield two clients, each with a connection to a worker of its own."""
    with ExitStack() as stack:
        clients = [_client(server) for _ in range(2)]
        for client in clients:
            stack.enter_context(client)
        served_by = [process_of(client.get(path), server) for client in clients]
        assert len(set(served_by)) == 2, served_by
        yield clients[0], clients[1]


def is_alive(process_id: int) -> bool:
    """Return whether a process runs."""
    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _client(server: ServerClient) -> httpx.Client:
    return httpx.Client(base_url=server.base_url, timeout=PATIENCE, headers={"Accept": "*/*"})


def workers_of(server: ServerClient) -> set[int]:
    """Return the processes that serve, once there are two."""
    found: set[int] = set()

    def has_two() -> bool:
        found.clear()
        with ExitStack() as stack:
            clients = [stack.enter_context(_client(server)) for _ in range(4)]
            found.update(process_of(client.get("/health/live"), server) for client in clients)
        return len(found) == 2

    wait_until(has_two, "two workers that serve")
    return found
