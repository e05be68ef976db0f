"""What a worker does: it serves the connections that it is handed, with an app and a service of its own."""

import signal
import socket
from typing import Final

import uvicorn

from api.app import create_app
from api.http.uvicorn_protocol import server_options
from api.http.uvicorn_server import HandedServer
from api.running.settings import Settings
from api.running.worker_group import WorkerPlace
from api.serving.handover import ENDED, LEAVING, READY, TakingEnd
from api.serving.process_tuning import ending_its_threads, tune_for_serving

_FAILED: Final = 3  # the exit status of a server that could not start, as uvicorn has it


def serve_as_worker(settings: Settings, place: WorkerPlace, end: socket.socket) -> None:
    """Serve what comes over a Unix socket until that ends, or SIGTERM comes. Raises `SystemExit`."""
    app = create_app(settings, place=place)
    tune_for_serving()
    source = _Source(end)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.shutdown_timeout,
        **server_options(settings.request_timeout, source.say_ended),
    )
    # Once it has stopped in good order, uvicorn raises its signal again: that is nothing to end of any more.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = HandedServer(config, source)
    with ending_its_threads():
        server.run()
    raise SystemExit(0 if server.started else _FAILED)


class _Source(TakingEnd):
    """The way by which connections come, and what is said on it."""

    def say_ready(self) -> None:
        """Say that connections are served from now on."""
        self.say(READY)

    def say_leaving(self) -> None:
        """Say that no more is taken in than is on its way."""
        self.say(LEAVING)

    def say_ended(self) -> None:
        """Say that a connection has ended."""
        self.say(ENDED)
