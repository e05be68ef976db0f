"""The reference of the API, drawn from its OpenAPI document."""

from fastapi import APIRouter, Request, Response

from api.http.etags import conditional_etag
from api.http.middleware.response_cache import CachedRoute
from api.http.scopes import READS
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from api.pages.security_headers import REFERENCE_POLICY

router = APIRouter(route_class=CachedRoute, dependencies=[READS, CHECKED], include_in_schema=False)


@router.get("/docs")
def get_reference_page(request: Request) -> Response:
    """Show each route of the API, with its parameters, answers and examples, and let it be tried."""
    etag = conditional_etag(request, None, *page_parts(request))
    page = render_page(request, "reference.html", {}, etag)
    page.headers["Content-Security-Policy"] = REFERENCE_POLICY
    return page
