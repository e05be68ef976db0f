"""How articles are understood, and what they would change: shown before anything is recorded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from api.http.database_errors import problem_of
from api.http.problems import Problem, ProblemDetails, from_domain, in_body
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.decisions.suggestions import SuggestionOut, suggestion_out
from api.http.schemas.recorded import ArticleUnderstood, article_understood
from api.parsing.articles import parse_article
from api.parsing.json_bodies import parse_json
from api.parsing.requests import ArticleIn
from api.running.service import Service
from domain.articles import Article, PostArticle
from domain.errors import DetenteError
from domain.events import DomainEvent, Provenance
from domain.log.article_log import ArticlePreview
from domain.posting import PostingRule
from projections.folding.effects.relation_effects import RelationEffects, effects_of
from projections.queries.articles import ArticleReport, reports_by_incident
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.connection import Connection
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.store import read_position
from projections.suggestions.load_suggestions import suggestions_for
from projections.times import to_date, to_day

_NOW: Final = Question(0)
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

    `incidents` are by the numbers of its events.
    """

    where: int
    problem: ProblemDetails | None = None
    understood: ArticleUnderstood | None = None
    shown: ShownEffects | None = None
    may_be_one: Sequence[SuggestionOut] = ()
    incidents: Mapping[int, Sequence[ReportedIncident]] = field(default_factory=dict)


def parse_sent(service: Service, body: bytes, provenance: Provenance) -> PostArticle:
    """Return the command to record an article that was sent as JSON. Raises `Problem`."""
    return as_problem(lambda: parse_article(parse_json(ArticleIn, body), service.log.directory(), provenance))


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


def preview_post(service: Service, where: int, command: PostArticle, rule: PostingRule) -> Preview:
    """Return what would become of an article. Raises `Problem`."""
    preview: ArticlePreview = as_problem(lambda: service.log.preview_article(command, rule))
    with service.store.reading() as connection:
        effects = effects_of(service.log, connection, preview.events, today_of(service))
        position = read_position(connection)
        found = suggestions_for(connection, preview.article)
        incidents = _incidents(connection, preview.article, effects)
    ruling_on = finder(service.log.ruling_register(), position, None)
    understood = article_understood(preview)
    may_be_one = [suggestion_out(suggestion, ruling_on) for suggestion in found]
    return Preview(where, None, understood, ShownEffects(effects, position), may_be_one, incidents)


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


def _incidents(
    connection: Connection, article: Article, effects: RelationEffects
) -> dict[int, list[ReportedIncident]]:
    """Return the incidents that the events of an article would be reports of, by their numbers."""
    key = effects.changes.keys.get(article.id.hex)
    after = effects.incidents_after
    apart = {(it.beside, it.place): it for it in after.values() if it.beside is not None}
    found: dict[int, dict[str, Incident]] = {}
    for (of_article, number, *_), row in effects.changes.begun.items():
        if of_article != key or row.incident is None:
            continue
        incident = apart.get((row.incident, row.place)) or after.get(row.incident)
        if incident is not None:
            found.setdefault(number, {})[incident.id] = incident
    ids = {id_ for of_one in found.values() for id_ in of_one}
    reports = reports_by_incident(connection, ids, _NOW)
    return {
        number: [
            ReportedIncident(it, [r for r in reports.get(id_, ()) if r.article_id != article.article_id])
            for id_, it in of_one.items()
        ]
        for number, of_one in found.items()
    }
