"""The HTTP app: the one place that puts the parts together."""

import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any, ClassVar

from fastapi import Depends, FastAPI
from opentelemetry.trace import TracerProvider
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.key_ring import KeyRing, describe_access
from api.access.session_ring import SessionRing
from api.access.throttle import Throttle
from api.charts.renderer import Renderer
from api.http import database_errors, etags, problems
from api.http.clash_risk import load_risk_model
from api.http.entrance.address_secrets import TakeSecrets
from api.http.entrance.cross_origin import CrossOrigin
from api.http.entrance.read_only import ReadOnly
from api.http.fast_path.fast_reads import FastReads
from api.http.fast_path.glances import Glances
from api.http.middleware.access_log import AccessLog
from api.http.middleware.body_limit import BodyLimit
from api.http.middleware.body_pace import BodyPace
from api.http.middleware.content_encoding import ContentEncoding
from api.http.middleware.guard import Guard
from api.http.middleware.rationing import (
    AT_WORK_EMBEDDED,
    AT_WORK_SERVER,
    DearReads,
    end_threads,
    ration_threads,
)
from api.http.middleware.request_id import RequestId
from api.http.middleware.request_line import EncodedSlashes, HeadAsGet
from api.http.middleware.response_cache import ResponseCache, ResponseCacheMiddleware
from api.http.middleware.single_headers import SingleHeaders
from api.http.openapi.client_generators import fit_for_generators
from api.http.openapi.openapi_links import add_links
from api.http.openapi.operation_ids import operation_id
from api.http.parameters import check_parameters
from api.http.problems import MEDIA_TYPE
from api.http.routes import (
    actors,
    agreements,
    article_batches,
    articles,
    explanations,
    imports,
    incidents,
    log,
    relations,
    series,
)
from api.http.routes.decisions import publishers, redactions, rulings, suggestions
from api.http.routes.known_posts import KnownPosts
from api.http.routes.service import health, metrics, models
from api.http.routes.surveys import incident_map, networks
from api.http.scopes import check_every_route_is_guarded
from api.importing.seeds import load_seeds
from api.operations.health import read_health
from api.operations.metrics import Metrics
from api.operations.own_thread import OwnThread
from api.operations.tracing import telemetry
from api.pages import routes as pages
from api.pages.addresses import PageAddresses
from api.pages.forms.forgery import new_form_secret
from api.pages.problem_pages import ProblemPages
from api.pages.static_files import StaticFiles
from api.running.forked_process import ForkedProcess
from api.running.service import Clock, Service, utc_now
from api.running.settings import Settings
from api.running.warm_up import warm_up
from api.running.worker_group import WorkerPlace
from domain.log.database_url import sqlite_file

_log = logging.getLogger(__name__)

_DESCRIPTION = """
How any two actors stand, how tense it is, how that moved, and exactly why.

Post an article with the events it reports; read relations, tension over time, the incidents that make it up, and
the agreements. Every read takes `as_of` (how things stood then), `known_at` (what was known then)
and `published_by` (what was published by then).
Errors are problem details (RFC 9457).
"""


class _DetenteApp(FastAPI):
    """The app behind its entrance.

    Makes its OpenAPI document once a process: all apps have the same routes, and making it takes a second.
    """

    _document: ClassVar[dict[str, Any]] = {}

    def __init__(self, shared_origins: Collection[str], **options: Any) -> None:
        super().__init__(**options)
        entrance: ASGIApp = TakeSecrets(super().__call__)
        self._entrance = CrossOrigin(entrance, shared_origins) if shared_origins else entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, by way of what stands before traces, logs and what answers when all else fails."""
        await self._entrance(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Return the document, with links, and as generators of clients take it."""
        if not self._document:
            made = super().openapi()
            add_links(made)
            fit_for_generators(made)
            self._document.update(made)
        return self._document


