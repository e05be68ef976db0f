"""How much of the log a page holds."""

from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Final

import msgspec
from eventsourcing.persistence import Notification

from domain.log.command_bounds import last_command_begins
from domain.log.reader import LogReader

PAGE_PAIRS: Final = 50_000  #: pairs that the events of a page touch, at most, unless one alone touches more


def read_page(log: LogReader, after: int, limit: int) -> Sequence[Notification]:
    """Return the stored events of the page behind a position: of whole commands, up to a limit."""
    return _light(log.read_commands(after, limit))


class _Parties(msgspec.Struct):
    source: list[str] = []
    target: list[str] = []


class _Reporting(msgspec.Struct):
    report: _Parties = msgspec.field(default_factory=_Parties)


_REPORTING: Final = msgspec.json.Decoder(_Reporting)


def _light(notifications: Sequence[Notification]) -> Sequence[Notification]:
    """Return the first of some whole commands, as many as touch few pairs: a page is made in memory."""
    sums = accumulate(map(_pairs_touched, notifications))
    few = sum(1 for _ in takewhile(lambda total: total <= PAGE_PAIRS, sums))
    if few == len(notifications):
        return notifications
    begins = last_command_begins(notifications[: few + 1])
    return notifications[:begins] if begins > 0 else notifications


def _pairs_touched(notification: Notification) -> int:
    """Return how many pairs a stored event seems to touch; of one that cannot be read, none."""
    try:
        sides = _REPORTING.decode(notification.state).report
    except msgspec.MsgspecError:
        return 0
    return len(sides.source) * len(sides.target)
