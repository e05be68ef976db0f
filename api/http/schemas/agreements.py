"""Agreements, and what became of them."""

from datetime import date, datetime
from itertools import takewhile

from pydantic import BaseModel

from api.http.schemas.common import ActorCode, ArticleRef, Listed, PublishedBy, article_ref
from projections.evidence.agreements import STATUS_AFTER, Status
from projections.queries.agreements import AgreementHistory
from projections.times import to_date


class DevelopmentOut(BaseModel):
    """One report of an agreement's life."""

    development: str
    day: date
    occurred: str
    article: ArticleRef
    number: int


class AgreementOut(BaseModel):
    """An agreement on a day: its parties, where it stands and since when, and what became of it until then.

    `since` and `status_since` are EDTF, as the developments that began them were reported.
    """

    id: str
    title: str | None
    parties: list[ActorCode]
    status: Status
    since: str
    status_since: str
    developments: list[DevelopmentOut]


class AgreementList(Listed[AgreementOut]):
    """Agreements on a day."""

    as_of: date
    known_at: datetime | None
    published_by: PublishedBy


def agreement_out(agreement: AgreementHistory) -> AgreementOut:
    """Represent an agreement."""
    entry = agreement.entry
    return AgreementOut(
        id=entry.agreement,
        title=entry.title,
        parties=list(entry.parties),
        status=entry.status,
        since=agreement.developments[0].development.occurred,
        status_since=_status_since(agreement),
        developments=[
            DevelopmentOut(
                development=reported.development.development,
                day=to_date(reported.development.day),
                occurred=reported.development.occurred,
                article=article_ref(reported),
                number=reported.development.number,
            )
            for reported in agreement.developments
        ],
    )


def _status_since(agreement: AgreementHistory) -> str:
    """Return how the development was dated since which an agreement stands as it does."""
    latest_first = (reported.development for reported in reversed(agreement.developments))
    alike = takewhile(lambda it: STATUS_AFTER[it.development] is agreement.entry.status, latest_first)
    return list(alike)[-1].occurred
