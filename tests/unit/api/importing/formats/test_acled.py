"""ACLED: rows as its exports and its API have them, who did what to whom, and why a row is rejected."""

import json
from pathlib import Path

import pytest

from api.importing.formats.acled_deeds import DEEDS, deed_of
from api.importing.formats.recognition import DataFormat
from api.importing.importer import Options
from api.importing.rows import CodedEvent, Reject
from api.importing.summary import Summary
from domain.reports import Agreement, Clash
from domain.standards.plover import TYPES, Kind
from tests.unit.api.importing.support import import_bytes, read_object

_NAMES = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,"
    "latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
)
COLUMNS = _NAMES.split(",")


def row(**changes: str) -> dict[str, str]:
    given = dict.fromkeys(COLUMNS, "") | {
        "event_id_cnty": "SYR90001",
        "event_date": "2020-02-03",
        "time_precision": "1",
        "event_type": "Battles",
        "sub_event_type": "Armed clash",
        "actor1": "Military Forces of Turkey (2016-)",
        "inter1": "External/Other forces",
        "actor2": "Military Forces of Syria (2000-2024)",
        "inter2": "State forces",
        "country": "Syria",
        "admin1": "Idleb",
        "location": "Taftanaz",
        "source": "Example Wire; An Observer",
        "notes": "Both sides shelled, they said.",
        "fatalities": "8",
    }
    return given | changes


def read(**changes: str) -> CodedEvent:
    return read_object(row(**changes), DataFormat.ACLED)


@pytest.mark.parametrize("fatalities", ["9" * 5000, "99999999", "-1", "many"])
def test_a_toll_that_nobody_means_is_left_out_and_the_event_stays(fatalities: str) -> None:
    report = read(fatalities=fatalities, inter2="9" * 5000).report
    assert isinstance(report, Clash)
    assert report.killed is None


def reason(**changes: str) -> str:
    with pytest.raises(Reject) as rejected:
        read(**changes)
    assert rejected.value.detail
    return rejected.value.reason


def sides(**changes: str) -> tuple[str, str | None, str, str | None]:
    report = read(**changes).report
    assert isinstance(report, Clash)
    return ";".join(report.source), report.source_role, ";".join(report.target), report.target_role


def csv_of(separator: str, *rows: dict[str, str]) -> bytes:
    lines = [COLUMNS, *([f'"{value}"' for value in row.values()] for row in rows)]
    return "\n".join(separator.join(line) for line in lines).encode()


def test_numbers_that_a_data_frame_wrote_are_the_same_numbers() -> None:
    assert read(time_precision="1.0", fatalities="8.0") == read()
    assert read(inter1="8.0", inter2="1.0") == read(inter1="8", inter2="1")


def test_a_battle_is_an_assault_of_each_on_the_other() -> None:
    article_id, header, report, mended, _ = read()
    assert (article_id, mended) == ("acled-SYR90001", ())
    assert (header.publisher, header.published) == ("An Observer; Example Wire", "2020-02-03")
    assert report == Clash(
        occurred="2020-02-03",
        source=("TUR",),
        target=("SYR",),
        source_role="MIL",
        target_role="MIL",
        reciprocal=True,
        type="ASSAULT",
        mode="Armed clash",
        ref="SYR90001",
        place="Taftanaz, Idleb, Syria",
        summary="Both sides shelled, they said.",
        killed=8,
        named=(
            ("Military Forces of Syria (2000-2024)", "SYR"),
            ("Military Forces of Turkey (2016-)", "TUR"),
        ),
    )


