"""What makes up a relation, and who reported it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.common import (
    ActorCode,
    ArticleRef,
    Listed,
    PublishedBy,
    RedactedOut,
    WhatIf,
    article_ref,
    redacted_out,
)
from api.parsing.articles import as_sent
from projections.queries.articles import ArticleReport
from projections.scoring.clash_risk.shares import RiskShare
from projections.scoring.incidents import Incident
from projections.scoring.pair_history import Contribution
from projections.times import from_micros, to_date

#: Returns the id of the ruling on an article's reported event.
RulingOn = Callable[[str, int], str | None]


class ReportingOut(BaseModel):
    """One article's report of an incident, with the reported event as it was sent.

    `counts_as` is the publisher that the article's publisher counts as, null where that is itself. `ruling` is the
    id of the ruling that an analyst made on it, null where there is none. `redacted` are the texts that the event
    had and lost.
    """

    article: ArticleRef
    counts_as: Annotated[str | None, Field(examples=["AFP"])]
    number: int
    known_from: datetime
    ruling: str | None
    event: dict[str, Any]
    redacted: list[RedactedOut]


class IncidentFacts(BaseModel):
    """One happening, however many articles report it."""

    id: Annotated[str, Field(examples=["SYR>TUR:ASSAULT:2020-02-06"])]
    source: ActorCode
    target: ActorCode
    reciprocal: bool
    type: str | None
    day: date
    publishers: int
    reports: int
    killed: int | None
    wounded: int | None


class IncidentOut(IncidentFacts):
    """One happening, however many articles report it, and its part in the score.

    `weight` is what it weighs on the day, below 0 for conflict. `contribution` is in points: those of conflict add
    up to the tension, those of cooperation to the cooperation score. `via` is the client it spills over from, and
    `patron` the actor of the pair that backs this client.
    """

    weight: float
    contribution: float
    via: str | None
    patron: str | None
    reported_by: list[ReportingOut]


class IncidentList(Listed[IncidentOut]):
    """The incidents that make up a relation, the heaviest first."""

    pair: tuple[ActorCode, ActorCode]
    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
    tension: float
    cooperation: float
    model: str
    what_if: WhatIf


class RiskShareOut(IncidentFacts):
    """One happening, and its `share` of the hazard. `via` is whom an actor of the pair clashed with elsewhere."""

    share: float
    via: ActorCode | None
    reported_by: list[ReportingOut]


class ClashRiskOut(Listed[RiskShareOut]):
    """What the risk of a clash is made of: the incidents with their shares of the hazard, the largest first.

    `clash_risk` is 1 - exp(-`hazard`), and the `hazard` is the `constant` and all shares. Both are null, and there
    are no shares, if the log holds no incident of the two by `as_of`.
    """

    pair: tuple[ActorCode, ActorCode]
    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
    clash_risk: float | None
    clash_risk_model: str
    hazard: float | None
    constant: float
    model: str
    what_if: WhatIf


def risk_share_out(found: RiskShare, reported_by: Sequence[ArticleReport], ruling_on: RulingOn) -> RiskShareOut:
    """Represent an incident with its share of the hazard, the articles that report it, and the rulings on that."""
    return RiskShareOut(
        **incident_fields(found.incident),
        share=found.share,
        via=found.via,
        reported_by=[reporting_out(reporting, ruling_on) for reporting in reported_by],
    )


def incident_out(
    contribution: Contribution, reported_by: Sequence[ArticleReport], ruling_on: RulingOn
) -> IncidentOut:
    """Represent an incident with its contribution, the articles that report it, and the rulings on that."""
    return IncidentOut(
        **incident_fields(contribution.incident),
        weight=contribution.weight,
        contribution=contribution.contribution,
        via=contribution.via,
        patron=contribution.patron,
        reported_by=[reporting_out(reporting, ruling_on) for reporting in reported_by],
    )


def incident_fields(incident: Incident) -> dict[str, Any]:
    """Return the fields of an incident itself."""
    source, target = (incident.b, incident.a) if incident.direction == 1 else (incident.a, incident.b)
    return {
        "id": incident.id,
        "source": source,
        "target": target,
        "reciprocal": incident.direction == 2,
        "type": incident.type,
        "day": to_date(incident.day),
        "publishers": incident.publishers,
        "reports": incident.reports,
        "killed": incident.killed,
        "wounded": incident.wounded,
    }


def reporting_out(reporting: ArticleReport, ruling_on: RulingOn) -> ReportingOut:
    """Represent an article's report of an incident, and the ruling on it."""
    return ReportingOut(
        article=article_ref(reporting),
        counts_as=reporting.counts_as,
        number=reporting.number,
        known_from=from_micros(reporting.known_from),
        ruling=ruling_on(reporting.article_id, reporting.number),
        event=dict(as_sent(reporting.report)),
        redacted=redacted_out(reporting.report_redacted),
    )
