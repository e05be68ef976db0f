"""What the service answers: one model per thing, and how each is made from the projections' answers."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from api.problems import ProblemDetails
from api.understanding import as_sent
from domain.application import Outcome
from domain.article import (
    ArticleEvent,
    ArticlePosted,
    ArticleRevised,
    ReportCorrected,
    ReportedEvent,
)
from domain.events import DomainEvent
from projections.catalogue import ActorEntry, Agreement, ArticleEntry, Reporting, ToldDevelopment
from projections.frame import Contribution
from projections.ledger import Status
from projections.page import from_micros
from projections.relations import Point, Relation
from projections.score import Pressures, to_date
from projections.states import State

_Item = TypeVar("_Item")
ActorCode = Annotated[str, Field(examples=["RUS"])]
#: Returns the id of the ruling on an article's reported event.
RulingOn = Callable[[str, int], str | None]


class _Out(BaseModel):
    pass


class Directed(_Out):
    """The pressures of one direction. What is mutual stands in both."""

    conflict_pressure: float
    cooperation_pressure: float


class RelationOut(_Out):
    """How two actors stand on a day, as far as was known at an instant.

    Scores are points from 0 to 100. `since` is the first day of the current state, null while nothing is known.
    """

    pair: Annotated[tuple[ActorCode, ActorCode], Field(examples=[["RUS", "TUR"]])]
    as_of: date
    known_at: datetime | None
    state: State
    since: date | None
    tension: float
    cooperation: float
    conflict_pressure: float
    cooperation_pressure: float
    spillover_pressure: float
    directed: Annotated[dict[str, Directed], Field(examples=[{"RUS>TUR": {}, "TUR>RUS": {}}])]
    incidents: int
    publishers: int


class OneRelationOut(RelationOut):
    """A relation with the agreements in force between the two, the model, and the log's position."""

    agreements_in_force: list[str]
    model: str
    position: int


class Listed(BaseModel, Generic[_Item]):
    """A page of a list. `next` is the cursor of the page after it, null on the last."""

    items: list[_Item]
    next: str | None
    position: int


class RelationList(Listed[RelationOut]):
    """Relations of a day, under one model."""

    as_of: date
    known_at: datetime | None
    model: str


class TensionPoint(_Out):
    """A relation at the end of an interval. `peak` is the highest tension within the interval."""

    day: date
    tension: float
    cooperation: float
    conflict_pressure: float
    cooperation_pressure: float
    spillover_pressure: float
    peak: float


class TensionSeries(Listed[TensionPoint]):
    """A relation over time."""

    pair: tuple[ActorCode, ActorCode]
    interval: str
    known_at: datetime | None
    model: str


class ArticleRef(_Out):
    """An article, as a source is named."""

    id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str


class ReportingOut(_Out):
    """One article's report of an incident, with the reported event as it was sent.

    `ruling` is the id of the ruling that an analyst made on it, null where there is none.
    """

    article: ArticleRef
    number: int
    known_from: datetime
    ruling: str | None
    event: dict[str, Any]


class IncidentOut(_Out):
    """One happening, however many articles report it, and its part in the score.

    `weight` is what it weighs on the day, below 0 for conflict. `contribution` is in points: those of conflict add
    up to the tension, those of cooperation to the cooperation score. `via` is the client it spills over from, and
    `patron` the actor of the pair that backs this client.
    """

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
    tension: float
    cooperation: float
    model: str


class DevelopmentOut(_Out):
    """One report of an agreement's life."""

    development: str
    day: date
    occurred: str
    article: ArticleRef
    number: int


class AgreementOut(_Out):
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


class ActorOut(_Out):
    """An actor and its names."""

    code: ActorCode
    kind: str
    name: str
    aliases: list[str]


class ArticleSummary(_Out):
    """An article in a list."""

    id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    language: str | None
    retracted: bool
    version: int
    recorded: datetime
    changed: datetime


class StandingReport(_Out):
    """A reported event that stands, under its number in the article."""

    number: int
    event: dict[str, Any]


class HistoryEntry(_Out):
    """One thing that happened to an article."""

    version: int
    change: Annotated[str, Field(examples=["report-corrected"])]
    recorded: datetime
    recorded_by: str
    request_id: str | None
    number: int | None = None
    event: dict[str, Any] | None = None
    header: dict[str, Any] | None = None
    reason: str | None = None


class ArticleOut(_Out):
    """An article as it stands (or stood at `known_at`), and all that happened to it."""

    id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    language: str | None
    retracted: bool
    version: int
    events: list[StandingReport]
    history: list[HistoryEntry]


class LogEntry(_Out):
    """A domain event in the log. `data` is what it states."""

    position: int
    type: Annotated[str, Field(examples=["clash-reported"])]
    aggregate: str
    version: int
    recorded: datetime
    recorded_by: str
    request_id: str | None
    data: dict[str, Any]


class Feed(Listed[LogEntry]):
    """The log from a position on. Ask again with `after` set to `last`."""

    last: int


class Recorded(_Out):
    """What became of a command. A read with `min_position` set to `position` sees it."""

    id: str
    changed: bool
    position: int
    version: int


class Understood(_Out):
    """How an article was understood, without being recorded."""

    id: str
    dry_run: bool
    url: str | None
    headline: str | None
    publisher: str
    published: str
    language: str | None
    events: list[StandingReport]


