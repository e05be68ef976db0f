"""Correcting and retracting: an event of an article, or the article. What that changes is shown first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from api.http.etags import tag_of_state
from api.http.middleware.json_route import JsonRoute
from api.http.parameters import NameInPath, TheProvenance, TheService
from api.http.scopes import POSTS
from api.pages.addresses import path_segment
from api.pages.forms.article_fields import ONE_EVENT, event_body, event_fields
from api.pages.forms.change_form import Change, ChangeForm, pending, shown_change, try_change
from api.pages.forms.forgery import TheForm
from api.pages.forms.form_data import FormData
from api.pages.forms.form_pages import render_form
from api.pages.forms.shared_fields import EXPECTED_STATE, expectation_of
from api.pages.page_parameters import CAUGHT_UP, CHECKED
from api.pages.routes.writing.post import event_choices, see_article
from api.parsing.articles import as_sent, parse_report
from api.parsing.json_bodies import parse_json
from api.parsing.requests import CorrectionIn
from api.parsing.whole_numbers import WholeNumber
from api.running.service import Service
from domain.articles import Article, CorrectReport, RetractArticle, RetractReport
from domain.errors import InvalidFacts, ReportNotFound
from domain.events import DomainEvent, Provenance, check_expected
from domain.log.article_log import Outcome
from domain.reports import Report

router = APIRouter(
    route_class=JsonRoute,
    prefix="/articles/{article_id}",
    dependencies=[POSTS, CHECKED, CAUGHT_UP],
    include_in_schema=False,
)


@router.get("/retract")
def get_retract_form(
    request: Request, service: TheService, provenance: TheProvenance, article_id: NameInPath
) -> Response:
    """Show what the retraction of an article would change, and ask why."""
    expects = [(EXPECTED_STATE, tag_of_state(service.log.article(article_id)))]
    return _shown(request, service, shown_change(service, expects, _retraction(service, provenance, article_id)))


@router.post("/retract")
def post_retract_form(
    request: Request, service: TheService, provenance: TheProvenance, article_id: NameInPath, form: TheForm
) -> Response:
    """Retract an article."""
    change = _retraction(service, provenance, article_id, form)
    return _answer(request, service, try_change(service, form, change))


@router.get("/events/{number}/correct")
def get_correct_form(
    request: Request, service: TheService, article_id: NameInPath, number: WholeNumber
) -> Response:
    """Show the form of an event as it stands."""
    article = service.log.article(article_id)
    fields = event_fields(as_sent(_report(article, number)), ONE_EVENT)
    return _shown(request, service, ChangeForm([*fields, (EXPECTED_STATE, tag_of_state(article))]))


@router.post("/events/{number}/correct")
def post_correct_form(
    request: Request,
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    number: WholeNumber,
    form: TheForm,
) -> Response:
    """Show what a correction would change, or record it."""
    change = _correction(service, provenance, (article_id, number), form)
    return _answer(request, service, try_change(service, form, change))


@router.get("/events/{number}/retract")
def get_retract_event_form(
    request: Request,
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    number: WholeNumber,
) -> Response:
    """Show what the retraction of an event would change, and ask why."""
    expects = [(EXPECTED_STATE, tag_of_state(service.log.article(article_id)))]
    change = _retraction_of_event(service, provenance, (article_id, number))
    return _shown(request, service, shown_change(service, expects, change))


@router.post("/events/{number}/retract")
def post_retract_event_form(
    request: Request,
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    number: WholeNumber,
    form: TheForm,
) -> Response:
    """Retract an event."""
    change = _retraction_of_event(service, provenance, (article_id, number), form)
    return _answer(request, service, try_change(service, form, change))


# The changes


def _retraction(service: Service, provenance: Provenance, article_id: str, form: FormData | None = None) -> Change:
    def events(reason: str | None) -> Sequence[DomainEvent]:
        article = _expected(service, article_id, form)
        article.retract(reason, provenance)
        return pending(article)

    def record(reason: str | None) -> Outcome:
        command = RetractArticle(article_id, reason, provenance)
        return service.log.retract_article(command, expectation_of(form) if form else None)

    return Change(events, record)


def _retraction_of_event(
    service: Service, provenance: Provenance, named: tuple[str, int], form: FormData | None = None
) -> Change:
    article_id, number = named

    def events(reason: str | None) -> Sequence[DomainEvent]:
        article = _expected(service, article_id, form)
        article.retract_report(number, reason, provenance)
        return pending(article)

    def record(reason: str | None) -> Outcome:
        command = RetractReport(article_id, number, reason, provenance)
        return service.log.retract_report(command, expectation_of(form) if form else None)

    return Change(events, record)


def _correction(service: Service, provenance: Provenance, named: tuple[str, int], form: FormData) -> Change:
    article_id, number = named

    def report(reason: str | None) -> Report:
        sent = msgspec.json.encode({"event": event_body(form), "reason": reason})
        return parse_report(parse_json(CorrectionIn, sent).event, service.log.directory(), at=("event",))

    def events(reason: str | None) -> Sequence[DomainEvent]:
        article = _expected(service, article_id, form)
        corrected = report(reason)
        with _AtEvent():
            article.correct(number, corrected, reason, provenance)
        return pending(article)

    def record(reason: str | None) -> Outcome:
        command = CorrectReport(article_id, number, report(reason), reason, provenance)
        with _AtEvent():
            return service.log.correct_report(command, expectation_of(form))

    return Change(events, record)


class _AtEvent:
    """Has the faults of a report be those of the event in a form."""

    def __enter__(self) -> None:
        return

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, InvalidFacts):
            faults = [replace(fault, path=("event", *fault.path)) for fault in error.faults]
            raise InvalidFacts(faults) from None


def _expected(service: Service, article_id: str, form: FormData | None) -> Article:
    """Return an article in the state that a form was shown for. Raises `PreconditionFailed`."""
    article = service.log.article(article_id)
    if form is not None:
        check_expected(expectation_of(form), article, f"article {article_id}")
    return article


def _report(article: Article, number: int) -> Report:
    report = article.reports.get(number)
    if report is None:
        raise ReportNotFound(f"article {article.article_id!r} has no event {number}")
    return report


# Answers


def _answer(request: Request, service: Service, form: ChangeForm) -> Response:
    if form.done is not None:
        return see_article(form.done.id, form.done.position)
    return _shown(request, service, form)


def _shown(request: Request, service: Service, form: ChangeForm) -> Response:
    article_id, number = request.path_params["article_id"], request.path_params.get("number")
    what = request.scope["path"].rpartition("/")[2]
    shown: dict[str, Any] = {
        "form": form,
        "what": f"{what}_event" if number is not None else what,
        "article": service.log.article(article_id),
        "number": number,
        "fields_of_event": what == "correct",
        "back": f"/articles/{path_segment(article_id)}",
        **event_choices(service),
    }
    if number is not None:
        report = shown["article"].reports.get(int(number))
        shown["event"] = None if report is None else dict(as_sent(report))
    return render_form(request, "change.html", shown, form.status)
