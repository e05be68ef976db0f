"""KEDS data: days of six digits, other separators, and rows that repeat another."""

from pathlib import Path

import pytest

from api.importing.command import as_text, exit_status
from api.importing.formats.recognition import DataFormat, recognise
from api.importing.importer import Options
from api.importing.rows import Reject
from tests.unit.api.importing.support import MemoryTarget, as_coded, finder, import_bytes

ROW = ("790415", "ISRMIL", "JOR", "190")


def day_of(text: str) -> str:
    layout = recognise("\t".join((text, *ROW[1:])), None, finder(), None)
    assert layout is not None
    assert layout.read is not None
    return as_coded(layout.read("\t".join((text, *ROW[1:])))).report.occurred


@pytest.mark.parametrize(
    ("text", "day"),
    [("790415", "1979-04-15"), ("660101", "1966-01-01"), ("991231", "1999-12-31"), ("000229", "2000-02-29")],
)
def test_a_day_of_six_digits_is_of_the_years_of_such_data(text: str, day: str) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize("text", ["450415", "650415"])
def test_a_year_that_may_be_of_either_century_is_refused(text: str) -> None:
    with pytest.raises(Reject, match="not-a-date") as rejected:
        day_of(text)
    assert f"19{text[:2]} or of 20{text[:2]}" in rejected.value.detail


@pytest.mark.parametrize("text", ["791315", "010229"])
def test_six_digits_that_are_no_day_are_none(text: str) -> None:
    with pytest.raises(Reject, match="not-a-date"):
        day_of(text)


def test_a_year_to_come_is_in_the_future(tmp_path: Path) -> None:
    summary, rejected, _ = import_bytes(tmp_path, "\t".join(("300415", *ROW[1:])).encode())
    assert (summary.rejected, rejected[0][1].reason) == (1, "future-publication")


@pytest.mark.parametrize(
    "content",
    [
        '790415,ISRMIL,JOR,190,"(FIGHT, WITH ARMS)"\n',
        '"790415";"ISRMIL";"JOR";"190"\n',
        "date,source,target,code\n1979-04-15,ISRMIL,JOR,190\n",
        "Date;Source;Target;Code\n19790415;ISRMIL;JOR;190\n",
        "790415\tISRMIL\tJOR\t190\n",
    ],
)
def test_files_with_other_separators_say_the_same(content: str, tmp_path: Path) -> None:
    target = MemoryTarget()
    import_bytes(tmp_path, b"1979-04-15\tISRMIL\tJOR\t190\n", target)
    assert import_bytes(tmp_path, content.encode(), target)[0].duplicates == 1


def test_the_codes_of_csv_tell_their_scheme(tmp_path: Path) -> None:
    summary, _, target = import_bytes(tmp_path, b"790415,UNO,ROK,042\n")
    assert summary.codes == ["keds"]
    assert target.articles["keds-1979-04-15"].reports[0].cameo == "042"


def test_other_csv_is_not_taken_for_keds() -> None:
    for line in (
        "1979-04-15,Israel,Jordan,190,5,6",
        "a,b,c,d",
        "123456\tISR\tEGY\tabc",
        "code,date,source,target",
    ):
        layout = recognise(line, None, finder(), None)
        assert layout is None or layout.format is not DataFormat.KEDS


def test_a_row_that_repeats_another_is_told(tmp_path: Path) -> None:
    row = "\t".join(ROW) + "\n"
    content = (row + "790415\tISR\tJOR\t040\n" + row + row).encode()
    target = MemoryTarget()
    first, again = (import_bytes(tmp_path, content, target)[0] for _ in range(2))
    assert (first.imported, first.repeated, first.duplicates) == (2, 2, 0)
    assert (again.imported, again.repeated, again.duplicates) == (0, 2, 2)
    assert "2 rows repeat another row of their document" in as_text(first)


