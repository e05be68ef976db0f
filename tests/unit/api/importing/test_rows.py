"""The import as a whole: documents, parts, duplicates, and every row accounted for, whatever the rows."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing.document_grouping import DocumentGrouping
from api.importing.importer import Importer, Options
from api.importing.names.new_actors import NewActor
from api.importing.summary import ImportHooks
from domain.report_rules import MAX_REPORTS
from tests.examples import examples
from tests.unit.api.importing.support import (
    NOW,
    MemoryTarget,
    gdelt_row,
    icews_row,
    import_bytes,
    polecat_row,
)


def gdelt(*rows: tuple[int, str]) -> bytes:
    """Return rows of GDELT, from (event number, URL)."""
    return "\n".join(gdelt_row(c0=str(number), c60=url) for number, url in rows).encode()


ONE, TWO = "https://news.example/1", "https://news.example/2"


def test_scattered_rows_of_a_document_are_one_article(tmp_path: Path) -> None:
    summary, _, target = import_bytes(tmp_path, gdelt((1, ONE), (2, TWO), (3, ONE)))
    assert (summary.read, summary.imported, summary.articles) == (3, 3, 2)
    assert sorted(len(article.reports) for article in target.articles.values()) == [1, 2]


def test_a_document_that_comes_up_again_later_is_one_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DocumentGrouping.__init__, "__defaults__", (2,))
    content = gdelt((1, ONE), (2, TWO), (3, TWO), (4, ONE))
    summary, _, target = import_bytes(tmp_path, content)
    assert (summary.imported, summary.articles) == (4, len(target.articles)) == (4, 2)
    assert sum(len(article.reports) for article in target.articles.values()) == 4
    again, _, _ = import_bytes(tmp_path, content, target)
    assert (again.imported, again.duplicates) == (0, 4)


def test_a_longer_edition_adds_only_what_is_new(tmp_path: Path) -> None:
    _, _, target = import_bytes(tmp_path, gdelt((1, ONE)))
    for imported, duplicates in ((1, 1), (0, 2)):
        summary, _, _ = import_bytes(tmp_path, gdelt((1, ONE), (2, ONE)), target)
        assert (summary.imported, summary.duplicates) == (imported, duplicates)
    assert len(target.articles) == 1


def test_an_event_given_twice_counts_once(tmp_path: Path) -> None:
    same = gdelt_row()
    summary, _, _ = import_bytes(tmp_path, f"{same}\n{same}\n{gdelt_row(c26='010')}\n".encode())
    assert (summary.imported, summary.repeated, summary.corrected, summary.rejected) == (1, 1, 1, 0)


def test_an_article_has_no_more_events_than_it_may(tmp_path: Path) -> None:
    content = gdelt(*((number, ONE) for number in range(1, 2 * MAX_REPORTS + 2)))
    summary, _, target = import_bytes(tmp_path, content)
    assert (summary.imported, summary.articles) == (2 * MAX_REPORTS + 1, 3)
    first, second, third = target.articles
    assert (second, third) == (f"{first}:2", f"{first}:3")


def test_rows_that_the_domain_refuses_do_not_hold_up_the_others(tmp_path: Path) -> None:
    late = gdelt_row(c0="2", c1="20180203", c60=ONE)
    summary, rejected, _ = import_bytes(tmp_path, gdelt((1, ONE), (3, ONE)) + b"\n" + late.encode())
    assert (summary.imported, dict(summary.reasons)) == (2, {"after-publication": 1})
    assert [row.number for row, _ in rejected] == [3]


def test_publication_in_the_future_is_rejected(tmp_path: Path) -> None:
    content = b"9999-12-31\tISR\tEGY\t010\n2026-01-02\tISR\tEGY\t010\n2026-01-03\tISR\tEGY\t010"
    summary, _, _ = import_bytes(tmp_path, content)
    assert (summary.imported, dict(summary.reasons)) == (1, {"future-publication": 2})


def test_codes_that_the_registry_lacks_are_registered_and_counted(tmp_path: Path) -> None:
    content = b"1979-04-15\tARB\tMOSREB\t010\n1979-04-15\tARB\tISR\t010\n1979-04-15\tIGOXYZ\t---\t010"
    summary, _, target = import_bytes(tmp_path, content)
    assert (summary.imported, summary.registered_actors) == (2, 2)
    assert "IGOXYZ" not in target.directory.names  # no row of its was imported
    strict, _, _ = import_bytes(tmp_path, content, options=Options(strict_actors=True))
    assert (strict.imported, strict.registered_actors, strict.reasons["unknown-actor"]) == (0, 0, 3)
    assert target.directory.names["ARB"] == "Arabs"


def test_an_unknown_file_says_what_to_do(tmp_path: Path) -> None:
    summary, _, _ = import_bytes(tmp_path, b"what\nis\nthis\n")
    assert summary.read == 0
    assert "--format" in summary.errors[0]
    empty, _, _ = import_bytes(tmp_path, b"\n\n")
    assert "is empty" in empty.errors[0]


def test_what_stands_before_the_header_is_a_row(tmp_path: Path) -> None:
    summary, _, _ = import_bytes(tmp_path, b"# Levant\ndate\tsource\ttarget\tcode\n1979-04-15\tISR\tEGY\t010")
    assert (summary.read, summary.imported, dict(summary.reasons)) == (2, 1, {"wrong-columns": 1})


class NamedMeanwhile(MemoryTarget):
    """A target where another client gives an actor a name before its code is registered."""

    def register(self, actors: Sequence[NewActor]) -> dict[str, str]:
        self.directory.add("LEAGUE", "League", ("Arb",))
        return super().register(actors)


def test_rows_of_a_code_that_became_anothers_name_meanwhile_are_rejected(tmp_path: Path) -> None:
    rows = b"1979-04-15\tARB\tEGY\t010\n1979-04-15\tISR\tEGY\t010\n1979-04-16\tEGY\tMOS\t010"
    summary, rejected, target = import_bytes(tmp_path, rows, NamedMeanwhile())
    assert (summary.imported, summary.registered_actors, dict(summary.reasons)) == (2, 1, {"name-taken": 1})
    assert [reject.detail for _, reject in rejected] == ["code: 'ARB' belongs to LEAGUE (League)"]
    assert "ARB" not in target.directory.names


def test_rows_of_a_code_that_is_anothers_name_are_rejected(tmp_path: Path) -> None:
    target = MemoryTarget()
    target.directory.add("LEAGUE", "The ARB", ())
    summary, _, _ = import_bytes(tmp_path, b"1979-04-15\tARB\tEGY\t010", target)
    assert dict(summary.reasons) == {"name-taken": 1}


def test_stopping_finishes_what_is_in_hand(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("".join(f"1979-04-{day}\tISR\tEGY\t010\n" for day in range(10, 20)))
    target = MemoryTarget()
    summary = Importer(target, Options(), ImportHooks(is_stopped=lambda: True), lambda: NOW).run([str(path)])
    assert summary.interrupted
    assert 0 < summary.read == summary.imported < 10


FIELDS = st.sampled_from(["ISR", "ISRMIL", "PAL", "---", "", "GOV", "ARB", "EEU", "xyz", "0", "\u202e", "é"])
DAYS = st.sampled_from(["1979-04-15", "19790415", "9999-12-31", "0000-01-01", "1979-02-30", "soon", ""])
CODES = st.sampled_from(["010", "036", "190", "99", "", "x"])
ROWS = st.one_of(
    st.tuples(DAYS, FIELDS, FIELDS, CODES).map("\t".join),
    st.builds(lambda day, name: icews_row(Event_Date=day, Source_Name=name, Source_Country="NA"), DAYS, FIELDS),
    st.builds(lambda day, code: gdelt_row(c1=day, c26=code), DAYS, CODES),
    st.just("\t".join(polecat_row())),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=20),
)


@examples(40)
@given(st.lists(ROWS, max_size=20), st.sampled_from(["date\tsource\ttarget\tcode", icews_row(), gdelt_row()]))
def test_every_row_is_accounted_for(rows: list[str], first: str) -> None:
    with TemporaryDirectory() as folder:
        content = "\n".join([first, *rows]).encode()
        _, _, target = import_bytes(Path(folder), content)  # which checks the sum
        again, _, _ = import_bytes(Path(folder), content, target)
    assert again.imported == 0
