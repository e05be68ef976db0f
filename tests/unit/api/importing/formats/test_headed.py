"""Formats known by their header, whatever the separator, or by the names in JSON."""

import json
from pathlib import Path

import pytest

from api.importing.formats.recognition import DataFormat, recognise
from api.importing.rows import Reject
from tests.unit.api.importing.support import POLECAT_HEADER, finder, import_bytes, polecat_row, read_object


def csv_of(separator: str, *rows: list[str]) -> bytes:
    return "".join(separator.join(f'"{cell}"' for cell in row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_a_record_of_several_lines_is_one_row_where_it_begins(tmp_path: Path, separator: str) -> None:
    rows = [polecat_row(Headline="Shells;\nand, an answer"), polecat_row(Event_Type="GREET")]
    summary, rejected, target = import_bytes(tmp_path, csv_of(separator, POLECAT_HEADER, *rows))
    assert (summary.read, summary.imported) == (2, 1)
    assert [(row.number, reject.reason) for row, reject in rejected] == [(4, "unknown-type")]
    (article,) = target.articles.values()
    assert article.header.headline == "Shells;\nand, an answer"


def test_a_document_of_json_is_rows_by_its_names(tmp_path: Path) -> None:
    rows = [dict(zip(POLECAT_HEADER, polecat_row(Event_Type=kind), strict=True)) for kind in ("ASSAULT", "GREET")]
    for document in (rows, {"status": 200, "data": rows}):
        summary, rejected, _ = import_bytes(tmp_path, json.dumps(document).encode())
        assert (summary.read, summary.imported) == (2, 1)
        assert [(row.number, reject.reason) for row, reject in rejected] == [(2, "unknown-type")]


def test_a_header_names_no_column_twice(tmp_path: Path) -> None:
    header = [*POLECAT_HEADER, "Actor_Country"]
    with pytest.raises(Reject, match="actor country"):
        recognise(",".join(header), DataFormat.POLECAT, finder(), None)
    summary, _, _ = import_bytes(tmp_path, csv_of(",", header))
    assert summary.errors == [f"{tmp_path / 'data.txt'}: the header names the column 'actor country' twice"]


def test_columns_without_a_name_are_not_read(tmp_path: Path) -> None:
    rows = [[*POLECAT_HEADER, "", ""], [*polecat_row(), "x", "y"]]
    assert import_bytes(tmp_path, csv_of(",", *rows))[0].imported == 1


def test_rows_of_empty_cells_are_none(tmp_path: Path) -> None:
    empty = [""] * len(POLECAT_HEADER)
    content = csv_of(",", POLECAT_HEADER, empty, polecat_row()) + b"," * (len(empty) - 1) + b"\r\n"
    summary, rejected, _ = import_bytes(tmp_path, content)
    assert (summary.read, summary.imported, rejected) == (1, 1, [])


@pytest.mark.parametrize("absent", ["NA", " NA ", "<NA>", "NaN", "nan", "NULL", "None", ""])
def test_what_a_data_frame_writes_for_nothing_is_nothing(absent: str) -> None:
    row = dict(zip(POLECAT_HEADER, polecat_row(Headline=absent, Actor_Name=absent, City=absent), strict=True))
    about, told = read_object(row, DataFormat.POLECAT)[1:3]
    assert (about.headline, told.place, getattr(told, "source", None)) == (None, None, ("SYR",))
