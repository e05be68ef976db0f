"""The page on the client runs as written, against a server, and names what there is."""

import contextlib
import io
import re
from pathlib import Path

import detente_client
import pytest
from detente_client import Client, Relation

from tests.docs.pages import ROOT, blocks, wait_until_folded
from tests.server import running_server

PAGE = ROOT / "docs" / "reference" / "client.md"
README = ROOT / "client" / "README.md"
_ADDRESS = "http://127.0.0.1:8000"


@pytest.mark.parametrize("page", [PAGE, README], ids=lambda page: page.name)
def test_the_page_runs_as_written(page: Path, tmp_path: Path) -> None:
    with running_server(f"sqlite:///{tmp_path}/docs.db", tmp_path / "server.log", "--seed") as server:
        wait_until_folded(server)
        names: dict[str, object] = {}
        printed = []
        for block in blocks(page, "python"):
            said = io.StringIO()
            code = block.code.replace(_ADDRESS, str(server.base_url).rstrip("/"))
            with contextlib.redirect_stdout(said):
                exec(compile(code, f"{page.name}: {block.name}", "exec"), names)  # noqa: S102  # our own page
            printed.append(said.getvalue())
        client = names["client"]
        assert isinstance(client, Client)
        client.close()
    if page == PAGE:
        assert len(printed) == 5
        assert "rose by" in printed[1]
        assert "/relations/RUS/TUR?as_of=2020-03-06" in printed[1]
        assert [line.split()[:2] for line in printed[3].splitlines()[:2]] == [["1", "201"], ["2", "422"]]
        assert "TUR" in printed[4]


def test_the_methods_that_the_page_names_are_there() -> None:
    text = PAGE.read_text("utf-8")
    for name, kind in (("client", Client), ("relation", Relation)):
        for method in re.findall(rf"`{name}\.(\w+)", text):
            assert hasattr(kind, method) or method in ("tension", "state"), f"{name}.{method}"
    asked = {name for name in vars(Client) if not name.startswith("_")} - {"close", "base_url", "wait_for"}
    assert {name for name in asked if not re.search(rf"\b{name}\b", text)} == set()
    assert {"Retries", "MovedWarning"} <= set(detente_client.__all__)
