"""What is kept of an import of each file: how it was read, by which map, and what became of its rows."""

import gzip
import io
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from api.importing.importer import Importer, Options
from api.importing.kept_import import FileImport
from api.importing.summary import ImportHooks
from api.importing.targets.target import TargetFailed
from api.parsing.imports import ImportIn, as_posted, parse_import
from domain.administration.imports import Import, ImportOutcome, KeptOverride, RecordImport
from tests.unit.api.importing.support import NOW, PROVENANCE, MemoryTarget, import_bytes

ROWS = b"1979-04-15\tISRMIL\tJOR\t190\n1979-04-15\tXQZGOV\tGOV\t190\n1979-04-15\tISR\tGOV\t190\n"


def test_a_file_is_kept_with_how_it_was_read_and_what_became_of_it(tmp_path: Path) -> None:
    actors = tmp_path / "map.csv"
    actors.write_text("coded,actor,role,leave_out\nXQZGOV,TUR,GOV,\nISRMIL,ISR,MIL,\nGOV,EGY,,\nISR,,,yes\n")
    options = Options(publisher="Example Wire", actors=actors, strict_actors=True)
    summary, _, target = import_bytes(tmp_path, ROWS, options=options)
    assert summary.imported == 2
    (kept,) = target.imports
    assert (kept.file, kept.digest) == ("data.txt", sha256(ROWS).hexdigest())
    assert (kept.outcome, kept.provenance.recorded_by) == (ImportOutcome.COMPLETE, "import")
    reading = kept.reading
    assert (reading.formats, reading.codes) == (("keds",), ("cameo",))
    assert (reading.publisher, reading.strict_actors) == ("Example Wire", True)
    assert kept.counts.rows == {"read": 3, "imported": 2, "rejected": 1, "articles": 1}
    assert kept.counts.reasons == {"left-out": 1}
    assert reading.actors is not None
    assert (reading.actors.name, reading.actors.digest) == ("map.csv", sha256(actors.read_bytes()).hexdigest())
    assert reading.actors.changing == 3
    assert reading.actors.overrides == (
        KeptOverride("XQZGOV", "TUR", "GOV"),
        KeptOverride("GOV", "EGY"),
        KeptOverride("ISR"),
    )


def test_each_file_is_kept_by_itself_and_none_of_which_nothing_was_recorded(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(ROWS[:30])
    (tmp_path / "b.tsv").write_text("1980-04-15\tISR\tJOR\t190\n1980-04-16\tISR\tJOR\t999\n")
    names = [str(tmp_path / name) for name in ("a.tsv", "a.tsv", "b.tsv", "none.tsv")]
    target = MemoryTarget()
    Importer(target, Options(), clock=lambda: NOW).run(names)
    assert [kept.file for kept in target.imports] == ["a.tsv", "b.tsv"]
    assert target.imports[1].counts.rows == {"read": 2, "imported": 1, "rejected": 1, "articles": 1}


def test_an_interrupted_import_is_kept_as_that(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(ROWS)
    target = MemoryTarget()
    hooks = ImportHooks(is_stopped=lambda: True)
    summary = Importer(target, Options(), hooks, lambda: NOW).run([str(path)])
    assert summary.interrupted
    assert [kept.outcome for kept in target.imports] == [ImportOutcome.INTERRUPTED]


def test_a_file_that_breaks_off_is_kept_as_failed(tmp_path: Path) -> None:
    _, _, target = import_bytes(tmp_path, gzip.compress(ROWS)[:-4])
    assert [(kept.outcome, kept.counts.rows["imported"]) for kept in target.imports] == [(ImportOutcome.FAILED, 1)]


def test_standard_input_has_no_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del tmp_path
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ROWS)))
    target = MemoryTarget()
    Importer(target, Options(), clock=lambda: NOW).run(["-"])
    assert [(kept.file, kept.digest) for kept in target.imports] == [("standard input", None)]


class Forgetful(MemoryTarget):
    def keep(self, command: RecordImport) -> None:
        del command
        raise TargetFailed("it is full")


def test_that_it_cannot_be_kept_is_told(tmp_path: Path) -> None:
    summary, _, _ = import_bytes(tmp_path, ROWS, Forgetful())
    assert summary.imported == 1
    assert summary.errors == [f"{tmp_path / 'data.txt'}: that it was imported is not kept: it is full"]


@pytest.mark.parametrize(
    ("name", "kept"), [("a\u202eb.csv", "ab.csv"), ("a\x00b", "a\\x00b"), ("\udcff", "\\udcff")]
)
def test_a_name_is_kept_as_text_and_all_of_it_can_be_posted(name: str, kept: str) -> None:
    one = FileImport(name, "x" * 300, strict_actors=False, actors=None)
    command = one.command(ImportOutcome.COMPLETE, {"rows": Counter(imported=1)}, PROVENANCE)
    assert command is not None
    assert command.file == kept
    assert Import.record(command).is_of(parse_import(ImportIn.model_validate(as_posted(command)), PROVENANCE))
