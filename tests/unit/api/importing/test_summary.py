"""What counts as an error of a file, beyond the rows that are counted."""

import pytest

from api.importing.rows import Reject, RowPlace
from api.importing.summary import ImportHooks, RowCounts
from domain.deliveries.delivery import Fate


def errors_of(*reasons: str, known: int = 0) -> list[str]:
    """Return the errors of a file whose rows are rejected for these reasons, beside some that are known."""
    counts = RowCounts(ImportHooks())
    counts.begin_text("a.ndjson")
    for _ in range(len(reasons) + known):
        counts.read("a.ndjson")
    for number, reason in enumerate(reasons, 1):
        counts.reject(RowPlace("a.ndjson", number), Reject(reason, "it is so"))
    for _ in range(known):
        counts.settle(Fate.KNOWN)
    counts.end_file()
    return counts.summary.errors


@pytest.mark.parametrize("reasons", [["not-a-date"] * 2, ["not-a-date", "article-differs"]])
def test_a_file_of_which_nothing_can_be_imported_is_an_error(reasons: list[str]) -> None:
    assert len(errors_of(*reasons)) == 1
    assert errors_of(*reasons, known=1) == []


def test_articles_that_are_recorded_otherwise_or_were_taken_back_are_no_fault_of_a_file() -> None:
    assert errors_of("article-differs", "article-retracted", "article-differs") == []


def test_a_file_without_rows_is_an_error() -> None:
    assert errors_of() == ["a.ndjson: has a header, and no rows"]
