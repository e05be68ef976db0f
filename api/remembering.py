"""Answers given before, given again before anything is worked out: as long as the projections stand as they did.

Where they stand is looked up every `FRESH` seconds at most, so an answer may be that much older than it could be.
A request with `min_position` has to see its position, and is never answered from here.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.answers import Answer, AnswerCache
from api.kept import Kept
from api.service import Service
from projections.store import Mark

FRESH: Final = 0.01  #: seconds for which the projections are believed to stand where they stood
_TOLD_APART: Final = (b"accept", b"host")

_Key = tuple[object, ...]


class Memory:
    """The answers of one app, each under its request and where the projections stood."""

    def __init__(self, service: Service) -> None:
        self._answers = AnswerCache()
        self._mark: Kept[Mark] = Kept(service.store.mark, FRESH)
        self._today: Callable[[], date] = lambda: service.clock().date()

    async def recall(self, request: Request) -> Response | None:
        """Return the answer to a request, None if it has to be worked out."""
        answer = self._answers.get((await self._mark.get(), *self._key(request)))
        if answer is None:
            return None
        etag = answer.headers["etag"]
        return not_modified(etag) if is_known(request, etag) else Response(answer.body, headers=answer.headers)

    def keep(self, request: Request, response: Response) -> None:
        """Keep an answer that a route has worked out, if it says where the projections stood."""
        mark: Mark | None = getattr(request.state, "mark", None)
        if mark is not None and response.status_code == 200 and "etag" in response.headers:
            answer = Answer(bytes(response.body), dict(response.headers))
            self._answers.put((mark, *self._key(request)), answer)

    def _key(self, request: Request) -> _Key:
        scope = request.scope
        told = [value for name, value in scope["headers"] if name in _TOLD_APART]
        return scope["scheme"], scope["path"], scope["query_string"], *told, self._today()


class RememberingRoute(APIRoute):
    """A route whose answers are kept in the app's `state.memory`."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return what answers a request, from memory if that holds the answer."""
        work_out = super().get_route_handler()

        async def answer(request: Request) -> Response:
            if request.method != "GET" or b"min_position" in request.scope["query_string"]:
                return await work_out(request)
            memory: Memory = request.app.state.memory
            known = await memory.recall(request)
            if known is not None:
                return known
            response = await work_out(request)
            memory.keep(request, response)
            return response

        return answer


def is_known(request: Request, etag: str) -> bool:
    """Return whether the reader says that it has the answer with an entity tag."""
    given = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag in given or "*" in given


def not_modified(etag: str) -> Response:
    """Return the answer that says that another one is still right."""
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept"})
