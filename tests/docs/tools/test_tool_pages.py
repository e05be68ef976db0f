"""The pages on other tools: what they say to type is run, against a real server, and answers what they promise."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.docs.pages import ROOT, Block, blocks, wait_until_folded
from tests.e2e.command import detente
from tests.server import running_server

TOOLS = ROOT / "docs" / "how-to" / "tools"
PAGES = sorted(TOOLS.glob("*.md"))
_URL = "http://127.0.0.1:8000"
_TOKEN = re.compile(r"&token=detente_read_\.\.\.")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("tools")
    with running_server(f"sqlite:///{folder}/tools.db", folder / "server.log", "--seed") as client:
        wait_until_folded(client)
        yield client


def marked(*languages: str) -> list[Block]:
    """Return the blocks of all pages in a language, whatever columns are named behind it."""
    infos = {info for page in PAGES for info in re.findall(r"^```(\S.*)$", page.read_text("utf-8"), re.MULTILINE)}
    wanted = [info for info in sorted(infos) if info.split()[0] in languages]
    return [block for page in PAGES for block in blocks(page, *wanted)]


def columns_of(block: Block) -> list[str]:
    return block.info.split()[1].split(",")


def table_at(server: httpx.Client, address: str) -> list[dict[str, str]]:
    """Return the rows of CSV at an address of a page."""
    assert address.startswith(_URL)
    answer = server.get(address.removeprefix(_URL))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def check(rows: list[dict[str, str]], columns: list[str]) -> None:
    """Assert that there are rows with these columns, that scores are from 0 to 100, and tension not always 0."""
    assert rows
    assert set(columns) <= rows[0].keys()
    for score in {"tension", "cooperation", "peak"} & set(columns):
        values = [float(row[score]) for row in rows]
        assert all(0 <= value <= 100 for value in values)
        assert any(values) or score == "cooperation"


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


@pytest.mark.parametrize("block", marked("address"), ids=lambda block: block.name)
def test_an_address_answers_what_its_page_says(block: Block, server: httpx.Client) -> None:
    if columns_of(block) == ["json"]:
        answer = server.get(block.code.strip().removeprefix(_URL)).raise_for_status().json()
        (first, *_) = answer.get("items", [answer])
        assert {"pair", "state", "tension", "cooperation", "incidents"} <= first.keys()
    else:
        check(table_at(server, block.code.strip()), columns_of(block))


def test_json_has_what_the_selectors_of_infinity_name(server: httpx.Client) -> None:
    """JSONata's `items` and `pair[0]` are members of JSON by their names."""
    list_of_pairs, one = blocks(TOOLS / "grafana.md", "address json")
    (root,) = blocks(TOOLS / "grafana.md", "jsonata")
    items = server.get(list_of_pairs.code.strip().removeprefix(_URL)).json()[root.code.strip()]
    assert all(len(item["pair"]) == 2 for item in items)
    assert isinstance(server.get(one.code.strip().removeprefix(_URL)).json()["tension"], float)


@pytest.mark.parametrize("block", marked("sheets"), ids=lambda block: block.name)
def test_a_formula_of_a_spreadsheet_asks_for_a_table(block: Block, server: httpx.Client) -> None:
    (address,) = re.findall(r'"(http[^"]+)"', block.code)
    assert _TOKEN.search(address)
    rows = table_at(server, _TOKEN.sub("", address))
    check(rows, columns_of(block))
    assert not [cell for row in rows for cell in row.values() if re.search(r"\.\d\d+$", cell)], "digits=1"


def request_of(query: str) -> tuple[str, dict[str, str]]:
    """Return the path and the parameters of a query in M."""
    (path,) = re.findall(r'RelativePath = "([^"]+)"', query)
    (record,) = re.findall(r"Query = \[(.*?)\]", query)
    return f"/{path}", dict(re.findall(r'(\w+) = "([^"]*)"', record))


