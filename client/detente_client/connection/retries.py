"""When a request is sent again: only where sending it twice does what sending it once does.

A read may always be sent again. So may an article that is posted, or a ruling or an actor that is made: the
service knows each by its id, and the same again is no change; the answer then says `unchanged` for what an earlier
try recorded. A revision, a correction or a retraction may not: between two tries somebody else may have decided
otherwise, and the second would undo that. What the service refused before it did anything, or what never reached
it, may be sent again whatever it is.
"""

import random
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

_NOTHING_DONE: Final = {"busy", "projections-behind", "changed-meanwhile"}
_PASSING: Final = {"stopping", "database-unavailable"}
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent again, and after how many seconds.

    The pauses double from `pause`, each shortened by chance by up to a half, so that many clients do not come back
    at once. Where the service names a time in `Retry-After`, that is waited for, unless it is above `longest`:
    then the error is raised at once, with the time as its `retry_after`.
    """

    times: int = 3
    pause: float = 0.25
    longest: float = 30.0

    def after_error(self, sent: int, error: httpx.TransportError, *, repeatable: bool) -> float | None:
        """Return how long to wait after try number `sent` did not come through; None to give up."""
        if sent > self.times or not (repeatable or isinstance(error, _NOT_SENT)):
            return None
        if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            return None
        return self._backoff(sent)

    def after_answer(self, sent: int, response: httpx.Response, problem: str, *, repeatable: bool) -> float | None:
        """Return how long to wait after try number `sent` was answered with a problem; None to give up."""
        passing = problem in _NOTHING_DONE or (
            repeatable and (problem in _PASSING or (not problem and response.status_code in (429, 502, 503, 504)))
        )
        if sent > self.times or not passing:
            return None
        named = retry_after(response)
        if named is None:
            return self._backoff(sent)
        return named if named <= self.longest else None

    def _backoff(self, sent: int) -> float:
        full = min(self.pause * 2.0 ** (sent - 1), self.longest)
        return full * random.uniform(0.5, 1.0)  # noqa: S311  # no secret


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that `Retry-After` names, as a number or as a date; None if it says neither."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(response.headers["date"])
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, KeyError, TypeError):
        return None
