"""An agreement over time: what was reported of it, and the clashes that violate it."""

from datetime import date
from typing import NamedTuple

from api.http.schemas.common import ArticleRef, article_ref
from projections.queries.agreements import AgreementHistory
from projections.times import to_date


class TimelineEntry(NamedTuple):
    """A development of an agreement, with the article that reports it, or a clash between its parties."""

    day: date
    development: str | None
    occurred: str
    article: ArticleRef | None
    number: int | None
    clash: str | None


def view_timeline(agreement: AgreementHistory) -> list[TimelineEntry]:
    """Return what became of an agreement, the earliest first; of a day, what was agreed before what broke it."""
    developments = [
        TimelineEntry(
            day=to_date(each.development.day),
            development=each.development.development,
            occurred=each.development.occurred,
            article=article_ref(each),
            number=each.development.number,
            clash=None,
        )
        for each in agreement.developments
    ]
    clashes = [
        TimelineEntry(to_date(each.day), None, str(to_date(each.day)), None, None, each.incident)
        for each in agreement.clashes
    ]
    return sorted([*developments, *clashes], key=lambda entry: (entry.day, entry.development is None))
