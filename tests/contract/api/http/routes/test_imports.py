"""Imports by HTTP: kept once, listed a page at a time, and read with the lines of their maps."""

from pathlib import Path

from rich.console import Console

from api.importing.command import Request, import_to_server
from api.importing.importer import Options
from api.parsing.imports import IMPORT_EXAMPLE
from tests.e2e.app_client import AppClient, app_client


def test_imports_are_kept_listed_and_read(tmp_path: Path) -> None:
    with app_client(tmp_path) as client:
        keeps_an_import_once(client)
        refuses_what_is_no_import(client)
        keeps_what_an_importer_sends(client, tmp_path)


def keeps_an_import_once(client: AppClient) -> None:
    answers = [client.post("/v1/imports", json={**IMPORT_EXAMPLE, "id": id_}) for id_ in ("i-1", "i-1", "i-2")]
    assert [answer.status_code for answer in answers] == [201, 200, 201]
    differs = client.post("/v1/imports", json={**IMPORT_EXAMPLE, "id": "i-1", "file": "other.tsv"})
    assert (differs.status_code, differs.json()["type"]) == (409, "urn:detente:problem:import-differs")
    first = client.get("/v1/imports", params={"limit": 1}).json()
    second = client.get("/v1/imports", params={"limit": 1, "cursor": first["next"]}).json()
    assert [item["id"] for item in (*first["items"], *second["items"])] == ["i-2", "i-1"]
    assert second["next"] is None
    (item,) = second["items"]
    assert (item["file"], item["digest"], item["outcome"]) == ("levant.tsv", IMPORT_EXAMPLE["digest"], "complete")
    assert item["counts"] == {**IMPORT_EXAMPLE["counts"], "mended": {}, "left_out": {}}
    assert client.get("/v1/imports", params={"format": "csv"}).text.startswith("id,file,digest")
    missing = client.get("/v1/imports/none")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:detente:problem:import-not-found")


def refuses_what_is_no_import(client: AppClient) -> None:
    for wrong in ({"digest": "abc"}, {"outcome": "perhaps"}, {"counts": {"rows": {"read": -1}}}, {"more": 1}):
        assert client.post("/v1/imports", json={**IMPORT_EXAMPLE, "id": "i-3", **wrong}).status_code == 422


def keeps_what_an_importer_sends(client: AppClient, folder: Path) -> None:
    (folder / "map.csv").write_text("coded,actor\nISRMIL,TUR\n")
    (folder / "data.tsv").write_text("1979-04-15\tISRMIL\tJOR\t190\n")
    request = Request([str(folder / "data.tsv")], Options(actors=folder / "map.csv"), None)
    summary = import_to_server(str(client.base_url), request, Console(quiet=True))
    assert (summary.imported, summary.errors) == (1, [])
    newest = client.get("/v1/imports").json()["items"][0]
    whole = client.get(f"/v1/imports/{newest['id']}").json()
    assert whole["overrides"] == [{"coded": "ISRMIL", "actor": "TUR", "role": None}]
    assert whole["actors"]["changing"] == 1
    feed = client.get("/v1/events", params={"after": whole["position"] - 1}).json()["items"]
    assert [(entry["type"], entry["data"]["file"]) for entry in feed] == [("file-imported", "data.tsv")]
