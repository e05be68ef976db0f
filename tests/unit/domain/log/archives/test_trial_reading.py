"""What the process that tries to read files says of them: its own code, run here."""

from pathlib import Path
from uuid import UUID

import pytest
from arro3.io import read_parquet, write_parquet
from eventsourcing.persistence import Notification

from domain.log.archives.event_files import write_event_file
from domain.log.archives.trial_reading import main


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Return a file of stored events."""
    found = [
        Notification(id=position, originator_id=UUID(int=7), originator_version=position, topic="t", state=b"{}")
        for position in (1, 2)
    ]
    write_event_file(tmp_path / "events", [found])
    return tmp_path / "events"


@pytest.fixture
def others(events: Path) -> Path:
    """Return a file of other columns."""
    other = events.with_name("others")
    write_parquet(read_parquet(events).read_all().select(["position", "state"]), other)
    return other


def test_what_can_be_read_is_said_by_nothing_but_its_beginning(
    events: Path, others: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(events), str(events)]) == 0
    assert main(["--any", str(others), str(events)]) == 0
    assert capsys.readouterr().out == "\n" * 4


def test_other_columns_are_no_events(events: Path, others: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(events), str(others)]) == 3
    assert capsys.readouterr().out.startswith("\n\nits columns are not position, originator_id, ")


@pytest.mark.parametrize("content", [b"", b"PAR1 no Parquet PAR1"])
@pytest.mark.parametrize("options", [[], ["--any"]])
def test_what_is_no_parquet_is_said(
    tmp_path: Path, content: bytes, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(content)
    assert main([*options, str(tmp_path / "file")]) == 3
    assert capsys.readouterr().out.startswith("\nit is no such Parquet file (")


def test_a_footer_at_which_the_library_panics_is_no_parquet(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(events.read_bytes())
    content[-9 - int.from_bytes(content[-8:-4], "little") + 1] = 0x1E  # a type that there is none of
    events.write_bytes(content)
    assert main([str(events)]) == 3
    assert capsys.readouterr().out.startswith("\nit is no such Parquet file (")
