"""Given an article, when a command, then domain events, or an error that names what is wrong."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from domain.articles import (
    AgreementReported,
    AlignmentReported,
    Article,
    ArticlePosted,
    ArticleRetracted,
    ArticleRevised,
    ClashReported,
    CooperationReported,
    ReportCorrected,
    ReportRetracted,
    StatementReported,
    article_uuid,
    former_article_uuid,
)
from domain.errors import ArticleIsRetracted, InvalidFacts, ReportNotFound
from domain.report_rules import MAX_CASUALTIES, MAX_REPORTS
from domain.reports import Agreement, Report
from tests.language import (
    BY_ANN,
    NOON,
    agreement,
    article,
    backing,
    clash,
    cooperation,
    events_of,
    header,
    statement,
)


def faults_of(*reports: Report, published: str = "2020-02-11") -> list[tuple[str, str]]:
    with pytest.raises(InvalidFacts) as caught:
        Article.post("a-1", header(published), reports, BY_ANN)
    return [("/".join(map(str, fault.path)), fault.code) for fault in caught.value.faults]


def test_posting_triggers_one_event_per_report_after_that_of_the_article() -> None:
    reports: list[Report] = [statement(), clash(), agreement(), cooperation(), backing()]
    events = events_of(Article.post("a-1", header(), reports, BY_ANN))
    kinds = [
        ArticlePosted,
        StatementReported,
        ClashReported,
        AgreementReported,
        CooperationReported,
        AlignmentReported,
    ]
    assert [type(event) for event in events] == kinds
    assert [event.report for event in events if hasattr(event, "report")] == reports
    assert {(e.recorded_by, e.request_id, e.timestamp) for e in events} == {("ann", "request-1", NOON)}
    assert [event.originator_version for event in events] == [1, 2, 3, 4, 5, 6]


def test_an_article_that_says_the_same_is_recognised_in_any_order_of_its_events() -> None:
    said = article(clash(), statement())
    assert said.says(header(), [statement(), clash()])
    assert not said.says(header(), [statement()])
    assert not said.says(header(publisher="AP"), [statement(), clash()])


def test_how_an_actor_was_named_makes_no_difference() -> None:
    by_code, by_name = statement(), statement(named=(("Kremlin", "RUS"),))
    said = article(by_name)
    assert said.says(header(), [by_code])
    said.correct(1, by_code, None, BY_ANN)
    said.revise(header(headline="New"), [by_code], None, BY_ANN)
    assert [type(event) for event in events_of(said)] == [ArticleRevised]


def test_revising_records_only_what_differs() -> None:
    kept, gone, corrected = clash(), statement(), clash(ref="toll", killed=3)
    revised = article(kept, gone, corrected)
    new = cooperation()
    revised.revise(header(headline="New"), [new, clash(ref="toll", killed=5), kept], "later edition", BY_ANN)
    events = events_of(revised)
    assert [type(event) for event in events] == [
        ArticleRevised,
        ReportRetracted,
        ReportCorrected,
        CooperationReported,
    ]
    assert [getattr(event, "number", None) for event in events] == [None, 2, 3, 4]
    assert revised.reports == {1: kept, 3: clash(ref="toll", killed=5), 4: new}
    assert revised.stated == {1: 2, 3: 7, 4: 8}


def test_revising_to_the_same_changes_nothing() -> None:
    same = article(clash())
    same.revise(header(), [clash()], None, BY_ANN)
    assert events_of(same) == []


def test_a_revision_brings_a_retracted_article_back() -> None:
    back = article(clash())
    back.retract("mistake", BY_ANN)
    assert back.reports == {}
    back.revise(header(), [clash()], None, BY_ANN)
    assert [type(e) for e in events_of(back)] == [ArticleRetracted, ArticleRevised, ClashReported]
    assert back.reports == {2: clash()}


def test_retracting_twice_is_retracting_once() -> None:
    gone = article(clash())
    gone.retract(None, BY_ANN)
    gone.retract(None, BY_ANN)
    assert [type(event) for event in events_of(gone)] == [ArticleRetracted]


def test_correcting_puts_the_report_in_the_place_of_the_old_one() -> None:
    corrected = article(clash(killed=8))
    corrected.correct(1, clash(killed=9), "the ministry said so", BY_ANN)
    corrected.correct(1, clash(killed=9), "again", BY_ANN)
    (event,) = events_of(corrected)
    assert isinstance(event, ReportCorrected)
    assert (event.number, event.report, event.reason) == (1, clash(killed=9), "the ministry said so")


def test_a_correction_keeps_the_rules_of_the_whole_article() -> None:
    whole = article(clash(ref="week"), clash(day="2020-02-04", ref="day", part_of="week"))
    for wrong in (clash(part_of="month"), clash(ref="day"), clash(ref="week", part_of="day"), clash(killed=-1)):
        with pytest.raises(InvalidFacts):
            whole.correct(1, wrong, None, BY_ANN)
    assert events_of(whole) == []


def test_what_does_not_stand_cannot_be_corrected_or_retracted() -> None:
    one = article(clash(), statement())
    one.retract_report(1, None, BY_ANN)
    for number in (1, 3):
        with pytest.raises(ReportNotFound):
            one.retract_report(number, None, BY_ANN)
        with pytest.raises(ReportNotFound):
            one.correct(number, clash(), None, BY_ANN)
    one.retract(None, BY_ANN)
    with pytest.raises(ArticleIsRetracted):
        one.correct(2, statement(), None, BY_ANN)


def test_record_time_only_grows_even_if_the_clock_goes_back() -> None:
    changed = article(clash(), statement())
    changed.correct(1, clash(killed=1), None, BY_ANN)
    changed.retract_report(2, None, BY_ANN)
    changed.revise(header(), [clash(killed=2), statement()], None, BY_ANN)
    changed.retract(None, BY_ANN)
    instants = [event.timestamp for event in events_of(changed)]
    assert instants == sorted(instants)
    assert len(set(instants)) == 4  # one for each command
    assert instants[0] > NOON


def test_an_id_that_is_a_uuid_was_the_aggregates_id_formerly() -> None:
    by_url = Article.id_for_url("https://news.example/1")
    assert former_article_uuid(by_url) == UUID(by_url)
    assert article_uuid("a-1") != article_uuid("a-2")
    assert len({article_uuid(by_url), article_uuid(by_url.upper()), article_uuid(f"urn:uuid:{by_url}")}) == 3


@pytest.mark.parametrize(
    ("reports", "faults"),
    [
        ([], [("events", "no-events")]),
        ([clash()] * (MAX_REPORTS + 1), [("events", "too-many-events")]),
        ([clash("SYR", "SYR")], [("events/0/target", "equal-actors")]),
        ([clash("SYR RUS", "TUR SYR")], [("events/0/target", "equal-actors")]),
        ([clash("SYR SYR", "TUR")], [("events/0/source", "repeated-actor")]),
        ([clash("", "TUR")], [("events/0/source", "no-actors")]),
        ([agreement("RUS")], [("events/0/parties", "no-actors")]),
        (
            [Agreement(development="reached", parties=("RUS", "TUR"), source=("RUS",), occurred="2018")],
            [("events/0/parties", "parties-or-sides")],
        ),
        ([agreement(" ".join(f"A{n}" for n in range(201)))], [("events/0/parties", "too-many-actors")]),
        ([agreement(" ".join(f"A{n}" for n in range(200)))] * 2, [("events", "too-many-pairs")]),
        ([clash(type="ACCUSE")], [("events/0/type", "type-not-of-kind")]),
        ([clash(type="WAR")], [("events/0/type", "type-not-of-kind")]),
        ([statement(type=None)], [("events/0/type", "no-type")]),
        ([statement(type=None, cameo="042")], [("events/0/cameo", "cameo-differs")]),
        ([clash(cameo="99")], [("events/0/cameo", "unknown-cameo")]),
        ([clash(cameo="042")], [("events/0/cameo", "cameo-differs")]),
        ([agreement(development="signed")], [("events/0/development", "unknown-development")]),
        ([agreement(title="The deal")], [("events/0/agreement", "no-agreement")]),
        ([agreement(purpose="trade")], [("events/0/agreement", "no-agreement")]),
        ([agreement(agreement="deal", purpose="truce")], [("events/0/purpose", "unknown-purpose")]),
        ([agreement(development="breached")], [("events/0/agreement", "no-agreement")]),
        ([backing(development="cooling")], [("events/0/development", "unknown-development")]),
        ([clash(day="2020-02-30")], [("events/0/occurred", "not-a-date")]),
        ([clash(day="2020-02-13")], [("events/0/occurred", "after-publication")]),
        ([clash(day="0014-02-10")], [("events/0/occurred", "too-early")]),
        ([clash(day="1499/2020")], [("events/0/occurred", "too-early")]),
        ([clash(killed=-1)], [("events/0/killed", "absurd-casualties")]),
        ([clash(wounded=MAX_CASUALTIES + 1)], [("events/0/wounded", "absurd-casualties")]),
        ([clash(part_of="week")], [("events/0/part_of", "dangling-link")]),
        ([clash(same_as="week")], [("events/0/same_as", "dangling-link")]),
        ([clash(ref="a", part_of="a")], [("events/0/part_of", "circular-link")]),
        ([clash(ref="a"), clash(part_of="a", same_as="a")], [("events/1/same_as", "part-or-same")]),
        ([clash(ref="a"), clash(ref="a")], [("events/1/ref", "repeated-ref")]),
        (
            [clash(ref="a", part_of="b"), clash(ref="b", same_as="a")],
            [("events/0/part_of", "circular-link"), ("events/1/same_as", "circular-link")],
        ),
        (
            [clash(killed=-1), clash(day="x")],
            [("events/0/killed", "absurd-casualties"), ("events/1/occurred", "not-a-date")],
        ),
    ],
)
def test_facts_that_break_a_rule_are_refused(reports: Sequence[Report], faults: list[tuple[str, str]]) -> None:
    assert faults_of(*reports) == faults


@pytest.mark.parametrize(
    "report",
    [
        statement(type=None, cameo="010"),
        clash(cameo="190"),
        clash(day="2020-02-12"),
        clash(day="2018/2020"),
        clash(killed=0, wounded=MAX_CASUALTIES),
        agreement(agreement="deal", development="breached"),
        Agreement(development="reached", source=("RUS",), target=("TUR", "IRN"), occurred="2020-02-06"),
        backing(development="ended"),
        clash("ISR", "ISR", source_role="MIL", target_role="OPP"),
        clash("ISR", "ISR", cameo="190"),
    ],
)
def test_facts_at_the_edge_of_a_rule_are_accepted(report: Report) -> None:
    assert article(report).reports == {1: report}
