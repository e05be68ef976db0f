"""The log as a feed: every domain event, in order, for those who build their own projections."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Annotated, Any

import msgspec
from eventsourcing.persistence import Notification
from fastapi import APIRouter, Query, Request, Response

from api.http.formats.columns import Column
from api.http.formats.whole_lists import AT_ONCE, WholeRead, asks_for_whole, respond_whole
from api.http.pagination import LimitOrAll
from api.http.parameters import Formatted, TheService
from api.http.responses import ANSWERS, respond
from api.http.schemas.log import Feed, LogEntry, UnreadableEntry, short_type
from api.http.scopes import READS
from api.parsing.whole_numbers import WholeNumber
from api.running.service import Service
from domain.events import DomainEvent
from domain.log.application import Detente
from domain.log.mapper import UNREADABLE

router = APIRouter(prefix="/v1/events", tags=["log"])

_SHOWN_APART = ("originator_id", "originator_version", "timestamp", "recorded_by", "request_id")


@router.get("", response_model=Feed, dependencies=[READS, Formatted], responses={200: ANSWERS[200]})
def list_domain_events(
    request: Request,
    service: TheService,
    after: Annotated[WholeNumber, Query(ge=0, le=2**62, description="The position behind which to begin.")] = 0,
    limit: LimitOrAll = 100,
) -> Response:
    """Return the domain events behind a position. `last` is the next `after`.

    An event that cannot be read is an entry with its topic and the error.
    """
    if asks_for_whole(request):
        return respond_whole(
            request, nullcontext, LogEntry | UnreadableEntry, partial(_all_events, service, after)
        )
    notifications = service.log.read_log(after, limit)
    items = [log_entry(service.log, notification) for notification in notifications]
    last = notifications[-1].id if notifications else after
    answer = Feed(items=items, next=None, position=service.log.position(), last=last)
    return respond(request, answer, items=items)


def _all_events(service: Service, after: int, _read: None, _columns: Sequence[Column] | None) -> WholeRead:
    """Return all domain events behind a position, up to the last one that there is now."""
    end = service.log.position()

    def pieces() -> Iterator[list[LogEntry | UnreadableEntry]]:
        last = after
        while last < end and (found := service.log.read_log(last, AT_ONCE)):
            last = found[-1].id
            yield [log_entry(service.log, each) for each in found if each.id <= end]

    return WholeRead({"position": end}, pieces())


def log_entry(log: Detente, notification: Notification) -> LogEntry | UnreadableEntry:
    """Represent an event in the log, also one that cannot be read."""
    try:
        return _entry(notification.id, log.decode(notification))
    except UNREADABLE as error:
        return UnreadableEntry(
            position=notification.id,
            aggregate=str(notification.originator_id),
            version=notification.originator_version,
            topic=notification.topic,
            error=str(error),
        )


def _entry(position: int, event: DomainEvent) -> LogEntry:
    data: dict[str, Any] = {name: value for name, value in vars(event).items() if name not in _SHOWN_APART}
    return LogEntry(
        position=position,
        type=short_type(event),
        aggregate=str(event.originator_id),
        version=event.originator_version,
        recorded=event.timestamp,
        recorded_by=event.recorded_by,
        request_id=event.request_id,
        data=msgspec.to_builtins(data),
    )
