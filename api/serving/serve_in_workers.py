"""`detente serve` with several workers: what each of its processes does, and what they share."""

import logging
import socket

from api.running.open_files import allow_many_connections
from api.running.settings import Settings
from api.running.worker import fold_beside
from api.running.worker_group import WorkerGroup, WorkerPlace
from api.serving.listening import address_served, bind_all
from api.serving.metrics_folder import metrics_folder
from api.serving.server_group import ServerGroup
from api.serving.worker_process import serve_as_worker

_log = logging.getLogger(__name__)


def serve_in_workers(settings: Settings) -> None:
    """Serve by as many workers as the settings say, until SIGTERM or SIGINT comes; return in each process.

    Raises `FailedToStart`, and `OSError` where the address cannot be had.
    """
    allow_many_connections()
    listeners = bind_all(settings.host, settings.port)
    with metrics_folder() as folder:
        group = WorkerGroup(settings.workers, folder)
        server = ServerGroup(
            listeners,
            group,
            lambda number, end: _serve(settings, WorkerPlace(group, number), end),
            (lambda: fold_beside(settings, group.projector.read_end)) if settings.folds else None,
            settings.shutdown_timeout,
        )
        address = address_served(settings.host, listeners[0])
        forked = server.run(lambda: _log.info("%s workers are running on %s", settings.workers, address))
    if forked is not None:
        forked()


def _serve(settings: Settings, place: WorkerPlace, end: socket.socket) -> None:
    first = place.number == 0
    serve_as_worker(settings if first else settings.model_copy(update={"seed": False}), place, end)
