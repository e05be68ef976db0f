"""An app served in this process: for tests that look into it, or break a part of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.running.settings import Settings
from tests.patience import PATIENCE


class AppClient(httpx.Client):
    """A client of an app that is served in this process."""

    app: FastAPI


@contextmanager
def app_client(
    tmp_path: Path, name: str = "one", settings: dict[str, Any] | None = None, **tracing: Any
) -> Iterator[AppClient]:
    chosen = Settings(database_url=f"sqlite:///{tmp_path}/{name}.db", seed=True, **(settings or {}))
    with client_of(create_app(chosen, **tracing)) as client:
        yield client


@contextmanager
def client_of(app: FastAPI) -> Iterator[AppClient]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=30))
    thread = Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(timeout=0.02)
            assert thread.is_alive(), "the server did not start"
        host, port = server.servers[0].sockets[0].getsockname()
        with AppClient(base_url=f"http://{host}:{port}", timeout=PATIENCE) as client:
            client.app = app
            yield client
    finally:
        server.should_exit = True
        thread.join()
