"""What a data set delivers: in pieces, again, corrected, and after an analyst has decided."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.articles import (
    Article,
    ArticlePosted,
    ArticleRevised,
    ClashReported,
    Header,
    ReportCorrected,
    ReportRetracted,
)
from domain.deliveries.delivered_article import IMPORTER, DeliveredArticle
from domain.deliveries.delivery import Deletion, Delivery, DeliveryWork, Fate
from domain.errors import Fault, Path
from domain.events import Provenance
from domain.free_text import DELETED, DELIVERED, MOVED
from domain.redactions import RedactTexts, redact, redacted_event
from domain.report_rules import MAX_REPORTS
from domain.reports import Report
from domain.rulings import ReportRef
from tests.language import BY_ANN, NOON, clash, header, statement

BY_IMPORT = Provenance(IMPORTER, NOON)
ADDED, KNOWN, CORRECTED, KEPT = Fate.ADDED, Fate.KNOWN, Fate.CORRECTED, Fate.KEPT


class Log:
    """What happened to articles, by their ids."""

    def __init__(self) -> None:
        self.histories: dict[str, list[Any]] = {}
        self.left_out: tuple[Path, ...] = ()
        self.ruled: set[ReportRef] = set()
        self.deleted: set[tuple[str, str]] = set()  # before they were here
        self._now = NOON

    def deliver(
        self,
        article_id: str,
        *reports: Report,
        about: Header | None = None,
        also_in: Sequence[str] = (),
        by: str = IMPORTER,
        data_set: str = "icews",
    ) -> list[Fate | Fault]:
        """Deliver a document; return what became of its events."""
        work = self.work()
        self._now += timedelta(minutes=1)
        at = replace(BY_IMPORT, recorded=self._now, recorded_by=by)
        delivered = work.deliver(Delivery(article_id, about or header(), reports, at, data_set, tuple(also_in)))
        for article in work.changed():
            self.record(article)
        self.left_out = delivered.left_out
        return list(delivered.fates)

    def delete(self, article_id: str, ref: str) -> Fate | Fault:
        """Let the data set delete an event; return what became of it."""
        work = self.work()
        self._now += timedelta(minutes=1)
        deleted = work.delete(Deletion(article_id, ref, replace(BY_IMPORT, recorded=self._now)))
        for article in work.changed():
            self.record(article)
        self.deleted.update((it.article_id, it.ref) for it in work.not_here)
        return deleted.fates[0]

    def work(self) -> DeliveryWork:
        return DeliveryWork(self.load, lambda named: named in self.ruled, lambda *named: named in self.deleted)

    def change(self, article_id: str, change: Callable[[Article], None]) -> None:
        """Let an analyst change an article."""
        found = self.load(article_id)
        assert found is not None
        change(found.article)
        self.record(found.article)

    def record(self, article: Article) -> None:
        self.histories.setdefault(article.article_id, []).extend(article.collect_events())

    def load(self, article_id: str) -> DeliveredArticle | None:
        history = self.histories.get(article_id)
        return DeliveredArticle.of(history) if history else None

    def standing(self, article_id: str = "d") -> list[Report]:
        found = self.load(article_id)
        assert found is not None
        return list(found.article.reports.values())

    def kinds(self, article_id: str = "d") -> list[type]:
        return [type(event) for event in self.histories[article_id]]


@pytest.fixture
def log() -> Log:
    return Log()


A, B = clash(ref="1"), clash(ref="2", target="ISR")


def test_what_comes_later_is_added_to_its_document(log: Log) -> None:
    assert log.deliver("d", A) == [ADDED]
    assert log.deliver("d", A, B) == [KNOWN, ADDED]
    assert log.kinds() == [ArticlePosted, ClashReported, ClashReported]


def test_other_content_is_a_correction_and_what_was_said_before_stays_known(log: Log) -> None:
    corrected = clash(ref="1", type="PROTEST")
    assert log.deliver("d", A) == [ADDED]
    assert log.deliver("d", corrected) == [CORRECTED]
    assert log.deliver("d", A, corrected) == [KNOWN, KNOWN]
    assert log.standing() == [corrected]
    assert log.histories["d"][-1].reason == DELIVERED


def test_the_same_id_twice_in_one_delivery(log: Log) -> None:
    assert log.deliver("d", A, A, clash(ref="1", type="PROTEST")) == [ADDED, KNOWN, CORRECTED]


@pytest.mark.parametrize(
    "decide",
    [
        lambda article: article.retract_report(1, "wrong", BY_ANN),
        lambda article: article.correct(1, clash(type="COERCE"), "wrong", BY_ANN),
        lambda article: article.retract("wrong", BY_ANN),
        lambda article: article.revise(header(), [B], "wrong", BY_ANN),
        lambda article: article.revise(header(), [clash(ref="1", type="COERCE")], "wrong", BY_ANN),
        lambda article: article.correct(1, clash(ref="1", type="COERCE"), DELIVERED, BY_ANN),
        lambda article: article.retract_report(1, MOVED, BY_ANN),
        lambda article: article.revise(header(), [clash(ref="1", type="COERCE")], DELIVERED, BY_ANN),
    ],
    ids=[
        *("retracted", "corrected without its ref", "article retracted", "revised away", "revised"),
        *("corrected in a data set's words", "retracted in its words", "revised in its words"),
    ],
)
def test_what_an_analyst_decided_stays(log: Log, decide: Callable[[Article], None]) -> None:
    log.deliver("d", A)
    log.change("d", decide)
    standing = log.standing()
    assert log.deliver("d", A) == [KNOWN]
    assert log.deliver("d", clash(ref="1", type="PROTEST")) == [KEPT]
    assert log.standing() == standing


def test_what_stands_without_a_ref_as_an_analyst_has_it_is_known(log: Log) -> None:
    log.deliver("d", clash(killed=8))
    log.change("d", lambda article: article.correct(1, clash(killed=9), "a slip", BY_ANN))
    assert log.deliver("d", clash(killed=9)) == log.deliver("d", clash(killed=8)) == [KNOWN]
    assert log.standing() == [clash(killed=9)]


def test_what_was_ruled_on_stays(log: Log) -> None:
    log.deliver("d", A, B)
    log.ruled.add(ReportRef("d", 1))
    assert log.deliver("d", clash(ref="1", type="PROTEST"), clash(ref="2", type="PROTEST")) == [KEPT, CORRECTED]


def test_a_data_set_that_comes_to_what_an_analyst_said_is_known(log: Log) -> None:
    log.deliver("d", A)
    log.change("d", lambda article: article.correct(1, clash(ref="1", type="COERCE"), None, BY_ANN))
    assert log.deliver("d", clash(ref="1", type="COERCE")) == [KNOWN]


def test_a_retracted_article_takes_nothing_more(log: Log) -> None:
    log.deliver("d", A)
    log.change("d", lambda article: article.retract(None, BY_ANN))
    assert log.deliver("d", B) == [KEPT]
    assert log.standing() == []


def test_a_later_day_moves_the_articles_day_and_an_earlier_one_does_not(log: Log) -> None:
    late = clash(ref="2", day="2020-03-01")
    log.deliver("d", A)
    assert log.deliver("d", late, about=header("2020-03-01")) == [ADDED]
    assert log.kinds() == [ArticlePosted, ClashReported, ArticleRevised, ClashReported]
    assert len({event.timestamp for event in log.histories["d"][2:]}) == 1
    log.deliver("d", clash(ref="3"), about=header("2020-02-20"))
    assert log.histories["d"][2].header.published == "2020-03-01"
    assert log.kinds().count(ArticleRevised) == 1


def test_a_header_that_an_analyst_revised_stays(log: Log) -> None:
    log.deliver("d", A)
    log.change("d", lambda article: article.revise(header(publisher="AFP"), [A], "it was AFP", BY_ANN))
    assert log.deliver("d", B, about=header("2020-03-01")) == [ADDED]
    assert log.kinds().count(ArticleRevised) == 1


def test_events_without_a_ref_of_earlier_versions_are_known_by_what_they_say(log: Log) -> None:
    log.record(Article.post("d", header(), [clash(), clash(), statement()], BY_IMPORT))
    assert log.deliver("d", clash(ref="row:1"), statement(ref="row:2"), clash(ref="row:3")) == [KNOWN] * 3
    assert log.deliver("d", clash(ref="row:4", target="ISR")) == [ADDED]


def test_an_event_that_is_in_another_document_now_moves(log: Log) -> None:
    log.deliver("d", A, B)
    assert log.deliver("e", A, about=header(url="https://e"), also_in=["d"]) == [CORRECTED]
    assert (log.standing("d"), log.standing("e")) == ([B], [A])
    assert isinstance(taken_back := log.histories["d"][-1], ReportRetracted)
    assert taken_back.reason == MOVED
    assert log.deliver("d", A, also_in=["e"]) == [KNOWN]
    assert log.deliver("e", A, about=header(url="https://e"), also_in=["d"]) == [KNOWN]


def test_an_event_that_was_decided_on_in_one_document_does_not_come_up_in_another(log: Log) -> None:
    log.deliver("d", A, B)
    log.change("d", lambda article: article.retract_report(1, "wrong", BY_ANN))
    assert log.deliver("e", A, about=header(url="https://e"), also_in=["d"]) == [KEPT]
    assert "e" not in log.histories


def test_rows_of_another_publisher_are_an_article_of_their_own(log: Log) -> None:
    assert log.deliver("d", A) == [ADDED]
    assert log.deliver("d", B, about=header(publisher="AFP")) == [ADDED]
    assert log.deliver("d", B, about=header(publisher="AFP")) == [KNOWN]
    assert (log.standing("d"), log.standing("d:2")) == ([A], [B])


def test_an_article_that_somebody_posted_is_left_as_it_is(log: Log) -> None:
    log.record(Article.post("d", header(), [A], BY_ANN))
    assert log.deliver("d", A, B) == [KNOWN, ADDED]
    assert log.standing("d:2") == [B]


def test_a_long_document_has_parts_and_is_found_in_all_of_them(log: Log) -> None:
    many = [clash(ref=str(number), place=str(number)) for number in range(MAX_REPORTS + 200)]
    assert log.deliver("d", *many[:1100]) == [ADDED] * 1100
    again = log.deliver("d", B, *reversed(many[:-1]))
    assert (again.count(ADDED), again.count(KNOWN), again.count(CORRECTED)) == (99, 1100, 1)
    assert (len(log.standing("d")), len(log.standing("d:2"))) == (MAX_REPORTS, 199)


def test_an_event_that_breaks_a_rule_stands_in_no_others_way(log: Log) -> None:
    fates = log.deliver("d", clash(ref="9", day="2021"), A, clash(ref="1", day="soon"), clash(ref="2", day="2021"))
    assert [fate.code if isinstance(fate, Fault) else fate for fate in fates] == [
        "after-publication",
        ADDED,
        "not-a-date",
        "after-publication",
    ]
    assert log.kinds() == [ArticlePosted, ClashReported]
    assert log.deliver("d", clash(ref="1", type="NONSENSE"))[0] not in list(Fate)


def test_a_correction_may_be_corrected_again(log: Log) -> None:
    log.deliver("d", A)
    for type_ in ("PROTEST", "COERCE"):
        assert log.deliver("d", clash(ref="1", type=type_)) == [CORRECTED]
    assert log.kinds() == [ArticlePosted, ClashReported, ReportCorrected, ReportCorrected]


def test_texts_that_were_redacted_are_told_of_what_is_known_corrected_or_new(log: Log) -> None:
    told = replace(clash(), ref="1", quote="We fire.")
    assert log.deliver("d", told) == [ADDED]
    assert log.left_out == ()
    asked = RedactTexts("d", None, ("quote",), "Asked.", BY_ANN)

    def ask(article: Article) -> None:
        redact(article, log.histories["d"], asked)

    log.change("d", ask)
    log.histories["d"] = [redacted_event(event, ("quote",)) for event in log.histories["d"]]
    new = replace(told, ref="2", killed=2)
    assert log.deliver("d", told) == [KNOWN]
    assert log.deliver("d", statement(), told, replace(told, killed=3), new) == [ADDED, KNOWN, CORRECTED, ADDED]
    assert log.left_out == tuple(("events", index, "quote") for index in (1, 2, 3))


def test_an_event_of_another_article_that_a_person_calls_alike_is_not_the_data_sets(log: Log) -> None:
    log.record(Article.post("d", header(), [A], BY_ANN))
    coded = clash(ref="1", cameo="190")
    assert log.deliver("e", coded, about=header(url="https://e"), also_in=["d"]) == [ADDED]
    assert (log.standing("d"), log.standing("e")) == ([A], [coded])


def test_a_data_set_is_the_same_whoever_delivers_it(log: Log) -> None:
    other = header(url="https://e")
    assert log.deliver("d", A, by="a key") == [ADDED]
    assert log.deliver("d", A, B, by="another key") == [KNOWN, ADDED]
    assert log.deliver("e", replace(A, cameo="190"), about=other, also_in=["d"], by="a third") == [CORRECTED]
    assert (log.standing("d"), log.standing("e")) == ([B], [replace(A, cameo="190")])


def test_an_article_of_another_data_set_or_of_a_person_is_left_as_it_is(log: Log) -> None:
    log.record(Article.post("by-hand", header(), [A], Provenance("a key", NOON)))
    log.deliver("d", A, by="a key", data_set="template")
    for article_id in ("d", "by-hand"):
        assert log.deliver(article_id, B, by="a key", data_set="gdelt") == [ADDED]
        assert log.standing(article_id) == [A]
        assert log.standing(f"{article_id}:2") == [B]


def test_what_earlier_versions_imported_is_any_data_sets(log: Log) -> None:
    log.record(Article.post("d", header(), [A], BY_IMPORT))
    assert log.deliver("d", B, by="a key") == [ADDED]
    assert log.standing("d") == [A, B]


def test_what_a_data_set_deletes_is_retracted_once_and_does_not_come_back(log: Log) -> None:
    log.deliver("d", A, B)
    assert [log.delete("d", ref) for ref in ("1", "1", "3")] == [Fate.RETRACTED, KNOWN, Fate.NOT_HERE]
    assert log.delete("elsewhere", "1") is Fate.NOT_HERE
    assert log.deliver("elsewhere", A, B, about=header(url="https://e")) == [Fate.DELETED, ADDED]
    assert log.standing() == [B]
    assert (log.kinds()[-1], log.histories["d"][-1].reason) == (ReportRetracted, DELETED)
    assert log.deliver("d", A, clash(ref="1", type="PROTEST"), B) == [Fate.DELETED, Fate.DELETED, KNOWN]
    assert log.deliver("d", A, about=header(publisher="Another")) == [Fate.DELETED]
    assert log.standing() == [B]


@given(st.lists(st.sampled_from(["A", "A again", "B", "all", "delete"]), max_size=6))
def test_what_was_deleted_stays_deleted_in_whatever_order_things_arrive(steps: list[str]) -> None:
    log = Log()
    delivered = {"A": [A], "A again": [clash(ref="1", type="PROTEST")], "B": [B], "all": [A, B]}
    for step in [*steps, "delete", "all"]:
        if step == "delete":
            assert log.delete("d", "1") in (Fate.RETRACTED, Fate.NOT_HERE, KNOWN)
        else:
            log.deliver("d", *delivered[step])
    assert log.standing() == [B]


def test_a_deleted_event_is_retracted_in_every_part_of_its_document(log: Log) -> None:
    log.deliver("d", A, B)
    assert log.deliver("d", A, about=header(publisher="Another")) == [CORRECTED]
    assert log.delete("d", "1") is Fate.RETRACTED
    assert (log.standing("d"), log.standing("d:2")) == ([B], [])


@pytest.mark.parametrize(
    ("decide", "expected"),
    [
        (lambda article: article.correct(1, clash(ref="1", type="COERCE"), "wrong", BY_ANN), KEPT),
        (lambda article: article.correct(1, clash(type="COERCE"), "wrong", BY_ANN), KEPT),
        (lambda article: article.revise(header(), [clash(ref="1", type="COERCE")], "wrong", BY_ANN), KEPT),
        (lambda article: article.retract_report(1, "wrong", BY_ANN), KNOWN),
        (lambda article: article.retract("wrong", BY_ANN), KNOWN),
    ],
)
def test_what_an_analyst_decided_is_not_deleted(
    log: Log, decide: Callable[[Article], None], expected: Fate
) -> None:
    log.deliver("d", A)
    log.change("d", decide)
    events = len(log.kinds())
    assert log.delete("d", "1") is expected
    assert len(log.kinds()) == events


def test_a_deleted_event_that_is_ruled_on_stays(log: Log) -> None:
    log.deliver("d", A)
    log.ruled.add(ReportRef("d", 1))
    assert log.delete("d", "1") is KEPT
