"""Given reported events, when an analyst rules on them, then what is recorded; and the register of all rulings."""

from datetime import timedelta

import pytest

from domain.articles import Article
from domain.errors import InvalidFacts
from domain.reports import Report
from domain.ruling_register import RulingRegister
from domain.rulings import (
    MAX_RULED,
    ReportRef,
    ReportsLinked,
    ReportsSeparated,
    Ruling,
    RulingEvent,
    RulingKind,
    RulingWithdrawn,
)
from tests.language import BY_ANN, NOON, agreement, backing, clash, header, statement

LINK, SEPARATE = RulingKind.LINK, RulingKind.SEPARATE
A, B = ReportRef("a", 1), ReportRef("b", 1)


def articles(**reported: Report) -> dict[str, Article]:
    return {id_: Article.post(id_, header(), [report], BY_ANN) for id_, report in reported.items()}


def rule(
    kind: RulingKind, *reports: ReportRef, given: dict[str, Article], reason: str = "One night.", id_: str = "r-1"
) -> Ruling:
    return Ruling.make(kind, id_, reports, reason, given, BY_ANN)


def events_of(ruling: Ruling) -> list[RulingEvent]:
    return [event for event in ruling.collect_events() if isinstance(event, RulingEvent)]


def codes(error: InvalidFacts) -> list[tuple[str, str]]:
    return [("/".join(map(str, fault.path)), fault.code) for fault in error.faults]


def test_linking_records_what_is_one_incident_and_why() -> None:
    given = articles(a=clash(), b=clash(day="2020-02-04"))
    (event,) = events_of(rule(LINK, A, B, given=given))
    assert isinstance(event, ReportsLinked)
    assert (event.ruling_id, event.reports, event.reason) == ("r-1", (A, B), "One night.")
    assert (event.recorded_by, event.request_id) == ("ann", "request-1")


def test_separating_takes_one_report_or_several() -> None:
    given = articles(a=clash(), b=clash(type="COERCE"))
    for reports in ((A,), (A, B)):
        (event,) = events_of(rule(SEPARATE, *reports, given=given))
        assert isinstance(event, ReportsSeparated)
        assert event.reports == reports


def test_a_ruling_is_recorded_after_what_it_is_about() -> None:
    given = articles(a=clash(), b=clash())
    (event,) = events_of(rule(LINK, A, B, given=given))
    assert event.timestamp == NOON + timedelta(microseconds=1)


def test_withdrawing_records_why_and_again_is_no_change() -> None:
    ruling = rule(SEPARATE, A, given=articles(a=clash()))
    ruling.collect_events()
    ruling.withdraw("Mistaken.", BY_ANN)
    (event,) = events_of(ruling)
    assert isinstance(event, RulingWithdrawn)
    assert event.reason == "Mistaken."
    assert event.timestamp > ruling.created_on
    ruling.withdraw("Again.", BY_ANN)
    assert events_of(ruling) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (clash("SYR", "TUR RUS"), clash("SYR", "TUR", type="COERCE")),
        (statement(type="CONSULT", reciprocal=True), statement("TUR", "RUS", type="SUPPORT")),
        (agreement("RUS TUR IRN"), agreement("RUS IRN", agreement="deal")),
        (statement(type="ACCUSE"), statement(type="THREATEN")),
    ],
)
def test_reports_of_one_kind_and_sign_with_a_common_pair_can_be_linked(one: Report, other: Report) -> None:
    assert rule(LINK, A, B, given=articles(a=one, b=other)).reports == (A, B)


@pytest.mark.parametrize(
    ("one", "other", "fault"),
    [
        (clash(), statement("SYR", "TUR"), ("reports/1", "not-of-one-kind")),
        (statement(type="ACCUSE"), statement(type="SUPPORT"), ("reports/1", "not-of-one-kind")),
        (agreement(), agreement(agreement="deal", development="breached"), ("reports/1", "not-of-one-kind")),
        (clash(), clash("TUR", "SYR"), ("reports/1", "no-common-pair")),
        (clash(), clash("SYR", "RUS"), ("reports/1", "no-common-pair")),
        (backing(), backing(), ("reports/0", "not-an-incident")),
        (clash("SYR", "SYR", target_role="OPP"), clash(), ("reports/0", "not-an-incident")),
        (clash(), clash("SYR", "SYR", target_role="OPP"), ("reports/1", "no-common-pair")),
    ],
)
def test_reports_that_cannot_be_one_incident_are_refused(
    one: Report, other: Report, fault: tuple[str, str]
) -> None:
    for kind in RulingKind:
        with pytest.raises(InvalidFacts) as refused:
            rule(kind, A, B, given=articles(a=one, b=other))
        assert codes(refused.value) == [fault]


