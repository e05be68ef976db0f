"""The documentation holds together: links lead somewhere, examples are accepted, the picture shows the answers."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

import httpx
import pytest

from tests.docs.pages import PAGES, ROOT, Block, blocks, run_shell_blocks, wait_until_folded, without_code
from tests.server import running_server

HOW_TO = ROOT / "docs" / "how-to"
MAINTAIN = HOW_TO / "maintain"
RUNNABLE = tuple(
    HOW_TO / f"{name}.md"
    for name in (
        "post-articles",
        "read-relations",
        "explain-a-change",
        "ask-what-if",
        "add-an-actor",
        "rule-on-incidents",
        "erase-text",
        "export-a-table",
    )
)
PICTURE = ROOT / "docs" / "images" / "idlib-tension.svg"

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
_FILE = re.compile(r"`((?:api|benchmarks|docs|domain|projections|seeds|tests)/[\w/.-]*)`")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[httpx.Client]:
    with running_server(f"sqlite:///{tmp_path}/docs.db", tmp_path / "server.log", "--seed") as client:
        yield client


# Links


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings become: lower case, no punctuation, spaces to hyphens."""
    headings = re.findall(r"^#+ (.+)$", without_code(page), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(without_code(page)):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{link}: no such file"
        assert ROOT in (there, *there.parents)
        assert not anchor or anchor in anchors(there), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_are_there(page: Path) -> None:
    """How-tos for maintainers are left to their own tests: they name files that are yet to be made, too."""
    named = set(_FILE.findall(without_code(page)))
    missing = sorted(name for name in named if not (ROOT / name).exists())
    assert not missing or MAINTAIN in page.parents, f"no longer there: {missing}"


def test_every_promise_of_security_names_what_tests_it() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8").partition("## What is promised")[2]
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    promises = [cells for cells in rows if cells[0] != "| promise"]
    assert len(promises) > 15
    untested = [cells[0] for cells in promises if not re.search(r"`tests/[\w/.]+`", cells[-1])]
    assert not untested, f"promised, and no test is named: {untested}"


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(index.read_text("utf-8"))
    }
    assert set((ROOT / "docs").rglob("*.md")) - {index} <= linked


# Examples


REQUESTS = [block for page in PAGES for block in blocks(page, "json request")]
ACTORS = [block for page in PAGES for block in blocks(page, "json actor")]


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("docs")
    with running_server(f"sqlite:///{folder}/docs.db", folder / "server.log", "--seed") as client:
        yield client


@pytest.mark.parametrize("block", REQUESTS, ids=lambda block: block.name)
def test_requests_are_accepted(block: Block, shared_server: httpx.Client) -> None:
    answer = shared_server.post("/v1/articles", params={"dry_run": True}, json=json.loads(block.code))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("block", ACTORS, ids=lambda block: block.name)
def test_actors_are_accepted(block: Block, shared_server: httpx.Client) -> None:
    assert shared_server.post("/v1/actors", json=json.loads(block.code)).status_code in (200, 201)


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: str(page.stem))
def test_how_to_pages_run_as_written(page: Path, server: httpx.Client, tmp_path: Path) -> None:
    printed = run_shell_blocks(page, server, tmp_path)
    assert len(printed) == len(blocks(page, "sh", "sh fails")) > 0
    if page.stem == "post-articles":
        results = [json.loads(line) for line in printed[3].splitlines() if line]
        assert [result["status"] for result in results] == [201, 201, 422]
        assert json.loads(printed[1])["errors"][0]["candidates"] == ["RUS"]
    if page.stem == "rule-on-incidents":
        assert "SYR>TUR:ASSAULT:2020-02-03 wire-night 1 one-night" in printed[2].splitlines()
        assert json.loads(printed[5])["type"].endswith("report-ruled")
        assert '"reason":"It was another night."' in printed[6]
    if page.stem == "read-relations":
        assert json.loads((tmp_path / "relation.json").read_text())["pair"] == ["RUS", "TUR"]
        unknown = json.loads(printed[3])
        assert (unknown["state"], unknown["since"]) == ("unknown", None)
        words = " ".join(line.removeprefix("> ") for line in page.read_text("utf-8").splitlines())
        assert printed[6].strip() in words
        assert printed[-3].strip() == "304"
    if page.stem == "export-a-table":
        assert printed[0].startswith("id,")
        assert "ASSAULT" in printed[1]
        assert printed[2].startswith("day,tension\r\n2020-01-05,0.0\r\n")
        assert printed[3].strip() == "ef bb bf"
    if page.stem == "ask-what-if":
        assert json.loads(printed[0])["what_if"] == ["half_life_verbal:60", "spillover:0.0"]
        assert "from 1 to 3650" in json.loads(printed[2])["errors"][0]["detail"]
        assert printed[3].count('"state":"unknown"') == 2
        assert ['"state":"neutral"' in printed[4], '"state":"unknown"' in printed[4]] == [True, True]
        sure = json.loads(printed[5])
        assert [round(end) for end in sure["tension_interval"]] == [40, 76]
        assert (round(sure["effective_incidents"], 1), sure["publishers"], sure["what_if"]) == (2.8, 1, None)


