"""What explanations and episodes look like outside, and how they are made from the projections' answers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.http.schemas.common import ActorCode, Listed, PublishedBy, WhatIf, knowledge_fields
from api.http.schemas.incidents import (
    IncidentFacts,
    IncidentOut,
    NamedIncident,
    ReportingOut,
    RulingOn,
    incident_fields,
    incident_out,
    reporting_out,
)
from api.http.schemas.models import model_fields
from projections.queries.articles import ArticleReport
from projections.queries.question import Question
from projections.scoring.attribution import Cause, ExplainedPart, Moved, Part
from projections.scoring.corrections import IncidentName
from projections.scoring.episodes import Beginning, Episode
from projections.scoring.pair_history import PairScores
from projections.scoring.states import State
from projections.times import to_date

Reports = Mapping[str, Sequence[ArticleReport]]  # who reported incidents, by incident


class SideOut(BaseModel):
    """One side of a comparison: a day, what was known, a model, and how the pair stood so."""

    day: date
    known_at: datetime | None
    published_by: PublishedBy
    model: str
    what_if: WhatIf
    tension: float
    cooperation: float
    conflict_pressure: float
    cooperation_pressure: float
    spillover_pressure: float


class MovedIncident(IncidentFacts):
    """One incident's part in a change, in points, and what it weighed before and after.

    Weights are below 0 for conflict. `reported_before` is there if the incident was corrected: how it was reported
    as far as was known before. Where a reported event was corrected to be one of another incident, `corrected_to`
    names that one, which may be of other actors, and `corrected_from` the one it was of.
    """

    cause: Cause
    change: float
    weight_before: float
    weight_after: float
    via: str | None
    patron: str | None
    reported_by: list[ReportingOut]
    reported_before: list[ReportingOut]
    corrected_from: list[NamedIncident]
    corrected_to: list[NamedIncident]
    id_before: Annotated[
        str | None,
        Field(
            description="The id that it had as far as was known before, where places have given it another since."
        ),
    ]


class PartOut(BaseModel):
    """One part of a change, in points.

    Of its `incident_count` incidents, `incidents` are those that changed the most. `via` is the client by way of
    which conflict spills over, and `patron` the actor of the pair that backs this client; `tie_reported_by` is who
    says so.
    """

    part: Annotated[
        Part,
        Field(description="What changed, such as new incidents or decay."),
    ]
    via: str | None
    patron: str | None
    change: Annotated[float, Field(description="What it adds to the tension.")]
    incident_count: Annotated[int, Field(description="How many incidents it is made of.")]
    incidents: Annotated[list[MovedIncident], Field(description="Those of them that changed the most.")]
    tie_reported_by: Annotated[
        list[ReportingOut], Field(description="Who reports the tie by which it spills over.")
    ]


class ExplanationOut(Listed[PartOut]):
    """Why tension is another after than before. The changes of the parts add up to `change`."""

    pair: tuple[ActorCode, ActorCode]
    sentence: Annotated[
        str,
        Field(
            examples=[
                "Tension between Russia and Turkey rose by 12.3 points to 38.8 between 3 and 12 February 2020, "
                "because of 3 new incidents (+12.3)."
            ]
        ),
    ]
    change: float
    before: SideOut
    after: SideOut


class EpisodeOut(BaseModel):
    """A run of one state.

    `last` is null if it goes on; `days` and the peak are those until `as_of`. `because` is what changed on the
    first day. Of the `incident_count` incidents behind that, `began_with` are the heaviest.
    """

    state: State
    first: Annotated[date, Field(description="Its first day.")]
    last: Annotated[date | None, Field(description="Its last day; null if it goes on.")]
    days: Annotated[int, Field(description="How many days it lasts, until `as_of`.")]
    peak: Annotated[float, Field(description="The highest tension within it.")]
    peak_day: Annotated[date, Field(description="The day of that.")]
    because: Annotated[list[Beginning], Field(description="What changed on its first day.")]
    incident_count: Annotated[int, Field(description="How many incidents are behind that.")]
    began_with: Annotated[list[IncidentOut], Field(description="The heaviest of them.")]


class EpisodeList(Listed[EpisodeOut]):
    """The episodes of a pair's history, the latest first."""

    pair: tuple[ActorCode, ActorCode]
    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
    model: str
    what_if: WhatIf


def side_out(question: Question, scores: PairScores) -> SideOut:
    """Represent one side of a comparison."""
    return SideOut(
        day=to_date(question.day),
        **knowledge_fields(question),
        **model_fields(question),
        tension=scores.tension,
        cooperation=scores.cooperation,
        conflict_pressure=scores.conflict,
        cooperation_pressure=scores.cooperation_pressure,
        spillover_pressure=scores.spillover,
    )


def part_out(
    part: ExplainedPart,
    reports: Reports,
    reports_before: Reports,
    tie_reports: Sequence[ArticleReport],
    ruling_on: RulingOn,
) -> PartOut:
    """Represent one part of a change.

    `reports` are those of incidents, `reports_before` those known before, `tie_reports` those of its tie.
    """
    return PartOut(
        part=part.part,
        via=part.via,
        patron=part.patron,
        change=part.change,
        incident_count=part.incidents,
        incidents=[_moved_out(moved, reports, reports_before, ruling_on) for moved in part.largest],
        tie_reported_by=[reporting_out(reporting, ruling_on) for reporting in tie_reports],
    )


def _moved_out(moved: Moved, reports: Reports, reports_before: Reports, ruling_on: RulingOn) -> MovedIncident:
    identifier, is_corrected = moved.incident.id, moved.cause is Cause.CORRECTED
    before, now = reports_before.get(identifier, ()), reports.get(identifier, ())
    reported_by = now or _of_same(before, moved.corrected_to, reports) or before
    reported_before = before or _of_same(now, moved.corrected_from, reports_before)
    return MovedIncident(
        **incident_fields(moved.incident, reported_by),
        cause=moved.cause,
        change=moved.change,
        weight_before=moved.weight_before,
        weight_after=moved.weight_after,
        via=moved.via,
        patron=moved.patron,
        reported_by=[reporting_out(reporting, ruling_on) for reporting in reported_by],
        reported_before=[reporting_out(each, ruling_on) for each in reported_before] if is_corrected else [],
        corrected_from=[_named(incident) for incident in moved.corrected_from],
        corrected_to=[_named(incident) for incident in moved.corrected_to],
        id_before=moved.id_before,
    )


def _of_same(
    known: Sequence[ArticleReport], incidents: Iterable[IncidentName], reports: Reports
) -> list[ArticleReport]:
    """Return the reports of some incidents that are of the same reported events as those known of another."""
    same = {(report.article_id, report.number) for report in known}
    found = (report for incident in incidents for report in reports.get(incident.id, ()))
    return [report for report in found if (report.article_id, report.number) in same]


def _named(incident: IncidentName) -> NamedIncident:
    return NamedIncident(**{**incident._asdict(), "day": to_date(incident.day)})


def episode_out(episode: Episode, reports: Reports, ruling_on: RulingOn) -> EpisodeOut:
    """Represent an episode."""
    run = episode.run
    return EpisodeOut(
        state=run.state,
        first=to_date(run.first),
        last=None if run.last is None else to_date(run.last),
        days=episode.days,
        peak=episode.peak,
        peak_day=to_date(episode.peak_day),
        because=list(episode.because),
        incident_count=episode.incidents,
        began_with=[
            incident_out(item, reports.get(item.incident.id, ()), ruling_on) for item in episode.began_with
        ],
    )
