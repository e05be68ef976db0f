"""Against forgery: that a form was sent by a page of ours, to whoever sends it.

A browser sends a session's cookie with whatever has it send something. So where a request comes from has to be our
own origin, by the headers that no page can change, and each form has a token that only its own page can know: made
from the secret of the session, or, on this machine without keys, from one of the process and of the browser.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request

from api.access.session_cookie import VISIT, read_cookie
from api.http.parameters import service_of
from api.http.problems import Problem
from api.pages.forms.form_data import TOKEN, FormData, read_form

_OURS: Final = "same-origin"


def new_form_secret() -> bytes:
    """Return a secret of a process for the tokens of its forms."""
    return secrets.token_bytes(32)


def check_origin(request: Request) -> None:
    """Raise `Problem` (403) for a request that does not say that it comes from a page of ours."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, _OURS):
        raise _foreign(f"Sec-Fetch-Site is {site}")
    if origin is None and site is None:
        raise _foreign("it has neither an Origin nor a Sec-Fetch-Site, which browsers send")
    if origin is not None and not _is_own(origin, request):
        raise _foreign(f"its Origin, {origin[:200]}, is not the Host, {request.headers.get('host', '')[:200]}")


def _is_own(origin: str, request: Request) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = ("https",) if request.scope["scheme"] == "https" else ("http", "https")  # a proxy may end HTTPS
    is_plain = origin.lower() == f"{parts.scheme}://{parts.netloc}".lower()
    return is_plain and parts.scheme in schemes and parts.netloc.lower() == request.headers.get("host", "").lower()


def _foreign(why: str) -> Problem:
    detail = (
        f"this did not come from a page of this service: {why}; programs use the API under /v1, and a proxy has to"
        " pass the Host on"
    )
    return Problem(403, "foreign-origin", "It was not sent by a page of ours", detail)


def form_token(request: Request) -> str | None:
    """Return the token of the forms that a page shows, or showed in a session that is over, if it may."""
    state = request.state
    session = getattr(state, "session", None) or getattr(state, "former_session", None)
    if session is not None:
        return _token(session.encode(), b"session")
    visit = getattr(state, "visit", None) or read_cookie(request.scope, VISIT)
    is_local = getattr(state, "caller", None) is not None and state.caller.name is None
    return _token(request.app.state.form_secret, visit.encode()) if visit and is_local else None


def _token(secret: bytes, of: bytes) -> str:
    return hmac.new(secret, of, sha256).hexdigest()


async def take_form(request: Request) -> FormData:
    """Return the form that a request sends, genuine if its token is right. Raises `Problem`."""
    check_origin(request)
    form = await read_form(request, service_of(request).settings.max_body_bytes)
    right, given = form_token(request), form.one(TOKEN)
    form.genuine = right is not None and hmac.compare_digest(right.encode(), given.encode())
    return form


TheForm = Annotated[FormData, Depends(take_form)]
