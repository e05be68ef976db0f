"""A page and its data have one address."""

import httpx
import pytest

from tests.server import ServerClient

HTML = "text/html; charset=utf-8"
PAGES = (
    "/actors",
    "/actors/RUS",
    "/agreements",
    "/agreements/idlib-dmz-2018",
    "/articles",
    "/articles/idlib-2020-02-11",
    "/incidents",
    "/models",
    "/relations",
    "/relations/RUS/TUR",
    "/relations/RUS/TUR/incidents",
    "/relations/RUS/TUR/explanation",
    "/relations/RUS/TUR/clash-risk",
    "/relations/RUS/TUR/incidents/suggestions",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_its_data_by_suffix_and_by_accept(sqlite_server: ServerClient, path: str) -> None:
    data = sqlite_server.get(f"/v1{path}")
    assert sqlite_server.get(f"{path}.json").text == data.text
    assert sqlite_server.get(path, headers={"Accept": "application/json"}).text == data.text
    assert sqlite_server.get(f"{path}.csv").headers["content-type"].startswith("text/csv")
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "image/png"):
        assert sqlite_server.get(path, headers={"Accept": accept}).headers["content-type"] == HTML


def test_a_page_says_what_is_wrong_as_a_page(sqlite_server: ServerClient) -> None:
    for path, status, said in (("/nothing", 404, "Not Found"), ("/models?as_off=1", 422, "no such parameter")):
        response = sqlite_server.get(path, headers={"Accept": "text/html"})
        assert (response.status_code, response.headers["content-type"]) == (status, HTML)
        assert said in response.text
        assert response.headers["x-request-id"] in response.text
    assert sqlite_server.get("/nothing.json").headers["content-type"] == "application/problem+json"


def test_a_page_comes_packed_or_not_and_again_only_if_it_changed(sqlite_server: ServerClient) -> None:
    plain = sqlite_server.get("/models", headers={"Accept-Encoding": "identity"})
    packed = sqlite_server.get("/models")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.text == packed.text
    again = sqlite_server.get("/models", headers={"If-None-Match": packed.headers["etag"]})
    assert again.status_code == 304


def test_nothing_of_another_place_may_run_in_a_page(sqlite_server: ServerClient) -> None:
    policy = sqlite_server.get("/models").headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_what_a_page_needs_is_kept_by_browsers_for_good(sqlite_server: ServerClient) -> None:
    page = sqlite_server.get("/models").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    style = httpx.get(sqlite_server.base_url.join(address), headers={"Accept-Encoding": "identity"})
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    assert "content-encoding" not in style.headers
