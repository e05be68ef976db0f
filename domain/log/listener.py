"""What PostgreSQL tells whoever listens: that another process has written to the log."""

import logging
from collections.abc import Callable
from threading import Event

import psycopg
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.sql import SQL, Identifier

from domain.log.database_url import connect

_log = logging.getLogger(__name__)
_LOOK = 0.2  # seconds between looks at whether to stop


def channel_of(recorder: ApplicationRecorder) -> str | None:
    """Return the channel on which a log says that it has grown; None where the database has no channels."""
    return recorder.channel_name if isinstance(recorder, PostgresApplicationRecorder) else None


def listen(database_url: str, channel: str, heard: Callable[[], None], stop: Event, again: float) -> None:
    """Call `heard` whenever the log may have grown, until stopped.

    Where listening fails, it is tried again after some seconds.
    """
    listening = True
    while not stop.is_set():
        try:
            with connect(database_url, autocommit=True) as connection:
                connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
                listening = True
                heard()  # for what came before we listened
                while not stop.is_set():
                    for _ in connection.notifies(timeout=_LOOK, stop_after=1):
                        heard()
        except psycopg.Error as error:
            if listening:  # else it was said already
                _log.warning("not listening for new events; trying again until it works: %s", error)
            listening = False
            stop.wait(again)
