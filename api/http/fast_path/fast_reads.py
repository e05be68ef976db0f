"""The fast path: finds the route of a read, and has it answered by its plan.

It stands behind the response cache, and in front of all that a read without a body has no need of. What is not a
read, or is traced, or has something in it that a plan does not provide for, goes on to FastAPI as ever.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.fast_path.dependency_plan import DependencyPlan, NotPlanned
from api.http.middleware.response_cache import CachedRoute, is_cacheable

_WITH_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})  # headers of requests that have one
_SEGMENTS: Final = 2  # of a path, by which routes are looked up: no route has a parameter in them
_PLANNED: Final = "detente.planned_read"  # where a request's route and the values for it are in its scope


class _ReadRoute(NamedTuple):
    """A route that answers GET, its plans by whether a request has a query: without, FastAPI calls it."""

    pattern: re.Pattern[str]
    route: BaseRoute
    plans: tuple[DependencyPlan, DependencyPlan] | None


class ReadRoutes:
    """The routes of an app that answer GET, in its order."""

    def __init__(self, app: FastAPI) -> None:
        self._routes: defaultdict[str, list[_ReadRoute]] = defaultdict(list)
        for context in iter_route_contexts(app.routes):
            if "GET" in (context.methods or ()):
                self._routes[_beginning(context.path or "")].append(_read_route(context))

    def find(self, path: str) -> tuple[_ReadRoute, Mapping[str, Any]] | None:
        """Return the route of a path, and the parameters in the path; None if there is none."""
        for found in self._routes.get(_beginning(path), ()):
            if match := found.pattern.match(path):
                return found, match.groupdict()
        return None


class FastReads:
    """Answers reads of an app by the plans of their routes; all else passes through."""

    def __init__(self, app: ASGIApp, of: FastAPI) -> None:
        self._app = app
        self._routes = ReadRoutes(of)
        handlers = {key: handler for key, handler in of.exception_handlers.items() if key not in (500, Exception)}
        self._answering = ExceptionMiddleware(_answer, handlers)  # as FastAPI puts one around its routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if _is_plain_read(scope) and self._note_plan(scope):
            await self._answering(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _note_plan(self, scope: Scope) -> bool:
        """Note in its scope how a request is answered; return False if FastAPI has to do it."""
        if (found := self._routes.find(scope["path"])) is None:
            return False
        (_, route, plans), path_params = found
        if plans is None:
            return False
        plan = plans[bool(scope["query_string"])]
        request = Request({**scope, "route": route, "path_params": path_params})
        given = plan.given(request)
        if given is None:
            return False
        scope["route"] = route
        scope[_PLANNED] = request, plan, given
        return True


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    request, plan, given = scope.pop(_PLANNED)
    response = await plan.respond(given)
    if is_cacheable(scope):
        scope["app"].state.response_cache.put(request, response)
    await response(scope, receive, send)


def _is_plain_read(scope: Scope) -> bool:
    """Return whether a request is a GET that is not traced, and has no body."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope.get("root_path"):
        return False
    return scope.get("fastapi.telemetry") is None and not any(name in _WITH_BODY for name, _ in scope["headers"])


def _beginning(path: str) -> str:
    return "/".join(path.split("/", _SEGMENTS + 1)[: _SEGMENTS + 1])


def _read_route(context: RouteContext) -> _ReadRoute:
    route = context.original_route
    plans = None
    if isinstance(route, CachedRoute):
        with suppress(NotPlanned):
            made = [DependencyPlan(context.dependant, has_query=has_query) for has_query in (False, True)]
            plans = made[0], made[1]
    return _ReadRoute(context.path_regex, route, plans)