def create_app(
    settings: Settings,
    clock: Clock = utc_now,
    tracer_provider: TracerProvider | None = None,
    place: WorkerPlace | None = None,
    projector: ForkedProcess | None = None,
) -> FastAPI:
    """Return the app for some settings; it opens its database when it starts, and closes it when it stops.

    Traces go through `tracer_provider`, by default through the one that the environment describes. `place` is that
    among several workers that serve as one: forms, sessions, counts and the projector are theirs together.
    `projector` is a process that waits to fold the log; one is started where it is needed and there is none.
    Raises `BadArtefact` if the settings name a clash risk model that is none, and `Unguarded` if anybody could ask
    one of its routes without being meant to.
    """
    risk_model = load_risk_model(settings.risk_model)
    problem = {
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        "description": "What is wrong, and what would be right.",
    }
    app = _DetenteApp(
        settings.shared_origins(),
        title="Detente API",  # in letters that every generator makes a package's name of
        version=version("detente"),
        description=_DESCRIPTION,
        lifespan=_lifespan(settings, clock, place, projector),
        docs_url=None,
        redoc_url=None,
        responses={"4XX": problem, "5XX": problem},
        dependencies=[Depends(check_parameters)],
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        telemetry=telemetry(tracer_provider),
    )
    app.state.metrics = Metrics(lambda: read_health(app.state.service), place)
    app.state.risk_model = risk_model
    app.state.known_posts = KnownPosts()
    app.state.throttle = Throttle()
    app.state.form_secret = new_form_secret() if place is None else place.group.form_secret
    app.state.dear_reads = DearReads(settings.wait_timeout)
    problems.install(app)
    database_errors.install(app)
    etags.install(app)
    _include_routes(app)
    app.openapi()  # now, and not while the first request waits
    _add_middleware(app, settings)
    check_every_route_is_guarded(app)
    return app


def _lifespan(
    settings: Settings, clock: Clock, place: WorkerPlace | None, projector: ForkedProcess | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return what opens the service when an app starts, and closes it when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        ration_threads(AT_WORK_EMBEDDED if sqlite_file(settings.database_url) else AT_WORK_SERVER)
        service = await run_in_threadpool(Service.open, settings, clock)
        app.state.readiness, app.state.monitoring = OwnThread("readiness"), OwnThread("monitoring")
        app.state.renderer = Renderer()
        try:
            if settings.seed and not settings.is_replica and not await run_in_threadpool(service.log.position):
                await run_in_threadpool(load_seeds, service)
                if settings.projector != "none":
                    await run_in_threadpool(service.projector.catch_up)
            service.start(projector if place is None else place.group.projector)
            await run_in_threadpool(warm_up, service)
            app.state.service = service
            app.state.glances = Glances(service.store)
            app.state.response_cache = ResponseCache(service, app.state.glances)
            app.state.keys = KeyRing(service.keys.all)
            app.state.sessions = SessionRing(service.keys.sessions, place=place, notes_use=not settings.is_replica)
            _log.info(describe_access(await app.state.keys.keys(), service.clock()))
            yield
        finally:
            end_threads()
            app.state.readiness.close()
            app.state.monitoring.close()
            app.state.renderer.close()
            service.store.let_go()  # here, where the glances are
            await run_in_threadpool(service.close)

    return lifespan


def _include_routes(app: FastAPI) -> None:
    app.include_router(articles.posting)  # first, since routes are looked at in order, and feeds post much
    for routes in (
        article_batches,  # before the routes of one article, whose id could be `batch`
        articles,
        redactions,
        relations,
        series,
        networks,
        incident_map,
        explanations,
        rulings,
        suggestions,
        incidents,
        agreements,
        actors,
        publishers,
        models,
        imports,
        log,
        health,
        metrics,
    ):
        app.include_router(routes.router)
    app.include_router(models.bands)
    for page in pages.ALL:
        app.include_router(page)


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Put around the routes what goes around them, the innermost first."""
    streamed = frozenset({article_batches.BATCH_PATH})
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, streamed=streamed)
    app.add_middleware(ContentEncoding, limit=settings.max_body_bytes, streamed=streamed)
    app.add_middleware(BodyPace, timeout=settings.request_timeout, streamed=streamed)
    app.add_middleware(FastReads, of=app)
    app.add_middleware(ResponseCacheMiddleware)
    if settings.is_replica:
        app.add_middleware(ReadOnly, primary=settings.primary)
    app.add_middleware(
        Guard, own_host=settings.host, throttle=app.state.throttle, takes_tokens=settings.read_tokens
    )
    app.add_middleware(SingleHeaders)
    app.add_middleware(ProblemPages)
    app.add_middleware(RequestId)
    app.add_middleware(PageAddresses)
    app.add_middleware(StaticFiles)
    app.add_middleware(EncodedSlashes)
    app.add_middleware(HeadAsGet)
    app.add_middleware(AccessLog, metrics=app.state.metrics, log=settings.access_log)
