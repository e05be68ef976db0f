"""Plans of dependencies: what they solve as FastAPI does, and what they leave to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from inspect import signature
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, BackgroundTasks, Depends, Header, Query, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute

from api.http.fast_path.dependency_plan import DependencyPlan, NotPlanned
from api.http.middleware.rationing import reading

_calls: list[str] = []
#: What FastAPI knows of a dependency: what plans go by, what they leave to it, and what has no say in a read.
DEPENDANT_FIELDS = {
    *("path_params", "query_params", "header_params", "dependencies", "name", "call", "use_cache", "scope"),
    *("request_param_name", "http_connection_param_name"),
    *("cookie_params", "body_params", "websocket_param_name", "response_param_name", "concurrency"),
    *("background_tasks_param_name", "security_scopes_param_name"),
    *("own_oauth_scopes", "parent_oauth_scopes", "path"),
}


async def day(as_of: Annotated[str, Query(max_length=10)] = "today") -> str:
    _calls.append("day")
    return as_of


async def question(day: Annotated[str, Depends(day)], model: str = "usual") -> tuple[str, str]:
    _calls.append("question")
    return day, model


async def turn() -> AsyncIterator[None]:
    _calls.append("begun")
    yield
    _calls.append("ended")


@dataclass(frozen=True)
class Page:
    limit: Annotated[int, Query(ge=1)] = 100


def endpoint(
    request: Request,
    name: Annotated[str, "in the path"],
    day: Annotated[str, Depends(day)],
    question: Annotated[tuple[str, str], Depends(question)],
    page: Annotated[Page, Depends()],
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    _calls.append("endpoint")
    return Response(f"{request.url.path} {name} {day} {question} {page.limit} {accept}")


def dependant(of: Callable[..., Any], *dependencies: Any, path: str = "/of/{name}") -> Dependant:
    router = APIRouter()
    router.add_api_route(path, of, dependencies=dependencies, response_model=None)
    (route,) = router.routes
    assert isinstance(route, APIRoute)
    return route.dependant


def answer(plan: DependencyPlan, query: str = "", *headers: tuple[bytes, bytes]) -> str | None:
    scope = {"type": "http", "path": "/of/A", "path_params": {"name": "A"}, "query_string": query.encode()}
    given = plan.given(Request({**scope, "headers": headers, "server": ("localhost", 80)}))
    return None if given is None else bytes(asyncio.run(plan.respond(given)).body).decode()


def test_fastapi_has_what_plans_build_on_and_no_more() -> None:
    """A newer one is installed only on purpose: the bound in pyproject.toml says which were read."""
    advice = "read what FastAPI does, follow it in api/http/fast_path/, and raise the bound in pyproject.toml"
    assert {field.name for field in dataclass_fields(Dependant)} == DEPENDANT_FIELDS, advice
    assert list(signature(request_params_to_args).parameters) == ["fields", "received_params"], advice


@pytest.fixture
def plan() -> DependencyPlan:
    _calls.clear()
    return DependencyPlan(dependant(reading(endpoint), Depends(turn, scope="function")))


def test_each_dependency_is_called_once_and_a_turn_ends_with_the_work(plan: DependencyPlan) -> None:
    assert answer(plan) == "/of/A A today ('today', 'usual') 100 None"
    assert _calls == ["begun", "day", "question", "endpoint", "ended"]


def test_what_is_asked_is_validated(plan: DependencyPlan) -> None:
    asked = answer(plan, "as_of=2020-01-01&model=other&limit=5", (b"accept", b"text/csv"))
    assert asked == "/of/A A 2020-01-01 ('2020-01-01', 'other') 5 text/csv"


@pytest.mark.parametrize("query", ["as_of=the-12th-of-may", "limit=0", "limit=many"])
def test_what_is_not_valid_is_left_to_fastapi_before_anything_is_called(plan: DependencyPlan, query: str) -> None:
    assert answer(plan, query) is None
    assert not _calls


def test_one_answer_does_not_change_the_next(plan: DependencyPlan) -> None:
    assert answer(plan, "limit=5") != answer(plan) == answer(plan)


def test_a_query_parameter_that_has_to_be_there_is_missed() -> None:
    async def needs(wanted: str) -> Response:
        return Response(wanted)

    plan = DependencyPlan(dependant(needs, path="/"))
    assert answer(plan) is None
    assert answer(plan, "other=1") is None
    assert answer(plan, "wanted=this") == "this"


def test_what_fails_fails_after_a_turn_has_ended() -> None:
    async def failing() -> Response:
        raise LookupError("nothing")

    _calls.clear()
    plan = DependencyPlan(dependant(failing, Depends(turn, scope="function"), path="/"))
    with pytest.raises(LookupError):
        answer(plan)
    assert _calls == ["begun"], "as FastAPI has it: the error goes through the dependency"


def in_a_thread() -> None: ...


async def with_tasks(tasks: BackgroundTasks) -> None: ...


async def response_maker(response: Response) -> None: ...


async def twice(day: Annotated[str, Depends(day, use_cache=False)]) -> None: ...


async def model_maker() -> dict[str, str]:
    return {}


async def plain() -> Response:
    return Response()


@pytest.mark.parametrize(
    "dependency",
    [
        Depends(in_a_thread),
        Depends(with_tasks),
        Depends(response_maker),
        Depends(turn),  # ends once the response is sent
        Depends(twice),
    ],
)
def test_what_plans_do_not_provide_for_is_left_to_fastapi(dependency: Any) -> None:
    with pytest.raises(NotPlanned):
        DependencyPlan(dependant(plain, dependency, path="/"))


def test_an_endpoint_whose_answer_has_yet_to_be_made_is_left_to_fastapi() -> None:
    with pytest.raises(NotPlanned):
        DependencyPlan(dependant(model_maker, path="/"))
