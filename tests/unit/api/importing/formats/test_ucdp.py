"""UCDP GED: rows as its files and its API have them, sides, days and the dead, and why a row is rejected."""

import json
from pathlib import Path

import pytest

from api.importing.formats.recognition import DataFormat
from api.importing.rows import CodedEvent, Reject
from domain.reports import Clash
from tests.unit.api.importing.support import import_bytes, read_object

_NAMES = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,"
    "dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,"
    "number_of_sources,source_article,source_office,source_date,source_headline,source_original,where_prec,"
    "where_coordinates,where_description,adm_1,adm_2,latitude,longitude,country,country_id,region,event_clarity,"
    "date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,gwnoa,gwnob"
)
COLUMNS = _NAMES.split(",")


def row(**changes: str) -> dict[str, str]:
    given = dict.fromkeys(COLUMNS, "") | {
        "id": "70001",
        "type_of_violence": "1",
        "side_a": "Government of Turkey",
        "side_b": "PKK",
        "source_office": "Example Wire;An Observer",
        "source_date": "2018-01-01;2018-01-05",
        "source_headline": "Clashes near the border",
        "where_prec": "2",
        "where_coordinates": "Cizre town",
        "adm_1": "Sirnak province",
        "country": "Turkey",
        "date_start": "2018-01-02 00:00:00.000",
        "date_end": "2018-01-03 00:00:00.000",
        "deaths_a": "1",
        "deaths_b": "2",
        "deaths_civilians": "0",
        "deaths_unknown": "0",
        "best": "3",
        "low": "3",
        "high": "5",
        "gwnoa": "640",
    }
    return given | changes


def read(**changes: str) -> CodedEvent:
    return read_object(row(**changes), DataFormat.UCDP)


def clash(**changes: str) -> Clash:
    report = read(**changes).report
    assert isinstance(report, Clash)
    return report


def test_numbers_that_a_data_frame_wrote_are_the_same_numbers() -> None:
    written = {"id": "70001.0", "type_of_violence": "1.0", "gwnoa": "640.0", "where_prec": "2.0"}
    deaths = {"best": "3.0", "low": "3.0", "high": "5.0", "deaths_a": "1.0"}
    assert read(**written, **deaths) == read()


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("4", "5", "best 3, high 5,"),
        ("4", "2", "best 3, a"),
        ("3", "2", "best 3, low 3, a"),
        ("3", "3", "low 3, high 3,"),
    ],
)
def test_bounds_that_contradict_the_best_number_are_left_out(low: str, high: str, said: str) -> None:
    report = read(low=low, high=high).report
    assert isinstance(report, Clash)
    assert report.killed == 3
    assert said in (report.summary or "")


@pytest.mark.parametrize("best", ["9" * 5000, "99999999", "-1"])
def test_a_number_that_nobody_means_is_left_out(best: str) -> None:
    report = read(best=best, low="", high="9" * 5000).report
    assert isinstance(report, Clash)
    assert report.killed is None
    assert clash(best="3.5").killed is None


def test_a_dyad_that_fights_is_an_assault_of_each_on_the_other() -> None:
    article_id, header, report, *_ = read()
    assert article_id == "ucdp-70001"
    assert (header.publisher, header.published) == ("An Observer; Example Wire", "2018-01-05")
    assert header.headline == "Clashes near the border"
    assert report == Clash(
        occurred="2018-01-02/2018-01-03",
        source=("TUR",),
        target=("PKK",),
        source_role="GOV",
        reciprocal=True,
        type="ASSAULT",
        mode="state-based conflict",
        ref="70001",
        place="Cizre town, Sirnak province, Turkey",
        summary="Deaths by UCDP: best 3, low 3, high 5, a 1, b 2, civilians 0, unknown 0.",
        killed=3,
        named=(("Government of Turkey", "TUR"), ("PKK", "PKK")),
    )


def test_one_sided_violence_is_against_the_civilians_of_the_country() -> None:
    report = clash(type_of_violence="3", side_a="IS", side_b="Civilians", country="Iraq", gwnoa="")
    assert (report.source, report.target, report.target_role) == (("ISIS",), ("IRQ",), "CVL")
    assert not report.reciprocal


