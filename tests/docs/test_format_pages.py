"""The pages of the import formats: the columns that they name are those that are read, and so are the reasons."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from api.importing.formats.gdelt.header import POSITIONS
from api.importing.formats.icews import FORMAT as ICEWS
from api.importing.formats.recognition import DataFormat, recognise
from api.importing.importer import Importer, Options
from api.importing.records.csv_records import column_name
from api.importing.rows import Reject
from tests.docs.pages import ROOT
from tests.unit.api.importing.support import (
    NOW,
    POLECAT_HEADER,
    MemoryTarget,
    finder,
    gdelt_row,
    icews_row,
    polecat_row,
)

PAGES = ROOT / "docs" / "reference" / "formats"
IMPORTING = ROOT / "api" / "importing"
DATA = ROOT.parent / "shared" / "data"
FINDER = finder()
_OTHERWISE = ("", "FRA", "EEC", "19", "x", "2018-01-02", "https://other.example/1", "ASSAULT", "Make a visit")
_CODE = re.compile(r"`([^`]+)`")


class Sample(NamedTuple):
    """A format with columns, some of which are not read, and rows in which all others matter somewhere."""

    page: str
    format: DataFormat
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    table: str = "column"  #: the head of the page's table of them


def _gdelt(row: str) -> list[str]:
    fields = row.split("\t")
    return [*(fields[at] for at in POSITIONS.values()), "kur", "-2.5"]


SAMPLES = [
    Sample(
        "keds",
        DataFormat.KEDS,
        ("date", "source", "target", "code"),
        [("1979-04-15", "ISRMIL", "EGY", "190")],
    ),
    Sample(
        "icews",
        DataFormat.ICEWS,
        ICEWS.usual,
        [icews_row(CAMEO_Code=code).split("\t") for code in ("040", "")],
    ),
    Sample(
        "gdelt",
        DataFormat.GDELT_HEADER,
        (*POSITIONS, "Actor1EthnicCode", "AvgTone"),
        [
            _gdelt(gdelt_row(c27="190", c28="19", c29="4", c30="-10.0")),
            _gdelt(gdelt_row(c5="", c15="", c26="20", c30="3", c12="GOV")),
        ],
    ),
    Sample(
        "gdelt",
        DataFormat.GDELT_REDUCED,
        ("Date", "Source", "Target", "CAMEOCode", "NumEvents", "QuadClass", "Goldstein", "NumArts"),
        [
            ("19790101", "ISR", "EGY", code, "2", quad_class, "-9.5", "3")
            for code, quad_class in (("190", "4"), ("18", ""))
        ],
        table="reduced column",
    ),
    Sample(
        "polecat",
        DataFormat.POLECAT,
        (*POLECAT_HEADER, "District", "Province", "Story ID", "Version"),
        [
            [*polecat_row(Primary_Actor_Sector=sector, Actor_Sectors="REB"), "None", "None", "None", "2"]
            for sector in ("MIL", "None")
        ],
    ),
]


def tables(page: str, head: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the page's tables whose first column has this head."""
    for table in re.findall(r"(?:^\|.*\n)+", (PAGES / f"{page}.md").read_text("utf-8"), re.MULTILINE):
        first, _, *rows = [
            [cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table.splitlines()
        ]
        if first[0].strip() == head:
            yield from rows


def named(page: str, head: str) -> set[str]:
    return {name for row in tables(page, head) for name in _CODE.findall(row[0])}


def outcome(sample: Sample, row: Sequence[str]) -> object:
    """Return what becomes of a row, as an event or as a reason with its detail."""
    has_header = sample.format is not DataFormat.KEDS
    layout = recognise("\t".join(sample.columns if has_header else row), sample.format, FINDER, None)
    assert layout is not None
    assert layout.read is not None
    FINDER.texts.begin_row()
    try:
        return layout.read("\t".join(row))
    except Reject as reject:
        return reject.reason, reject.detail


def outcomes_otherwise(sample: Sample, at: int) -> list[object]:
    """Return what becomes of rows of a sample in which one column is otherwise, where that is something else."""
    return [
        changed
        for row in sample.rows
        for value in _OTHERWISE
        if (changed := outcome(sample, [*row[:at], value, *row[at + 1 :]])) != outcome(sample, row)
    ]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.format.value)
def test_a_page_names_the_columns_that_are_read_and_the_reasons(sample: Sample) -> None:
    changed = {column: outcomes_otherwise(sample, at) for at, column in enumerate(sample.columns)}
    read = {column_name(column) for column, outcomes in changed.items() if outcomes}
    assert {column_name(name) for name in named(sample.page, sample.table)} == read
    reasons = {
        result[0]
        for results in changed.values()
        for result in results
        if isinstance(result, tuple) and len(result) == 2
    }
    assert reasons <= named(sample.page, "reason") | named("README", "reason")


def _raised(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Reject"
            and node.args
        ):
            reason = node.args[0]
            if isinstance(reason, ast.Constant):
                yield str(reason.value)


def test_pages_name_reasons_that_there_are() -> None:
    places = (IMPORTING, ROOT / "api" / "parsing", ROOT / "domain")
    everywhere = "".join(path.read_text("utf-8") for place in places for path in place.rglob("*.py"))
    for page in PAGES.glob("*.md"):
        for reason in named(page.stem, "reason"):
            assert f'"{reason}"' in everywhere or f'"{reason}\\t' in everywhere, f"{page.name}: {reason}"


def test_a_page_names_the_reasons_of_its_modules() -> None:
    for page in ("keds", "icews", "gdelt", "polecat"):
        modules = [path for path in (IMPORTING / "formats").rglob("*.py") if page in path.as_posix()]
        reasons = {reason for path in modules for reason in _raised(path)} - {"not-events"}  # of a whole file
        assert reasons <= named(page, "reason"), page


def test_the_index_has_every_page_and_formats_that_there_are() -> None:
    rows = list(tables("README", "page"))
    linked = {target for row in rows for target in re.findall(r"\((\w+\.md)\)", row[0])}
    assert linked == {page.name for page in PAGES.glob("*.md")} - {"README.md"}
    assert {name for row in rows for name in _CODE.findall(row[1])} <= {name.value for name in DataFormat}


@pytest.mark.parametrize(
    ("page", "name"), [("icews", "icews-raw-2018.sample.tab"), ("gdelt", "gdelt2-20180101000000.export.CSV")]
)
def test_a_public_sample_comes_out_as_the_page_says(page: str, name: str) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is missing: see docs/how-to/import-event-data.md for where it comes from")
    summary = Importer(MemoryTarget(), Options(), clock=lambda: NOW).run([str(DATA / name)])
    ((rows, imported, *rejected),) = tables(page, "rows")
    told = [int(cell.replace(",", "")) for cell in (rows, imported, *rejected)]
    assert told == [summary.read, summary.imported, *(count for _, count in summary.reasons.most_common())]
