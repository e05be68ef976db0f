"""Which scope a route needs. No route is without one but the few that are open by name.

Each route has `READS`, `POSTS` or `ADMINISTERS` among its dependencies; `check_every_route_is_guarded` finds those
that do not, when the app is made.
"""

from typing import Final

from fastapi import FastAPI, Security
from fastapi.params import Depends
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from api.access.key_ring import Caller
from api.access.keys import Scope
from api.http.problems import Problem

AFTER_SESSION: Final = "/sign-in/again"  #: where what a form sends goes once its session is over
#: What anybody may ask: whether the process runs and is ready, in one word, how the service is to be used, and
#: to be let in and out.
OPEN_PATHS: Final = frozenset(
    {"/health/live", "/health/ready", "/openapi.json", "/sign-in", "/sign-out", AFTER_SESSION}
)


class NeedsScope(HTTPBearer):
    """What a route depends on: a key of a scope. Describes itself in the OpenAPI document."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            scheme_name="key",
            description="A key, as `detente key create` prints it. While no keys have been made, a server answers"
            " requests of its own machine only, and needs none.",
            auto_error=False,
        )
        self.scope = scope

    async def __call__(self, request: HTTPConnection) -> None:
        """Refuse a caller whose key is of too small a scope."""
        check_scope(request, self.scope)


def check_scope(request: HTTPConnection, needed: Scope) -> None:
    """Raise `Problem` (403) if a caller's key is of too small a scope."""
    caller: Caller = request.state.caller
    if not caller.scope.covers(needed):
        raise _too_small(caller, needed)


def _needs(scope: Scope) -> Depends:
    dependency: Depends = Security(NeedsScope(scope), scopes=[scope])
    return dependency


READS: Final = _needs(Scope.READ)
POSTS: Final = _needs(Scope.POST)
ADMINISTERS: Final = _needs(Scope.ADMIN)


class Unguarded(Exception):
    """A route neither names the scope that it needs nor is open."""


def check_every_route_is_guarded(app: FastAPI) -> None:
    """Raise `Unguarded` if a route of the app names no scope, and is not one of `OPEN_PATHS`."""
    for route in iter_route_contexts(app.routes):
        dependencies = getattr(route, "dependencies", ())
        if route.path not in OPEN_PATHS and not any(isinstance(d.dependency, NeedsScope) for d in dependencies):
            raise Unguarded(f"{route.path} does not name the scope that it needs")


def _too_small(caller: Caller, needed: Scope) -> Problem:
    detail = f"this needs a key of scope {needed}; {caller.name} is of scope {caller.scope}"
    headers = {"WWW-Authenticate": f'Bearer realm="detente", error="insufficient_scope", scope="{needed}"'}
    return Problem(403, "scope-too-small", "The key's scope does not allow this", detail, headers=headers)
