"""Agreements, and what became of them."""

from datetime import date, datetime

from pydantic import BaseModel

from api.http.schemas.common import ActorCode, ArticleRef, Listed, article_ref
from projections.evidence.agreements import Status
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
    """An agreement on a day: its parties, where it stands and since when, and what became of it until then."""

    id: str
    title: str | None
    parties: list[ActorCode]
    status: Status
    since: date
    status_since: date
    developments: list[DevelopmentOut]


class AgreementList(Listed[AgreementOut]):
    """Agreements on a day."""

    as_of: date
    known_at: datetime | None


def agreement_out(agreement: AgreementHistory) -> AgreementOut:
    """Represent an agreement."""
    entry = agreement.entry
    return AgreementOut(
        id=entry.agreement,
        title=entry.title,
        parties=list(entry.parties),
        status=entry.status,
        since=to_date(entry.since),
        status_since=to_date(entry.status_since),
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
