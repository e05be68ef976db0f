"""GDELT under a header: the same events as without one, in any order of columns, and numbers that lost digits."""

import csv
import io
from pathlib import Path

import pytest

from api.importing.formats.gdelt.header import POSITIONS
from api.importing.formats.recognition import DataFormat, recognise
from api.importing.rows import CodedEvent, Reject, whole_number
from tests.unit.api.importing.support import as_coded, finder, gdelt_row, import_bytes, read_object

FINDER = finder()
NAMES = [*POSITIONS, "AvgTone"]


def line_of(values: list[str], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="").writerow(values)
    return text.getvalue()


def read(names: list[str], separator: str = ",", **changes: str) -> CodedEvent:
    fields = gdelt_row().split("\t")
    row = {name: fields[POSITIONS[name]] if name in POSITIONS else "" for name in names} | changes
    layout = recognise(line_of(names, separator), None, FINDER, None)
    assert layout is not None
    assert layout.format is DataFormat.GDELT_HEADER
    assert layout.read is not None
    return as_coded(layout.read(line_of(list(row.values()), separator)))


def reason(**changes: str) -> str:
    with pytest.raises(Reject) as rejected:
        read(NAMES, **changes)
    return f"{rejected.value.reason}: {rejected.value.detail}"


def plain() -> CodedEvent:
    layout = recognise(gdelt_row(), None, FINDER, None)
    assert layout is not None
    assert layout.read is not None
    return as_coded(layout.read(gdelt_row()))


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_a_row_is_the_event_that_it_is_without_a_header(separator: str) -> None:
    assert read(NAMES, separator) == read(NAMES[::-1], separator) == plain()


def test_numbers_that_keep_their_digits_are_the_same() -> None:
    written = {"globaleventid": "719024875.0", "sqldate": "2.0171202E+7", "dateadded": "2.0180101E+13"}
    assert read(NAMES, eventcode="190.0", quadclass="4.0", **written) == read(NAMES, quadclass="4")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"globaleventid": "7.19025E+08"}, "no-id: 7.19025E+08 has lost digits"),
        ({"sqldate": "2.01712E+07"}, "not-a-date: 2.01712E+07 has lost digits"),
        ({"globaleventid": "x"}, "no-id: 'x'"),
        ({"eventcode": "19"}, "contradictory-codes: 19 may be 19 or 019"),
    ],
)
def test_lost_digits_are_told(changes: dict[str, str], expected: str) -> None:
    assert reason(**changes).startswith(expected)


def test_an_instant_of_publication_that_lost_digits_is_left_out() -> None:
    FINDER.texts.begin_row()
    event = read(NAMES, dateadded="2.01801E+13")
    assert (event.header.published, FINDER.texts.noted) == ("2017-12-02", 1)
    assert event.article_id == plain().article_id


@pytest.mark.parametrize(("code", "repeated", "restored"), [("42", {}, "042"), ("20", {"quadclass": "1"}, "020")])
def test_lost_zeros_are_put_back(code: str, repeated: dict[str, str], restored: str) -> None:
    event = read(NAMES, eventcode=code, **repeated)
    assert (event.report.cameo, event.mended) == (restored, ("lost-zero",))


def test_the_codebooks_names_are_columns_too() -> None:
    names = ["GlobalEventID", "Day", "Actor1Code", "Actor2Code", "EventCode"]
    layout = recognise(line_of(names), None, FINDER, None)
    assert layout is not None
    assert layout.read is not None
    event = as_coded(layout.read("7,20171202,ISR,SYR,190"))
    assert (event.article_id, event.report.occurred) == ("gdelt-7", "2017-12-02")


@pytest.mark.parametrize("day", ["2017-12-02", "2017-12-02T00:00:00Z", "12/2/2017 0:00", "20171202"])
@pytest.mark.parametrize("added", ["2018-01-01 22:00:00 UTC", "2018-01-01T09:15:00Z", "2018-01-01"])
def test_columns_in_words_and_days_in_any_form(day: str, added: str, tmp_path: Path) -> None:
    names = ["global_event_id", "SQL_Date", "actor_1_code", "actor2_code", "event_code", "action_geo_full_name"]
    lines = [[*names, "date_added"], ["7", day, "ISR", "SYR", "190", "Hama", added]]
    lines += [["8", "12/30/2017", "ISR", "SYR", "190", "Hama", added]]
    summary, _, target = import_bytes(tmp_path, "\n".join(map(line_of, lines)).encode())
    assert (summary.imported, dict(summary.left_out)) == (2, {})
    (about, (report,)) = target.articles["gdelt-7"]
    assert (about.published, report.occurred, report.place) == ("2018-01-01", "2017-12-02", "Hama")


def test_objects_in_json_may_have_the_codebooks_names() -> None:
    row = {"Global_Event_ID": "7", "Day": "20171202", "Actor1Code": "ISR", "Actor2Code": "SYR", "EventCode": "190"}
    assert read_object(row, DataFormat.GDELT_HEADER).article_id == "gdelt-7"


def test_fewer_columns_are_enough() -> None:
    needed = ["sqldate", "actor1code", "actor2code", "globaleventid", "eventcode"]
    event = read(needed)
    assert (event.article_id, event.header.published) == ("gdelt-719024875", "2017-12-02")
    assert (event.report.source, event.report.target) == (plain().report.source, plain().report.target)


@pytest.mark.parametrize(
    ("text", "digits", "expected"),
    [
        ("20180101", None, "20180101"),
        ("20180101.0", None, "20180101"),
        ("2.0180101e7", 8, "20180101"),
        ("2.0180101E+13", 8, "20180101000000"),
        ("2.0180101E+13", None, None),
        ("2.01801E+13", 8, None),
        ("2E+0", None, "2"),
        ("2.5", None, None),
        ("-2", None, None),
        ("", None, None),
    ],
)
def test_whole_numbers(text: str, digits: int | None, expected: str | None) -> None:
    assert whole_number(text, digits) == expected
