"""Redacting free text of an article, for good: what would be taken out is listed first."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.http.middleware.json_route import JsonRoute
from api.http.parameters import NameInPath, TheProvenance, TheService
from api.http.problems import Problem, ProblemDetails
from api.http.schemas.recorded import redaction_preview
from api.http.scopes import ADMINISTERS
from api.pages.forms.article_fields import errors_by_field
from api.pages.forms.change_form import digest_of_change
from api.pages.forms.forgery import TheForm
from api.pages.forms.form_data import FormData
from api.pages.forms.form_pages import render_form
from api.pages.forms.previews import as_problem
from api.pages.forms.shared_fields import PREVIEW, PREVIEWED, RECORD, reason_of
from api.pages.page_parameters import CHECKED
from api.pages.routes.writing.post import see_article
from api.running.service import Service
from domain.errors import Fault, InvalidFacts
from domain.events import Provenance
from domain.free_text import TEXTS, USUAL_TEXTS
from domain.redactions import RedactTexts

router = APIRouter(route_class=JsonRoute, dependencies=[ADMINISTERS, CHECKED], include_in_schema=False)


@router.get("/articles/{article_id}/redact")
def get_redact_form(request: Request, service: TheService, article_id: NameInPath) -> Response:
    """Ask which texts are to go."""
    return _shown(request, service, article_id, FormData([("fields", name) for name in USUAL_TEXTS]), {})


@router.post("/articles/{article_id}/redact")
def post_redact_form(
    request: Request, service: TheService, provenance: TheProvenance, article_id: NameInPath, form: TheForm
) -> Response:
    """List the texts that would go, or redact them."""
    if form.action not in (PREVIEW, RECORD):
        return _shown(request, service, article_id, form, {"note": "" if form.genuine else "stale"})
    try:
        command = as_problem(lambda: _command(article_id, provenance, form))
        if form.action == RECORD and form.one(PREVIEWED) == digest_of_change(form.fields):
            done = as_problem(lambda: service.log.redact(command))
            service.wake.set()
            return see_article(article_id, done.outcome.position)
        found = as_problem(lambda: service.log.preview_redaction(command))
    except Problem as problem:
        return _shown(request, service, article_id, form, {"problem": problem.details})
    texts = redaction_preview(article_id, found).texts
    note = "changed" if form.action == RECORD else ""
    shown = {"texts_found": texts, "checked": digest_of_change(form.fields), "note": note}
    return _shown(request, service, article_id, form, shown)


def _command(article_id: str, provenance: Provenance, form: FormData) -> RedactTexts:
    reason = reason_of(form, required=True)
    fields, number = tuple(form.all("fields")), form.one("number")
    if not fields:
        raise InvalidFacts([Fault(("fields",), "no-fields", "choose what is to be redacted")])
    if number and not (number.isdecimal() and len(number) < 9):
        raise InvalidFacts([Fault(("number",), "not-a-number", "is not the number of an event")])
    return RedactTexts(article_id, int(number) if number else None, fields, reason or "", provenance)


def _shown(request: Request, service: Service, article_id: str, form: FormData, more: dict[str, Any]) -> Response:
    problem: ProblemDetails | None = more.get("problem")
    shown = {
        "article": service.log.article(article_id),
        "choices": TEXTS,
        "chosen": form.all("fields"),
        "number": form.one("number"),
        "reason": form.one("reason"),
        "errors": errors_by_field(problem, ("/reason", "/fields", "/number")),
        "texts_found": None,
        "checked": "",
        "note": "",
        **more,
    }
    return render_form(request, "redact.html", shown, 200 if problem is None else problem.status)
