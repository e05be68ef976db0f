"""Signing in with a key, and out. What a form sent once its session was over is kept, and gone on with."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from api.access.session_cookie import SESSION, cookie_header, read_cookie
from api.access.sessions import session_id_of
from api.http.middleware.guard import hold_back, valid_key
from api.http.parameters import service_of
from api.http.problems import Problem
from api.http.scopes import AFTER_SESSION
from api.pages.forms.forgery import check_origin, form_token, take_form
from api.pages.forms.form_data import TOKEN, FormData, read_form
from api.pages.forms.form_pages import address_here, address_of, kept_form, render_form, render_sign_in
from api.pages.page_parameters import CHECKED

router = APIRouter(dependencies=[CHECKED], include_in_schema=False)

_LONGEST_SIGN_IN = 8 * 1024  # bytes: a key, and where to go on


@router.get("/sign-in")
async def get_sign_in(request: Request, to: str = "/") -> Response:
    """Ask for a key."""
    return render_sign_in(request, None, address_here(to))


@router.post("/sign-in")
async def post_sign_in(request: Request) -> Response:
    """Make a session with a key, and go on: to an address, or with a form that came once one was over."""
    check_origin(request)
    form = await read_form(request, await _longest(request))
    to, kept = address_here(form.one("to")), form.one("kept")
    keys = await request.app.state.keys.keys()
    if not keys:  # nobody is asked for one
        return _see(to)
    key = valid_key(keys, form.one("key"), service_of(request).clock())
    if isinstance(key, Problem):
        refused = await hold_back(request.app.state.throttle, request.scope, form.one("key"), key)
        page = render_sign_in(request, refused.details, to, kept, refused.details.status)
        page.headers.update(refused.headers or {})
        return page
    made = await request.app.state.sessions.create(key, service_of(request).clock())
    request.state.session = made.token
    page = _going_on(request, to, kept) if kept else _see(to)
    page.headers.append("Set-Cookie", cookie_header(request.scope, SESSION, made.token))
    return page


@router.post("/sign-out")
async def post_sign_out(request: Request) -> Response:
    """End the session."""
    check_origin(request)
    token = read_cookie(request.scope, SESSION)
    session = None if token is None else await request.app.state.sessions.find(token)
    if session is not None:
        await request.app.state.sessions.end(session, service_of(request).clock())
    page = _see("/sign-in")
    page.headers.append("Set-Cookie", cookie_header(request.scope, SESSION, None))
    return page


@router.post(AFTER_SESSION)
async def post_after_session(request: Request) -> Response:
    """Ask for a key, and keep what a form sent: the guard leads here what comes once a session is over.

    Of whoever never had a session nothing is read.
    """
    if form_token(request) is None or "refused" not in request.scope["state"]:
        raise Problem(404, "not-found", "Not Found", "there is nothing here")
    form = await take_form(request)
    state = request.state
    kept = kept_form(form.without(TOKEN)) if form.genuine else ""
    return render_sign_in(request, state.refused, address_of(request, state.asked_for), kept, 401)


async def _longest(request: Request) -> int:
    """Return how many bytes are read: of whoever has, or had, a session a whole form may come along."""
    token = read_cookie(request.scope, SESSION)
    if token is None or session_id_of(token) is None or await request.app.state.sessions.find(token) is None:
        return _LONGEST_SIGN_IN
    return service_of(request).settings.max_body_bytes


def _going_on(request: Request, to: str, kept: str) -> Response:
    fields = FormData.parse(kept.encode("ascii", "replace")).without(TOKEN)
    return render_form(request, "signed_in.html", {"to": to, "fields": fields})


def _see(to: str) -> Response:
    return Response(status_code=303, headers={"Location": quote(to, safe="/%?&=#:;+~,!@$'()*-._[]")})
