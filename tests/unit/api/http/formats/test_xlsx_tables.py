"""What a spreadsheet makes of our tables: LibreOffice opens them, and no cell of theirs is a formula or a link."""

import subprocess
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET  # of a file that LibreOffice made of ours

import pytest

from api.http.formats import xlsx_tables
from api.http.formats.columns import Column, Scalar
from api.http.formats.csv_tables import write_csv
from api.http.formats.xlsx_tables import write_xlsx
from api.http.problems import Problem
from tests.patience import PATIENCE

TEXTS: Final = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "'=1+1",
    '=HYPERLINK("https://example.org","x")',
    "https://example.org",
    "mailto:a@example.org",
    "internal:Sheet1!A1",
    "x;=1+1",
    "x;\u200b=1+1",
    "x\t=1+1",
    "x\n=1+1",
    "{=1+1}",
    " =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\x00=1+1",
    "\x1f=1+1",
    "\n=1+1",
    "\u2028=1+1",
    "\ud800=1+1",
    "=cmd|' /C calc'!A0",
    " @SUM(1+9)*cmd|' /C calc'!A0",
    '=DDE("soffice";"/etc/passwd";"1")',
    '"=1+1"',
    "=" + "1+" * 16_000 + "1",
    "Привет, «мир» 🙂",
    "plain",
    "007",
    "_x0041_",
]
#: Quotes, UTF-8; numbers are recognised, and so are formulas, which it does not do by default.
_REST: Final = "34,76,1,,0,false,true,false,false,false,0,true"
_AS_CSV: Final = f"CSV:44,{_REST}"
_IN_PIECES: Final = f"CSV:44/59/9,{_REST}"  # behind commas, semicolons and tabs
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


#: Numbers that a cell would round are texts, and so are dates that Excel has not, or has one off.
WHOLE: Final = [0, -1, 2**53, -(2**53), 2**53 + 1, 2**63 - 1, 10**30]
OLD: Final = [date(1, 1, 1), date(1899, 12, 31), date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1)]
LATEST: Final = date(9999, 12, 31)


class _Row(NamedTuple):
    text: str
    number: float
    day: date
    at: datetime
    whole: int = 0
    other_day: date = LATEST


