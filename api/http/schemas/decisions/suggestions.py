"""What the service answers about incidents that may be one: why, and the ruling that would link them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from api.http.schemas.common import ActorCode, Listed
from api.http.schemas.decisions.rulings import NamedReport
from api.http.schemas.incidents import IncidentFacts, ReportingOut, RulingOn, incident_fields, reporting_out
from domain.reports import published_day
from domain.rulings import MAX_RULED, RulingKind
from projections.evidence.scoring_days import scoring_day
from projections.queries.articles import ArticleReport
from projections.scoring.incidents import Incident
from projections.suggestions.load_suggestions import Suggestion
from projections.suggestions.near_duplicates import Resemblance

_IN_WORDS: Final = {
    Resemblance.CLOSE_DAYS: "close days",
    Resemblance.OVERLAPPING_DATES: "overlapping dates",
    Resemblance.SAME_PLACE: "the same place",
    Resemblance.SAME_TOLL: "the same toll",
    Resemblance.SAME_AGREEMENT: "the same agreement",
    Resemblance.NOTHING_ELSE_NEAR: "nothing else near",
}


class SuggestedRuling(BaseModel):
    """The ruling that would link incidents, as the body of `POST /v1/rulings`. Its `reason` may be changed."""

    ruling: Annotated[Literal[RulingKind.LINK], Field(description="What the ruling would do.")]
    reports: Annotated[
        list[NamedReport], Field(description="The reported events that it would name, the anchor first.")
    ]
    reason: Annotated[str, Field(description="The reason that it would give.")]


class SuggestedIncident(IncidentFacts):
    """An incident that may be one with others, and who reports it."""

    reported_by: list[ReportingOut]


class SuggestionOut(BaseModel):
    """Incidents of one direction and type that may be one. They stay apart until an analyst rules.

    `withdraw_first` are the ids of rulings that stand on some of the reports: a report is in one at a time, so
    these have to be withdrawn before the `ruling` can be made, which says all that they said and more.
    """

    pair: tuple[ActorCode, ActorCode]
    source: ActorCode
    target: ActorCode
    reciprocal: bool
    type: str
    reasons: Annotated[list[Resemblance], Field(description="What speaks for their being one.")]
    incidents: Annotated[list[SuggestedIncident], Field(min_length=2)]
    ruling: SuggestedRuling
    withdraw_first: Annotated[list[str], Field(description="The rulings that have to be withdrawn before.")]


class SuggestionList(Listed[SuggestionOut]):
    """Incidents that may be one, by pair, the latest first. A page may be short without being the last."""


def suggestion_out(suggestion: Suggestion, ruling_on: RulingOn) -> SuggestionOut:
    """Represent incidents that may be one."""
    incidents, reasons = suggestion.found
    reports = {incident.id: suggestion.reports.get(incident.id, ()) for incident in incidents}
    shown = [_incident_out(incident, reports[incident.id], ruling_on) for incident in incidents]
    rulings = {
        ruling: None
        for of_one in reports.values()
        for reporting in of_one
        if (ruling := ruling_on(reporting.article_id, reporting.number)) is not None
    }
    first = shown[0]
    assert first.type is not None
    return SuggestionOut(
        pair=(incidents[0].a, incidents[0].b),
        source=first.source,
        target=first.target,
        reciprocal=first.reciprocal,
        type=first.type,
        reasons=list(reasons),
        incidents=shown,
        ruling=SuggestedRuling(
            ruling=RulingKind.LINK,
            reports=_named(incidents, reports),
            reason=f"May be one incident: {', '.join(_IN_WORDS[reason] for reason in reasons)}.",
        ),
        withdraw_first=list(rulings),
    )


def _incident_out(
    incident: Incident, reported_by: Sequence[ArticleReport], ruling_on: RulingOn
) -> SuggestedIncident:
    return SuggestedIncident(
        **incident_fields(incident, reported_by),
        reported_by=[reporting_out(reporting, ruling_on) for reporting in reported_by],
    )


def _named(incidents: Iterable[Incident], reports: dict[str, Sequence[ArticleReport]]) -> list[NamedReport]:
    """Return the reports to be linked, as many as one ruling names, an anchor of the best known incident first.

    What is part of another one goes with it. The anchor's incident is the first to go without: its other reports
    are in it anyway.
    """
    best, *others = sorted(incidents, key=_how_well_known)
    anchor, *with_it = sorted(_wholes(reports[best.id]), key=_how_precise)
    joining = [reporting for incident in others for reporting in _wholes(reports[incident.id])]
    named = list(dict.fromkeys((r.article_id, r.number) for r in (anchor, *joining, *with_it)))
    return [NamedReport(article=article, number=number) for article, number in named[:MAX_RULED]]


def _wholes(reports: Sequence[ArticleReport]) -> Iterator[ArticleReport]:
    """Yield the reports of an incident that are not part of others of it."""
    refs = {(r.article_id, r.report.ref) for r in reports if r.report.ref is not None}
    return (r for r in reports if r.report.joins is None or (r.article_id, r.report.joins) not in refs)


def _how_well_known(incident: Incident) -> tuple[int, int, int, str]:
    first, last = incident.first_day, incident.last_day
    return (0 if first is None or last is None else last - first), -incident.publishers, incident.day, incident.id


def _how_precise(reporting: ArticleReport) -> tuple[bool, object]:
    """Return what puts reports in order: those that name a place first, and then the most precise."""
    report = reporting.report
    return report.place is None, scoring_day(report.occurred, published_day(reporting.published))
