"""What `detente import` says in the end, for a person and for a shell."""

import signal
from collections import Counter
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from api.importing.command import INTERRUPTED, Request, as_text, exit_status, import_into
from api.importing.importer import Options
from api.importing.summary import Summary
from tests.unit.api.importing.support import MemoryTarget

PLAIN = Summary(read=1200, imported=1190, duplicates=4, rejected=6, articles=7, reasons=Counter({"a": 1, "b": 5}))


def test_every_row_is_accounted_for_with_the_commonest_reason_first() -> None:
    assert as_text(PLAIN).splitlines() == [
        "1,200 rows: 1,190 imported in 7 articles, 4 known already, 6 rejected",
        "          5 b",
        "          1 a",
    ]


@pytest.mark.parametrize(
    ("unusual", "line"),
    [
        (replace(PLAIN, registered_actors=2), "2 actors registered by their codes"),
        (replace(PLAIN, cp1252_rows=3), "3 rows read as Windows-1252, not being UTF-8"),
        (replace(PLAIN, interrupted=True), "interrupted: run the same command again to import the rest"),
    ],
)
def test_what_is_unusual_has_a_line_of_its_own(unusual: Summary, line: str) -> None:
    assert as_text(unusual).splitlines()[3:] == [line]


@pytest.mark.parametrize(
    ("unusual", "said"),
    [
        (replace(PLAIN, corrected=2), "2 events corrected"),
        (replace(PLAIN, kept_as_decided=3), "3 rows differ from what was recorded"),
        (replace(PLAIN, retracted=4), "4 events retracted"),
        (replace(PLAIN, deleted=5), "5 rows left out: the data set has deleted their events"),
        (replace(PLAIN, not_here=6), "6 deleted events are not here"),
        (replace(PLAIN, not_here=PLAIN.read), "nothing that was read is here"),
        (replace(PLAIN, doubtful_actors={"XYZ": 7}), "doubtful actors, with their rows: XYZ (7)"),
        (replace(PLAIN, codes=["weis"]), "codes read as those of weis"),
        (replace(PLAIN, mended=Counter({"mojibake": 8})), "8 rows mended: mojibake"),
        (replace(PLAIN, left_out=Counter({"place": 9})), "9 rows without their place"),
        (replace(PLAIN, left_out=Counter({"redacted": 9})), "9 rows without texts that were redacted"),
    ],
)
def test_what_became_of_rows_is_said(unusual: Summary, said: str) -> None:
    assert said in as_text(unusual)


def test_the_exit_status_tells_an_interruption_from_a_file_that_breaks_off() -> None:
    broken = replace(PLAIN, errors=["one.tsv: it ends in the middle"])

    assert [exit_status(PLAIN), exit_status(broken)] == [0, 1]
    assert exit_status(replace(broken, interrupted=True)) == INTERRUPTED


def _request(folder: Path, days: int) -> Request:
    path = folder / "rows.tsv"
    path.write_text("".join(f"{1600 + day // 28}-01-{1 + day % 28:02}\tISR\tEGY\t010\n" for day in range(days)))
    return Request([str(path)], Options(), None)


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_and_only_there(tmp_path: Path, terminal: bool) -> None:
    shown = StringIO()
    console = Console(file=shown, force_terminal=terminal, width=100)

    summary = import_into(MemoryTarget(), _request(tmp_path, 1001), console)

    assert summary.imported == 1001
    assert ("1,000 rows" in shown.getvalue()) is terminal


class _InterruptedTarget(MemoryTarget):
    """A target at whose first rows Ctrl-C is typed."""

    def seed(self) -> None:
        super().seed()
        signal.raise_signal(signal.SIGINT)


def test_the_first_ctrl_c_ends_an_import_in_good_order_and_the_next_is_as_ever(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)

    summary = import_into(_InterruptedTarget(), _request(tmp_path, 30), Console(file=StringIO()))

    assert summary.interrupted
    assert 0 < summary.imported < 30
    assert signal.getsignal(signal.SIGINT) is before
    assert exit_status(summary) == INTERRUPTED
