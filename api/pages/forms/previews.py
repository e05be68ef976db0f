"""How articles are understood, and what they would change: shown before anything is recorded."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from pydantic import ValidationError

from api.http.database_errors import problem_of
from api.http.problems import Problem, ProblemDetails, from_domain, in_body
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.decisions.suggestions import SuggestionOut, suggestion_out
from api.http.schemas.recorded import ArticleUnderstood, article_understood
from api.parsing.articles import Suggesting, parse_article
from api.parsing.json_bodies import parse_json
from api.parsing.requests import ArticleIn
from api.running.service import Service
from domain.articles import Article, PostArticle
from domain.errors import DetenteError
from domain.events import DomainEvent, Provenance
from domain.log.article_log import ArticlePreview
from domain.posting import PostingRule
from projections.folding.effects.relation_effects import RelationEffects, RelationsAhead, effects_of
from projections.queries.articles import ArticleReport, reports_by_incident
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.connection import Connection
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.reading.tables_state import read_position
from projections.suggestions.load_suggestions import (
    UnrecordedArticle,
    own_reports,
    suggestions_for,
    unrecorded,
    with_incidents,
)
from projections.times import to_date, to_day

_NOW: Final = Question(0)
_TOLD: Final = (10, 30)  # articles of a paste of which it is worked out what they change, and their events
_COMPARED: Final = (50, 100)  # and of which it is looked for what may be one with them
_T = TypeVar("_T")


@dataclass(frozen=True)
class ReportedIncident:
    """An incident that an event would be a report of, and the other reports that it has."""

    incident: Incident
    others: Sequence[ArticleReport]

    @property
    def day(self) -> Any:
        """The day of the incident."""
        return to_date(self.incident.day)


@dataclass(frozen=True)
class ShownEffects:
    """What would change in relations, for a template."""

    effects: RelationEffects
    position: int
    model: str = DEFAULT_MODEL.name

    @property
    def days(self) -> Sequence[Any]:
        """The days on which relations are compared."""
        return [to_date(day) for day in self.effects.days]


@dataclass(frozen=True)
class Preview:
    """How an article is understood, or what is wrong with it; where it stands in what was sent.

    `incidents` are by the numbers of its events. Without `shown`, or with None in `may_be_one`, nobody has looked.
    """

    where: int
    problem: ProblemDetails | None = None
    understood: ArticleUnderstood | None = None
    shown: ShownEffects | None = None
    may_be_one: Sequence[SuggestionOut] | None = ()
    incidents: Mapping[int, Sequence[ReportedIncident]] = field(default_factory=dict)


def parse_sent(service: Service, body: bytes, provenance: Provenance, suggesting: Suggesting) -> PostArticle:
    """Return the command to record an article that was sent as JSON. Raises `Problem`."""
    directory = service.log.directory()
    return as_problem(lambda: parse_article(parse_json(ArticleIn, body), directory, provenance, suggesting))


def as_problem(work: Callable[[], _T]) -> _T:
    """Return what some work comes to. Raises `Problem` for all that the domain, or the database, refuses."""
    try:
        return work()
    except DetenteError as error:
        raise from_domain(error) from None
    except ValidationError as error:
        raise in_body(error) from None
    except DATABASE_ERRORS as error:
        if (problem := problem_of(error)) is None:
            raise
        raise problem from error


class _Taken(NamedTuple):
    """How many articles were taken, and how many events they have together."""

    articles: int
    events: int

    def is_within(self, articles: int, events: int) -> bool:
        """Return whether these are so many at most; one article always is."""
        return self.articles <= 1 or (self.articles <= articles and self.events <= events)


class Previews:
    """Previews of articles, each as if those before it were recorded by then.

    What relations would change, and what may be one with what is known, takes long: it is looked for in the first
    articles and events.
    """

    def __init__(self, service: Service, connection: Connection) -> None:
        self._log = service.log
        self._connection = connection
        self._relations = RelationsAhead(service.log, connection, today_of(service))
        self._position = read_position(connection)
        self._articles: dict[UUID, UnrecordedArticle] = {}
        self._taken = _Taken(0, 0)

    def take(self, where: int, command: PostArticle, rule: PostingRule) -> Preview:
        """Return what would become of an article, and take it as recorded. Raises `Problem`."""
        ahead = self._ahead(command.article_id)
        preview: ArticlePreview = as_problem(lambda: self._log.preview_article(command, rule, ahead))
        self._taken = _Taken(self._taken.articles + 1, self._taken.events + len(command.reports))
        is_told, is_compared = self._taken.is_within(*_TOLD), self._taken.is_within(*_COMPARED)
        effects = self._relations.take(preview.events, tells=is_told)
        new = unrecorded(self._connection, preview.article)
        found = suggestions_for(self._connection, new, self._articles.values()) if is_compared else None
        incidents = self._incidents(new, effects)
        self._articles[new.article.id] = new
        ruling_on = finder(self._log.ruling_register(), self._position, None)
        return Preview(
            where,
            None,
            article_understood(preview),
            ShownEffects(effects, self._position) if is_told else None,
            None if found is None else [suggestion_out(suggestion, ruling_on) for suggestion in found],
            incidents,
        )

    def _ahead(self, article_id: str) -> Article | None:
        aggregates = (each.article.id for each in self._articles.values() if each.article.article_id == article_id)
        aggregate = next(aggregates, None)
        return None if aggregate is None else self._relations.article(aggregate)

    def _incidents(self, new: UnrecordedArticle, effects: RelationEffects) -> dict[int, list[ReportedIncident]]:
        """Return the incidents that the events of an article would be reports of, by their numbers."""
        after = effects.incidents_after
        found: dict[int, dict[str, Incident]] = {}
        key = effects.changes.keys.get(new.article.id.hex)
        own = [row for (article, *_), row in effects.changes.begun.items() if article == key]
        for row, incident in with_incidents(own, after):
            if incident is not None:
                found.setdefault(row.number, {})[incident.id] = incident
        others = self._reports(new, {id_ for of_one in found.values() for id_ in of_one}, after)
        return {
            number: [ReportedIncident(it, others[id_]) for id_, it in of_one.items()]
            for number, of_one in found.items()
        }

    def _reports(
        self, new: UnrecordedArticle, ids: Set[str], incidents: Mapping[str, Incident]
    ) -> dict[str, list[ArticleReport]]:
        """Return the reports that some incidents have or would have by then, but for those of an article."""
        stored = reports_by_incident(self._connection, ids, _NOW)
        earlier = [each for id_, each in self._articles.items() if id_ != new.article.id]
        changed = {new.article.article_id, *(each.article.article_id for each in earlier)}
        found = {id_: [it for it in stored.get(id_, ()) if it.article_id not in changed] for id_ in ids}
        for id_, reports in own_reports(earlier, incidents).items():
            if id_ in found:
                found[id_] += reports
        return found


def preview_events(service: Service, events: Iterable[DomainEvent]) -> ShownEffects:
    """Return what domain events would change that are not recorded."""
    with service.store.reading() as connection:
        effects = effects_of(service.log, connection, list(events), today_of(service))
        return ShownEffects(effects, read_position(connection))


def today_of(service: Service) -> int:
    """Return today as a number."""
    return to_day(service.clock().date())


def not_understood(where: int, problem: Problem) -> Preview:
    """Return that an article is not understood."""
    return Preview(where, problem.details)
