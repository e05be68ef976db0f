"""Posting from a form or a paste, and revising: how it is understood is shown first, then it is recorded."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.http.middleware.json_route import JsonRoute
from api.http.parameters import NameInPath, TheProvenance, TheService
from api.http.scopes import POSTS
from api.pages.addresses import path_segment
from api.pages.forms.article_fields import MOST_EVENTS, OTHER_FIELDS, TEXT_FIELDS, USUAL_FIELDS
from api.pages.forms.article_form import ArticleForm, fields_of, try_form
from api.pages.forms.forgery import TheForm
from api.pages.forms.form_pages import render_form
from api.pages.page_parameters import CAUGHT_UP, CHECKED
from api.running.service import Service
from domain.errors import Fault, InvalidFacts
from domain.standards.plover import AGREEMENT_PURPOSES, TYPES, Kind

router = APIRouter(route_class=JsonRoute, dependencies=[POSTS, CHECKED, CAUGHT_UP], include_in_schema=False)

_MOST_OFFERED: Final = 500  # actors that are offered while one is typed; every other is known all the same


@router.get("/post")
def get_post_form(request: Request, service: TheService) -> Response:
    """Show an empty form."""
    return _shown(request, service, ArticleForm([("/events/0/kind", "")]))


@router.post("/post")
def post_post_form(request: Request, service: TheService, provenance: TheProvenance, form: TheForm) -> Response:
    """Show how what was entered or pasted is understood, or record it."""
    return _answer(request, service, try_form(service, provenance, form))


@router.get("/articles/{article_id}/revise")
def get_revise_form(request: Request, service: TheService, article_id: NameInPath) -> Response:
    """Show the form of an article as it stands."""
    article = service.log.article(article_id)
    if len(article.reports) > MOST_EVENTS:
        detail = f"has more than {MOST_EVENTS} events: correct them one by one, or use the API"
        raise InvalidFacts([Fault(("events",), "too-many-events", detail)])
    return _shown(request, service, ArticleForm(fields_of(article)), article_id)


@router.post("/articles/{article_id}/revise")
def post_revise_form(
    request: Request, service: TheService, provenance: TheProvenance, article_id: NameInPath, form: TheForm
) -> Response:
    """Show what a revision would change, or record it."""
    return _answer(request, service, try_form(service, provenance, form, article_id), article_id)


def _answer(request: Request, service: Service, tried: ArticleForm, article_id: str | None = None) -> Response:
    if len(tried.done) == 1:
        return see_article(tried.done[0].id, tried.done[0].position)
    return _shown(request, service, tried, article_id)


def see_article(article_id: str, position: int) -> Response:
    """Return what leads to the page of an article, once it reflects a position of the log."""
    location = f"/articles/{path_segment(article_id)}?min_position={position}"
    return Response(status_code=303, headers={"Location": location})


def _shown(request: Request, service: Service, form: ArticleForm, article_id: str | None = None) -> Response:
    status = 200 if form.problem is None else form.problem.status
    if form.previews and not form.is_understood:
        status = next(each.problem.status for each in form.previews if each.problem is not None)
    shown: Mapping[str, Any] = {
        "form": form,
        "article_id": article_id,
        "action": "/post" if article_id is None else f"/articles/{path_segment(article_id)}/revise",
        **event_choices(service),
    }
    return render_form(request, "post.html", shown, status)


def event_choices(service: Service) -> dict[str, Any]:
    """Return what the fields of an event offer to choose from."""
    names = service.log.directory().names
    return {
        "names": names,
        "offered": dict(islice(sorted(names.items()), _MOST_OFFERED)),
        "kinds": [kind.value for kind in Kind],
        "types": sorted({type_ for types in TYPES.values() for type_ in types}),
        "purposes": AGREEMENT_PURPOSES,
        "usual": USUAL_FIELDS,
        "texts": TEXT_FIELDS,
        "others": OTHER_FIELDS,
        "most_events": MOST_EVENTS,
    }
