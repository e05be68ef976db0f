"""Makes the pictures of the desk's pages in docs/images/desk from the pages themselves: `make screenshots`.

The service runs in this process, on the seeds and a clock that stands still, so that the same pages come out.
Beside each picture stands a digest of its page, by which a test tells that it shows the page of today.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from threading import Thread
from typing import Final

import httpx
import uvicorn
from playwright.sync_api import ViewportSize, sync_playwright

from api.app import create_app
from api.pages.static_files import static_digest
from api.running.settings import Settings
from tests.docs.pages import ROOT

IMAGES: Final = ROOT / "docs" / "images" / "desk"
DIGESTS: Final = IMAGES / "pages.json"
NOW: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)  #: the instant at which all pages are shown
AS_OF: Final = "as_of=2020-02-12"
#: The pictures by name, with the address that each shows.
PAGES: Final = {
    "overview": f"/?{AS_OF}",
    "pair": "/relations/SYR/TUR?as_of=2020-05-31",
    "article": "/articles/idlib-2020-02-11",
    "incidents": "/incidents?to=2020-02-12",
    "agreement": f"/agreements/idlib-dmz-2018?{AS_OF}",
}
_SIZE: Final = ViewportSize(width=1100, height=1100)
_VARYING: Final = re.compile(r'name="form_token" value="[^"]*"|/static/[0-9a-f]+/|//127\.0\.0\.1:\d+')


@contextmanager
def desk() -> Iterator[httpx.Client]:
    """Yield a client of a service that holds the seeds, in whose process no time passes."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/desk.db", seed=True, projector="thread")
        server = uvicorn.Server(uvicorn.Config(create_app(settings, lambda: NOW), port=0, log_config=None))
        thread = Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                thread.join(timeout=0.02)
            host, port = server.servers[0].sockets[0].getsockname()
            with httpx.Client(base_url=f"http://{host}:{port}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def digest_of(client: httpx.Client, path: str) -> str:
    """Return a digest of what a page is made of: its marks and text, and the style and scripts of all pages."""
    page = client.get(path, headers={"Accept": "text/html"}).raise_for_status().text
    return blake2b((_VARYING.sub("", page) + static_digest()).encode(), digest_size=12).hexdigest()


def make() -> None:
    """Write all pictures and their digests."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium here (Debian: apt-get install chromium)")
    with desk() as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=str(client.base_url), viewport=_SIZE, reduced_motion="reduce")
        for name, path in PAGES.items():
            page.goto(path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=IMAGES / f"{name}.png")
        browser.close()
        digests = {name: digest_of(client, path) for name, path in PAGES.items()}
    DIGESTS.write_text(json.dumps(digests, indent=2) + "\n")


if __name__ == "__main__":
    make()
