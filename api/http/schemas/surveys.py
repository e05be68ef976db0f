"""Many pairs at once: a network, a matrix, and the incidents of a stretch of time with where they were."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.common import ActorCode, Listed, PublishedBy, WhatIf
from api.http.schemas.incidents import IncidentFacts, incident_fields
from api.places.gazetteer import Certainty, Located
from projections.queries.articles import ArticleReport
from projections.queries.surveys.networks import BriefRelation
from projections.scoring.incidents import Incident
from projections.scoring.states import State
from projections.times import to_date


class BriefRelationOut(BaseModel):
    """How two actors stand on a day. Scores are points from 0 to 100; `since` is the first day of the state."""

    pair: Annotated[tuple[ActorCode, ActorCode], Field(examples=[["RUS", "TUR"]])]
    state: State
    since: date | None
    tension: float
    cooperation: float
    incidents: int


class _OnDay(BaseModel):
    """What many pairs at once are answered for."""

    as_of: date
    known_at: datetime | None
    published_by: PublishedBy
    model: str
    what_if: WhatIf


class NetworkOut(Listed[BriefRelationOut], _OnDay):
    """An actor among its neighbours: its relations first, then those among the neighbours.

    The `neighbours` are in the order of cooperation less tension, so that those alike are next to each other;
    `others` says how many more there are.
    """

    actor: ActorCode
    neighbours: list[ActorCode]
    others: int


class MatrixOut(Listed[BriefRelationOut], _OnDay):
    """How the pairs among some actors stand: those that have an incident, a spill-over or a tie between them.

    The `actors` are those named, in their order, and then the countries of the region by their names; those of
    which nothing is known with any of the others are `without_ties`.
    """

    actors: list[ActorCode]
    without_ties: list[ActorCode]


class LocatedIncidentOut(IncidentFacts):
    """One happening, and where it was: all null where its place is not named, or not known.

    `located_as` is the place that its own is taken for, in a `country` (ISO 3166-1 alpha-3). It is `certain`,
    `ambiguous` where others have the name, or `similar` where the name is spelt otherwise.
    """

    located_as: Annotated[str | None, Field(examples=["Idlib"])]
    country: Annotated[str | None, Field(examples=["SYR"])]
    latitude: Annotated[float | None, Field(examples=[35.93])]
    longitude: Annotated[float | None, Field(examples=[36.634])]
    certainty: Certainty | None


class UnlocatedPlace(BaseModel):
    """A place that no point is known of, as places are compared, and how many incidents were there."""

    place: str
    incidents: int


class IncidentMapOut(Listed[LocatedIncidentOut], _OnDay):
    """The incidents of a stretch of time, the latest first, with where they were.

    The counts are of the whole stretch, whichever page this is: each incident is `located`, or its place is
    `unlocated`, or it is `without_place`. Of the located ones some are `ambiguous` or `similar`. The
    `unlocated_places` are listed, the most frequent first.
    """

    first_day: date
    located: int
    ambiguous: int
    similar: int
    unlocated: int
    without_place: int
    unlocated_places: list[UnlocatedPlace]


def brief_relation_out(relation: BriefRelation) -> BriefRelationOut:
    """Represent how two actors stand."""
    since = None if relation.since is None else to_date(relation.since)
    return BriefRelationOut(**{**relation._asdict(), "since": since})


def brief_relations_out(relations: Iterable[BriefRelation]) -> list[BriefRelationOut]:
    """Represent how some pairs stand."""
    return list(map(brief_relation_out, relations))


def located_incident_out(
    incident: Incident, located: Located | None, reported_by: Sequence[ArticleReport]
) -> LocatedIncidentOut:
    """Represent an incident with where it was."""
    return LocatedIncidentOut(**incident_fields(incident, reported_by), **_location_fields(located))


def _location_fields(located: Located | None) -> dict[str, Any]:
    names = ("located_as", "country", "latitude", "longitude", "certainty")
    return dict(zip(names, located or (None,) * len(names), strict=True))
