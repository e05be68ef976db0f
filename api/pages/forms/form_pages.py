"""Pages with forms, which are never kept by a cache, and the page that asks for a key."""

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response

from api.access.session_cookie import VISIT, cookie_header, read_cookie
from api.http.middleware.request_line import ENCODED_SLASH
from api.http.problems import ProblemDetails
from api.pages.forms.forgery import form_token
from api.pages.forms.form_data import TOKEN
from api.pages.rendering import caller_of, render_page

_HERE: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_ShownProblem = ProblemDetails | Mapping[str, Any]
_LONGEST: Final = 4000  # characters of an address


def render_form(request: Request, template: str, shown: Mapping[str, Any], status: int = 200) -> Response:
    """Return a page with a form; its template has `form_token` besides, and puts it into a hidden field."""
    visit = None
    caller = caller_of(request)
    if caller is not None and caller.name is None and read_cookie(request.scope, VISIT) is None:
        visit = request.state.visit = secrets.token_hex(16)
    page = render_page(
        request, template, {**shown, "form_token": form_token(request), "token_field": TOKEN}, None, status
    )
    if visit is not None:
        page.headers.append("Set-Cookie", cookie_header(request.scope, VISIT, visit))
    return page


def render_sign_in(
    request: Request,
    problem: _ShownProblem | None,
    to: str,
    kept: str = "",
    status: int = 200,
) -> Response:
    """Return the page that asks for a key and leads on to an address; `kept` is a form that goes on there then."""
    return render_page(request, "sign_in.html", {"problem": problem, "to": to, "kept": kept}, None, status)


def address_of(request: Request, path: str | None = None) -> str:
    """Return the address of a request on this service: its path, or another one, and its query."""
    path = (path or request.scope["path"]).replace(ENCODED_SLASH, "%2F")
    return f"{path}?{request.url.query}" if request.url.query else path


def address_here(text: str) -> str:
    """Return an address if it is one of this service's, and else that of the overview."""
    return text if len(text) <= _LONGEST and _HERE.fullmatch(text) else "/"


def kept_form(fields: list[tuple[str, str]]) -> str:
    """Return the fields of a form as one text."""
    return urlencode(fields)
