"""Incidents, with the reports that they are made of."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from detente_client.answers.base import Answer, Page

Range = tuple[int, int]


class Redacted(Answer):
    """A text that was redacted: which, when, by whom and why."""

    field: str
    recorded: datetime
    recorded_by: str
    reason: str


class ArticleRef(Answer):
    """An article, by its header. `published` is a day, or an instant with its offset."""

    id: str
    url: str | None = None
    headline: str | None = None
    publisher: str
    published: str
    redacted: list[Redacted] = Field(default_factory=list)


class ReportedBy(Answer):
    """A reported event, as an article has it: `event` is as it was coded."""

    article: ArticleRef
    counts_as: str | None = None
    number: int
    known_from: datetime
    ruling: str | None = None
    event: dict[str, Any]
    redacted: list[Redacted] = Field(default_factory=list)


class ReportedDate(Answer):
    """A date of an incident, as `reports` of its reports give it, in EDTF."""

    occurred: str
    precision: str
    reports: int


class NamedIncident(Answer):
    """An incident by its id and what is in it."""

    id: str
    source: str
    target: str
    reciprocal: bool
    type: str | None = None
    day: date


class FoundIncident(NamedIncident):
    """An incident between whomever, with all its reports. Tolls are people, null where nobody says."""

    dates: list[ReportedDate] = Field(default_factory=list)
    place: str | None = None
    publishers: int
    reports: int
    killed: int | None = None
    killed_range: Range | None = None
    wounded: int | None = None
    wounded_range: Range | None = None
    disputed: bool = False
    reported_by: list[ReportedBy] = Field(default_factory=list)


class Incident(FoundIncident):
    """An incident of a relation: `contribution` is points of tension, of cooperation where `weight` is above 0."""

    weight: float
    contribution: float
    via: str | None = None
    patron: str | None = None


class RiskShare(FoundIncident):
    """An incident with its share of the hazard of a clash."""

    share: float
    via: str | None = None


class MovedIncident(FoundIncident):
    """An incident with the points by which it changed tension, and why."""

    cause: str
    change: float
    weight_before: float
    weight_after: float
    via: str | None = None
    patron: str | None = None
    reported_before: list[ReportedBy] = Field(default_factory=list)
    corrected_from: list[NamedIncident] = Field(default_factory=list)
    corrected_to: list[NamedIncident] = Field(default_factory=list)
    id_before: str | None = None


class IncidentPage(Page):
    """A page of the incidents of a relation; their contributions add up to its `tension` and `cooperation`."""

    items: list[Incident]
    pair: tuple[str, str]
    tension: float
    cooperation: float
    empty_because: str | None = None


class FoundIncidentPage(Page):
    """A page of the incidents that were looked for."""

    items: list[FoundIncident]


class NamedReport(Answer):
    """A reported event, by its article's id and its number there."""

    article: str
    number: int


class SuggestedRuling(Answer):
    """The ruling that would link what may be one incident."""

    ruling: str
    reports: list[NamedReport]
    reason: str


class Suggestion(Answer):
    """Incidents that may be one, why, and the ruling that would link them."""

    pair: tuple[str, str]
    source: str
    target: str
    reciprocal: bool
    type: str
    reasons: list[str]
    incidents: list[FoundIncident]
    ruling: SuggestedRuling
    withdraw_first: list[str] = Field(default_factory=list)


class SuggestionPage(Page):
    """A page of incidents that may be one."""

    items: list[Suggestion]
