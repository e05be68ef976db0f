"""The HTTP app: the one place that puts the parts together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool

from api import problems
from api.answers import AnswerCache
from api.dependencies import refuse_unknown_parameters
from api.middleware import BodyLimit, RequestId
from api.problems import MEDIA_TYPE
from api.routes import actors, agreements, articles, health, log, relations, rulings
from api.seeding import seed
from api.service import Clock, Service, utc_now
from api.settings import Settings

_DESCRIPTION = """
How any two actors stand, how tense it is, how that moved, and exactly why.

Post an article with the events it reports; read relations, tension over time, the incidents that make it up, and
the agreements' ledger. Every read takes `as_of` (how things stood then) and `known_at` (what was known then).
Errors are problem details (RFC 9457).
"""


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """Return the app for some settings; it opens its database when it starts, and closes it when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = await run_in_threadpool(Service.open, settings, clock)
        try:
            if settings.seed and not await run_in_threadpool(service.log.position):
                await run_in_threadpool(seed, service)
                if settings.projector != "none":
                    await run_in_threadpool(service.projector.catch_up)
            service.start()
            app.state.service = service
            yield
        finally:
            await run_in_threadpool(service.close)

    problem = {
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        "description": "What is wrong, and what would be right.",
    }
    app = FastAPI(
        title="Détente",
        version=version("detente"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses={"4XX": problem, "5XX": problem},
        dependencies=[Depends(refuse_unknown_parameters)],
        redirect_slashes=False,
    )
    app.state.answers = AnswerCache()
    problems.install(app)
    for routes in (articles, relations, rulings, agreements, actors, log, health):
        app.include_router(routes.router)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, streamed=frozenset({articles.BATCH_PATH}))
    app.add_middleware(RequestId)
    return app
