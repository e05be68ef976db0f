"""Rulings, on every kind of store: incidents follow what analysts rule, whatever becomes of the articles later."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from api.running.service import Service
from domain.articles import CorrectReport, RetractArticle, RetractReport, ReviseArticle
from domain.events import Provenance
from domain.rulings import LinkReports, ReportRef, SeparateReports, WithdrawRuling
from projections.folding import parallel_fill
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.storage.tables import evidence
from projections.times import to_micros
from tests.contract.projections.folding.acts import assert_now_is_what_evidence_says, fold_in_pages_of
from tests.contract.tables import rows
from tests.language import clash, header, post, statement

PAIR = ("SYR", "TUR")
DAY = Question(18320)
FIRST = "SYR>TUR:ASSAULT:2020-02-03"
SECOND = "SYR>TUR:ASSAULT:2020-02-04"
A, B, C = ReportRef("a", 1), ReportRef("b", 1), ReportRef("c", 1)


@pytest.fixture
def by_ann(service: Service) -> Callable[[], Provenance]:
    """Return a function that says who records something now."""
    return lambda: Provenance("ann", service.clock())


@pytest.fixture
def reported(service: Service) -> Service:
    """Return a service on which papers tell of an attack, and one gives it another day than the others."""
    for article_id, day, publisher, killed in (
        ("a", "2020-02-03", "Reuters", 8),
        ("b", "2020-02-04", "AP", 6),
        ("c", "2020-02-04", "AFP", 1),
    ):
        provenance = Provenance("ann", service.clock())
        command = post(article_id, clash(day=day, killed=killed), publisher=publisher, provenance=provenance)
        service.log.post_article(command)
    fold_in_pages_of(2, service)
    return service


def standing(service: Service) -> dict[str, str]:
    """Return the incident that each article's reports belong to now, folding what is new in pages of one event."""
    fold_in_pages_of(1, service)
    by_article = dict(zip(("a", "b", "c"), (1, 3, 5), strict=True))
    names = {key: name for name, key in by_article.items()}
    with service.store.reading() as connection:
        asked = select(evidence.c.article, evidence.c.incident).where(evidence.c.known_to.is_(None))
        return {names[key]: incident for key, incident in connection.execute(asked.order_by(evidence.c.article))}


def incidents_at(service: Service, known_at: int | None = None) -> int:
    with service.store.reading() as connection:
        return relation_at(connection, PAIR, DAY._replace(known_at=known_at)).incidents


def test_linked_reports_are_the_first_ones_incident(reported: Service, by_ann: Callable[[], Provenance]) -> None:
    reported.log.link_reports(LinkReports((A, B), "one attack, by night", by_ann()))
    assert standing(reported) == {"a": FIRST, "b": FIRST, "c": SECOND}
    assert_now_is_what_evidence_says(reported)