def test_the_page_on_explaining_a_change_says_what_the_answers_say(server: httpx.Client, tmp_path: Path) -> None:
    page = HOW_TO / "explain-a-change.md"
    between, parts, decay, episodes, _ = run_shell_blocks(page, server, tmp_path)
    words = " ".join(line.removeprefix("> ") for line in page.read_text("utf-8").splitlines())
    assert json.loads(between)["sentence"] in words
    assert parts.strip().endswith("True")
    assert "because of decay (" in json.loads(decay)["sentence"]
    corrected = json.loads((tmp_path / "corrected.json").read_text())
    (beginning,) = re.findall(r'The sentence begins "([^"]+)"', words)
    assert corrected["sentence"].startswith(beginning)
    (part,) = corrected["items"]
    (incident,) = part["incidents"]
    assert part["part"] == "corrected"
    assert [len(incident[key]) for key in ("reported_by", "reported_before")] == [3, 2]
    strained = next(e for e in json.loads(episodes)["items"] if e["state"] == "strained_cooperation")
    assert (strained["first"], strained["last"]) == ("2020-02-06", "2020-03-17")
    assert strained["because"] == ["incidents"]


def test_what_to_make_can_be_made() -> None:
    named = set(re.findall(r"\bmake ([a-z-]+) ", (ROOT / "README.md").read_text("utf-8")))
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"run", "test"} <= named & made
    quoted = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)[^`]*`", page.read_text("utf-8"))}
    soak = re.findall(r"^make ([a-z]+) KILLS=", (HOW_TO / "survive-faults.md").read_text("utf-8"), re.MULTILINE)
    assert soak == ["soak"]
    assert quoted | set(soak) <= made


# The picture


def drawn(picture: Path) -> dict[str, list[float]]:
    """Return the coordinates of each curve and band of a picture, by name."""
    found = {}
    for group in Xml.parse(picture).iter("{http://www.w3.org/2000/svg}g"):  # noqa: S314  # a file of our own
        name = group.get("id", "")
        path = group.find("{http://www.w3.org/2000/svg}path")
        if path is not None and re.match(r"[A-Z]{3}-[A-Z]{3}-", name):
            found[name] = [float(number) for number in _NUMBER.findall(path.get("d", ""))]
    return found


def test_the_picture_shows_what_the_service_answers(server: httpx.Client, tmp_path: Path) -> None:
    """Coordinates are compared, not bytes: another build of matplotlib may word the same curve otherwise."""
    wait_until_folded(server)
    script = ROOT / "docs" / "make_pictures.py"
    subprocess.run([sys.executable, script, str(server.base_url), tmp_path], check=True, capture_output=True)
    made, committed = drawn(tmp_path / PICTURE.name), drawn(PICTURE)
    assert made.keys() == committed.keys()
    assert sum(name.endswith(("-tension", "-cooperation")) for name in made) == 4
    for name, coordinates in made.items():
        assert coordinates == pytest.approx(committed[name], abs=0.05), name
