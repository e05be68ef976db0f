"""What each method asks of the service: the route, its parameters, and the shape of the answer."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from detente_client.answers.incidents import FoundIncidentPage, IncidentPage, SuggestionPage
from detente_client.answers.log import (
    Actor,
    ActorPage,
    AgreementPage,
    ArticlePage,
    Health,
    ModelList,
    PublisherPage,
    Ruling,
    RulingPage,
    StoredArticle,
)
from detente_client.answers.recorded import Recorded, RecordedArticle
from detente_client.answers.relations import ClashRisk, EpisodePage, Explanation, RelationAnswer, RelationPage
from detente_client.connection.transport import Call, Request
from detente_client.question import Day, Parameters, Question, day_text, given_parameters, instant_text, path_of

JSON_BODY: Final = {"Content-Type": "application/json"}
TIMES: Final = ("as_of", "known_at", "published_by")
ALL: Final = (*TIMES, "model")

_HEADER: Final = {"id", "url", "headline", "publisher", "published", "language"}

Body = Mapping[str, Any] | BaseModel
W = TypeVar("W", bound=Recorded)


def reading(path: str, parameters: Parameters = (), *, waits: bool = True) -> Request:
    """Return the request of a read; one that `waits` reflects what the client wrote before."""
    return Request("GET", path, parameters, repeatable=True, waits=waits)


def get_relation(question: Question, a: str, b: str, what_if: Sequence[str]) -> Call[RelationAnswer]:
    """Ask how two actors stand."""
    parameters = question.parameters(*ALL) + given_parameters(what_if=what_if)
    return Call(reading(path_of("v1", "relations", a, b), parameters), RelationAnswer)


def list_relations(question: Question, **filters: object) -> Call[RelationPage]:
    """Ask for the relations of all pairs."""
    return Call(reading("/v1/relations", question.parameters(*ALL) + given_parameters(**filters)), RelationPage)


def list_pair_incidents(question: Question, pair: Sequence[str], what_if: Sequence[str]) -> Call[IncidentPage]:
    """Ask for the incidents that make up a relation."""
    parameters = question.parameters(*ALL) + given_parameters(what_if=what_if)
    return Call(reading(path_of("v1", "relations", *pair, "incidents"), parameters), IncidentPage)


def list_episodes(question: Question, pair: Sequence[str], what_if: Sequence[str]) -> Call[EpisodePage]:
    """Ask for the episodes of a relation."""
    parameters = question.parameters(*ALL) + given_parameters(what_if=what_if)
    return Call(reading(path_of("v1", "relations", *pair, "episodes"), parameters), EpisodePage)


def list_risk_shares(question: Question, pair: Sequence[str], what_if: Sequence[str]) -> Call[ClashRisk]:
    """Ask what the risk of a clash is made of."""
    parameters = question.parameters(*ALL) + given_parameters(what_if=what_if)
    return Call(reading(path_of("v1", "relations", *pair, "clash-risk"), parameters), ClashRisk)


def get_explanation(
    question: Question, pair: Sequence[str], days: tuple[Day | None, Day | None], others: Mapping[str, Any]
) -> Call[Explanation]:
    """Ask why tension is another on a second day, or with more known, or by another model, than on a first."""
    asked = {
        **others,
        "from_": day_text(days[0], "start"),
        "to": day_text(days[1], "end"),
        "known_from": instant_text(others.get("known_from"), "known_from"),
        "known_to": instant_text(others.get("known_to"), "known_to"),
    }
    parameters = question.parameters(*ALL) + given_parameters(**asked)
    return Call(reading(path_of("v1", "relations", *pair, "explanation"), parameters), Explanation)


def get_picture(
    question: Question, pair: Sequence[str], picture_format: str, options: Mapping[str, Any]
) -> Request:
    """Ask for the picture of a relation over time."""
    days = {"from_": day_text(options.get("start"), "start"), "to": day_text(options.get("end"), "end")}
    rest = {name: value for name, value in options.items() if name not in ("start", "end")}
    parameters = question.parameters(*ALL) + given_parameters(**days, **rest, format=picture_format)
    path = path_of("v1", "pictures", "relations", *pair, "tension")
    accept = {"svg": "image/svg+xml", "png": "image/png"}.get(picture_format, "*/*")
    return Request("GET", path, parameters, headers={"Accept": accept}, repeatable=True, waits=True)


def find_incidents(question: Question, **filters: object) -> Call[FoundIncidentPage]:
    """Ask for the incidents of all pairs that are looked for."""
    return Call(
        reading("/v1/incidents", question.parameters(*ALL) + given_parameters(**filters)), FoundIncidentPage
    )


def list_suggestions(pair: Sequence[str] | None) -> Call[SuggestionPage]:
    """Ask for incidents that may be one."""
    segments = ("relations", *pair, "incidents", "suggestions") if pair else ("incidents", "suggestions")
    return Call(reading(path_of("v1", *segments)), SuggestionPage)


def list_articles() -> Call[ArticlePage]:
    """Ask for all articles."""
    return Call(reading("/v1/articles"), ArticlePage)


def get_article(question: Question, article: str) -> Call[StoredArticle]:
    """Ask for an article and its history."""
    known = question.parameters("known_at")
    return Call(reading(path_of("v1", "articles", article), known, waits=False), StoredArticle)


def list_rulings(question: Question, **filters: object) -> Call[RulingPage]:
    """Ask for the rulings."""
    parameters = question.parameters("known_at") + given_parameters(**filters)
    return Call(reading("/v1/rulings", parameters, waits=False), RulingPage)


def get_ruling(question: Question, ruling: str) -> Call[Ruling]:
    """Ask for a ruling."""
    return Call(reading(path_of("v1", "rulings", ruling), question.parameters("known_at"), waits=False), Ruling)


def list_agreements(question: Question, **filters: object) -> Call[AgreementPage]:
    """Ask for the agreements."""
    return Call(reading("/v1/agreements", question.parameters(*ALL) + given_parameters(**filters)), AgreementPage)


def list_actors(**filters: object) -> Call[ActorPage]:
    """Ask for the actors."""
    return Call(reading("/v1/actors", given_parameters(**filters)), ActorPage)


def get_actor(actor: str) -> Call[Actor]:
    """Ask whom a code or a name means."""
    return Call(reading(path_of("v1", "actors", actor)), Actor)


def list_publishers() -> Call[PublisherPage]:
    """Ask for the publishers."""
    return Call(reading("/v1/publishers"), PublisherPage)


def list_models() -> Call[ModelList]:
    """Ask for the scoring models."""
    return Call(reading("/v1/models", waits=False), ModelList)


def get_health() -> Call[Health]:
    """Ask how the service is."""
    return Call(reading("/health", waits=False), Health)


def page_after(call: Call[Any], changed: Mapping[str, str]) -> Call[Any]:
    """Return the call of another page: the parameters of a call, some in place of those there were."""
    kept = tuple((name, value) for name, value in call.request.parameters if name not in changed)
    request = reading(call.request.path, (*kept, *changed.items()), waits=call.request.waits)
    return Call(request, call.answer)


def post_article(article: Body, on_conflict: str, reason: str | None) -> Call[RecordedArticle]:
    """Record an article."""
    revises = on_conflict != "refuse"
    parameters = given_parameters(on_conflict=on_conflict if revises else None, reason=reason)
    return _write("POST", "/v1/articles", article, RecordedArticle, parameters, repeatable=not revises)


def put_article(article_id: str, article: Body, reason: str | None, if_match: str | None) -> Call[RecordedArticle]:
    """Make an article say what its publisher says now."""
    body = dict(as_object(article))
    if reason is not None:
        body["reason"] = reason
    return _write("PUT", path_of("v1", "articles", article_id), body, RecordedArticle, etag=if_match)


def put_event(
    article_id: str, number: int, event: Body, reason: str | None, if_match: str | None
) -> Call[Recorded]:
    """Correct a reported event."""
    body = {"event": as_object(event)} | ({"reason": reason} if reason is not None else {})
    return _write("PUT", path_of("v1", "articles", article_id, "events", number), body, Recorded, etag=if_match)


def delete_article(
    article_id: str, number: int | None, reason: str | None, if_match: str | None
) -> Call[Recorded]:
    """Retract an article, or one of its events."""
    event = () if number is None else ("events", number)
    path = path_of("v1", "articles", article_id, *event)
    return _write("DELETE", path, None, Recorded, given_parameters(reason=reason), etag=if_match)


def post_ruling(
    ruling: str, reports: Sequence[Mapping[str, Any]], reason: str, ruling_id: str | None
) -> Call[Recorded]:
    """Rule on reported events."""
    body = {"ruling": ruling, "reports": list(reports), "reason": reason} | (
        {"id": ruling_id} if ruling_id else {}
    )
    return _write("POST", "/v1/rulings", body, Recorded, repeatable=True)


def delete_ruling(ruling_id: str, reason: str, if_match: str | None) -> Call[Recorded]:
    """Withdraw a ruling."""
    path = path_of("v1", "rulings", ruling_id)
    return _write("DELETE", path, None, Recorded, given_parameters(reason=reason), etag=if_match)


def post_actor(actor: Body) -> Call[Recorded]:
    """Register an actor."""
    return _write("POST", "/v1/actors", actor, Recorded, repeatable=True)


def _write(
    method: str,
    path: str,
    body: Body | None,
    answer: type[W],
    parameters: Parameters = (),
    *,
    repeatable: bool = False,
    etag: str | None = None,
) -> Call[W]:
    headers = {} if body is None else dict(JSON_BODY)
    if etag is not None:
        headers["If-Match"] = etag
    content = None if body is None else encoded(body)
    return Call(Request(method, path, parameters, content, headers, repeatable), answer)


def as_object(body: Body) -> Mapping[str, Any]:
    """Return what is sent for an article, an event or an actor: a mapping as it is, of a model what was set.

    An article that was read is sent as it would be posted. Raises `ValueError` if texts of it were redacted.
    """
    if isinstance(body, StoredArticle):
        return _as_posted(body)
    if isinstance(body, BaseModel):
        return body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(body, Mapping):
        return body
    raise TypeError(f"give a mapping or a model, not {type(body).__name__}")


def _as_posted(article: StoredArticle) -> Mapping[str, Any]:
    if article.redacted or any(each.redacted for each in article.events):
        raise ValueError(
            f"texts of {article.id!r} were redacted: what is sent as it was read would take them for gone"
        )
    header = article.model_dump(mode="json", include=_HEADER, exclude_none=True)
    return {**header, "events": [each.event for each in article.events]}


def encoded(body: Body) -> bytes:
    """Return a body as JSON. Raises `TypeError` or `ValueError` for what has no JSON."""
    return json.dumps(as_object(body), ensure_ascii=False, allow_nan=False, default=_plain).encode()


def _plain(value: object) -> object:
    """Return the JSON of a day, an instant, a number of numpy's or a model within a body."""
    if isinstance(value, BaseModel):
        return as_object(value)
    if isinstance(value, date):
        return instant_text(value, "a date in the body")
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{value!r} cannot be sent as JSON")
