"""How two actors stand: on a day, over time, in episodes, and at what risk."""

from datetime import date, datetime

from pydantic import Field

from detente_client.answers.base import Answer, Page
from detente_client.answers.incidents import Incident, MovedIncident, ReportedBy, RiskShare

Pair = tuple[str, str]


class Directed(Answer):
    """What one of the two does to the other, in pressure."""

    conflict_pressure: float
    cooperation_pressure: float


class ClashRef(Answer):
    """An ASSAULT, by the id of its incident, and its day."""

    incident: str
    day: date


class Ceasefire(Answer):
    """A ceasefire in force between two actors, with the clashes since it was last affirmed."""

    agreement: str
    title: str | None = None
    status: str
    affirmed: date
    clashes: int
    violated_by: list[ClashRef] = Field(default_factory=list)


class Usual(Answer):
    """How tension compares with the pair's own past: percentiles of 0 to 100 among `weeks` before."""

    weeks: int
    percentile: float
    ratio: float | None = None
    new_percentile: float
    new_ratio: float | None = None


class Standing(Answer):
    """What a relation on a day and a point of a series have in common. Tension and cooperation are 0 to 100."""

    state: str
    tension: float
    tension_interval: tuple[float, float] | None = None
    cooperation: float
    conflict_pressure: float
    cooperation_pressure: float
    spillover_pressure: float
    ceasefire: list[Ceasefire] = Field(default_factory=list)
    trend: str | None = None
    trend_change: float | None = None
    new_pressure: float | None = None
    usual: Usual | None = None
    last_clash: ClashRef | None = None
    quiet_days: int | None = None


class ListedRelation(Standing):
    """How two actors stand on a day, as the list of relations has it.

    `clash_risk` is the probability of an ASSAULT within 30 days, null where nothing is known of the two.
    """

    pair: Pair
    as_of: date
    known_at: datetime | None = None
    published_by: date | None = None
    since: date | None = None
    directed: dict[str, Directed] = Field(default_factory=dict)
    incidents: int
    effective_incidents: float
    publishers: int
    clash_risk: float | None = None
    clash_risk_model: str | None = None


class RelationAnswer(ListedRelation):
    """How two actors stand on a day, with `summary`, the same as a paragraph of English.

    `empty_because` says why there is nothing of the two; null where there is something.
    """

    model: str
    agreements_in_force: list[str] = Field(default_factory=list)
    summary: str = ""
    empty_because: str | None = None
    what_if: list[str] | None = None
    position: int


class RelationPage(Page):
    """A page of the list of relations."""

    items: list[ListedRelation]


class TensionPoint(Standing):
    """How two actors stood at the end of an interval; `peak` is the highest tension within it."""

    day: date
    peak: float
    model: str


class TensionSeries(Page):
    """How tense it was between two actors over time.

    `complete` is false where the series begins later, or has a longer `interval`, than was asked for.
    """

    items: list[TensionPoint]
    pair: Pair
    interval: str
    first_day: date | None = None
    complete: bool
    empty_because: str | None = None


class PairSeries(Answer):
    """The series of one of several pairs."""

    items: list[TensionPoint]
    pair: Pair
    interval: str
    first_day: date | None = None
    complete: bool
    empty_because: str | None = None


class SeriesList(Page):
    """The series of several pairs."""

    items: list[PairSeries]


class Episode(Answer):
    """A run of one state: its first and last day, and what it began with. `last` is null if it goes on."""

    state: str
    first: date
    last: date | None = None
    days: int
    peak: float
    peak_day: date
    because: list[str] = Field(default_factory=list)
    incident_count: int
    began_with: list[Incident] = Field(default_factory=list)


class EpisodePage(Page):
    """A page of the episodes of a relation."""

    items: list[Episode]


class ClashRisk(Page):
    """What the risk of a clash, 1 - exp(-`hazard`), is made of: `constant` and all shares add up to `hazard`."""

    items: list[RiskShare]
    pair: Pair
    clash_risk: float | None = None
    clash_risk_model: str
    hazard: float | None = None
    constant: float


class Side(Answer):
    """How a pair stands on one side of an explanation."""

    day: date
    known_at: datetime | None = None
    published_by: date | None = None
    model: str
    tension: float
    cooperation: float
    conflict_pressure: float
    cooperation_pressure: float
    spillover_pressure: float


class Part(Answer):
    """A part of a change of tension, in points, with the incidents that it is made of."""

    part: str
    via: str | None = None
    patron: str | None = None
    change: float
    incident_count: int
    incidents: list[MovedIncident] = Field(default_factory=list)
    tie_reported_by: list[ReportedBy] = Field(default_factory=list)


class Explanation(Answer):
    """Why tension is another on a second side than on a first: parts that add up to `change`, and a `sentence`."""

    items: list[Part]
    position: int
    pair: Pair
    sentence: str
    change: float
    before: Side
    after: Side
