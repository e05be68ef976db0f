"""Files as a whole: the order of their dates, and whether anything of them could be imported."""

import io
import sys
import zipfile
from pathlib import Path

import pytest

from api.importing.command import exit_status
from api.importing.importer import Importer, Options
from api.importing.summary import Summary
from tests.unit.api.importing.support import ICEWS_HEADER, NOW, MemoryTarget, icews_row, import_bytes

DOUBTFUL = [
    icews_row(Event_ID=str(row), Story_ID=str(row), Event_Date=f"{row % 12 + 1}/1/2017") for row in range(1, 40)
]
DECISIVE = icews_row(Event_ID="99", Story_ID="99", Event_Date="1/13/2017")


def icews(*rows: str) -> bytes:
    return "\n".join([ICEWS_HEADER, *rows]).encode()


def run(*paths: Path, target: MemoryTarget | None = None) -> Summary:
    return Importer(target or MemoryTarget(), Options(), clock=lambda: NOW).run(map(str, paths))


def days(target: MemoryTarget) -> set[str]:
    return {report.occurred for article in target.articles.values() for report in article.reports}


def test_us_dates_are_read_where_one_in_the_column_says_so(tmp_path: Path) -> None:
    summary, _, target = import_bytes(tmp_path, icews(*DOUBTFUL, DECISIVE))
    assert (summary.imported, summary.errors) == (40, [])
    assert days(target) == {*(f"2017-{month:02}-01" for month in range(1, 13)), "2017-01-13"}


def test_of_a_file_the_whole_column_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importing.text_files._LOOKED_AT", 10)
    content = icews(*DOUBTFUL, DECISIVE)
    (tmp_path / "plain").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("other.tab", icews(icews_row()))
        archive.writestr("us.tab", content)
    assert run(tmp_path / "plain").imported == 40
    assert run(tmp_path / "zip").imported == 41
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    piped = run(Path("-"))
    assert (piped.imported, exit_status(piped)) == (0, 1)
    assert "whether the day or the month comes first" in piped.errors[0]


def test_a_column_that_leaves_a_doubt_imports_nothing(tmp_path: Path) -> None:
    summary, rejected, _ = import_bytes(tmp_path, icews(*DOUBTFUL))
    assert (summary.read, rejected, exit_status(summary)) == (0, [], 1)
    assert "nothing of it is imported" in summary.errors[0]


def test_a_doubtful_date_among_others_is_a_row_of_its_own(tmp_path: Path) -> None:
    summary, rejected, _ = import_bytes(tmp_path, icews(icews_row(), DOUBTFUL[0]))
    assert (summary.imported, exit_status(summary)) == (1, 0)
    assert [reject.reason for _, reject in rejected] == ["not-a-date"]


def test_each_file_of_which_nothing_could_be_imported_counts(tmp_path: Path) -> None:
    good, bad, bare = (tmp_path / name for name in ("good", "bad", "bare"))
    good.write_text("1979-04-15\tISR\tEGY\t010\n1979-04-16\t---\tEGY\t010\n")
    bad.write_text("1979-04-15\t---\tEGY\t010\n1979-04-16\tISR\t\t010\n1979-04-16\tISR\tEGY\t9\n")
    bare.write_text("date\tsource\ttarget\tcode\n")
    target = MemoryTarget()

    assert exit_status(run(good, target=target)) == 0
    again = run(good, target=target)
    assert (again.imported, again.duplicates, exit_status(again)) == (0, 1, 0)

    mixed = run(bad, good, bare)
    assert (mixed.imported, exit_status(mixed)) == (1, 1)
    assert mixed.errors == [
        f"{bad}: nothing of it could be imported: 2 of 3 rows are rejected as no-actor",
        f"{bare}: has a header, and no rows",
    ]


def test_each_member_of_a_zip_file_counts(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("good.tsv", "1979-04-15\tISR\tEGY\t010")
        archive.writestr("bad.tsv", "1979-04-15\t---\tEGY\t010")
    summary = run(tmp_path / "data.zip")
    assert (summary.imported, len(summary.errors)) == (1, 1)
    assert "data.zip/bad.tsv: nothing of it could be imported" in summary.errors[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"date\ttarget\tsource\tcode\n2014-05-01\tTHA\tKHM\t190\n", "'source' in another place"),
        (b"2014-05-01\ttha\tkhm\t190\n2014-05-01\tisr\t---\t190\n", "in small letters"),
        (icews(icews_row()).replace(b"Source Name", b"Actor"), "names no column 'source name'"),
    ],
)
def test_columns_and_codes_that_may_mean_others_import_nothing(tmp_path: Path, content: bytes, told: str) -> None:
    summary, _, target = import_bytes(tmp_path, content)
    assert not target.articles
    assert told in summary.errors[0]