def test_separated_reports_are_an_incident_of_their_own(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    ruled = reported.log.separate_reports(SeparateReports((C,), "another village", by_ann()))
    found = standing(reported)
    assert (found["a"], found["b"]) == (FIRST, SECOND)
    assert found["c"].startswith(f"{SECOND}#")
    assert incidents_at(reported) == 3
    reported.log.withdraw_ruling(WithdrawRuling(ruled.id, "the same village after all", by_ann()))
    assert standing(reported) == {"a": FIRST, "b": SECOND, "c": SECOND}
    assert incidents_at(reported) == 2


def test_several_separated_reports_are_one_incident(reported: Service, by_ann: Callable[[], Provenance]) -> None:
    reported.log.separate_reports(SeparateReports((A, C), "the convoy, and not the village", by_ann()))
    found = standing(reported)
    assert found["a"] == found["c"] != FIRST
    assert found["b"] == SECOND


def test_what_was_known_before_a_ruling_shows_the_old_incidents(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    linked = reported.log.link_reports(LinkReports((A, B, C), "one attack", by_ann()))
    reported.log.withdraw_ruling(WithdrawRuling(linked.id, "two after all", by_ann()))
    fold_in_pages_of(1, reported)
    made, withdrawn = (
        to_micros(reported.log.decode(notification).timestamp)
        for notification in reported.log.read_log(linked.position - 1, 2)
    )
    counts = [incidents_at(reported, known_at) for known_at in (made - 1, made, withdrawn - 1, withdrawn, None)]
    assert counts == [2, 1, 1, 2, 2]


def test_what_is_linked_follows_a_correction_of_the_anchor_and_comes_back_with_the_withdrawal(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    ruled = reported.log.link_reports(LinkReports((A, B), "one attack", by_ann()))
    reported.log.correct_report(CorrectReport("a", 1, clash(day="2020-02-07", type="COERCE"), None, by_ann()))
    moved = "SYR>TUR:COERCE:2020-02-07"
    assert standing(reported) == {"a": moved, "b": moved, "c": SECOND}
    reported.log.withdraw_ruling(WithdrawRuling(ruled.id, "two after all", by_ann()))
    assert standing(reported) == {"a": moved, "b": SECOND, "c": SECOND}


def test_a_correction_of_a_linked_report_leaves_it_where_it_is(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    reported.log.link_reports(LinkReports((A, B), "one attack", by_ann()))
    reported.log.correct_report(CorrectReport("b", 1, clash(day="2020-02-09", killed=7), None, by_ann()))
    assert standing(reported) == {"a": FIRST, "b": FIRST, "c": SECOND}


def test_one_that_can_no_more_be_part_of_it_is_by_itself(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    reported.log.link_reports(LinkReports((A, B), "one attack", by_ann()))
    reported.log.correct_report(CorrectReport("b", 1, statement("SYR", "TUR", "2020-02-04"), None, by_ann()))
    assert standing(reported)["b"] == "SYR>TUR:ACCUSE:2020-02-04"
    reported.log.correct_report(CorrectReport("b", 1, clash(day="2020-02-09"), None, by_ann()))
    assert standing(reported)["b"] == FIRST


def test_once_the_anchor_is_gone_the_next_that_stands_is_the_anchor(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    reported.log.correct_report(CorrectReport("c", 1, clash(day="2020-02-08"), None, by_ann()))
    reported.log.link_reports(LinkReports((A, C, B), "one attack", by_ann()))
    reported.log.retract_article(RetractArticle("a", None, by_ann()))
    assert standing(reported) == {"b": "SYR>TUR:ASSAULT:2020-02-08", "c": "SYR>TUR:ASSAULT:2020-02-08"}
    reported.log.retract_report(RetractReport("c", 1, None, by_ann()))
    assert standing(reported) == {"b": SECOND}


def test_part_of_a_revision_moves_nothing_that_the_whole_of_it_does_not(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    """Half-way, with its new day of publication and its old report, the anchor is of another day."""
    log = reported.log
    week = clash(day="2020-02-03/2020-02-09", ref="week")
    log.correct_report(CorrectReport("b", 1, clash(day="2020-02"), None, by_ann()))
    log.revise_article(ReviseArticle("a", header("2020-02-05"), (week,), None, by_ann()))
    log.link_reports(LinkReports((ReportRef("a", 2), B), "one attack", by_ann()))
    fold_in_pages_of(1, reported)
    day = clash(day="2020-02-05", ref="week")
    log.revise_article(ReviseArticle("a", header("2020-02-10"), (day,), None, by_ann()))
    assert standing(reported)["b"] == "SYR>TUR:ASSAULT:2020-02-05"
    event_by_event = rows(reported.store)
    # Of b: as posted, as corrected, linked to a week, and to a day; none of half-way.
    assert sum(row[0] == 3 for row in event_by_event["evidence"]) == 4
    reported.store.clear()
    fold_in_pages_of(1000, reported)
    assert rows(reported.store) == event_by_event


@pytest.mark.parametrize("stretch", [1, 3, 100])
def test_a_rebuild_by_several_processes_knows_what_was_ruled(
    reported: Service,
    by_ann: Callable[[], Provenance],
    monkeypatch: pytest.MonkeyPatch,
    stretch: int,
) -> None:
    reported.log.link_reports(LinkReports((A, B), "one attack", by_ann()))
    reported.log.post_article(post("d", statement(), provenance=by_ann()))
    reported.log.correct_report(CorrectReport("a", 1, clash(day="2020-02-07"), None, by_ann()))
    fold_in_pages_of(1, reported)
    before = rows(reported.store)
    monkeypatch.setattr("projections.folding.projector.WORTH_WORKERS", 1)
    monkeypatch.setattr(parallel_fill, "STRETCH", stretch)
    reported.projector.rebuild()
    assert rows(reported.store) == before
