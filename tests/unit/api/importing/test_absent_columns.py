"""Files of each format without some of their columns, after and before the whole file."""

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pytest

from api.importing.importer import Options
from domain.reports import Report
from tests.unit.api.importing.support import MemoryTarget, import_bytes

ACLED = {
    "event_id_cnty": "SYR1",
    "event_date": "2020-02-03",
    "time_precision": "2",
    "event_type": "Protests",
    "sub_event_type": "Excessive force against protesters",
    "actor1": "Protesters (Syria)",
    "inter1": "6",
    "actor2": "Military Forces of Turkey (2016-)",
    "assoc_actor_2": "Military Forces of Russia (2000-)",
    "inter2": "8",
    "country": "Syria",
    "admin1": "Idlib",
    "source": "B; A",
    "notes": "Shots.",
    "fatalities": "3",
}
UCDP = {
    "id": "70001",
    "type_of_violence": "2",
    "side_a": "AMAL",
    "side_b": "Hezbollah",
    "gwnoa": "",
    "gwnob": "",
    "date_start": "2018-01-05",
    "date_end": "2018-01-05",
    "best": "4",
    "low": "3",
    "country": "Sudan",
    "source_office": "A;B",
    "source_article": "A, 2018-01-06",
    "source_headline": "A clash",
}
GDELT = {
    "GLOBALEVENTID": "719024875",
    "SQLDATE": "20171202",
    "Actor1Code": "PSEREBHMS",
    "Actor1CountryCode": "PSE",
    "Actor1KnownGroupCode": "HMS",
    "Actor1Type1Code": "REB",
    "Actor2Code": "ISRMIL",
    "Actor2CountryCode": "ISR",
    "EventCode": "190",
    "ActionGeo_FullName": "Gaza",
    "DATEADDED": "20180101",
    "SOURCEURL": "https://news.example/one",
}
ICEWS = {
    "Event ID": "11",
    "Event Date": "2018-06-01",
    "Source Name": "Foreign Affairs (Bangladesh)",
    "Source Country": "Bangladesh",
    "Event Text": "Consult",
    "CAMEO Code": "040",
    "Target Name": "Vietnam",
    "Target Country": "Vietnam",
    "Story ID": "7",
    "Publisher": "One",
    "City": "Hanoi",
    "Country": "Vietnam",
}
POLECAT = {
    "Event ID": "a1_1",
    "Event Date": "2020-02-03",
    "Event Type": "ASSAULT",
    "Event Mode": "artillery",
    "Contexts": "military",
    "Actor Name": "Hezbollah",
    "Actor Country": "LBN",
    "Primary Actor Sector": "MIL",
    "Recipient Name": "Israel Defence Forces",
    "Recipient Country": "ISR",
    "City": "Haifa",
    "Publication Date": "2020-02-04",
    "Headline": "Shells",
    "Source": "Example News",
}
TABLE = {
    "id": "t-1",
    "url": "https://news.example/1",
    "publisher": "Example News",
    "published": "2020-02-04",
    "type": "ASSAULT",
    "date": "2020-02-03",
    "source": "SYR",
    "target": "TUR",
    "source_role": "MIL",
    "killed": "3",
    "place": "Idlib",
    "reciprocal": "yes",
    "summary": "Shells.",
    "ref": "e1",
}
DATA = {
    "acled": (ACLED, ("event_id_cnty", "event_date", "event_type", "actor1", "actor2", "country")),
    "ucdp": (UCDP, ("id", "type_of_violence", "side_a", "side_b", "date_start", "date_end")),
    "gdelt": (GDELT, ("GLOBALEVENTID", "SQLDATE", "Actor1CountryCode", "Actor2CountryCode", "EventCode")),
    "icews": (ICEWS, ("Event ID", "Event Date", "Source Name", "CAMEO Code", "Target Name", "Target Country")),
    "polecat": (POLECAT, ("Event ID", "Event Date", "Event Type", "Actor Country", "Recipient Country")),
    "table": (TABLE, ("id", "url", "published", "type", "date", "source", "target", "ref")),
}


@pytest.fixture
def target() -> MemoryTarget:
    return MemoryTarget()


def table(row: Mapping[str, str], only: tuple[str, ...] = ()) -> bytes:
    """Return a file of one row, with some columns alone."""
    text = StringIO()
    writer = csv.DictWriter(text, [name for name in row if not only or name in only], extrasaction="ignore")
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()


def standing(target: MemoryTarget) -> list[tuple[str, str, Report]]:
    """Return the events, each with its article and publisher."""
    return [
        (article_id, article.header.publisher, report)
        for article_id, article in sorted(target.articles.items())
        for report in article.reports
    ]


@pytest.mark.parametrize("name", DATA)
def test_a_file_without_columns_changes_nothing_of_what_the_whole_file_said(
    name: str, target: MemoryTarget, tmp_path: Path
) -> None:
    row, few = DATA[name]
    assert import_bytes(tmp_path, table(row), target)[0].imported == 1
    whole = standing(target)
    for left_out in ({*row} - {*few}) | {""}:
        only = tuple({*row} - {left_out}) if left_out else few
        summary, rejected, _ = import_bytes(tmp_path, table(row, only), target)
        assert (summary.duplicates, rejected) == (1, []), left_out
        assert standing(target) == whole
    assert import_bytes(tmp_path, table(row), target)[0].duplicates == 1


@pytest.mark.parametrize("name", DATA)
def test_the_whole_file_adds_what_a_file_without_columns_did_not_say(
    name: str, target: MemoryTarget, tmp_path: Path
) -> None:
    row, few = DATA[name]
    for only in (few, (), few):
        assert not import_bytes(tmp_path, table(row, only), target)[1]
    whole = import_bytes(tmp_path, table(row))[2]
    assert [report for *_, report in standing(target)] == [report for *_, report in standing(whole)]


def test_an_empty_cell_of_a_column_that_is_there_takes_the_text_out(target: MemoryTarget, tmp_path: Path) -> None:
    import_bytes(tmp_path, table(ACLED), target)
    emptied = {**ACLED, "notes": "", "fatalities": ""}
    assert import_bytes(tmp_path, table(emptied), target)[0].corrected == 1
    ((*_, report),) = standing(target)
    assert (report.summary, getattr(report, "killed", None)) == (None, None)


def test_the_publisher_that_a_person_names_is_said(target: MemoryTarget, tmp_path: Path) -> None:
    import_bytes(tmp_path, table(ACLED), target)
    import_bytes(tmp_path, table(ACLED, DATA["acled"][1]), target, Options(publisher="A desk"))
    assert [publisher for _, publisher, _ in standing(target)] == ["A desk"]


def test_an_actor_that_a_map_names_is_said(target: MemoryTarget, tmp_path: Path) -> None:
    few = table(GDELT, DATA["gdelt"][1])
    import_bytes(tmp_path, few, target)
    mapped = tmp_path / "map.csv"
    mapped.write_text("coded,actor\nPSE,HAMAS\n")
    assert import_bytes(tmp_path, few, target, Options(actors=mapped))[0].corrected == 1
    ((*_, report),) = standing(target)
    assert getattr(report, "source", None) == ("HAMAS",)
