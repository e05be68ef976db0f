"""Given an article's events, then its evidence and incidents."""

from typing import Any

import msgspec
import pytest

from domain.reports import Report
from projections.evidence.evidence import Evidence, evidence_of
from projections.scoring.incidents import Claim, Incident, incidents_of
from projections.scoring.models import DEFAULT_MODEL
from tests.language import BY_ANN, agreement, article, backing, clash, statement


def rows_of(*reports: msgspec.Struct, **about: str) -> list[Evidence]:
    return list(evidence_of(article(*reports, **about)).values())  # type: ignore[arg-type]


def incidents(*rows: Evidence) -> dict[str, Incident]:
    fields = Claim._fields
    claims = (Claim(*(getattr(row, name) for name in fields)) for row in rows if row.incident)
    return incidents_of(claims, DEFAULT_MODEL)


def test_an_event_with_several_actors_is_one_incident_for_each_ordered_pair() -> None:
    rows = rows_of(clash("SYR-REB", "RUS TUR"))
    assert [(row.source, row.target) for row in rows] == [("SYR-REB", "RUS"), ("SYR-REB", "TUR")]
    assert len({row.incident for row in rows}) == 2


def test_an_event_within_one_actor_is_a_fact_that_makes_no_pair() -> None:
    assert (
        rows_of(
            clash("ISR", "ISR", source_role="MIL"),
            clash("ISR", "ISR", cameo="190"),
            statement("ISR", "ISR", target_role="OPP", reciprocal=True),
        )
        == []
    )
    (row,) = rows_of(clash("ISR PSE", "PSE", source_role="MIL"))
    assert (row.source, row.target) == ("ISR", "PSE")


def test_a_reciprocal_event_is_one_incident_shown_in_both_directions_and_counted_once() -> None:
    rows = rows_of(statement("TUR", "RUS", type="CONSULT", reciprocal=True))
    assert [(row.source, row.target) for row in rows] == [("RUS", "TUR"), ("TUR", "RUS")]
    (incident,) = incidents(*rows).values()
    assert (incident.id, incident.direction, incident.reports) == ("RUS~TUR:CONSULT:2020-02-03", 2, 1)


def test_an_agreement_is_one_incident_of_each_pair_of_its_parties() -> None:
    rows = rows_of(agreement("RUS TUR IRN", day="2020-01"))
    assert {row.incident for row in rows} == {
        "IRN~RUS:AGREE:2020-01-16",
        "IRN~TUR:AGREE:2020-01-16",
        "RUS~TUR:AGREE:2020-01-16",
    }


@pytest.mark.parametrize(
    ("development", "type"),
    [
        ("reached", "AGREE"),
        ("implemented", "AGREE"),
        ("breached", "REJECT"),
        ("terminated", "REJECT"),
        ("expired", None),
    ],
)
def test_a_development_weighs_as_agree_reject_or_nothing(development: str, type: str | None) -> None:
    rows = rows_of(agreement(agreement="deal", development=development))
    assert {row.type for row in rows} == {type}


def test_an_agreement_that_expires_is_no_statement() -> None:
    (row, _) = rows_of(agreement(day="2020-02-03", agreement="deal", development="expired"))
    assert row.incident == "RUS~TUR:AGREEMENT:2020-02-03"


def test_an_alignment_is_evidence_but_no_incident() -> None:
    (row,) = rows_of(backing())
    assert (row.kind, row.incident, row.development) == ("alignment", None, "standing")


def test_the_day_is_the_middle_of_the_interval_and_never_after_publication() -> None:
    (weekly,) = rows_of(clash(day="2020-02-03/2020-02-10"))
    (monthly,) = rows_of(clash(day="2020-02"), published="2020-02-11T23:30:00Z")
    assert (weekly.incident, monthly.incident) == ("SYR>TUR:ASSAULT:2020-02-06", "SYR>TUR:ASSAULT:2020-02-11")


def test_a_part_joins_its_whole_and_the_most_precise_date_decides() -> None:
    week = clash(day="2020-02-03/2020-02-10", killed=13, ref="week")
    hour = clash(day="2020-02-04", killed=2, same_as="day")
    day = clash(day="2020-02-03", killed=8, part_of="week", ref="day")
    (incident,) = incidents(*rows_of(week, hour, day)).values()
    assert (incident.id, incident.killed, incident.reports) == ("SYR>TUR:ASSAULT:2020-02-03", 13, 3)


