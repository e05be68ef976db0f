"""The fast path: which requests it takes, and by which route."""

from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.http.fast_path.fast_reads import ReadRoutes
from api.http.middleware.response_cache import CachedRoute
from api.running.settings import Settings


@pytest.fixture(scope="module")
def app() -> Any:
    return create_app(Settings(database_url="sqlite:///not-opened.db"))


def test_every_read_that_is_cached_has_a_plan(app: Any) -> None:
    routes = ReadRoutes(app)
    contexts = [
        context
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, CachedRoute)
        and "GET" in (context.methods or ())
        and str(context.path).startswith("/v1/")  # a page takes longer than to find it
    ]
    assert len(contexts) > 10
    for context in contexts:
        found = routes.find(str(context.path).replace("{", "").replace("}", "").replace(":path", ""))
        assert found is not None
        assert found[0].route is context.original_route
        assert found[0].plans is not None, f"FastAPI has to answer {context.path}"


@pytest.mark.parametrize("path", ["/v1/relations/RUS", "/v1/relations/RUS/TUR/x", "/v1/nothing", "/no", "", "//"])
def test_a_path_that_no_read_has_is_none(app: Any, path: str) -> None:
    assert ReadRoutes(app).find(path) is None


def test_a_path_has_its_parameters(app: Any) -> None:
    found = ReadRoutes(app).find("/v1/relations/Great Britain/TUR")
    assert found is not None
    assert found[1] == {"a": "Great Britain", "b": "TUR"}
