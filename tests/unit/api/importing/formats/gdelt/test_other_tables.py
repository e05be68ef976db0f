"""GDELT's tables without events: named as what they are, with a header or without one."""

from pathlib import Path

import pytest

from api.importing.command import exit_status
from api.importing.formats.gdelt.other_tables import refuse_other_tables
from api.importing.rows import Reject
from tests.unit.api.importing.support import gdelt_row, icews_row, import_bytes

MENTION = "1\t20180101000000\t20180101001500\t1\tnews.example\thttps://news.example/1\t1\t10\t20\t30\t1\t50\t1000\t-1\t\t"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (MENTION, "mentions"),
        (
            "GLOBALEVENTID,EventTimeDate,MentionTimeDate,MentionType,MentionSourceName,MentionIdentifier",
            "mentions",
        ),
        ("20150218230000-T12\t20150218230000\t1\tnews.example" + "\t" * 23, "Knowledge Graph"),
        ('"GKGRECORDID","DATE","SourceCollectionIdentifier"', "Knowledge Graph"),
        ("DATE\tNUMARTS\tCOUNTS\tTHEMES\tLOCATIONS\tPERSONS\tORGANIZATIONS\tTONE", "Knowledge Graph"),
        ("DATE\tNUMARTS\tCOUNTTYPE\tNUMBER\tOBJECTTYPE", "Knowledge Graph"),
    ],
)
def test_a_table_without_events_is_named(line: str, named: str) -> None:
    with pytest.raises(Reject, match=named):
        refuse_other_tables(line)


@pytest.mark.parametrize("line", [gdelt_row(1), gdelt_row(2), icews_row(), "1979-04-15\tISR\tEGY\t010", "{}", ""])
def test_events_are_no_other_table(line: str) -> None:
    refuse_other_tables(line)


def test_a_mentions_file_is_refused(tmp_path: Path) -> None:
    summary, _, _ = import_bytes(tmp_path, f"{MENTION}\n{MENTION}\n".encode())
    assert (summary.read, exit_status(summary)) == (0, 1)
    assert "is a mentions file of GDELT" in summary.errors[0]