@pytest.mark.parametrize(
    ("name", "number", "day", "code"),
    [
        ("Government of DR Congo (Zaire)", "490", "1997-01-02", "COD"),
        ("Government of DR Congo (Zaire)", "", "1997-01-02", "COD"),
        ("Government of Myanmar (Burma)", "", "2018-01-02", "MMR"),
        ("Government of Russia (Soviet Union)", "365", "1990-01-02", "SUN"),
        ("Government of Russia (Soviet Union)", "365", "1995-01-02", "RUS"),
        ("Government of Serbia (Yugoslavia)", "345", "1991-07-02", "YUG"),
        ("Government of Serbia (Yugoslavia)", "", "1999-04-02", "SCG"),
        ("Government of Yemen (North Yemen)", "678", "1994-05-02", "YEM"),
        ("Government of United States of America", "2", "2018-01-02", "USA"),
        ("Government of Zimbabwe (Rhodesia)", "552", "2001-01-02", "ZWE"),
        ("Government of Germany", "260", "2018-01-02", "DEU"),
        ("Government of Kiribati", "970", "2018-01-02", "KIR"),
        ("Government of Nauru", "971", "2018-01-02", "NRU"),
        ("Government of Tonga", "972", "2018-01-02", "TON"),
        ("Government of Tuvalu", "973", "2018-01-02", "TUV"),
    ],
)
def test_governments_are_the_states_that_they_were(name: str, number: str, day: str, code: str) -> None:
    assert clash(side_a=name, gwnoa=number, date_start=day, date_end=day).source == (code,)


def test_several_governments_are_a_side() -> None:
    names = "Government of Australia, Government of United Kingdom, Government of United States of America"
    assert clash(side_a=names, gwnoa="900, 200, 2").source == ("AUS", "GBR", "USA")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("JEM", "JEM-TURKEY"),
        ("Example Front", "EXAMPLE-FRONT"),
        ("Taleban", "TALIBAN"),
        ("al-Qaida", "AL-QAEDA"),
        ("PYD", "YPG"),
        ("Forces of the House of Representatives", "LNA"),
    ],
)
def test_groups(name: str, code: str) -> None:
    assert clash(type_of_violence="2", side_a=name, gwnoa="").source == (code,)


@pytest.mark.parametrize(
    ("first", "last", "occurred"),
    [
        ("2018-01-02", "2018-01-02", "2018-01-02"),
        ("2018-02-01", "2018-02-28", "2018-02"),
        ("2018-01-01", "2018-12-31", "2018"),
        ("2018-01-28", "2018-02-03", "2018-01-28/2018-02-03"),
    ],
)
def test_days(first: str, last: str, occurred: str) -> None:
    assert clash(date_start=first, date_end=last).occurred == occurred


def test_what_is_known_by_its_country_has_no_other_place() -> None:
    assert clash(where_prec="6").place == "Turkey"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "x"}, "no-id"),
        ({"type_of_violence": "4"}, "unknown-type"),
        ({"side_b": ""}, "no-actor"),
        ({"side_b": "Civilians", "country": "Nowhere"}, "no-actor"),
        ({"gwnoa": "652"}, "contradictory-codes"),
        ({"date_end": "2018-01-01"}, "not-a-date"),
        ({"date_end": "soon"}, "not-a-date"),
    ],
)
def test_rows_that_are_not_imported(changes: dict[str, str], expected: str) -> None:
    with pytest.raises(Reject) as rejected:
        read(**changes)
    assert rejected.value.reason == expected


def test_a_file_is_imported_with_what_is_doubtful_told(tmp_path: Path) -> None:
    rows = [row(), row(id="70002", side_a="Government of Examplia", gwnoa="", best="few")]
    lines = [COLUMNS, *([f'"{value}"' for value in given.values()] for given in rows)]
    summary, _, target = import_bytes(tmp_path, "\n".join(map(",".join, lines)).encode())
    assert (summary.imported, summary.registered_actors, dict(summary.left_out)) == (2, 1, {"killed": 1})
    assert summary.doubtful_actors == {"Government of Examplia": 1}
    assert target.directory.names["EXAMPLIA"] == "Examplia"
    answer = {"TotalCount": 1, "NextPageUrl": "", "Result": [row() | {"id": 70001, "best": 3}]}
    assert import_bytes(tmp_path, json.dumps(answer).encode(), target)[0].duplicates == 1
