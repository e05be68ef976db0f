"""A page of another origin in a real browser: it reads with a key where its origin is named, and nowhere else."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from api.access.key_store import KeyStore
from api.access.keys import Scope
from tests.server import running_server

_FETCH: Final = """async ([address, options]) => {
    try {
        const answer = await fetch(address, options);
        const seen = ["ETag", "Retry-After", "X-Request-ID", "Link"].filter((name) => answer.headers.has(name));
        return {status: answer.status, body: await answer.json(), seen};
    } catch (error) {
        return {failed: String(error)};
    }
}"""


class _Blank(BaseHTTPRequestHandler):
    """Answers with a page of nothing."""

    def do_GET(self) -> None:  # as the standard library calls it
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def other_site() -> Iterator[int]:
    """Return the port of another site, on every name of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Blank) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_only_a_page_of_a_named_origin_reads_and_only_with_a_key(
    browser: Browser, other_site: int, tmp_path: Path
) -> None:
    database_url = f"sqlite:///{tmp_path}/detente.db"
    store = KeyStore.open(database_url)
    key = store.create("Desk", Scope.POST, datetime.now(UTC)).text
    store.close()
    origins = f"http://localhost:{other_site}"
    with running_server(database_url, tmp_path / "log", "--seed", DETENTE_CORS_ORIGINS=origins) as client:
        base = str(client.base_url).rstrip("/")
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{base}/sign-in")
        page.locator("input[name=key]").fill(key)
        with page.expect_navigation():
            page.locator("input[name=key]").press("Enter")
        assert any("session" in cookie.get("name", "") for cookie in context.cookies())

        page.goto(f"http://localhost:{other_site}/")
        with_key = {"headers": {"Authorization": f"Bearer {key}"}}
        read = _fetch(page, f"{base}/v1/relations?limit=1&as_of=2020-02-29", with_key)
        assert (read["status"], read["seen"]) == (200, ["ETag", "X-Request-ID", "Link"])
        posted = _fetch(page, f"{base}/v1/articles", {**_post(), "headers": {**_JSON, **with_key["headers"]}})
        assert (posted["status"], posted["body"]["errors"][0]["code"]) == (422, "missing")
        refused = _fetch(page, f"{base}/v1/models", {})
        assert (refused["status"], refused["body"]["type"]) == (401, "urn:detente:problem:key-missing")
        assert "failed" in _fetch(page, f"{base}/v1/models", {"credentials": "include"})
        assert "failed" in _fetch(page, f"{base}/models.json", {"credentials": "include"})

        page.goto(f"http://127.0.0.1:{other_site}/")
        assert "failed" in _fetch(page, f"{base}/v1/models", with_key)
        assert "failed" in _fetch(page, f"{base}/v1/articles", {**_post(), "headers": _JSON})
        context.close()


_JSON: Final = {"Content-Type": "application/json"}


def _post() -> dict[str, Any]:
    return {"method": "POST", "body": "{}"}


def _fetch(page: Page, address: str, options: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(_FETCH, [address, options])
    return found
