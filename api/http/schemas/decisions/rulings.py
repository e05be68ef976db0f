"""What the service answers about rulings."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.http.schemas.incidents import RulingOn
from domain.ruling_register import RulingEntry, RulingRegister
from domain.rulings import ReportRef, RulingEvent, RulingKind, RulingWithdrawn


class NamedReport(BaseModel):
    """A reported event, by its article and its number there."""

    article: str
    number: int


class WithdrawalOut(BaseModel):
    """That a ruling was taken back, and why."""

    reason: Annotated[str, Field(description="Why it was withdrawn; null, as the others, while it stands.")]
    recorded: Annotated[datetime, Field(description="When it was withdrawn.")]
    recorded_by: Annotated[str, Field(description="The key by which it was withdrawn.")]
    request_id: Annotated[str | None, Field(description="The request by which it was withdrawn.")]


class RulingOut(BaseModel):
    """What an analyst ruled on reported events, and why. The first report is the anchor.

    `withdrawal` is null while the ruling stands. A read with `min_position` set to `position` sees the ruling.
    """

    id: str
    ruling: Annotated[RulingKind, Field(description="Whether it links reported events or separates one.")]
    reports: Annotated[
        list[NamedReport], Field(description="The reported events, by article and number, the anchor first.")
    ]
    reason: str
    recorded: datetime
    recorded_by: str
    request_id: str | None
    position: Annotated[int, Field(description="The position of the log from which on answers have it.")]
    withdrawal: WithdrawalOut | None


def ruling_out(entry: RulingEntry, known_at: datetime | None) -> RulingOut:
    """Represent a ruling, withdrawn or not as far as was known at an instant."""
    made, withdrawal = entry.made, entry.withdrawal_known(known_at)
    return RulingOut(
        id=entry.id,
        ruling=made.kind,
        reports=[NamedReport(article=named.article, number=named.number) for named in made.reports],
        reason=made.reason,
        recorded=_utc(made),
        recorded_by=made.recorded_by,
        request_id=made.request_id,
        position=entry.position,
        withdrawal=None if withdrawal is None else _withdrawal_out(withdrawal),
    )


def finder(ruling_register: RulingRegister, position: int, known_at: datetime | None) -> RulingOn:
    """Return what finds the ruling on a report, up to a position of the log and as was known at an instant."""

    def ruling_on(article_id: str, number: int) -> str | None:
        entry = ruling_register.ruling_at(ReportRef(article_id, number), position, known_at)
        return entry.id if entry else None

    return ruling_on


def _withdrawal_out(withdrawal: RulingWithdrawn) -> WithdrawalOut:
    return WithdrawalOut(
        reason=withdrawal.reason,
        recorded=_utc(withdrawal),
        recorded_by=withdrawal.recorded_by,
        request_id=withdrawal.request_id,
    )


def _utc(event: RulingEvent) -> datetime:
    return event.timestamp.astimezone(UTC)
