"""The log as a feed: every domain event, in order, for those who build their own projections."""

from typing import Annotated, Any

import msgspec
from eventsourcing.persistence import Notification
from fastapi import APIRouter, Query, Request, Response

from api.http.parameters import Formatted, Limit, TheService
from api.http.responses import ANSWERS, respond
from api.http.schemas.log import Feed, LogEntry, UnreadableEntry, short_type
from api.http.scopes import READS
from api.parsing.whole_numbers import WholeNumber
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
    limit: Limit = 100,
) -> Response:
    """Return the domain events behind a position. `last` is the next `after`.

    An event that cannot be read is an entry with its topic and the error.
    """
    notifications = service.log.read_log(after, limit)
    items = [log_entry(service.log, notification) for notification in notifications]
    last = notifications[-1].id if notifications else after
    answer = Feed(items=items, next=None, position=service.log.position(), last=last)
    return respond(request, answer, items=items)


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