@pytest.mark.parametrize(
    ("name", "inter", "code", "role"),
    [
        ("Police Forces of Turkey (2016-) Gendarmerie", "1", "TUR", "COP"),
        ("Government of the United States (2021-2025)", "State forces", "USA", "GOV"),
        ("Mutiny of Military Forces of Mali (2012-2013)", "1", "MLI", "Mutiny"),
        ("Military Forces of Sudan (2019-) Rapid Support Forces", "1", "RSF", None),
        ("Military Forces of Yemen (2016-) Supreme Political Council", "1", "HOUTHIS", None),
        ("Military Forces of Libya - Government of National Accord (2016-2021)", "1", "LBY", "MIL"),
        ("Hezbollah", "3", "HEZBOLLAH", None),
        ("HTS: Hayat Tahrir al Sham", "Rebel group", "HTS", None),
        ("Islamic State (Syria)", "2", "ISIS", None),
        ("Civilians (Iraq)", "7", "IRQ", "CVL"),
        ("Labor Group (Iraq)", "Civilians", "IRQ", "Labor Group"),
        ("Kurdish Ethnic Militia (Iraq)", "4", "KURDISH-ETHNI-BF1FED", None),
        ("Example Front", "Rebel groups", "EXAMPLE-FRONT", None),
        ("Unidentified Armed Group (Iraq)", "3", "UNIDENTIFIED-F15244", None),
        ("Military Forces of Exampleland (2018-)", "1", "EXAMPLELAND", "MIL"),
    ],
)
def test_actors(name: str, inter: str, code: str, role: str | None) -> None:
    report = read(actor1=name, inter1=inter).report
    assert isinstance(report, Clash)
    assert (report.source, report.source_role) == ((code,), role)
    assert (name, code) in report.named


def test_who_fights_beside_an_actor_is_one_too_if_it_is_known() -> None:
    beside = "SNA: Syrian National Army; Women (Turkey); Nobody's Brigade; Military Forces of Syria (2000-2024)"
    report = read(assoc_actor_1=beside).report
    assert isinstance(report, Clash)
    assert (report.source, report.target) == (("TUR", "SNA", "SYR"), ("SYR",))
    of_people = read(actor2="Civilians (Syria)", inter2="7", assoc_actor_2="Hezbollah").report
    assert isinstance(of_people, Clash)
    assert of_people.target == ("SYR",)


@pytest.mark.parametrize(
    ("event_type", "sub", "one", "other", "expected"),
    [
        (
            "Explosions/Remote violence",
            "Air/drone strike",
            "Military Forces of Israel (2022-)",
            "Hezbollah",
            ("ISR", "MIL", "HEZBOLLAH", None),
        ),
        (
            "Violence against civilians",
            "Attack",
            "Civilians (Syria)",
            "Hezbollah",
            ("HEZBOLLAH", None, "SYR", "CVL"),
        ),
        (
            "Protests",
            "Protest with intervention",
            "Protesters (Iran)",
            "Police Forces of Iran (1989-)",
            ("IRN", "COP", "IRN", "Protesters"),
        ),
        ("Riots", "Mob violence", "Civilians (Iran)", "Rioters (Iran)", ("IRN", "Rioters", "IRN", "CVL")),
        (
            "Strategic developments",
            "Arrests",
            "Hezbollah",
            "Police Forces of Iran (1989-)",
            ("IRN", "COP", "HEZBOLLAH", None),
        ),
        (
            "Protests",
            "Excessive force against protesters",
            "Protesters (Iran)",
            "Rioters (Iran)",
            ("IRN", "Rioters", "IRN", "Protesters"),
        ),
    ],
)
def test_who_did_it_is_told_by_what_it_is(
    event_type: str, sub: str, one: str, other: str, expected: tuple[str, str | None, str, str | None]
) -> None:
    given = {"event_type": event_type, "sub_event_type": sub, "inter1": "", "inter2": ""}
    assert sides(**given, actor1=one, actor2=other) == expected
    turned = sides(**given, actor1=other, actor2=one)
    assert turned == expected or event_type.startswith("Explosions")


