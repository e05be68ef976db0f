"""Debian's Chromium, driven by Playwright: pages as people see them. One browser for all tests of this folder."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.support import wait_for_all
from tests.patience import PATIENCE
from tests.server import FOLDING_BESIDE, ServerClient, running_server

OpenPage = Callable[..., Page]


@pytest.fixture(
    scope="package"
)  # while it is there, an event loop runs in this thread, which no other test expects
def browser() -> Iterator[Browser]:
    """Return a browser; where there is none, skip, but not where everything has to be tested."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        message = "there is no chromium here: pages are not looked at (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"], chromium_sandbox=False
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def seeds_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerClient]:
    """Return a client of a server that holds the seeds alone: modules call it `sqlite_server`."""
    folder = tmp_path_factory.mktemp("seeds")
    url, settings = f"sqlite:///{folder}/detente.db", {**FOLDING_BESIDE}
    with running_server(url, folder / "log", "--seed", **settings) as client:
        wait_for_all(client)
        yield client


@pytest.fixture
def open_page(browser: Browser, sqlite_server: ServerClient) -> Iterator[OpenPage]:
    """Return a function that opens a page of the seeded server; keyword arguments are those of the context.

    At its end nothing may have been against the page's own policy, and nothing may have failed in a script.
    """
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_(path: str, **options: Any) -> Page:
            context: BrowserContext = browser.new_context(base_url=str(sqlite_server.base_url), **options)
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE * 1000)
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
            page.on("console", lambda message: _note(complaints, path, message.type, message.text))
            page.goto(path)
            return page

        yield open_
        assert not complaints


def _note(complaints: list[str], path: str, kind: str, text: str) -> None:
    """Note what a browser complains of, but for an answer that is a problem: the test asked for that page."""
    if kind == "error" and not text.startswith("Failed to load resource"):
        complaints.append(f"{path}: {text}")
