"""ICEWS in its releases: quotes, columns in another order or missing, and deeds by the event's text."""

import pytest

from api.importing.formats.date_columns import DateOrder
from api.importing.formats.recognition import DataFormat, recognise
from api.importing.rows import CodedEvent, Reject
from tests.unit.api.importing.support import ICEWS_HEADER, as_coded, finder, icews_row

FINDER = finder()


def read(line: str, header: str = ICEWS_HEADER, order: DateOrder = DateOrder.UNKNOWN) -> CodedEvent:
    layout = recognise(header, None, FINDER, None)
    assert layout is not None
    assert layout.format is DataFormat.ICEWS
    assert layout.dated is not None
    return as_coded(layout.dated.in_order(order)(line))


def quoted(line: str, separator: str = "\t") -> str:
    return separator.join(f'"{field}"' for field in line.split("\t"))


def without(column: str, line: str) -> str:
    at = ICEWS_HEADER.split("\t").index(column)
    return "\t".join(field for index, field in enumerate(line.split("\t")) if index != at)


PLAIN = read(icews_row())


@pytest.mark.parametrize(
    ("line", "header"),
    [
        (quoted(icews_row()), quoted(ICEWS_HEADER)),
        (quoted(icews_row()), ICEWS_HEADER),
        (quoted(icews_row(), ","), ICEWS_HEADER.replace("\t", ",")),
        ("\t".join(reversed(icews_row().split("\t"))), "\t".join(reversed(ICEWS_HEADER.split("\t")))),
        (icews_row(), ICEWS_HEADER.lower().replace(" ", "_")),
        (icews_row(), ICEWS_HEADER.replace(" ", ".")),
        (icews_row() + "\t2018", ICEWS_HEADER + "\tyear"),
        (icews_row() + "\t\t", ICEWS_HEADER),
        (without("Sentence Number", icews_row()), without("Sentence Number", ICEWS_HEADER)),
        (icews_row(Event_Text='""Consult""'), ICEWS_HEADER),
    ],
)
def test_releases_write_the_same_event_differently(line: str, header: str) -> None:
    assert read(line, header) == PLAIN


def test_a_file_without_a_header_is_in_the_usual_order() -> None:
    for line in (icews_row(), quoted(icews_row())):
        layout = recognise(line, None, FINDER, None)
        assert layout is not None
        assert layout.format is DataFormat.ICEWS
        assert not layout.begins_with_header
        assert layout.read is not None
        assert layout.read(line) == PLAIN


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ('"Union, Workers (Thailand)"', "Union, Workers"),
        ('"Party ""Unity"" (Thailand)"', 'Party "Unity"'),
        ('"Unity" Party (Thailand)', '"Unity" Party'),
        ('"Unity Party (Thailand)', '"Unity Party'),
    ],
)
def test_only_quotes_around_a_field_are_no_part_of_it(name: str, role: str) -> None:
    report = read(icews_row(Source_Name=name, Source_Country="Thailand")).report
    assert (report.source, report.source_role) == (("THA",), role)


@pytest.mark.parametrize(
    ("code", "text", "expected", "mended"),
    [
        ("NA", "Conduct suicide, car, or other non-military bombing", "183", "cameo-by-text"),
        ("NULL", '"fight with small arms and light weapons"', "193", "cameo-by-text"),
        ("", "HOST A VISIT", "043", "cameo-by-text"),
        ("42", "Make a visit", "042", "lost-zero"),
        ("42", "NA", "042", "lost-zero"),
        ("10", "Make statement", "010", "lost-zero"),
        ("10", "Demand", "10", None),
        ("19", "Use conventional military force", "19", None),
        ("190", "Consult", "190", None),
    ],
)
def test_a_deed_by_its_code_and_its_text(code: str, text: str, expected: str, mended: str | None) -> None:
    event = read(icews_row(CAMEO_Code=code, Event_Text=text))
    assert (event.report.cameo, event.mended) == (expected, (mended,) if mended else ())


