"""Given what rulings come to, then the evidence of the articles they are on."""

import pytest

from domain.articles import Article
from domain.reports import Report
from projections.evidence.evidence import Evidence, evidence_of
from projections.evidence.ruling_effects import RuledReport, ruling_effect
from tests.language import BY_ANN, agreement, article, backing, clash, header, statement

ANCHOR = clash(day="2020-02-03")
FIRST = "SYR>TUR:ASSAULT:2020-02-03"


def elsewhere(*reports: Report) -> Article:
    """Return another article."""
    return Article.post("a-2", header(), reports, BY_ANN)


def under(anchor: Report, *reports: Report, mark: str = "", on: int = 1) -> list[Evidence]:
    """Return the evidence of an article, one of whose reports is under a ruling with an anchor elsewhere."""
    verdict = ruling_effect([RuledReport(elsewhere(anchor), 1, {1})], mark)
    return list(evidence_of(article(*reports), {on: verdict}).values())


def incidents_of_each(rows: list[Evidence]) -> dict[int, str | None]:
    return {row.number: row.incident for row in rows}


def test_a_linked_report_takes_the_anchors_actors_type_and_day() -> None:
    (row,) = under(ANCHOR, clash(day="2020-02-08", type="COERCE", killed=3))
    assert (row.incident, row.type, row.killed) == (FIRST, "ASSAULT", 3)
    assert evidence_of(article(ANCHOR)).popitem()[1].day == row.day


def test_the_anchors_incident_is_that_of_the_whole_it_is_part_of() -> None:
    changed = elsewhere(clash(day="2020-02-03/2020-02-10", ref="week"), clash(day="2020-02-04", part_of="week"))
    effect = ruling_effect([RuledReport(changed, 2, {2})], "")
    (row,) = evidence_of(article(clash(day="2020-02-09", type="COERCE")), {1: effect}).values()
    assert (row.incident, row.incident_of_whole) == ("SYR>TUR:ASSAULT:2020-02-04", "SYR>TUR:ASSAULT:2020-02-06")


def test_a_more_precise_date_of_another_article_moves_all_that_the_anchor_joins() -> None:
    week = article(clash(day="2020-02-03/2020-02-10", ref="week"), clash(day="2020-02", part_of="week"))
    night = elsewhere(clash(day="2020-02-04"))
    effect = ruling_effect([RuledReport(week, 2, {2}), RuledReport(night, 1, {1})], "")
    rows = [*evidence_of(week, {2: effect}).values(), *evidence_of(night, {1: effect}).values()]
    assert {(row.incident, row.incident_of_whole) for row in rows} == {
        ("SYR>TUR:ASSAULT:2020-02-04", "SYR>TUR:ASSAULT:2020-02-06")
    }
    assert len({row.joined for row in rows}) == 1


def test_a_part_goes_with_its_whole() -> None:
    week = clash(day="2020-02-05/2020-02-09", ref="week")
    rows = under(ANCHOR, week, clash(day="2020-02-05", part_of="week"), clash(day="2020-02-08"))
    assert incidents_of_each(rows) == {1: FIRST, 2: FIRST, 3: "SYR>TUR:ASSAULT:2020-02-08"}


def test_a_ruling_on_a_part_comes_before_what_it_is_part_of() -> None:
    week = clash(day="2020-02-05/2020-02-09", ref="week")
    rows = under(ANCHOR, week, clash(day="2020-02-05", part_of="week"), on=2)
    assert incidents_of_each(rows) == {1: "SYR>TUR:ASSAULT:2020-02-07", 2: FIRST}


def test_pairs_that_the_anchor_has_not_are_incidents_on_its_day() -> None:
    rows = under(ANCHOR, clash("SYR", "TUR RUS", day="2020-02-08"))
    assert {row.incident for row in rows} == {FIRST, "SYR>RUS:ASSAULT:2020-02-03"}


def test_what_is_linked_to_something_mutual_is_mutual() -> None:
    rows = under(agreement("RUS TUR", "2018"), agreement("RUS TUR IRN", "2019", agreement="deal"))
    assert {row.incident for row in rows} == {
        "RUS~TUR:AGREE:2018-07-02",
        "IRN~RUS:AGREE:2018-07-02",
        "IRN~TUR:AGREE:2018-07-02",
    }


def test_a_separated_report_has_the_mark_in_its_incident_and_its_parts_go_with_it() -> None:
    week = clash(day="2020-02-03", ref="week")
    rows = under(ANCHOR, week, clash(day="2020-02-05", part_of="week"), clash(), mark="#apart")
    assert incidents_of_each(rows) == {1: f"{FIRST}#apart", 2: f"{FIRST}#apart", 3: FIRST}


def test_what_became_another_kind_takes_its_own_parts_along_and_no_others() -> None:
    """A part of the anchor's kind does not join an incident that its whole is not in."""
    now_talks = statement("SYR", "TUR", "2020-02-05", ref="night")
    said, shot = (
        statement("SYR", "TUR", "2020-02-04", part_of="night"),
        clash(day="2020-02-04", part_of="night"),
    )

    linked = under(ANCHOR, now_talks, said, shot)
    apart = under(ANCHOR, now_talks, said, shot, mark="#apart")

    talks = "SYR>TUR:ACCUSE:2020-02-05"
    assert incidents_of_each(linked) == {1: talks, 2: talks, 3: "SYR>TUR:ASSAULT:2020-02-05"}
    assert incidents_of_each(apart) == {1: f"{talks}#apart", 2: f"{talks}#apart", 3: "SYR>TUR:ASSAULT:2020-02-05"}


@pytest.mark.parametrize("other", [statement("SYR", "TUR", "2020-02-05"), backing("SYR", "TUR", "2020-02-05")])
def test_what_is_of_another_kind_by_now_is_by_itself(other: Report) -> None:
    alone = list(evidence_of(article(other)).values())
    assert under(ANCHOR, other) == alone
    (apart,) = under(ANCHOR, other, mark="#apart")
    assert apart.incident == (f"{alone[0].incident}#apart" if alone[0].incident else None)


def test_reports_without_a_verdict_are_as_ever() -> None:
    changed = article(clash(), clash(day="2020-02-05"))
    changed.retract_report(1, None, BY_ANN)
    assert evidence_of(changed, {1: ruling_effect([RuledReport(elsewhere(ANCHOR), 1, {1})], "#x")}) == evidence_of(
        changed
    )
