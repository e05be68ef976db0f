"""Tables have the columns that the page about them has, of every address that answers with one."""

from typing import Any, Final

import pytest

from tests.docs.tables.columns import tables
from tests.e2e.support import ActorFactory, answer, clash, recorded, wait_for_all
from tests.server import ServerClient

_NAMED: Final = {
    "a": "RUS",
    "b": "TUR",
    "actor": "RUS",
    "agreement": "idlib-dmz-2018",
    "article_id": "idlib-2020-02-11",
    "ruling_id": "a-ruling-with-columns",
    "import_id": "an-import-with-columns",
}
_QUERIES: Final = {"/v1/series": "pair=RUS,TUR&from=2020-01-01&to=2020-01-31&"}


@pytest.fixture(scope="module")
def settled(server: ServerClient) -> ServerClient:
    named = {"article": recorded(server, clash(*ActorFactory(server).pair()))["id"], "number": 1}
    ruling = {"id": _NAMED["ruling_id"], "ruling": "separate", "reports": [named], "reason": "Nobody else tells."}
    answer(server.post("/v1/rulings", json=ruling))
    answer(server.post("/v1/imports", json={"id": _NAMED["import_id"], "file": "a.tsv", "outcome": "complete"}))
    wait_for_all(server)
    return server


def test_every_table_has_the_columns_of_its_page(settled: ServerClient) -> None:
    for path, expected in tables().items():
        address = f"{path.format_map(_NAMED)}?{_QUERIES.get(path, '')}columns=all"
        table: dict[str, Any] = answer(settled.get(f"{address}&format=csv-metadata.json"))["tableSchema"]
        described = [(it["name"], it.get("dc:description"), it.get("schema:unitText")) for it in table["columns"]]
        assert described == [(it.name, it.description, it.unit) for it in expected], path
        header = settled.get(f"{address}&format=csv").raise_for_status().text.splitlines()[0]
        assert header.split(",") == [it.name for it in expected], path