@pytest.mark.parametrize(
    ("whole", "part", "day"),
    [
        ("2020-02-05", "2020-02-03", "2020-02-05"),
        ("2020-02-05~", "2020-02-03", "2020-02-03"),
        ("2020-02", "2020-01", "2020-02-11"),
        ("2020-02", "2020-02-03/2020-02-10", "2020-02-06"),
        ("2020-01/2020-02", "2020-01", "2020-01-16"),
        ("2019-24", "2019-12", "2019-12-16"),
        ("2019", "2019-24", "2020-01-15"),
        ("199X", "1999", "1999-07-02"),
        ("../2020-02-03", "2019-12", "2019-12-16"),
        ("2020-02-01/..", "2020-02-05/2020-02-07", "2020-02-06"),
    ],
)
def test_of_equally_precise_dates_the_wholes_decides(whole: str, part: str, day: str) -> None:
    rows = rows_of(clash(day=whole, ref="whole"), clash(day=part, part_of="whole"))
    assert {row.incident for row in rows} == {f"SYR>TUR:ASSAULT:{day}"}


def test_what_is_known_of_the_whole_alone_stands_beside_the_day() -> None:
    week, day = rows_of(clash(day="2020-02-03/2020-02-10", ref="week"), clash(part_of="week"))
    assert {row[-2:] for row in (week, day)} == {(18298, "SYR>TUR:ASSAULT:2020-02-06")}
    (alone,) = rows_of(clash(day="2020-02-03"))
    assert alone[-2:] == (None, None)


def test_a_part_joins_only_the_pairs_that_its_whole_has() -> None:
    week = clash("SYR", "TUR", day="2020-02-03/2020-02-10", ref="week")
    day = clash("SYR", "TUR RUS", day="2020-02-03", type="COERCE", part_of="week")
    assert set(incidents(*rows_of(week, day))) == {"SYR>TUR:ASSAULT:2020-02-03", "SYR>RUS:COERCE:2020-02-03"}


def test_a_pair_of_the_whole_alone_keeps_the_date_of_the_whole() -> None:
    week = clash("SYR", "TUR RUS", day="2020-02-03/2020-02-10", ref="week")
    day = clash("SYR", "TUR", day="2020-02-03", part_of="week")
    assert set(incidents(*rows_of(week, day))) == {"SYR>TUR:ASSAULT:2020-02-03", "SYR>RUS:ASSAULT:2020-02-06"}


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (
            statement("MLT", "CYP", type="CONSULT", reciprocal=True, ref="talks"),
            clash("MLT", "CYP", part_of="talks"),
        ),
        (statement("MLT", "CYP", ref="talks"), statement("MLT", "CYP", type="CONSULT", part_of="talks")),
        (backing("MLT", "CYP", "2020-02-05", ref="talks"), clash("MLT", "CYP", part_of="talks")),
    ],
)
def test_a_part_of_another_kind_is_an_incident_of_its_own_on_the_day_of_the_whole(
    whole: Report, part: Report
) -> None:
    own = evidence_of(article(part.__class__(**{**_fields(part), "part_of": None, "occurred": whole.occurred})))
    (alone,) = own.values()
    parted = [row for row in rows_of(whole, part) if row.number == 2]
    assert [(row.incident, row.type) for row in parted] == [(alone.incident, alone.type)]


def _fields(report: Report) -> dict[str, Any]:
    return {name: getattr(report, name) for name in report.__struct_fields__}


def test_a_part_of_something_mutual_is_mutual() -> None:
    talks = statement("RUS", "TUR", type="CONSULT", reciprocal=True, ref="talks")
    said = statement("TUR", "RUS", type="CONSULT", part_of="talks")
    (incident,) = incidents(*rows_of(talks, said)).values()
    assert (incident.direction, incident.reports) == (2, 2)


def test_a_part_whose_whole_was_retracted_stands_alone() -> None:
    split = article(clash(day="2020-02-03/2020-02-10", ref="week"), clash(part_of="week"))
    split.retract_report(1, None, BY_ANN)
    (row,) = evidence_of(split).values()
    assert row.incident == "SYR>TUR:ASSAULT:2020-02-03"


def test_casualties_are_the_most_reported_and_publishers_are_counted_once() -> None:
    rows = [
        *rows_of(clash(killed=8), publisher="Reuters"),
        *rows_of(clash(killed=5, wounded=40), publisher="REUTERS "),
        *rows_of(clash(), publisher="AP"),
    ]
    (incident,) = incidents(*rows).values()
    assert (incident.publishers, incident.reports, incident.killed, incident.wounded) == (2, 3, 8, 40)
    assert incident.weight == pytest.approx(-0.75 * (1 + 1.2787536) * 9)


def test_an_untyped_statement_weighs_nothing() -> None:
    (incident,) = incidents(*rows_of(statement(type=None, cameo="010"))).values()
    assert (incident.id, incident.weight) == ("RUS>TUR:STATEMENT:2020-02-03", 0.0)
