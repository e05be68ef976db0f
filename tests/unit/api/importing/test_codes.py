"""Imports by the scheme of a file's codes."""

from pathlib import Path

import pytest

from api.importing.codes.schemes import CodeScheme
from api.importing.command import exit_status
from api.importing.importer import Options
from tests.unit.api.importing.support import gdelt_row, import_bytes

BALKANS = (
    b"1989-04-02\tYUG\tKSV\t224\t(RIOT)\n"
    b"1992-04-05\tSERMIL\tBOS\t223\t(MIL ENGAGEMENT)\n"
    b"1992-04-05\tMAC\tETHALB\t032\t(VISIT)\n"
)


def test_a_file_in_weis_codes_is_read_as_such(tmp_path: Path) -> None:
    summary, _, target = import_bytes(tmp_path, BALKANS)
    assert (summary.imported, summary.codes) == (3, ["weis"])
    reports = [report for article in target.articles.values() for report in article.reports]
    assert [(r.source, r.target, r.type) for r in reports] == [
        (("YUG",), ("XKX",), "PROTEST"),
        (("SRB",), ("BIH",), "ASSAULT"),
        (("MKD",), ("ABN",), "CONSULT"),
    ]
    assert {report.cameo for report in reports} == {None}
    assert target.directory.names["ABN"] == "Ethnic Albanians"


@pytest.mark.parametrize(
    ("content", "codes", "expected"),
    [
        (BALKANS + b"1992-04-05\tUSA\tFRA\t0211\n", None, "give --codes weis or cameo"),
        (b"1992-04-05\tMAC\tETHALB\t173\n", None, "give --codes keds, weis or cameo"),
        (gdelt_row().encode(), CodeScheme.WEIS, "leave out --codes"),
    ],
)
def test_what_leaves_a_doubt_is_refused_and_says_what_to_give(
    tmp_path: Path, content: bytes, codes: CodeScheme | None, expected: str
) -> None:
    summary, _, target = import_bytes(tmp_path, content, options=Options(codes=codes))
    assert (summary.read, exit_status(summary), target.articles) == (0, 1, {})
    assert expected in summary.errors[0]


@pytest.mark.parametrize(
    ("codes", "actor"), [(CodeScheme.CAMEO, "MAC"), (CodeScheme.KEDS, "MKD"), (CodeScheme.WEIS, "MKD")]
)
def test_the_scheme_that_is_given_counts(tmp_path: Path, codes: CodeScheme, actor: str) -> None:
    summary, _, target = import_bytes(tmp_path, b"1992-04-05\tMAC\tFRA\t173\n", options=Options(codes=codes))
    (article,) = target.articles.values()
    assert (article.reports[0].source, summary.codes) == ((actor,), [codes])


def test_zeros_that_a_spreadsheet_stripped_are_put_back_and_counted(tmp_path: Path) -> None:
    rows = [
        gdelt_row(c0="1", c26="20", c27="20", c28="2"),
        gdelt_row(c0="2", c26="190", c27="190", c28="04"),
        gdelt_row(c0="3", c26="190", c27="190", c28="19", c29="4", c30="-10.0"),
    ]
    summary, _, target = import_bytes(tmp_path, "\n".join(rows).encode())
    assert (summary.imported, dict(summary.mended)) == (2, {"lost-zero": 1})
    assert dict(summary.reasons) == {"contradictory-codes": 1}
    (article,) = target.articles.values()
    assert [report.cameo for report in article.reports] == ["020", "190"]
