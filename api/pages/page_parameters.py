"""What a page may be asked: nothing that it does not know, and nothing twice that it has once.

Pages are not in the OpenAPI document, by which the API's parameters are checked.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args, get_origin

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.http.parameters import service_of
from api.http.problems import invalid_parameter, repeated_parameter
from api.http.waiting import reach_position


async def check_page_parameters(request: Request) -> None:
    """Refuse a query parameter that the page does not have, or has once and is given twice."""
    if not request.query_params:
        return
    known = _known(request.scope["route"])
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            detail = f"there is no such parameter; there are {', '.join(sorted(known)) or 'none'}"
            raise invalid_parameter(name, detail, "unknown-parameter")
        if name in seen and not known[name]:
            raise repeated_parameter(name)
        seen.add(name)


CHECKED: Final = Depends(check_page_parameters)


async def reach_end_of_log(request: Request) -> None:
    """Wait until the projections reflect all that is recorded: what would be changed is told by both."""
    service = service_of(request)
    await reach_position(service, await run_in_threadpool(service.log.position))


CAUGHT_UP: Final = Depends(reach_end_of_log)


def _known(route: APIRoute) -> Mapping[str, bool]:
    """Return whether each query parameter of a page may come several times, by their names."""
    return dict(_query_parameters(route.dependant))


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for field in dependant.query_params:
        yield field.alias, _is_list(field.field_info.annotation)
    for each in dependant.dependencies:
        yield from _query_parameters(each)


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(map(_is_list, get_args(annotation)))
