"""Bodies are parsed, and requests done, in threads and in turns: none makes the other clients wait for long.

A write that goes by no entity tag is not done where one is given.
"""

import json
from collections.abc import Callable, Coroutine
from inspect import iscoroutinefunction
from typing import Any, Final

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from api.http.etags import get_expectation, refuse_conditions
from api.http.middleware.rationing import posting, reading, run_posting
from api.http.problems import Problem, from_domain, in_body, malformed_json
from api.parsing.json_bodies import load_json
from domain.errors import InvalidFacts

SMALL: Final = 16 * 1024  #: bytes that are parsed in less time than a thread takes to begin


class JsonRoute(APIRoute):
    """A route that works in a thread in its turn; its JSON body becomes its model there, if the body is large."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        posts = "GET" not in (options.get("methods") or ("GET",))
        if not iscoroutinefunction(endpoint):
            endpoint = posting(endpoint) if posts else reading(endpoint)
        super().__init__(path, endpoint, **options)
        self._is_unconditional = posts and not _goes_by_state(self.dependant)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()
        model: Any = self.body_field.field_info.annotation if self.body_field else None

        async def handle_json(request: Request) -> Response:
            if self._is_unconditional:
                refuse_conditions(request)
            return await handle(JsonRequest(request, model))

        return handle_json


def _goes_by_state(dependant: Dependant) -> bool:
    """Return whether a route asks in which state something is expected."""
    return dependant.call is get_expectation or any(map(_goes_by_state, dependant.dependencies))


class JsonRequest(Request):
    """A request whose JSON is a model: FastAPI, which validates it, takes that as it is.

    A problem with the body is noted for the dependency `require_json`: who may not post has to learn that first.
    """

    def __init__(self, request: Request, model: type[BaseModel]) -> None:
        super().__init__(request.scope, request.receive)
        self._model = model
        self.problem: Problem | None = None

    async def json(self) -> Any:
        """Return the body as a model; None, with a problem noted, if it is none."""
        body = await self.body()
        try:
            if len(body) <= SMALL:
                return _parse(self._model, body)
            return await run_posting(_parse, self._model, body)
        except Problem as problem:
            self.problem = problem
            return None


def _parse(model: type[BaseModel], body: bytes) -> BaseModel:
    """Return a body as a model. Raises `Problem`."""
    try:
        return model.model_validate(load_json(body), from_attributes=True)
    except json.JSONDecodeError as error:
        raise malformed_json(error.msg) from None
    except InvalidFacts as error:
        raise from_domain(error) from None
    except ValidationError as error:
        raise in_body(error) from None
    except (ValueError, RecursionError):
        raise malformed_json("it cannot be parsed") from None
