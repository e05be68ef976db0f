"""An import of a zip file of many members."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from api.importing.formats.gdelt.header import POSITIONS
from api.importing.importer import Importer, Options
from api.importing.recording import GROUP_ARTICLES
from api.importing.rows import Entry
from api.importing.targets.database import DatabaseTarget
from api.importing.targets.target import PostResult
from api.running.service import Service
from tests.unit.api.importing.support import gdelt_row


class CountingTarget(DatabaseTarget):
    """A database that counts how often something was recorded, and fails when it is told to."""

    times = 0
    fails_after = 1000

    def post(self, entries: Sequence[Entry]) -> list[PostResult]:
        self.times += 1
        if self.times > self.fails_after:
            return [PostResult(failed="no room")] * len(entries)
        return super().post(entries)


def zipped(path: Path, *members: str) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for number, text in enumerate(members):
            archive.writestr(f"{number:05}.txt", text)
    return str(path)


def days(number: int) -> list[str]:
    return [f"20{n // 300:02}-{n // 25 % 12 + 1:02}-{n % 25 + 1:02}\tRUS\tTUR\t010\n" for n in range(number)]


def test_members_are_recorded_together(tmp_path: Path, sqlite_service: Service) -> None:
    target = CountingTarget(sqlite_service)
    members = [*days(GROUP_ARTICLES + 50), "nonsense\n", "2001-01-01\tRUS\tTUR\t190\n"]
    summary = Importer(target, Options()).run([zipped(tmp_path / "many.zip", *members)])
    assert (summary.read, summary.imported, summary.articles) == (len(members) - 1, len(members) - 1, 151)
    assert [error.rpartition("/")[2][:9] for error in summary.errors] == ["00150.txt"]
    assert target.times <= 3
    again = Importer(target, Options()).run([str(tmp_path / "many.zip")])
    assert (again.imported, again.duplicates) == (0, summary.imported)


def test_every_row_is_accounted_for_where_the_database_fails(tmp_path: Path, sqlite_service: Service) -> None:
    target = CountingTarget(sqlite_service)
    target.fails_after = 1
    files = [
        zipped(tmp_path / "many.zip", *days(GROUP_ARTICLES + 50)),
        zipped(tmp_path / "more.zip", *days(3)),
    ]
    summary = Importer(target, Options()).run(files)
    assert (summary.read, summary.imported, summary.rejected) == (GROUP_ARTICLES + 50, GROUP_ARTICLES, 50)
    assert summary.reasons == {"not-recorded": 50}
    assert len(summary.errors) == 1


def test_the_forms_of_gdelt_are_one_data_set(tmp_path: Path, sqlite_service: Service) -> None:
    raw, exported = tmp_path / "export.CSV", tmp_path / "bigquery.csv"
    row = gdelt_row(c60="https://one.example/1")
    raw.write_text(row)
    fields = {name: row.split("\t")[at] for name, at in POSITIONS.items()}
    fields["sourceurl"] = "https://two.example/1"
    exported.write_text("\t".join(fields) + "\n" + "\t".join(fields.values()))
    summary = Importer(DatabaseTarget(sqlite_service), Options()).run([str(raw), str(exported)])
    assert (summary.imported, summary.corrected) == (1, 1)