ROWS: Final = [
    _Row(text, 1234.5 + index, date(2020, 2, 12), datetime(2020, 2, 12, 13, 14, 15, tzinfo=UTC), whole, other_day)
    for index, (text, whole, other_day) in enumerate(zip(TEXTS, cycle(WHOLE), cycle([*OLD, LATEST])))
]
COLUMNS: Final = [
    Column("text", Scalar.TEXT, lambda row: row.text),
    Column("number", Scalar.NUMBER, lambda row: row.number),
    Column("day", Scalar.DATE, lambda row: row.day),
    Column("at", Scalar.INSTANT, lambda row: row.at),
    Column("whole", Scalar.INTEGER, lambda row: row.whole),
    Column("other_day", Scalar.DATE, lambda row: row.other_day),
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the documents that LibreOffice makes of a table in CSV and in XLSX: it is started once."""
    folder = tmp_path_factory.mktemp("spreadsheets")
    for name in ("people", "pieces"):
        with (folder / f"{name}.csv").open("wb") as file:
            write_csv(COLUMNS, [ROWS], file, bom=True)
    with (folder / "book.xlsx").open("wb") as file:
        write_xlsx(COLUMNS, {"position": 1}, [ROWS], file)
    readers = [
        _converting(folder, "people.csv", f"--infilter={_AS_CSV}"),
        _converting(folder, "pieces.csv", f"--infilter={_IN_PIECES}"),
        _converting(folder, "book.xlsx"),
    ]
    for reader in readers:
        _, error = reader.communicate(timeout=8 * PATIENCE)
        assert reader.returncode == 0, error
    return {name: ET.parse(folder / f"{name}.fods").getroot() for name in ("people", "pieces", "book")}  # noqa: S314


def _converting(folder: Path, file: str, *options: str) -> "subprocess.Popen[bytes]":
    """Begin to make a flat document of a file, beside it."""
    profile = f"-env:UserInstallation=file://{folder}/profile-of-{file}"
    command = ["soffice", "--headless", profile, *options, "--convert-to", "fods", "--outdir", str(folder)]
    return subprocess.Popen([*command, str(folder / file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _texts(document: Any) -> list[str]:
    """Return what the cells of the first column have."""
    rows = [
        row for row in document.iter(f"{_TABLE}table-row") if f"{_TABLE}number-rows-repeated" not in row.attrib
    ]
    cells = (next(row.iter(f"{_TABLE}table-cell")) for row in rows)
    return ["\n".join("".join(part.itertext()) for part in cell) for cell in cells][1 : 1 + len(TEXTS)]


@pytest.mark.parametrize("name", ["people", "pieces", "book"])
def test_no_cell_is_a_formula_or_a_link(opened: dict[str, Any], name: str) -> None:
    cells = list(opened[name].iter(f"{_TABLE}table-cell"))
    assert len(cells) > len(TEXTS)
    assert not [cell.attrib for cell in cells if f"{_TABLE}formula" in cell.attrib]
    assert not [link for link in opened[name].iter() if link.tag.endswith("}a")]


def test_a_workbook_has_texts_as_they_are_and_dates_as_dates(opened: dict[str, Any]) -> None:
    shown = _texts(opened["book"])
    assert [text.strip() for text in shown[-6:]] == [text.strip() for text in TEXTS[-6:]]
    assert shown[: TEXTS.index("\t=1+1")] == TEXTS[: TEXTS.index("\t=1+1")]
    dates = [cell.get(f"{_OFFICE}date-value") for cell in opened["book"].iter(f"{_TABLE}table-cell")]
    assert dates.count("2020-02-12") == len(ROWS)
    assert dates.count("2020-02-12T13:14:15") == len(ROWS)
    assert set(_values(opened["book"])) >= {row.number for row in ROWS}


def test_what_a_cell_would_change_is_a_text_in_it(opened: dict[str, Any]) -> None:
    cells = list(opened["book"].iter(f"{_TABLE}table-cell"))
    texts = {"".join(cell.itertext()).strip() for cell in cells if cell.get(f"{_OFFICE}value-type") == "string"}
    dates = {cell.get(f"{_OFFICE}date-value") for cell in cells}
    assert texts >= {"9007199254740993", "9223372036854775807", str(10**30)}
    assert set(_values(opened["book"])) >= {0, -1}
    assert not texts & {str(2**53), str(-(2**53))}
    assert texts >= {"0001-01-01", "1899-12-31", "1900-01-01", "1900-02-28"}
    assert dates >= {"1900-03-01", "9999-12-31"}
    assert not dates & {"1899-12-30", "1899-12-31", "1900-01-01"}


def test_csv_has_numbers_as_numbers_and_texts_defused(opened: dict[str, Any]) -> None:
    shown = _texts(opened["people"])
    assert shown[0] == "'=1+1"
    assert shown[TEXTS.index("＝1+1")] == "'＝1+1"
    assert shown[TEXTS.index("plain")] == "plain"
    assert {row.number for row in ROWS} <= set(_values(opened["people"]))


def _values(document: Any) -> list[float]:
    cells = document.iter(f"{_TABLE}table-cell")
    return [float(cell.attrib[f"{_OFFICE}value"]) for cell in cells if cell.get(f"{_OFFICE}value-type") == "float"]


def test_more_rows_than_a_sheet_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_tables, "MOST_ROWS", len(ROWS))
    with pytest.raises(Problem) as refused:
        write_xlsx(COLUMNS, {}, [ROWS], BytesIO())
    assert refused.value.details.errors
    assert refused.value.details.errors[0].code == "too-many-rows"


def test_a_text_longer_than_a_cell_is_refused() -> None:
    row = ROWS[0]._replace(text="🙂" * 16_384)
    with pytest.raises(Problem) as refused:
        write_xlsx(COLUMNS, {}, [[row]], BytesIO())
    assert refused.value.details.errors
    assert refused.value.details.errors[0].code == "cell-too-long"


def test_without_the_extra_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_tables, "xlsxwriter", None)
    with pytest.raises(Problem) as refused:
        write_xlsx(COLUMNS, {}, [ROWS], BytesIO())
    assert refused.value.details.status == 501
