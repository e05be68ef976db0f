"""How two actors stand: on a day, over time, in episodes, and at what risk."""

from datetime import date, datetime

from pydantic import Field

from detente_client.answers.base import Answer, Page
from detente_client.answers.incidents import Incident, MovedIncident, ReportedBy, RiskShare
from detente_client.answers.shown import lines, signed, table_html

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

    `empty_because` says why there is nothing of the two; null where there is something. `cited_position` is the
    position that the log had at `known_at`; null from a service that does not say it yet.
    """

    model: str
    agreements_in_force: list[str] = Field(default_factory=list)
    summary: str = ""
    empty_because: str | None = None
    what_if: list[str] | None = None
    position: int
    cited_position: int | None = None


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

    def __repr__(self) -> str:
        rows = [f"{share.share:.4f}  {share.id}, {share.type} on {share.day}" for share in self.items]
        return lines(self._heading(), [f"{self.constant:.4f}  whatever happened", *rows] if rows else [])

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = [
            (f"{each.share:.4f}", each.day, each.type, each.source, each.target, each.place, each.via)
            for each in self.items
        ]
        columns = ["share", "day", "type", "source", "target", "place", "by way of"]
        return table_html(self._heading(), columns, rows)

    def _heading(self) -> str:
        pair = " – ".join(self.pair)
        if self.clash_risk is None or self.hazard is None:
            return f"{pair}: no incident of the two by the day, so no risk of a clash is told"
        return (
            f"{pair}: a clash within 30 days has a probability of {self.clash_risk:.1%}, by a hazard of "
            f"{self.hazard:.4f}: {self.constant:.4f} whatever happened, and the shares of incidents"
        )


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

    def words(self) -> str:
        """Return what part it is, and of how many incidents, in words."""
        via = f" by way of {self.via}" if self.via else ""
        return (
            f"{self.part.replace('_', ' ')}{via} ({self.incident_count} incident{'s'[: self.incident_count != 1]})"
        )

    def first(self) -> str | None:
        """Return what changed it most: the day, type and id of its first incident."""
        return next((f"{each.type} on {each.day}, {each.id}" for each in self.incidents), None)


class Explanation(Answer):
    """Why tension is another on a second side than on a first: parts that add up to `change`, and a `sentence`."""

    items: list[Part]
    position: int
    pair: Pair
    sentence: str
    change: float
    before: Side
    after: Side

    def __repr__(self) -> str:
        return lines(self.sentence, [f"{signed(part.change, 2):>7}  {part.words()}" for part in self.items])

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = [
            [signed(part.change, 2), part.part.replace("_", " "), part.via, part.incident_count, part.first()]
            for part in self.items
        ]
        return table_html(self.sentence, ["points", "part", "by way of", "incidents", "first of all"], rows)
