"""`detente serve` and `detente work`: the processes that run for long."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Final

import typer
import uvicorn
from fastapi import FastAPI

from api.access.keys import MAKE_ONE
from api.access.loopback import binds_loopback
from api.app import create_app
from api.cli.console import EXPECTED_ERRORS, fail, print_error, read_settings, refuse_replica
from api.http.uvicorn_protocol import server_options
from api.running.forked_process import fork_waiting
from api.running.history_reading import history_reader
from api.running.service import Service, check_database, has_keys
from api.running.settings import Settings
from api.running.worker import fold_beside, fold_until_stopped, folding_ahead
from api.serving.process_tuning import ending_its_threads, tune_for_serving
from api.serving.serve_in_workers import serve_in_workers
from api.serving.server_group import FailedToStart
from domain.log.archives.manifest import ArchiveRefused
from domain.log.database_url import sqlite_file
from projections.backtesting.clash_risk import BadArtefact

_FAILED: Final = 3  # the exit status of a server that could not start, as uvicorn has it

_log = logging.getLogger("api.cli")  # those who read the log know the command line by this name


def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on; 0 takes a free one.")] = None,
    seed: Annotated[bool | None, typer.Option("--seed", help="Load the seeds into an empty log first.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve, beside the projector's.")] = None,
) -> None:
    """Serve the HTTP API, and fold the log in a process beside, unless DETENTE_PROJECTOR says otherwise."""
    settings = read_settings(host=host, port=port, seed=seed, workers=workers)
    if settings.is_replica and sqlite_file(settings.database_url) is not None:
        print_error("DETENTE_ROLE", "a replica reads from a PostgreSQL standby, and the database is SQLite")
        raise typer.Exit(2)
    with _errors_in_the_log():
        check_database(settings)
    if not binds_loopback(settings.host) and not has_keys(settings):
        where = settings.host or "all addresses"
        fail(f"a server on {where} is reached by others, and no keys have been made; {MAKE_ONE}")
    try:
        history_reader(settings.history)
    except ArchiveRefused as error:
        print_error("DETENTE_HISTORY", error, soft_wrap=True)
        raise typer.Exit(2) from None
    # Before there are threads, and while the process is small: it shares the memory of what is imported.
    beside = settings.projector == "process" and settings.folds and settings.workers == 1
    projector = fork_waiting(partial(fold_beside, settings)) if beside else None
    try:
        app = create_app(settings, projector=projector)
    except BadArtefact as error:
        print_error("DETENTE_RISK_MODEL", error, soft_wrap=True)
        raise typer.Exit(2) from None
    if settings.workers == 1:
        _serve_alone(app, settings)
        return
    del app  # it is of no use but to be checked: each worker makes its own
    _check_for_workers(settings)
    try:
        serve_in_workers(settings)
    except (FailedToStart, OSError) as error:
        _log.critical("the server could not start: %s", error)
        raise typer.Exit(_FAILED) from None


def _serve_alone(app: FastAPI, settings: Settings) -> None:
    # Once it has stopped in good order, uvicorn raises the signal again, for whoever listened before.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    tune_for_serving()
    with ending_its_threads():
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=settings.shutdown_timeout,
            **server_options(settings.request_timeout),
        )


def _check_for_workers(settings: Settings) -> None:
    """Exit with 2 where several workers cannot be."""
    if not hasattr(os, "fork"):
        print_error("DETENTE_WORKERS", "this system cannot fork processes: serve with 1")
        raise typer.Exit(2)
    if settings.projector == "thread":
        detail = "several workers have one projector, in a process beside them: take process, or none"
        print_error("DETENTE_PROJECTOR", detail)
        raise typer.Exit(2)


def work() -> None:
    """Fold the log into the projections, without serving HTTP, until stopped; stand by if another process does."""
    settings = read_settings()
    refuse_replica(settings)
    with _errors_in_the_log(), folding_ahead(settings) as ahead:
        fold_until_stopped(
            settings,
            lambda service: _log.info("folding the log from position %s", _position(service)),
            signal.SIGTERM,
            signal.SIGINT,
            ahead=ahead,
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
