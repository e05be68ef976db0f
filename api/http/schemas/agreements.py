"""Agreements, and what became of them."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import takewhile
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from api.http.schemas.common import ActorCode, ArticleRef, Listed, PublishedBy, article_ref
from projections.evidence.agreements import (
    AFFIRMING,
    STATUS_AFTER,
    AgreementEntry,
    ClashIncident,
    DatedEntry,
    Status,
)
from projections.queries.agreements import AgreementHistory
from projections.times import to_date

MOST_CLASHES: Final = 10  #: that are named of those that violate an agreement


class DevelopmentOut(BaseModel):
    """One report of an agreement's life."""

    development: str
    purpose: str | None
    day: date
    occurred: str
    article: ArticleRef
    number: int


class ClashRef(BaseModel):
    """A clash: an incident of type ASSAULT, and its day."""

    incident: Annotated[str, Field(examples=["SYR>TUR:ASSAULT:2020-03-19"])]
    day: date


_Clashes = Annotated[
    int, Field(description="ASSAULTs between its parties since it was last reached or reaffirmed.")
]
_ViolatedBy = Annotated[
    list[ClashRef], Field(description=f"The first {MOST_CLASHES} of these clashes, the oldest first.")
]


class AgreementOut(BaseModel):
    """An agreement on a day: its parties, where it stands and since when, and what became of it until then.

    `since` and `status_since` are EDTF, as the developments that began them were reported; what is `violated` is
    so since the first of the clashes, and `in_force` since it was reaffirmed after one. Clashes violate ceasefires
    and peaces; others have none.
    """

    id: str
    title: Annotated[str | None, Field(description="How it is called.")]
    purpose: Annotated[str | None, Field(examples=["ceasefire"], description="What it is for.")]
    parties: Annotated[list[ActorCode], Field(description="The actors that it is between.")]
    status: Annotated[Status, Field(description="Where it stands.")]
    since: Annotated[str, Field(description="When it began, in EDTF: as precisely as it was reported.")]
    status_since: Annotated[str, Field(description="When it came to stand there, in EDTF.")]
    clashes: _Clashes
    violated_by: _ViolatedBy
    developments: Annotated[list[DevelopmentOut], Field(description="What became of it, the oldest first.")]


_UnderModel = Annotated[
    str, Field(examples=["2026.2"], description="The scoring model by whose rules incidents were told apart.")
]


class OneAgreementOut(AgreementOut):
    """An agreement with the day, the knowledge and the model that it is answered for."""

    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
    model: _UnderModel


class AgreementList(Listed[AgreementOut]):
    """Agreements on a day."""

    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
    model: _UnderModel


class CeasefireOut(BaseModel):
    """A ceasefire in force, violated or not. `affirmed` is the day since which it is to be kept."""

    agreement: Annotated[str, Field(examples=["idlib-ceasefire-2020"])]
    title: str | None
    status: Status
    affirmed: date
    clashes: _Clashes
    violated_by: _ViolatedBy


def ceasefire_out(agreement: AgreementHistory) -> CeasefireOut:
    """Represent a ceasefire in force."""
    return _ceasefire_out(agreement.entry, agreement.clashes, len(agreement.clashes))


def ceasefire_of_entry(found: DatedEntry) -> CeasefireOut:
    """Represent a ceasefire in force as it stood from a day on."""
    return _ceasefire_out(found.entry, found.violating, found.clashes)


def _ceasefire_out(entry: AgreementEntry, violating: Sequence[ClashIncident], clashes: int) -> CeasefireOut:
    affirmed = entry.since if entry.affirmed is None else entry.affirmed
    return CeasefireOut(
        agreement=entry.agreement,
        title=entry.title,
        status=entry.status,
        affirmed=to_date(affirmed),
        clashes=clashes,
        violated_by=_violated_by(violating[: min(clashes, MOST_CLASHES)]),
    )


def agreement_out(agreement: AgreementHistory) -> AgreementOut:
    """Represent an agreement."""
    return AgreementOut(**agreement_fields(agreement))


def agreement_fields(agreement: AgreementHistory) -> dict[str, Any]:
    """Return the fields of an agreement's representation."""
    entry = agreement.entry
    return {
        "id": entry.agreement,
        "title": entry.title,
        "purpose": entry.purpose,
        "parties": list(entry.parties),
        "status": entry.status,
        "since": agreement.developments[0].development.occurred,
        "status_since": _status_since(agreement),
        "clashes": len(agreement.clashes),
        "violated_by": _violated_by(agreement.clashes[:MOST_CLASHES]),
        "developments": [
            DevelopmentOut(
                development=reported.development.development,
                purpose=reported.development.purpose,
                day=to_date(reported.development.day),
                occurred=reported.development.occurred,
                article=article_ref(reported),
                number=reported.development.number,
            )
            for reported in agreement.developments
        ],
    }


def _status_since(agreement: AgreementHistory) -> str:
    """Return how that was dated since which an agreement stands as it does: a development, or the first clash."""
    entry = agreement.entry
    if agreement.clashes:
        return str(to_date(entry.status_since))
    latest_first = (reported.development for reported in reversed(agreement.developments))
    first, *later = reversed(
        list(takewhile(lambda it: STATUS_AFTER[it.development] is entry.status, latest_first))
    )
    affirming = (it for it in later if it.day == entry.status_since and it.development in AFFIRMING)
    return (first if first.day == entry.status_since else next(affirming)).occurred


def _violated_by(clashes: Sequence[ClashIncident]) -> list[ClashRef]:
    return [ClashRef(incident=each.incident, day=to_date(each.day)) for each in clashes]