@pytest.mark.parametrize("block", marked("powerquery"), ids=lambda block: block.name)
def test_a_query_in_m_chooses_columns_that_there_are_and_types_that_fit(
    block: Block, server: httpx.Client
) -> None:
    path, parameters = request_of(block.code)
    answer = server.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    (chosen,) = re.findall(r"SelectColumns\(Named, \{(.*?)\}\)", block.code)
    columns: list[str] = json.loads(f"[{chosen}]")
    check(rows, columns)
    types = dict(re.findall(r'\{"(\w+)", ([\w. ]+)\}', block.code))
    assert types.keys() <= set(columns)
    for name, kind in types.items():
        cells = {row[name] for row in rows} - {""}
        fits = {"type date": r"\d{4}-\d\d-\d\d", "type number": r"-?\d+(\.\d+)?(e-?\d+)?", "Int64.Type": r"\d+"}
        assert all(re.fullmatch(fits.get(kind, ".*"), cell) for cell in cells), (name, kind)


def test_the_script_in_r_names_columns_that_there_are(server: httpx.Client) -> None:
    scripts = blocks(TOOLS / "r.md", "r")
    assert len(scripts) == 3
    for script in scripts:
        (address,) = re.findall(r'"(http[^"]+)"', script.code)
        rows = table_at(server, address)
        named = set(re.findall(r"\b(?:daily|series|incidents)\$(\w+)", script.code)) - {"pair"}
        named |= set(re.findall(r'"([a-z_]+)"', "".join(re.findall(r"\[c\((.*?)\)\]", script.code)))) - {"pair"}
        check(rows, sorted(named))


def test_the_layer_of_qgis_has_points_and_the_fields_that_its_page_names(server: httpx.Client) -> None:
    (address,) = blocks(TOOLS / "qgis.md", "geojson")
    answer = server.get(address.code.strip().removeprefix(_URL))
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    named = {name for block in blocks(TOOLS / "qgis.md", "qgis") for name in re.findall(r'"(\w+)"', block.code)}
    assert named == {"killed", "certainty"}
    assert all(
        named | {"day", "type", "source", "target", "publishers"} <= f["properties"].keys() for f in features
    )
    points = [feature["geometry"]["coordinates"] for feature in features if feature["geometry"]]
    assert points
    assert len(points) < len(features)
    assert all(25 < longitude < 55 and 30 < latitude < 45 for longitude, latitude in points)
    assert {feature["properties"]["certainty"] for feature in features if feature["geometry"]} >= {"certain"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, str]]:
    """Yield a server that has keys and takes read tokens, and a token."""
    folder = tmp_path_factory.mktemp("guarded")
    database_url = f"sqlite:///{folder}/tools.db"
    token = detente(database_url, "key", "create", "--name", "Sheet", "--read-token").stdout.strip()
    settings = {"DETENTE_READ_TOKENS": "true"}
    with running_server(database_url, folder / "server.log", "--seed", **settings) as client:
        yield client, token


def test_spreadsheets_get_in_by_a_read_token(guarded: tuple[httpx.Client, str]) -> None:
    """Sheets has it in the address that the page shows, Power Query puts it behind `ApiKeyName`."""
    client, token = guarded
    formulas = [re.findall(r'"(http[^"]+)"', block.code)[0] for block in marked("sheets")]
    addresses = [httpx.URL(formula.replace("detente_read_...", token)).raw_path.decode() for formula in formulas]
    for query in marked("powerquery"):
        (name,) = re.findall(r'ApiKeyName = "(\w+)"', query.code)
        path, parameters = request_of(query.code)
        addresses.append(f"{path}?{httpx.QueryParams({**parameters, name: token})}")
    assert len(addresses) == 5
    for address in addresses:
        assert client.get(address).status_code == 200, address
        assert client.get(address.replace(token, f"{token[:-4]}0000")).status_code == 401


def test_every_page_says_what_refreshes_and_what_may_go_wrong() -> None:
    assert len(PAGES) >= 8
    for page in PAGES:
        headings = re.findall(r"^## (.*)$", page.read_text("utf-8"), re.MULTILINE)
        assert "What may go wrong" in headings, page.name
        assert "What refreshes" in headings or page.stem == "notebook", page.name