def test_every_report_that_does_not_stand_is_pointed_to() -> None:
    given = articles(a=clash(), b=clash(), c=clash())
    given["b"].retract_report(1, None, BY_ANN)
    given["c"].retract(None, BY_ANN)
    with pytest.raises(InvalidFacts) as refused:
        rule(LINK, A, B, ReportRef("c", 1), ReportRef("d", 1), ReportRef("a", 2), A, given=given)
    assert codes(refused.value) == [
        ("reports/1/number", "retracted-report"),
        ("reports/2/article", "retracted-report"),
        ("reports/3/article", "unknown-article"),
        ("reports/4/number", "unknown-report"),
        ("reports/5", "repeated-report"),
    ]


def test_a_ruling_names_enough_reports_and_not_too_many() -> None:
    given = articles(a=clash())
    for kind, named in ((LINK, [A]), (SEPARATE, []), (SEPARATE, [A] * (MAX_RULED + 1))):
        with pytest.raises(InvalidFacts) as refused:
            rule(kind, *named, given=given)
        assert codes(refused.value) == [("reports", "number-of-reports")]


def test_a_ruling_and_its_withdrawal_have_reasons() -> None:
    with pytest.raises(InvalidFacts) as refused:
        rule(SEPARATE, A, given=articles(a=clash()), reason="")
    assert codes(refused.value) == [("reason", "no-reason")]
    with pytest.raises(InvalidFacts):
        rule(SEPARATE, A, given=articles(a=clash())).withdraw("", BY_ANN)


def register_of(*rulings: Ruling) -> RulingRegister:
    ruling_register = RulingRegister()
    for position, event in enumerate((event for ruling in rulings for event in events_of(ruling)), start=1):
        ruling_register.apply(position, event)
    return ruling_register


def test_the_register_knows_which_ruling_stands_on_a_report_and_which_stood() -> None:
    given = articles(a=clash(), b=clash())
    ruling = rule(LINK, A, B, given=given)
    ruling.withdraw("No.", BY_ANN)
    ruling_register = register_of(ruling, rule(SEPARATE, B, given=given, id_="r-2"))
    assert ruling_register.ruling_on(A) is None
    assert ruling_register.ruling_on(B) is ruling_register.entries["r-2"]
    made, withdrawn = ruling.created_on, ruling.modified_on
    for position, known_at, standing in (
        (0, None, None),
        (1, None, "r-1"),
        (1, made - timedelta(seconds=1), None),
        (3, made, "r-1"),
        (2, withdrawn, None),
        (2, None, None),
    ):
        found = ruling_register.ruling_at(A, position, known_at)
        assert (found and found.id) == standing


def test_of_two_rulings_on_one_report_the_first_in_the_log_counts_while_it_stands() -> None:
    given = articles(a=clash(), b=clash())
    first = rule(SEPARATE, A, given=given, id_="r-1")
    made = events_of(first)
    first.withdraw("No.", BY_ANN)
    ruling_register = RulingRegister()
    for position, event in enumerate([*made, *events_of(rule(LINK, A, B, given=given, id_="r-2"))], start=1):
        ruling_register.apply(position, event)
    assert ruling_register.ruling_on(A) is ruling_register.entries["r-1"]
    ruling_register.apply(3, *events_of(first))
    assert ruling_register.ruling_on(A) is ruling_register.entries["r-2"]


def test_a_ruling_without_an_id_gets_one_from_its_reports_until_it_is_withdrawn() -> None:
    given = articles(a=clash(), b=clash())
    ruling_register = RulingRegister()
    id_ = ruling_register.id_for(LINK, [A, B])
    assert len({id_, ruling_register.id_for(LINK, [B, A]), ruling_register.id_for(SEPARATE, [A, B])}) == 3
    ruling = rule(LINK, A, B, given=given, id_=id_)
    ruling_register.apply(1, *events_of(ruling))
    assert ruling_register.id_for(LINK, [A, B]) == id_
    ruling.withdraw("No.", BY_ANN)
    ruling_register.apply(2, *events_of(ruling))
    assert ruling_register.id_for(LINK, [A, B]) != id_
