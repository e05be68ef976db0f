"""KEDS data: days of six digits, other separators, and rows that repeat another."""

from pathlib import Path

import pytest

from api.importing.command import as_text
from api.importing.formats.recognition import DataFormat, recognise
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
