"""The pages on other tools: what they say to type is run, against a real server, and answers what they promise."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.docs.pages import ROOT, blocks, wait_until_folded
from tests.server import running_server

TOOLS = ROOT / "docs" / "how-to" / "tools"
_URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("tools")
    with running_server(f"sqlite:///{folder}/tools.db", folder / "server.log", "--seed") as client:
        wait_until_folded(client)
        yield client


def test_the_cells_of_the_page_on_notebooks(server: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    values: dict[str, Any] = {}
    for block in blocks(TOOLS / "notebook.md", "python"):
        code = block.code.replace(_URL, str(server.base_url).rstrip("/"))
        exec(compile(code, block.name, "exec"), values)  # noqa: S102  # our own page
    values["client"].close()
    printed = capsys.readouterr().out
    assert printed.startswith("open_conflict\n63.1\nAs of 12 February 2020, Syria and Turkey")
    assert "Tension between Syria and Turkey fell" in printed
    lengths = {name: len(values[name]) for name in ("daily", "tense", "curves", "incidents", "weekly")}
    assert lengths["daily"] == 182
    assert lengths["weekly"] == 27
    assert all(lengths.values())