@pytest.mark.parametrize(
    ("sub", "one", "inter", "other", "expected"),
    [
        # By definition a state's forces arrest, and no others; those abroad have the code of others.
        ("Arrests", "Civilians (Syria)", "7", "8", ("TUR", "MIL", "SYR", "CVL")),
        # Whoever shoots down a drone disrupts its use, and it may be a state's.
        ("Disrupted weapons use", "Hezbollah", "3", "1", ("HEZBOLLAH", None, "TUR", "MIL")),
    ],
)
def test_who_did_what_is_no_violence(
    sub: str, one: str, inter: str, other: str, expected: tuple[str, str | None, str, str | None]
) -> None:
    given = {"event_type": "Strategic developments", "sub_event_type": sub, "actor1": one, "inter1": inter}
    assert sides(**given, actor2="Military Forces of Turkey (2016-)", inter2=other) == expected


def test_an_agreement_has_no_toll() -> None:
    report = read(event_type="Strategic developments", sub_event_type="Agreement").report
    assert isinstance(report, Agreement)
    assert (report.reciprocal, report.development) == (True, "reached")


@pytest.mark.parametrize(
    ("day", "precision", "occurred"),
    [
        ("2020-02-03", "2", "2020-01-31/2020-02-06"),
        ("2020-02-15", "3", "2020-02"),
        ("03 February 2020", "1", "2020-02-03"),
        ("03-Feb-20", "1", "2020-02-03"),
        ("20200203", "", "2020-02-03"),
    ],
)
def test_days_are_as_precise_as_they_are_said_to_be(day: str, precision: str, occurred: str) -> None:
    assert read(event_date=day, time_precision=precision).report.occurred == occurred


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"actor2": ""}, "no-actor"),
        ({"actor2": "Unidentified Military Forces"}, "no-actor"),
        ({"actor2": "Civilians (International)", "inter2": "7"}, "no-actor"),
        ({"actor2": "Civilians (Syria)", "inter2": "State forces"}, "contradictory-codes"),
        ({"event_type": "Protests"}, "contradictory-codes"),
        ({"event_type": "Parades"}, "unknown-type"),
        ({"sub_event_type": "Ballet"}, "unknown-type"),
        ({"event_type": "Strategic developments", "sub_event_type": "Other"}, "no-deed"),
        ({"event_type": "Non-violent activity by a conflict actor", "sub_event_type": ""}, "no-deed"),
        ({"event_id_cnty": "x"}, "no-id"),
        ({"event_date": "2/3/2020"}, "not-a-date"),
        ({"event_date": "2020-02-30"}, "not-a-date"),
        ({"time_precision": "4"}, "not-a-date"),
        ({"actor2": "JEM", "inter2": "2", "country": ""}, "ambiguous-actor"),
    ],
)
def test_rows_that_are_not_imported(changes: dict[str, str], expected: str) -> None:
    assert reason(**changes) == expected


def test_every_type_is_a_deed_of_plover() -> None:
    for event_type, subs in DEEDS.items():
        for sub, deed in subs.items():
            if deed is not None:
                assert deed_of(event_type.title(), sub) == deed
                assert deed.type in TYPES[Kind.CLASH] + TYPES[Kind.AGREEMENT]


@pytest.mark.parametrize("separator", [",", ";"])
def test_an_export_is_imported_with_what_is_doubtful_told(tmp_path: Path, separator: str) -> None:
    rows = [
        row(event_id_cnty="SYR1", event_date="2/13/2020"),
        row(event_id_cnty="SYR2", event_date="2/3/2020", actor2="Example Front", inter2="Rebel group"),
        row(event_id_cnty="SYR3", fatalities="many", assoc_actor_1="Women (Turkey); Nobody's Brigade"),
    ]
    summary, _, target = import_bytes(tmp_path, csv_of(separator, *rows))
    assert (summary.imported, summary.registered_actors) == (3, 1)
    assert dict(summary.left_out) == {"killed": 1, "associate": 1}
    assert summary.doubtful_actors == {"Example Front": 1}
    assert target.directory.names["EXAMPLE-FRONT"] == "Example Front"
    assert target.articles["acled-SYR2"].reports[0].occurred == "2020-02-03"
    again, _, _ = import_bytes(tmp_path, csv_of(separator, *rows), target)
    assert (again.duplicates, again.registered_actors, again.doubtful_actors) == (3, 0, {})


