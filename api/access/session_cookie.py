"""The cookies of the pages: that of a session, and that of a browser on this machine where no keys are needed.

Neither is read by scripts. A browser sends them with a link of another site, so that who follows it is known here,
and with nothing else that another site asks for: no form, no picture, no script. What comes by a link changes
nothing.
"""

from typing import Final

from starlette.types import Scope

SESSION: Final = "detente_session"
VISIT: Final = "detente_visit"
_HOST_ONLY: Final = "__Host-"  # with it a browser takes a cookie by https from this very host alone (RFC 6265bis)
_LONGEST: Final = 4096  # bytes of cookies that are looked at: ours have a hundred


def read_cookie(scope: Scope, name: str) -> str | None:
    """Return a cookie of a request, None if it has none of this name, or several: one of them is not ours."""
    wanted = _full_name(scope, name)
    lines = b";".join(value for header, value in scope["headers"] if header == b"cookie")
    pairs = (each.strip().partition("=") for each in lines[:_LONGEST].decode("latin-1").split(";"))
    found = [value for given, _, value in pairs if given == wanted]
    return found[0] if len(found) == 1 else None


def cookie_header(scope: Scope, name: str, value: str | None) -> str:
    """Return the `Set-Cookie` that gives a browser a cookie until it is closed, or with no value takes it away."""
    parts = [f"{_full_name(scope, name)}={value or ''}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if scope["scheme"] == "https":
        parts.append("Secure")
    if value is None:
        parts.append("Max-Age=0")
    return "; ".join(parts)


def _full_name(scope: Scope, name: str) -> str:
    return f"{_HOST_ONLY}{name}" if scope["scheme"] == "https" else name