@pytest.mark.parametrize(
    "day", ["1979-04-15T00:00:00Z", "4/15/1979", "15.04.1979", "15-Apr-1979", "1979/4/15", "1979-04-15 00:00:00"]
)
def test_days_as_spreadsheets_write_them(day: str, tmp_path: Path) -> None:
    content = f"date,source,target,code\n{day},ISRMIL,JOR,190\n"
    summary, _, target = import_bytes(tmp_path, content.encode())
    assert (summary.imported, [*target.articles]) == (1, ["keds-1979-04-15"])


def test_a_row_of_a_spreadsheet_is_known_without_a_header(tmp_path: Path) -> None:
    assert import_bytes(tmp_path, b"4/15/1979\tISR\tJOR\t190\n")[0].imported == 1
    summary, rejected, _ = import_bytes(tmp_path, b"4/5/1979\tISR\tJOR\t190\n")
    assert (rejected, exit_status(summary)) == ([], 1)
    assert "no date says whether the day or the month comes first" in summary.errors[0]


def test_a_day_that_lost_its_zero_is_no_serial_number(tmp_path: Path) -> None:
    _, rejected, _ = import_bytes(tmp_path, b"040415\tISR\tJOR\t190\n40415\tISR\tJOR\t190\n")
    assert [reject.reason for _, reject in rejected] == ["not-a-date"]


def deeds(*codes: str, actor: str = "ISR") -> bytes:
    return "".join(f"1979-04-15\t{actor}\tJOR\t{code}\n" for code in codes).encode()


def test_deeds_that_lost_their_zeros_are_known_again_or_refused(tmp_path: Path) -> None:
    target = MemoryTarget()
    import_bytes(tmp_path, deeds("042", "0211", "190", "020"), target)
    summary, rejected, _ = import_bytes(tmp_path, deeds("42", "211", "190", "20"), target)
    assert (summary.duplicates, summary.mended, summary.codes) == (3, {"lost-zero": 2}, ["cameo"])
    assert [(row.number, reject.reason) for row, reject in rejected] == [(4, "contradictory-codes")]


def test_of_deeds_in_weis_the_zeros_are_put_back_too(tmp_path: Path) -> None:
    summary, rejected, target = import_bytes(tmp_path, deeds("32", "223", "8", "21", "999", actor="USR"))
    assert (summary.imported, summary.mended, summary.codes) == (3, {"lost-zero": 2}, ["weis"])
    assert [(row.number, reject.reason) for row, reject in rejected] == [
        (4, "contradictory-codes"),
        (5, "unknown-weis"),
    ]
    reports = target.articles["keds-1979-04-15"].reports
    assert [getattr(report, "type", None) for report in reports] == ["CONSULT", "ASSAULT", "AGREE"]


@pytest.mark.parametrize(
    "content",
    [
        '"","date","source","target","code"\n"1","1979-04-15","ISRMIL","JOR","190"\n',
        "date\tsource\ttarget\tcode\tgoldstein\n790415\tISRMIL\tJOR\t190\t-10.0\n",
        "Code;Goldstein;Event Date;Source;Target\n190;-10;19790415;ISRMIL;JOR\n",
    ],
)
def test_further_columns_under_a_header_are_not_read(content: str, tmp_path: Path) -> None:
    target = MemoryTarget()
    import_bytes(tmp_path, b"1979-04-15\tISRMIL\tJOR\t190\n", target)
    summary, rejected, _ = import_bytes(tmp_path, f"{content}1,2,3,4\n".encode(), target)
    assert (summary.duplicates, [reject.reason for _, reject in rejected]) == (1, ["wrong-columns"])
    assert import_bytes(tmp_path, content.encode(), target, Options(DataFormat.KEDS))[0].duplicates == 1


def test_a_row_that_cannot_be_read_tells_nothing_of_the_codes(tmp_path: Path) -> None:
    content = b"1979-04-15,ISR,JOR,190\n1979-04-16,ISR,JOR," + b"9" * 140_000 + b"\n"
    summary, rejected, _ = import_bytes(tmp_path, content)
    assert (summary.imported, [reject.reason for _, reject in rejected]) == (1, ["wrong-columns"])
