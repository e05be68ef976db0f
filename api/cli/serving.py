"""`detente serve` and `detente work`: the processes that run for long."""

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer
import uvicorn

from api.access.keys import MAKE_ONE
from api.access.loopback import binds_loopback
from api.app import create_app
from api.cli.console import EXPECTED_ERRORS, fail, print_error, read_settings
from api.http.uvicorn_protocol import server_options
from api.running.open_files import allow_many_connections
from api.running.service import Service, has_keys
from api.running.worker import fold_until_stopped
from projections.backtesting.clash_risk import BadArtefact

_SWITCHING: Final = 0.0005  # seconds for which a thread may compute while the one that talks to clients waits
_COLLECTED_AFTER: Final = (20_000, 20, 20)  # an answer is made of many objects, which have no cycles

_log = logging.getLogger("api.cli")  # those who read the log know the command line by this name


def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on; 0 takes a free one.")] = None,
    seed: Annotated[bool | None, typer.Option("--seed", help="Load the seeds into an empty log first.")] = None,
) -> None:
    """Serve the HTTP API, and fold the log in a process beside, unless DETENTE_PROJECTOR says otherwise."""
    settings = read_settings(host=host, port=port, seed=seed)
    if not binds_loopback(settings.host) and not has_keys(settings):
        where = settings.host or "all addresses"
        fail(f"a server on {where} is reached by others, and no keys have been made; {MAKE_ONE}")
    try:
        app = create_app(settings)
    except BadArtefact as error:
        print_error("DETENTE_RISK_MODEL", error, soft_wrap=True)
        raise typer.Exit(2) from None
    # Once it has stopped in good order, uvicorn raises the signal again, for whoever listened before.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    allow_many_connections()
    sys.setswitchinterval(_SWITCHING)
    gc.freeze()  # what is here by now stays: the collector need not go through it again and again
    gc.set_threshold(*_COLLECTED_AFTER)
    try:
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=settings.shutdown_timeout,
            **server_options(settings.request_timeout),
        )
    finally:
        _give_up_on_threads()


def _give_up_on_threads() -> None:
    """End the process though threads of refused requests still wait, for a lock in the database for instance.

    What they have not committed is not recorded: the connections that they hold end with the process.
    """
    main_thread = threading.main_thread()
    waiting = [each for each in threading.enumerate() if not each.daemon and each is not main_thread]
    for each in waiting:
        each.join(timeout=1)
    if any(each.is_alive() for each in waiting):
        _log.warning("requests that still wait for the database are given up")
        logging.shutdown()
        os._exit(0)


def work() -> None:
    """Fold the log into the projections, without serving HTTP, until stopped; stand by if another process does."""
    with _errors_in_the_log():
        fold_until_stopped(
            read_settings(),
            lambda service: _log.info("folding the log from position %s", _position(service)),
            signal.SIGTERM,
            signal.SIGINT,
        )


@contextmanager
def _errors_in_the_log() -> Iterator[None]:
    """Let what ends a process that runs for long be a line of its log, and not of a terminal."""
    try:
        yield
    except EXPECTED_ERRORS as error:
        _log.critical("%s: %s", type(error).__name__, error)
        raise typer.Exit(1) from None


def _position(service: Service) -> int:
    with service.store.inspecting() as (_, standing):
        return standing.position