def test_a_text_that_contradicts_the_code_is_left_out() -> None:
    for code, text, noted in (("190", "Consult", 1), ("190", "Use conventional military force", 0)):
        FINDER.texts.begin_row()
        assert read(icews_row(CAMEO_Code=code, Event_Text=text, Intensity="-10")).report.cameo == "190"
        assert FINDER.texts.noted == noted


@pytest.mark.parametrize(
    ("code", "intensity", "noted"),
    [("190", "5", 1), ("190", "-10.0", 0), ("070", "-7", 1), ("070", "7", 0), ("040", "-1", 0), ("190", "NA", 0)],
)
def test_an_intensity_of_the_other_kind_is_left_out(code: str, intensity: str, noted: int) -> None:
    FINDER.texts.begin_row()
    assert read(icews_row(CAMEO_Code=code, Event_Text="NA", Intensity=intensity)).report.cameo == code
    assert FINDER.texts.noted == noted


def test_a_release_without_codes() -> None:
    header = without("CAMEO Code", ICEWS_HEADER)
    event = read(without("CAMEO Code", icews_row()), header)
    assert (event.report, event.mended) == (PLAIN.report, ("cameo-by-text",))
    with pytest.raises(Reject, match="unknown-cameo") as rejected:
        read(without("CAMEO Code", icews_row(Event_Text="Greet")), header)
    assert "'Greet'" in rejected.value.detail


def test_two_digits_without_a_text_may_be_two_codes() -> None:
    with pytest.raises(Reject, match="contradictory-codes"):
        read(icews_row(CAMEO_Code="19", Event_Text="NA"))


def test_dates_are_in_the_order_of_their_column() -> None:
    us_date = icews_row(Event_Date="6/1/2018 0:00")
    assert read(us_date, order=DateOrder.MONTH_FIRST) == PLAIN
    with pytest.raises(Reject, match="not-a-date"):
        read(us_date)


def test_a_day_may_be_written_as_an_instant() -> None:
    instant = icews_row(Event_Date="2018-06-01T00:00:00Z")
    assert read(instant) == PLAIN
    layout = recognise(instant, None, FINDER, None)
    assert layout is not None
    assert layout.read is not None
    assert layout.read(instant) == PLAIN


def test_without_stories_an_event_is_an_article() -> None:
    event = read(without("Story ID", icews_row()), without("Story ID", ICEWS_HEADER))
    assert (event.article_id, event.report) == ("icews-event-32889836", PLAIN.report)


@pytest.mark.parametrize("name", ["Thailand", "Foreign Affairs (Thailand)", "Kingdom of Thailand"])
def test_a_state_of_another_country_is_refused(name: str) -> None:
    with pytest.raises(Reject, match="contradictory-actor") as rejected:
        read(icews_row(Source_Name=name, Source_Country="Cambodia"))
    assert "Cambodia" in rejected.value.detail


@pytest.mark.parametrize(
    ("name", "country", "actor", "role", "doubtful"),
    [
        ("Citizen (Thailand)", "Thailand", "THA", "Citizen", False),
        ("Thailand", "Thailand", "THA", None, False),
        ("Congo", "Congo", "COG", None, False),
        ("Soviet Union", "Russia", "RUS", "Soviet Union", False),
        ("Puerto Rico", "United States", "USA", "Puerto Rico", True),
        ("Militant (Taliban)", "Afghanistan", "TALIBAN", "Militant", False),
        ("Africa", "Kenya", "KEN", "Africa", False),
    ],
)
def test_who_a_name_beside_a_country_is(
    name: str, country: str, actor: str, role: str | None, doubtful: bool
) -> None:
    found = FINDER.by_name(name, country)
    assert (found.code, found.role, found.is_doubtful) == (actor, role, doubtful)


def test_numbers_that_a_data_frame_wrote_are_the_same_numbers() -> None:
    assert read(icews_row(Event_ID="32889836.0", Story_ID="4.7400351E+7")) == PLAIN
    with pytest.raises(Reject, match="no-id"):
        read(icews_row(Event_ID="3.29E+7"))
