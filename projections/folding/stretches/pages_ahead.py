"""Pages of the log that another process reads and folds while this one writes the pages before them.

Who writes asks for the next page when it begins to write one, if so much waits. A page is used only where it
begins at the position at which the tables are when it is to be written; if anything is in the way, it is read and
folded again by who writes, who meets the same and says so.
"""

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from multiprocessing.connection import Connection
from typing import Final

import msgspec

from domain.log.application import Detente
from domain.log.reader import REDACTION_TOPICS
from projections.folding.stretches.folded_stretch import FoldedStretch
from projections.folding.stretches.next_page import read_page

_log = logging.getLogger(__name__)

_NOTHING: Final = b""  # what is sent instead of a page that cannot be had


class PageAhead(msgspec.Struct, array_like=True):
    """A page, folded as far as no ruling affects it: behind which position, up to which, of how many events."""

    after: int
    upto: int
    events: int
    folded: FoldedStretch


class PagesAhead:
    """The end of a connection from which pages are asked for, one at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asked = False
        self._is_lost = False

    def ask(self, after: int, limit: int) -> None:
        """Ask for the page behind a position, which has up to so many events."""
        if self._is_lost or self._asked:
            return
        try:
            self._connection.send((after, limit))
            self._asked = True
        except OSError as error:
            self._lose(error)

    def take(self, after: int) -> PageAhead | None:
        """Return the page that was asked for, once it is there; None if there is none behind the position."""
        if not self._asked:
            return None
        self._asked = False
        try:
            packed = self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            self._lose(error)
            return None
        page = msgspec.msgpack.decode(packed, type=PageAhead) if packed else None
        return page if page and page.after == after else None

    def _lose(self, error: Exception) -> None:
        _log.warning("no pages are folded ahead any more: the process that did has ended (%r)", error)
        self._is_lost = True


def fold_ahead(connection: Connection, open_log: Callable[[], Detente]) -> None:
    """Read and fold the pages that are asked for from the other end of a connection, until it is closed.

    The log is opened when a page is asked for: before that it may not be there.
    """
    log: Detente | None = None
    with ExitStack() as opened, suppress(EOFError, ConnectionError):
        while True:
            after, limit = connection.recv()
            packed = _NOTHING
            try:
                log = log or opened.enter_context(closing(open_log()))
                packed = _folded(log, after, limit)
            except Exception as error:  # who writes meets it as well, and sees to it
                _log.info("the page after position %s is not folded ahead: %r", after, error)
            connection.send_bytes(packed)


def _folded(log: Detente, after: int, limit: int) -> bytes:
    stored = read_page(log, after, limit)
    if not stored or any(each.topic in REDACTION_TOPICS for each in stored):
        return _NOTHING  # redactions change the digest of what was before
    folded = FoldedStretch.of(log, stored, None)
    return msgspec.msgpack.encode(PageAhead(after, stored[-1].id, len(stored), folded))