def test_an_answer_of_the_api_is_imported(tmp_path: Path) -> None:
    answer = {
        "status": 200,
        "messages": [],
        "count": 1,
        "data": [row() | {"fatalities": 8, "inter1": 8, "inter2": 1}],
    }
    summary, _, target = import_bytes(tmp_path, json.dumps(answer).encode())
    assert summary.imported == 1
    assert target.articles["acled-SYR90001"].reports == (read().report,)


def outcomes(summary: Summary) -> tuple[int, int, int, int]:
    return summary.retracted, summary.duplicates, summary.not_here, summary.rejected


@pytest.mark.parametrize(
    "content",
    [
        "event_id_cnty\nSYR1\nSYR9\n",
        "\ufeffevent_id_cnty,iso\r\nSYR1,760\r\nSYR9,760\r\n",
        '"event_id_cnty";"deleted_timestamp"\n"SYR1";"1700000000"\n"SYR9";"1700000000"\n',
        json.dumps([{"event_id_cnty": number, "deleted_timestamp": 1700000000} for number in ("SYR1", "SYR9")]),
        json.dumps({"status": 200, "data": [{"event_id_cnty": "SYR1"}, {"event_id_cnty": "SYR9"}]}),
        json.dumps([row(event_id_cnty=number) | {"deleted_timestamp": 1} for number in ("SYR1", "SYR9")]),
    ],
)
def test_a_list_of_deleted_events_retracts_them(tmp_path: Path, content: str) -> None:
    _, _, target = import_bytes(tmp_path, csv_of(",", row(event_id_cnty="SYR1"), row(event_id_cnty="SYR2")))
    summary, _, _ = import_bytes(tmp_path, content.encode(), target)
    assert (outcomes(summary), summary.errors) == ((1, 0, 1, 0), [])
    assert [len(target.articles[f"acled-SYR{number}"].reports) for number in (1, 2)] == [0, 1]
    (kept,) = target.imports[1:]
    assert (kept.reading.formats, kept.counts.rows["retracted"]) == (("acled-deleted",), 1)
    again, _, _ = import_bytes(tmp_path, content.encode(), target)
    assert (outcomes(again), len(target.imports)) == ((0, 1, 1, 0), 2)


def test_rows_that_do_not_say_what_is_deleted(tmp_path: Path) -> None:
    content = b"event_id_cnty,deleted_timestamp\nSYR1,\nx,1\nSYR2,1\n"
    summary, _, _ = import_bytes(tmp_path, content)
    assert dict(summary.reasons) == {"not-deleted": 1, "no-id": 1}
    assert summary.not_here == 1


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (csv_of(",", row()), DataFormat.ACLED_DELETED),
        (json.dumps([row()]).encode(), DataFormat.ACLED_DELETED),
        (b"event_id_cnty,fatalities\nSYR90001,3\n", None),
    ],
)
def test_an_export_is_not_taken_for_a_list_of_deleted_events(
    tmp_path: Path, content: bytes, named: DataFormat | None
) -> None:
    _, _, target = import_bytes(tmp_path, csv_of(",", row()))
    summary, _, _ = import_bytes(tmp_path, content, target, Options(format=named))
    assert (outcomes(summary), len(summary.errors)) == ((0, 0, 0, 0), 1)
    assert len(target.articles["acled-SYR90001"].reports) == 1


def test_an_actor_that_a_data_frame_wrote_as_missing_is_none() -> None:
    assert reason(actor2="NA", inter2="0", event_type="Riots", sub_event_type="Mob violence") == "no-actor"
    assert read(assoc_actor_1="NA", admin1="NA") == read(admin1="")
