"""Waiting until the tables hold what a reader has to see: a position, or all that was known at a moment.

A replica waits for its standby, too, and cannot tell what its primary has not recorded from what has not come yet.
"""

import asyncio
from typing import Final

from starlette.concurrency import run_in_threadpool

from api.http.problems import Problem
from api.running.service import Service
from domain.log.servers.standby import read_standby
from projections.times import to_micros

_POLL: Final = 0.02  # seconds between looks at the position that a reader waits for
_LOOK_AT_STANDBY: Final = 0.1  # seconds between looks at how a standby follows
_CLOCKS_DIFFER: Final = 5_000_000  # microseconds, at most, from one machine to another


async def reach_position(service: Service, position: int) -> None:
    """Wait until the projections have reached a position of the log. Raises `Problem` (503)."""
    loop = asyncio.get_running_loop()
    until = loop.time() + service.settings.wait_timeout
    while await run_in_threadpool(service.store.position) < position:
        service.wake.set()
        if loop.time() >= until:
            raise _behind(service, f"position {position}")
        await asyncio.sleep(_POLL)


def _behind(service: Service, what: str) -> Problem:
    settings = service.settings
    who, other = "the projections have", ""
    if settings.is_replica:
        who = "this replica has"
        other = f", or ask {settings.primary}" if settings.primary else ", or ask the primary"
    detail = f"{who} not reached {what} yet; try again{other}"
    return Problem(503, "projections-behind", "The projections are behind", detail, headers={"Retry-After": "1"})


async def wait_for_moment(service: Service, known_at: int | None) -> None:
    """Wait until the projections hold what the log held at a record time that has passed, by the clock or the log.

    Later than that no answer can be complete: it names the instant of the newest domain event in it. Raises
    `Problem` (503).
    """
    if known_at is None:
        return
    if service.settings.is_replica:
        await _reach_moment(service, known_at)
    elif position := await run_in_threadpool(_position_behind, service, known_at):
        await reach_position(service, position)


async def _reach_moment(service: Service, known_at: int) -> None:
    """Wait until a replica holds all that its primary held at a record time that has passed. Raises `Problem`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + service.settings.wait_timeout
    while not await run_in_threadpool(_holds_all, service, known_at):
        if loop.time() >= until:
            raise _behind(service, "the instant of `known_at`")
        await asyncio.sleep(_LOOK_AT_STANDBY)


def _holds_all(service: Service, known_at: int) -> bool:
    """Return whether the tables of a replica hold all that was recorded by a record time, or it is to come.

    The clocks of the machines may differ by `_CLOCKS_DIFFER`.
    """
    with service.store.reading_snapshot() as (_, folded):
        pass
    recorded = folded.recorded or 0
    if known_at <= recorded or known_at > max(recorded, to_micros(service.clock())) + _CLOCKS_DIFFER:
        return True
    # Looked at before the log: what comes to it meanwhile is later.
    complete = read_standby(service.settings.database_url).complete_until
    if complete is None or known_at + _CLOCKS_DIFFER > to_micros(complete):
        return False
    return _position_behind(service, known_at) is None


def _position_behind(service: Service, known_at: int) -> int | None:
    """Return the position up to which the log has to be folded for a record time; None if it is far enough."""
    with service.store.reading_snapshot() as (_, folded):
        pass
    if folded.recorded is not None and known_at <= folded.recorded:
        return None
    following = service.log.recorded_behind(folded.position)
    if following is None or known_at < to_micros(following):
        return None
    end = service.log.position()
    newest = service.log.recorded_behind(end - 1) or following
    return end if known_at <= to_micros(max(service.clock(), newest)) else None
