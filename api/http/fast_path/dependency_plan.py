"""The dependencies of a route, put in order once for all requests.

FastAPI goes through the tree of dependencies with each request, and through all parameters, given or not: that
takes longer than most reads do. A plan has each dependency once, in FastAPI's order, with the values that its
parameters have where a request gives none. What a plan does not provide for is left to FastAPI.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from inspect import isasyncgenfunction, isclass, iscoroutinefunction, signature
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from starlette.datastructures import QueryParams

_Dependency = TypeVar("_Dependency", bound=Callable[..., Any])
_OF_QUERY: Final = "is_of_query"  # the attribute of a dependency that is one


def of_query(dependency: _Dependency) -> _Dependency:
    """Mark a dependency that is worth nothing, and does nothing, where a request has no query: it is left out."""
    setattr(dependency, _OF_QUERY, True)
    return dependency


class NotPlanned(Exception):
    """A route or a dependency has something that plans do not provide for."""


class _CallKind(Enum):
    """How a dependency is called."""

    COROUTINE = auto()
    CLASS = auto()
    GENERATOR = auto()


@dataclass(frozen=True, slots=True)
class _PlannedCall:
    """A dependency, or the endpoint: what its parameters are taken from.

    `without_query` are the values of its query parameters where a request has no query, None if it has to have
    one. `needs` are the numbers of the steps before it whose values it takes.
    """

    parameters: Dependant
    without_query: Mapping[str, Any] | None
    needs: Mapping[str, int]

    @classmethod
    def of(cls, dependant: Dependant, needs: Mapping[str, int]) -> "_PlannedCall":
        """Return the step of a dependency. Raises `NotPlanned`."""
        unknown = (
            dependant.cookie_params,
            dependant.body_params,
            dependant.websocket_param_name,
            dependant.response_param_name,
            dependant.background_tasks_param_name,
            dependant.security_scopes_param_name,
            dependant.concurrency,
        )
        if any(unknown):
            raise NotPlanned(dependant.call)
        values, errors = request_params_to_args(dependant.query_params, QueryParams())
        return cls(dependant, None if errors else values, needs)

    def given(self, request: Request) -> dict[str, Any] | None:
        """Return the values of the parameters in a request, None if some are missing or not valid."""
        asked = self.parameters
        if request.scope["query_string"]:
            values, errors = request_params_to_args(asked.query_params, request.query_params)
        else:
            values, errors = dict(self.without_query or {}), [] if self.without_query is not None else [asked]
        for field in asked.path_params:  # one text each: FastAPI looks for lists and models first
            if errors or field.alias not in request.path_params:
                return None
            values[field.name], errors = field.validate(request.path_params[field.alias])
        if asked.header_params and not errors:
            found, errors = request_params_to_args(asked.header_params, request.headers)
            values |= found
        for name in (asked.request_param_name, asked.http_connection_param_name):
            if name is not None:
                values[name] = request
        return None if errors else values


class DependencyPlan:
    """How one route's dependencies are solved, and its endpoint is called: for requests with a query, or none."""

    def __init__(self, dependant: Dependant, *, has_query: bool = True) -> None:
        """Make the plan of a route by what FastAPI knows of it. Raises `NotPlanned`."""
        self._has_query = has_query
        self._steps: list[tuple[_PlannedCall, Callable[..., Any], _CallKind]] = []
        self._numbers: dict[object, int] = {}
        assert dependant.call is not None
        self._endpoint: Callable[..., Any] = dependant.call
        if signature(self._endpoint).return_annotation is not Response:
            raise NotPlanned(self._endpoint)  # what it returns is not the answer yet
        if not iscoroutinefunction(self._endpoint):
            raise NotPlanned(self._endpoint)
        self._last = _PlannedCall.of(dependant, self._add_all(dependant.dependencies))

    def _add_all(self, dependencies: Sequence[Dependant]) -> dict[str, int]:
        """Add steps for some dependencies, each behind its own; return the numbers of those that have names."""
        numbers = {}
        for each in dependencies:
            if each.name is None and not self._has_query and getattr(each.call, _OF_QUERY, False):
                continue
            number = self._add(each)
            if each.name is not None:
                numbers[each.name] = number
        return numbers

    def _add(self, dependant: Dependant) -> int:
        call = dependant.call
        assert call is not None
        if not dependant.use_cache:
            raise NotPlanned(call)
        needs = self._add_all(dependant.dependencies)
        if call not in self._numbers:
            self._numbers[call] = len(self._steps)
            kind = _kind_of(dependant, call)
            ready = asynccontextmanager(call) if kind is _CallKind.GENERATOR else call
            self._steps.append((_PlannedCall.of(dependant, needs), ready, kind))
        return self._numbers[call]

    def given(self, request: Request) -> list[dict[str, Any]] | None:
        """Return the values that a request gives for each step, None if FastAPI has to say what is wrong."""
        given = []
        for step in (*(step for step, _, _ in self._steps), self._last):
            values = step.given(request)
            if values is None:
                return None
            given.append(values)
        return given

    async def respond(self, given: Sequence[dict[str, Any]]) -> Response:
        """Solve the dependencies of a request that gives some values, and return what the endpoint responds."""
        async with AsyncExitStack() as stack:
            solved: list[Any] = []
            for (step, call, kind), values in zip(self._steps, given, strict=False):  # the last are the endpoint's
                for name, number in step.needs.items():
                    values[name] = solved[number]
                if kind is _CallKind.COROUTINE:
                    solved.append(await call(**values))
                elif kind is _CallKind.CLASS:
                    solved.append(call(**values))
                else:
                    solved.append(await stack.enter_async_context(call(**values)))
            values = given[-1] | {name: solved[number] for name, number in self._last.needs.items()}
            response: Response = await self._endpoint(**values)
            return response


def _kind_of(dependant: Dependant, call: Callable[..., Any]) -> _CallKind:
    """Return how a dependency is called. Raises `NotPlanned`."""
    if isclass(call):
        return _CallKind.CLASS
    if isasyncgenfunction(call):
        if dependant.scope != "function":  # it would end once the answer is sent
            raise NotPlanned(call)
        return _CallKind.GENERATOR
    if iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__):
        return _CallKind.COROUTINE
    raise NotPlanned(call)