class BatchResult(_Out):
    """What became of one line of a batch: its outcome, or its problem."""

    line: int
    status: int
    id: str | None = None
    changed: bool | None = None
    position: int | None = None
    problem: ProblemDetails | None = None


def known_instant(known_at: int | None) -> datetime | None:
    """Return a record time as an instant."""
    return None if known_at is None else from_micros(known_at)


def relation_fields(relation: Relation, as_of: int, known_at: int | None) -> dict[str, Any]:
    """Return the fields of a relation's representation."""
    a, b = relation.pair
    standing = relation.standing
    return {
        "pair": (a, b),
        "as_of": to_date(as_of),
        "known_at": known_instant(known_at),
        "state": relation.state,
        "since": None if relation.since is None else to_date(relation.since),
        "tension": standing.tension,
        "cooperation": standing.cooperation,
        "conflict_pressure": standing.conflict,
        "cooperation_pressure": standing.cooperation_pressure,
        "spillover_pressure": standing.spillover,
        "directed": {
            f"{a}>{b}": _directed(standing.directed[0]),
            f"{b}>{a}": _directed(standing.directed[1]),
        },
        "incidents": relation.incidents,
        "publishers": relation.publishers,
    }


def _directed(pressures: Pressures) -> Directed:
    return Directed(conflict_pressure=pressures.conflict, cooperation_pressure=pressures.cooperation)


def point_out(point: Point) -> TensionPoint:
    """Represent a point of a series."""
    return TensionPoint(
        day=to_date(point.day),
        tension=point.tension,
        cooperation=point.cooperation,
        conflict_pressure=point.conflict,
        cooperation_pressure=point.cooperation_pressure,
        spillover_pressure=point.spillover,
        peak=point.peak,
    )


def incident_out(contribution: Contribution, reported_by: Sequence[Reporting], ruling_on: RulingOn) -> IncidentOut:
    """Represent an incident with its contribution, the articles that report it, and the rulings on that."""
    incident = contribution.incident
    source, target = (incident.b, incident.a) if incident.direction == 1 else (incident.a, incident.b)
    return IncidentOut(
        id=incident.id,
        source=source,
        target=target,
        reciprocal=incident.direction == 2,
        type=incident.type,
        day=to_date(incident.day),
        publishers=incident.publishers,
        reports=incident.reports,
        killed=incident.killed,
        wounded=incident.wounded,
        weight=contribution.weight,
        contribution=contribution.contribution,
        via=contribution.via,
        patron=contribution.patron,
        reported_by=[
            ReportingOut(
                article=_article_ref(reporting),
                number=reporting.number,
                known_from=from_micros(reporting.known_from),
                ruling=ruling_on(reporting.article_id, reporting.number),
                event=dict(as_sent(reporting.report)),
            )
            for reporting in reported_by
        ],
    )


def _article_ref(told: Reporting | ToldDevelopment) -> ArticleRef:
    return ArticleRef(
        id=told.article_id,
        url=told.url,
        headline=told.headline,
        publisher=told.publisher,
        published=told.published,
    )


def agreement_out(agreement: Agreement) -> AgreementOut:
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
                development=told.development.development,
                day=to_date(told.development.day),
                occurred=told.development.occurred,
                article=_article_ref(told),
                number=told.development.number,
            )
            for told in agreement.developments
        ],
    )


def actor_out(actor: ActorEntry) -> ActorOut:
    """Represent an actor."""
    return ActorOut(code=actor.code, kind=actor.kind, name=actor.name, aliases=list(actor.aliases))


def article_summary(entry: ArticleEntry) -> ArticleSummary:
    """Represent an article in a list."""
    fields = entry._asdict()
    fields["id"] = fields.pop("article_id")
    instants = {name: from_micros(fields[name]) for name in ("recorded", "changed")}
    return ArticleSummary(**{**fields, **instants})


def article_out(history: Sequence[ArticleEvent]) -> ArticleOut:
    """Represent an article from what happened to it."""
    posted, *changes = history
    article: Any = posted.mutate(None)
    for event in changes:
        event.mutate(article)
    header = article.header
    return ArticleOut(
        id=article.article_id,
        url=header.url,
        headline=header.headline,
        publisher=header.publisher,
        published=header.published,
        language=header.language,
        retracted=article.retracted,
        version=article.version,
        events=[StandingReport(number=n, event=dict(as_sent(report))) for n, report in article.reports.items()],
        history=[_history_entry(event) for event in history],
    )


def _history_entry(event: ArticleEvent) -> HistoryEntry:
    return HistoryEntry(
        version=event.originator_version,
        change=short_type(event),
        recorded=event.timestamp.astimezone(UTC),
        recorded_by=event.recorded_by,
        request_id=event.request_id,
        number=getattr(event, "number", None),
        event=dict(as_sent(event.report)) if isinstance(event, ReportedEvent | ReportCorrected) else None,
        header=_header(event) if isinstance(event, ArticlePosted | ArticleRevised) else None,
        reason=getattr(event, "reason", None),
    )


def _header(event: ArticlePosted | ArticleRevised) -> dict[str, Any]:
    header = event.header
    return {name: getattr(header, name) for name in header.__struct_fields__}


def short_type(event: DomainEvent) -> str:
    """Return the name under which a domain event is shown."""
    return event.TOPIC.removeprefix("detente.")


def recorded_out(outcome: Outcome) -> Recorded:
    """Represent what became of a command."""
    return Recorded(id=outcome.id, changed=outcome.changed, position=outcome.position, version=outcome.version)
