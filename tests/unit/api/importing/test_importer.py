"""Files as a whole: whether anything of them could be imported."""

import zipfile
from pathlib import Path

from api.importing.command import exit_status
from api.importing.importer import Importer, Options
from api.importing.summary import Summary
from tests.unit.api.importing.support import NOW, MemoryTarget


def run(*paths: Path, target: MemoryTarget | None = None) -> Summary:
    return Importer(target or MemoryTarget(), Options(), clock=lambda: NOW).run(map(str, paths))


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
