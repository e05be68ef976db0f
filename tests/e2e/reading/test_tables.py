"""Tables: Arrow and Parquet have what JSON has, row by row, in types of their own."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import csvw
import duckdb
import polars
import pytest
from arro3.io import read_ipc_stream, read_parquet

from tests.e2e.support import ActorFactory, Json, answer, clash, problem, recorded, wait_for_all
from tests.server import ServerClient

LISTS: Final = [
    "/v1/relations?as_of=2020-02-12&limit=100",  # of tables there is all without, and other tests post, too
    "/v1/relations/RUS/TUR?as_of=2020-02-12",
    "/v1/relations/RUS/TUR/tension?as_of=2020-02-12&interval=month&how_sure=true",
    "/v1/relations/RUS/TUR/incidents?as_of=2020-02-12&columns=all",
    "/v1/relations/RUS/TUR/explanation?as_of=2020-02-12&columns=all",
    "/v1/relations/RUS/TUR/clash-risk?as_of=2020-02-12&columns=all",
    "/v1/relations/RUS/TUR/episodes?as_of=2020-02-12",
    "/v1/agreements?as_of=2020-02-12",
    "/v1/agreements/idlib-dmz-2018?as_of=2020-02-12",
    "/v1/incidents?limit=100&columns=all",
    "/v1/incidents/suggestions",
    "/v1/map?as_of=2020-02-12&limit=100&columns=all",
    "/v1/matrix?as_of=2020-02-12",
    "/v1/actors",
    "/v1/actors/RUS",
    "/v1/actors/RUS/network?as_of=2020-02-12",
    "/v1/articles?limit=100",
    "/v1/articles/idlib-2020-02-11",
    "/v1/publishers",
    "/v1/publishers/aliases?limit=100",
    "/v1/rulings?limit=100",
    "/v1/imports?limit=100",
    "/v1/imports/an-import-in-tables",
    "/v1/models",
    "/v1/events?limit=50",
]
_RANGES: Final = {"tension": "tension_interval", "killed": "killed_range", "wounded": "wounded_range"}
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")


@pytest.fixture(scope="module")
def _there_is_some_of_all(server: ServerClient) -> None:
    """There are two rulings, aliases and imports each: one withdrawn, one removed, one with a map of actors."""
    a, b = ActorFactory(server).pair()
    sent = recorded(server, clash(a, b), clash(b, a))
    for number, id_ in enumerate(("a-ruling-in-tables", "a-withdrawn-ruling-in-tables"), 1):
        named = [{"article": sent["id"], "number": number}]
        ruling = {"id": id_, "ruling": "separate", "reports": named, "reason": "Nobody else tells."}
        answer(server.post("/v1/rulings", json=ruling))
    answer(server.delete("/v1/rulings/a-withdrawn-ruling-in-tables", params={"reason": "Somebody does."}))
    for alias in ("Tables via A", "Tables via B"):
        answer(server.post("/v1/publishers/aliases", json={"alias": alias, "publisher": "Tables"}))
    answer(server.delete("/v1/publishers/aliases/Tables via B", params={"reason": "Its own."}))
    used = {"name": "map.csv", "digest": "0" * 64, "changing": 1, "overrides": [{"coded": "X", "actor": "RUS"}]}
    counts = {"rows": {"read": 3, "posted": 2}, "reasons": {"unknown actor": 1}}
    kept = {"id": "an-import-in-tables", "file": "a.tsv", "outcome": "complete"}
    answer(server.post("/v1/imports", json={**kept, "reading": {"actors": used}, "counts": counts}))
    answer(server.post("/v1/imports", json={"id": "b-import-in-tables", "file": "b.tsv", "outcome": "failed"}))


@pytest.fixture(autouse=True)
def _nothing_is_behind(server: ServerClient, _there_is_some_of_all: None) -> None:
    """What other tests have posted is in all answers, or in none."""
    wait_for_all(server)


def _plain(value: Any) -> Any:
    """Return a value of JSON or of Arrow so that the same is equal: instants as such, pairs as an object."""
    if isinstance(value, str):
        return datetime.fromisoformat(value) if _INSTANT.fullmatch(value) else value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        if value and all(isinstance(each, dict) and each.keys() == {"key", "value"} for each in value):
            return {each["key"]: _plain(each["value"]) for each in value}
        return [_plain(each) for each in value]
    return value


def _same(value: Any, expected: Any) -> bool:
    if isinstance(value, str) and isinstance(expected, dict):
        value = json.loads(value)  # anything may be a part of it
    if isinstance(value, list) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(_same, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict) and value.keys() >= expected.keys():
        return all(_same(each, expected.get(name)) for name, each in value.items())
    return _plain(value) == _plain(expected) or (
        not value and expected in (None, {})
    )  # a list that JSON leaves out


def _expected(name: str, item: Json) -> Any:
    """Return what JSON has where a table has a column of this name."""
    way, _, end = name.rpartition("_")
    if name in ("a", "b"):
        return item["pair"][name == "b"]
    if end in ("low", "high") and way in _RANGES:
        return item[_RANGES[way]] and item[_RANGES[way]][end == "high"]
    part, _, of_part = name.partition("_")
    if name not in item and part in ("withdrawal", "removal", "actors", "counts", "ruling"):
        return item[part] and item[part][of_part]
    if name.startswith("usual_"):
        return item["usual"] and item["usual"][name.removeprefix("usual_")]
    if name in ("last_clash", "last_clash_day"):
        return item["last_clash"] and item["last_clash"]["day" if name.endswith("day") else "incident"]
    if name.startswith(("a_to_b_", "b_to_a_")):
        return list(item["directed"].values())[name.startswith("b")][name[len("a_to_b_") :]]
    return item.get(name)


@pytest.mark.parametrize("path", LISTS)
def test_arrow_and_parquet_have_what_json_has(server: ServerClient, path: str) -> None:
    plain = path.replace("?columns=all", "").replace("&columns=all", "")
    answer = server.get(plain).json()
    items = answer.get("items", [answer])
    sign = "&" if "?" in path else "?"
    arrow = server.get(f"{path}{sign}format=arrow")
    parquet = server.get(path, headers={"Accept": "application/vnd.apache.parquet"})

    assert arrow.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert parquet.headers["content-type"] == "application/vnd.apache.parquet"
    table = read_ipc_stream(io.BytesIO(arrow.content)).read_all()
    rows = polars.read_ipc_stream(arrow.content).rows(named=True)
    assert len(rows) == len(items)
    for row, item in zip(rows, items, strict=True):
        for name, value in row.items():
            assert _same(value, _expected(name, item)), name
    again = read_parquet(io.BytesIO(parquet.content)).read_all()
    assert again.column_names == table.column_names
    assert again.num_rows == len(items)
    about = json.loads(table.schema.metadata_str["detente"])
    assert about.get("position") == (answer.get("position") if "items" in answer else None)


@pytest.mark.parametrize("path", LISTS)
def test_no_cell_of_csv_or_of_a_workbook_has_json(server: ServerClient, path: str) -> None:
    sign = "&" if "?" in path else "?"
    header, *rows = _csv_rows(server, f"{path}{sign}" if "columns" in path else f"{path}{sign}columns=all")
    book = server.get(f"{path}{sign}format=xlsx").raise_for_status()
    cells = [cell for row in rows for cell in row] + _texts_of_book(book.content)
    assert header
    assert rows
    for cell in cells:
        with suppress(ValueError):
            assert not isinstance(json.loads(cell), list | dict), cell


def _texts_of_book(content: bytes) -> list[str]:
    with ZipFile(io.BytesIO(content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314  # our own
    return [text.text or "" for text in sheet.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}t")]


def test_a_list_of_objects_is_what_names_each_in_csv(server: ServerClient) -> None:
    (incident, *_) = server.get("/v1/relations/RUS/TUR/incidents?as_of=2020-02-12").json()["items"]
    asked = "/v1/relations/RUS/TUR/incidents?as_of=2020-02-12&limit=1&columns=id,dates,reported_by"
    _, (id_, dates, reported_by) = _csv_rows(server, asked)
    assert id_ == incident["id"]
    assert dates.split(";") == [each["occurred"] for each in incident["dates"]]
    assert reported_by.split(";") == [f"{it['article']['id']}#{it['number']}" for it in incident["reported_by"]]

    imported = server.get("/v1/imports/an-import-in-tables?format=csv&columns=counts_rows,overrides").text
    assert imported.splitlines()[1] == "read=3;posted=2,X=RUS"


def test_other_engines_read_the_same(server: ServerClient, tmp_path: Path) -> None:
    path = "/v1/relations?as_of=2020-02-12&actor=RUS"
    items = server.get(path).json()["items"]
    file = tmp_path / "relations.parquet"
    file.write_bytes(server.get(f"{path}&format=parquet").content)
    scores = [(*item["pair"], date.fromisoformat(item["as_of"]), item["tension"]) for item in items]

    by_duckdb = duckdb.read_parquet(str(file)).select("a, b, as_of, tension").fetchall()
    frames = [
        polars.read_ipc_stream(server.get(f"{path}&format=arrow&compression={packed}").content)
        for packed in ("none", "zstd", "lz4")
    ]

    assert by_duckdb == scores
    for frame in (*frames, polars.read_parquet(file)):
        assert frame.select("a", "b", "as_of", "tension").rows() == scores
        assert frame["known_at"].dtype == polars.Datetime("us", "UTC")
        assert frame["known_at"][0] == datetime.fromisoformat(items[0]["known_at"]).astimezone(UTC)
    assert isinstance(frames[0]["state"].dtype, polars.Categorical)


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("format=csv&columns=pair", "columns"),
        ("format=csv&compression=zstd", "compression"),
        ("format=arrow&compression=gzip", "compression"),
        ("format=arrow&bom=true", "bom"),
        ("format=csv&bom=yes", "bom"),
        ("format=csv&digits=16", "digits"),
        ("format=csv&digits=-1", "digits"),
        ("format=csv&digits=1.5", "digits"),
        ("format=parquet&digits=2", "digits"),
        ("digits=2", "digits"),
    ],
)
def test_an_option_that_says_nothing_is_refused(server: ServerClient, asked: str, parameter: str) -> None:
    (error,) = problem(server.get(f"/v1/relations?as_of=2020-02-12&{asked}"), 422)["errors"]
    assert error["parameter"] == parameter


def test_csv_for_people_is_rounded_and_marked(server: ServerClient) -> None:
    path = "/v1/relations?as_of=2020-02-12"
    items = server.get(path).json()["items"]
    text = server.get(f"{path}&format=csv&digits=1&bom=true&columns=b,tension").content.decode()
    assert text.startswith("\ufeffb,tension\r\n")
    assert text.splitlines()[1:] == [f"{item['pair'][1]},{round(item['tension'], 1)}" for item in items]


WHOLE: Final = [
    "/v1/relations?as_of=2020-02-12",
    "/v1/relations/RUS/TUR/incidents?as_of=2020-02-12",
    "/v1/incidents?as_of=2020-02-12",
    "/v1/incidents?as_of=2020-02-12&publisher=Reuters",
    "/v1/incidents?as_of=2020-02-12&known_at=2100-01-01",
    "/v1/agreements?as_of=2020-02-12",
    "/v1/actors?kind=state",
    "/v1/articles?",
    "/v1/events?",
    "/v1/relations/RUS/TUR/clash-risk?as_of=2020-02-12",
    "/v1/relations/RUS/TUR/episodes?as_of=2020-02-12",
    "/v1/incidents/suggestions?",
    "/v1/publishers?",
    "/v1/publishers/aliases?",
    "/v1/rulings?",
    "/v1/imports?",
]


#: Of incidents: for these, each is read with its reports, and not by column.
NOT_BY_COLUMN: Final = {"dates", "reported_by"}


def _csv_rows(server: ServerClient, address: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(server.get(f"{address}&format=csv").text, newline="")))


def _paged(server: ServerClient, path: str) -> list[Json]:
    items: list[Json] = []
    following: dict[str, Any] = {}
    while True:
        page = server.get(f"{path}&limit=50&{'&'.join(f'{k}={v}' for k, v in following.items())}").json()
        items += page["items"]
        if "last" in page:
            following = {"after": page["last"]}
            if not page["items"]:
                return items
        elif page["next"] is None:
            return items
        else:
            following = {"cursor": page["next"]}


@pytest.mark.parametrize("path", WHOLE)
def test_a_whole_list_is_all_of_its_pages(server: ServerClient, path: str) -> None:
    items = _paged(server, path)
    whole = server.get(f"{path}&limit=all&format=ndjson")
    assert [json.loads(line) for line in whole.text.splitlines()] == items
    assert items
    rows = _csv_rows(server, f"{path}&limit=all&columns=all")
    assert len(rows) == 1 + len(items)
    for names in (rows[0][1:], [name for name in rows[0] if name not in NOT_BY_COLUMN]):
        places = [rows[0].index(name) for name in names]
        chosen = _csv_rows(server, f"{path}&limit=all&columns={','.join(names)}")
        assert chosen == [[row[place] for place in places] for row in rows]
    for asked in ("format=arrow", "format=arrow&limit=all", "format=arrow&columns=all"):
        answered = server.get(f"{path}&{asked}")
        table = polars.read_ipc_stream(answered.content).rows(named=True)
        assert len(table) == len(items)
        for row, item in zip(table, items, strict=True):
            for name, value in row.items():
                assert _same(value, _expected(name, item)), name
    if "etag" in answered.headers:
        etag = answered.headers["etag"]
        assert server.get(f"{path}&{asked}", headers={"If-None-Match": etag}).status_code == 304
        head = server.head(f"{path}&{asked}")
        assert (head.headers["etag"], head.content) == (etag, b"")
        assert head.headers["content-type"] == answered.headers["content-type"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [("limit=all", "limit"), ("limit=all&format=csv&cursor=x", "cursor"), ("limit=every", "limit")],
)
def test_what_no_whole_list_is_is_refused(server: ServerClient, asked: str, parameter: str) -> None:
    (error,) = problem(server.get(f"/v1/articles?{asked}"), 422)["errors"]
    assert error["parameter"] == parameter


def test_a_workbook_has_a_row_an_item(server: ServerClient) -> None:
    answered = server.get("/relations.xlsx?as_of=2020-02-12&actor=RUS")
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answered.headers["content-type"] == media_type
    with ZipFile(io.BytesIO(answered.content)) as book:
        rows = book.read("xl/worksheets/sheet1.xml").count(b"<row ")
    assert rows == 1 + len(server.get("/v1/relations?as_of=2020-02-12&actor=RUS").json()["items"])


def test_a_descriptor_beside_a_table_says_how_to_read_it(server: ServerClient, tmp_path: Path) -> None:
    table = server.get("/relations.csv?as_of=2020-02-12")
    link = re.search(r'<([^>]*)>; rel="describedby"', table.headers["link"])
    assert link is not None
    assert link[1] == "/relations.csv-metadata.json?as_of=2020-02-12"
    described = server.get(link[1])
    assert described.headers["content-type"] == "application/csvm+json"
    assert described.json()["url"] == "/relations.csv?as_of=2020-02-12"
    by_format = server.get("/v1/relations?as_of=2020-02-12&format=csv").headers["link"]
    assert "</v1/relations?as_of=2020-02-12&format=csv-metadata.json>" in by_format

    (tmp_path / "relations.csv").write_bytes(table.content)
    descriptor = described.json() | {"url": "relations.csv"}
    (tmp_path / "relations.csv-metadata.json").write_text(json.dumps(descriptor), "utf-8")
    (read,) = csvw.CSVW(str(tmp_path / "relations.csv-metadata.json"), validate=True).tables
    items = server.get("/v1/relations?as_of=2020-02-12").json()["items"]
    for row, item in zip(read.iterdicts(strict=True), items, strict=True):
        assert (row["a"], row["b"]) == tuple(item["pair"])
        assert row["tension"] == item["tension"]
        assert row["as_of"] == datetime.fromisoformat(item["as_of"])
        assert row["known_at"] == datetime.fromisoformat(item["known_at"])


@pytest.mark.parametrize("path", ["/incidents.geojson", "/relations/SYR/TUR/incidents.geojson", "/map.geojson"])
def test_incidents_are_features(server: ServerClient, path: str) -> None:
    asked = "?as_of=2020-02-12"
    answered = server.get(path + asked)
    assert answered.headers["content-type"] == "application/geo+json"
    features = answered.json()["features"]
    items = _paged(server, "/v1" + path.removesuffix(".geojson") + asked)
    assert [feature["id"] for feature in features] == [item["id"] for item in items]
    where = {item["id"]: item for item in _paged(server, f"/v1/map{asked}&from=1990-01-01")}
    located = 0
    for feature, item in zip(features, items, strict=True):
        point = where[item["id"]]["longitude"], where[item["id"]]["latitude"]
        expected = None if point[0] is None else {"type": "Point", "coordinates": list(point)}
        assert feature["geometry"] == expected
        located += expected is not None
        said = feature["properties"]
        assert (said["day"], said["source"], said["place"]) == (item["day"], item["source"], item["place"])
    counted = answered.json()["detente"]
    assert (counted["located"], counted["without_geometry"]) == (located, len(items) - located)


def test_what_has_no_place_is_no_geojson(server: ServerClient) -> None:
    assert problem(server.get("/v1/articles?format=geojson"), 422)["errors"][0]["parameter"] == "format"
    assert server.get("/v1/actors", headers={"Accept": "application/geo+json"}).status_code == 406
    assert server.get("/v1/actors/RUS", headers={"Accept": "application/geo+json"}).status_code == 406
    assert server.get("/v1/incidents?format=geojson&limit=5").status_code == 422
