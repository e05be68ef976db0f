"""What makes up a relation, and who reported it."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.common import (
    ActorCode,
    ArticleRef,
    Empty,
    Listed,
    PublishedBy,
    RedactedOut,
    WhatIf,
    article_ref,
    redacted_out,
)
from api.parsing.articles import as_sent
from domain.reports import published_day
from domain.standards.edtf import Precision, parse_edtf
from domain.standards.place_names import comparable_place
from projections.evidence.scoring_days import ScoringDay, scoring_day
from projections.queries.articles import ArticleReport
from projections.queries.incidents.search import FoundIncident
from projections.scoring.clash_risk.shares import RiskShare
from projections.scoring.incidents import Incident, most_named
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


class ReportedDate(BaseModel):
    """When it happened, as some reports say: in EDTF, with its precision, and how many of them say so."""

    occurred: Annotated[str, Field(examples=["2020-02-03/2020-02-09"])]
    precision: Precision
    reports: int


class NamedIncident(BaseModel):
    """Who to whom, what, on which day."""

    id: Annotated[str, Field(examples=["SYR>TUR:ASSAULT:2020-02-06"])]
    source: ActorCode
    target: ActorCode
    reciprocal: bool
    type: str | None
    day: date


class IncidentFacts(NamedIncident):
    """One happening, however many articles report it.

    `day` is the one it counts from: that of its most precise date. `dates` are those that its reports give, the
    most precise first, and `place` is the one that most of them name. `killed` and `wounded` are the median of
    what each publisher has, the lower of two; the range is from the lowest to the highest of these, and `disputed`
    says whether the highest is more than twice the median. Under 2026.1 it is the highest that counts.
    """

    dates: list[ReportedDate]
    place: str | None
    publishers: int
    reports: int
    killed: int | None
    killed_range: tuple[int, int] | None
    wounded: int | None
    wounded_range: tuple[int, int] | None
    disputed: bool


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
    empty_because: Empty
    model: str
    what_if: WhatIf


class FoundIncidentOut(IncidentFacts):
    """One happening that was looked for, with all that is reported of it."""

    reported_by: list[ReportingOut]


class FoundIncidents(Listed[FoundIncidentOut]):
    """Incidents that were looked for, the latest first."""

    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
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
        **incident_fields(found.incident, reported_by),
        share=found.share,
        via=found.via,
        reported_by=[reporting_out(reporting, ruling_on) for reporting in reported_by],
    )


def incident_out(
    contribution: Contribution, reported_by: Sequence[ArticleReport], ruling_on: RulingOn
) -> IncidentOut:
    """Represent an incident with its contribution, the articles that report it, and the rulings on that."""
    return IncidentOut(
        **incident_fields(contribution.incident, reported_by),
        weight=contribution.weight,
        contribution=contribution.contribution,
        via=contribution.via,
        patron=contribution.patron,
        reported_by=[reporting_out(reporting, ruling_on) for reporting in reported_by],
    )


def found_incident_out(found: FoundIncident, ruling_on: RulingOn) -> FoundIncidentOut:
    """Represent an incident with the articles that report it, and the rulings on that."""
    return FoundIncidentOut(
        **incident_fields(found.incident, found.reported_by),
        reported_by=[reporting_out(reporting, ruling_on) for reporting in found.reported_by],
    )


def incident_fields(incident: Incident, reported_by: Sequence[ArticleReport]) -> dict[str, Any]:
    """Return the fields of an incident itself, with the dates and the place that its reports give."""
    source, target = (incident.b, incident.a) if incident.direction == 1 else (incident.a, incident.b)
    return {
        "id": incident.id,
        "source": source,
        "target": target,
        "reciprocal": incident.direction == 2,
        "type": incident.type,
        "day": to_date(incident.day),
        "dates": reported_dates(reported_by),
        "place": reported_place(reported_by),
        "publishers": incident.publishers,
        "reports": incident.reports,
        "killed": incident.killed,
        "killed_range": _range(incident.killed_low, incident.killed_high),
        "wounded": incident.wounded,
        "wounded_range": _range(incident.wounded_low, incident.wounded_high),
        "disputed": incident.is_disputed,
    }


def _range(low: int | None, high: int | None) -> tuple[int, int] | None:
    return None if low is None or high is None else (low, high)


def reported_dates(reported_by: Sequence[ArticleReport]) -> list[ReportedDate]:
    """Return when an incident happened as its reports say, the most precise date first."""
    counted = Counter((_scoring_day(reporting), reporting.report.occurred) for reporting in reported_by)
    by_text: Counter[str] = Counter()
    for (_, occurred), reports in sorted(counted.items()):
        by_text[occurred] += reports
    return [
        ReportedDate(occurred=occurred, precision=parse_edtf(occurred).precision, reports=reports)
        for occurred, reports in by_text.items()
    ]


def _scoring_day(reporting: ArticleReport) -> ScoringDay:
    return scoring_day(reporting.report.occurred, published_day(reporting.published))


def reported_place(reported_by: Sequence[ArticleReport]) -> str | None:
    """Return the place that most reports of an incident name, as the first of them writes it."""
    written: dict[str, str] = {}
    counted: Counter[str] = Counter()
    for place in (reporting.report.place for reporting in reported_by):
        if place and (compared := comparable_place(place)):
            written.setdefault(compared, place)
            counted[compared] += 1
    return written[most_named(counted)] if counted else None


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
