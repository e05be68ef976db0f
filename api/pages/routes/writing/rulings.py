"""Ruling that reported events are one incident, or one apart, and taking that back; effects are shown first."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request, Response

from api.http.middleware.json_route import JsonRoute
from api.http.parameters import NameInPath, TheProvenance, TheService
from api.http.routes.decisions.rulings import record_ruling, ruling_command
from api.http.scopes import POSTS
from api.pages.forms.change_form import Change, ChangeForm, shown_change, try_change
from api.pages.forms.forgery import TheForm
from api.pages.forms.form_data import FormData
from api.pages.forms.form_pages import render_form
from api.pages.page_parameters import CAUGHT_UP, CHECKED
from api.pages.routes.writing.post import see_article
from api.parsing.articles import as_sent
from api.parsing.json_bodies import parse_json
from api.parsing.requests import RulingIn
from api.running.service import Service
from domain.articles import Article
from domain.errors import ArticleNotFound, Fault, InvalidFacts, RulingNotFound
from domain.events import DomainEvent, Provenance
from domain.log.article_log import Outcome
from domain.rulings import MAX_RULED, LinkReports, ReportRef, RulingKind, SeparateReports, WithdrawRuling

router = APIRouter(
    route_class=JsonRoute, prefix="/rulings", dependencies=[POSTS, CHECKED, CAUGHT_UP], include_in_schema=False
)

_NOT_YET: Final = "(to be given)"  # in place of a reason while the effect is looked at
_REPORT: Final = "report"


@router.get("/new")
def get_ruling_form(
    request: Request,
    service: TheService,
    provenance: TheProvenance,
    report: Annotated[list[str] | None, Query(max_length=MAX_RULED)] = None,
    ruling: str = RulingKind.LINK.value,
    reason: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Show the reported events that are to be one incident, or one apart, and what that would change."""
    fields = [*((_REPORT, each) for each in report or ()), ("ruling", ruling), ("reason", reason)]
    if not report or (len(report) == 1 and ruling == RulingKind.LINK):  # others are to be named first
        return _shown(request, service, ChangeForm(fields))
    return _shown(request, service, shown_change(service, fields, _ruling(service, provenance, FormData(fields))))


@router.post("/new")
def post_ruling_form(request: Request, service: TheService, provenance: TheProvenance, form: TheForm) -> Response:
    """Show what a ruling would change, or record it."""
    tried = try_change(service, form, _ruling(service, provenance, form))
    if tried.done is not None:
        return see_article(_split(form.all(_REPORT)[0])[0], tried.done.position)
    return _shown(request, service, tried)


@router.get("/{ruling_id}/withdraw")
def get_withdrawal_form(
    request: Request, service: TheService, provenance: TheProvenance, ruling_id: NameInPath
) -> Response:
    """Show what it would change to take a ruling back, and ask why."""
    change = _withdrawal(service, provenance, ruling_id)
    return _shown(request, service, shown_change(service, [], change), ruling_id)


@router.post("/{ruling_id}/withdraw")
def post_withdrawal_form(
    request: Request, service: TheService, provenance: TheProvenance, ruling_id: NameInPath, form: TheForm
) -> Response:
    """Take a ruling back."""
    tried = try_change(service, form, _withdrawal(service, provenance, ruling_id))
    if tried.done is not None:
        return see_article(_named_by(service, ruling_id)[0].article, tried.done.position)
    return _shown(request, service, tried, ruling_id)


# The changes


def _ruling(service: Service, provenance: Provenance, form: FormData) -> Change:
    def command(reason: str | None) -> LinkReports | SeparateReports:
        named = [_split(each) for each in form.all(_REPORT) if each.strip()]
        sent = {
            "ruling": form.one("ruling"),
            "reports": [{"article": article, "number": number} for article, number in named],
            "reason": reason or _NOT_YET,
        }
        return ruling_command(parse_json(RulingIn, msgspec.json.encode(sent)), provenance)

    def events(reason: str | None) -> Sequence[DomainEvent]:
        return service.log.preview_ruling(command(reason))

    def record(reason: str | None) -> Outcome:
        return record_ruling(service, command(reason))

    return Change(events, record)


def _withdrawal(service: Service, provenance: Provenance, ruling_id: str) -> Change:
    def events(reason: str | None) -> Sequence[DomainEvent]:
        return service.log.preview_withdrawal(WithdrawRuling(ruling_id, reason or _NOT_YET, provenance))

    def record(reason: str | None) -> Outcome:
        return service.log.withdraw_ruling(WithdrawRuling(ruling_id, reason or "", provenance))

    return Change(events, record)


def _split(named: str) -> tuple[str, int]:
    """Return the article and the number in the name of a reported event. Raises `InvalidFacts`."""
    article, _, number = named.strip().rpartition("/")
    if not article or not number.isdecimal() or len(number) > 9:
        detail = f"{named[:100]!r} is not an article's id and the number of an event, such as idlib-2020-02-11/2"
        raise InvalidFacts([Fault(("reports",), "not-a-report", detail)])
    return article, int(number)


# Answers


def _shown(request: Request, service: Service, form: ChangeForm, ruling_id: str | None = None) -> Response:
    if ruling_id is None:
        reports = [value for name, value in form.fields if name == _REPORT and value.strip()]
    else:
        reports = [f"{named.article}/{named.number}" for named in _named_by(service, ruling_id)]
    shown: dict[str, Any] = {
        "form": form,
        "ruling_id": ruling_id,
        "named": _events_named(service, reports),
        "names": service.log.directory().names,
    }
    return render_form(request, "ruling.html", shown, form.status)


def _named_by(service: Service, ruling_id: str) -> Sequence[ReportRef]:
    entry = service.log.ruling_register().entries.get(ruling_id)
    if entry is None:
        raise RulingNotFound(f"there is no ruling {ruling_id!r}")
    return entry.made.reports


def _events_named(service: Service, reports: Sequence[str]) -> list[tuple[str, str | None, dict[str, Any] | None]]:
    """Return the names in a form, each with the article and the event that it is of, as far as there are such.

    Each article is read once; of more names than a ruling may have none is looked up.
    """
    article_of = cache(service.log.article)
    known = [(named, *_event_named(article_of, named)) for named in reports[:MAX_RULED]]
    return [*known, *((named, None, None) for named in reports[MAX_RULED:])]


def _event_named(article_of: Callable[[str], Article], named: str) -> tuple[str | None, dict[str, Any] | None]:
    try:
        article_id, number = _split(named)
        report = article_of(article_id).reports.get(number)
    except (InvalidFacts, ArticleNotFound):  # the form says what is wrong with it
        return None, None
    return article_id, None if report is None else dict(as_sent(report))
