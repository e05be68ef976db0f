"""Given an article, when its text is redacted, then domain events; and what the article takes from then on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.articles import Article, ArticleEvent, ArticlePosted, ReportCorrected, ReportedEvent
from domain.errors import InvalidFacts, ReportNotFound
from domain.free_text import DELIVERED
from domain.redactions import (
    ArticleRedacted,
    LiftRedactions,
    RedactionsLifted,
    RedactTexts,
    ReportRedacted,
    TextFound,
    lift,
    redact,
    redacted_event,
)
from domain.reports import Report
from projections.evidence.evidence import evidence_of
from tests.language import BY_ANN, agreement, clash, header, statement

QUOTED = statement(speaker="John Doe", quote="I was there", place="Idlib")
TOLD = clash(summary="John Doe was hit", killed=1)
HEADLINE = "John Doe speaks"


class Written:
    """An article with all that happened to it."""

    def __init__(self, *reports: Report, **about: Any) -> None:
        self.article = Article.post("a-1", header(**about), reports, BY_ANN)
        self.history: list[ArticleEvent] = []
        self.collect()

    def collect(self) -> list[ArticleEvent]:
        events = [event for event in self.article.collect_events() if isinstance(event, ArticleEvent)]
        self.history += events
        return events

    def redact(self, number: int | None = None, *fields: str) -> list[TextFound]:
        command = RedactTexts("a-1", number, fields, "Asked for.", BY_ANN)
        found = redact(self.article, self.history, command)
        self.collect()
        lost = {each.version: each.fields for each in found}
        self.history = [
            redacted_event(event, lost[event.originator_version]) if event.originator_version in lost else event
            for event in self.history
        ]
        return found

    def revise(self, *reports: Report, **about: Any) -> list[ArticleEvent]:
        self.article.revise(header(**about), reports, None, BY_ANN)
        return self.collect()

    def replayed(self) -> Article:
        article: Any = None
        for event in self.history:
            article = event.mutate(article)
        assert isinstance(article, Article)
        return article


def test_an_article_loses_its_usual_texts_and_says_which() -> None:
    written = Written(QUOTED, TOLD, headline=HEADLINE)
    assert written.redact() == [
        TextFound(1, "detente.article-posted", None, ("headline",)),
        TextFound(2, "detente.statement-reported", 1, ("speaker", "quote")),
        TextFound(3, "detente.clash-reported", 2, ("summary",)),
    ]
    posted, said, hit, redacted = written.history
    assert isinstance(posted, ArticlePosted)
    assert (posted.header.headline, posted.header.redacted) == (None, ("headline",))
    assert isinstance(said, ReportedEvent)
    assert (said.report.quote, said.report.place) == (None, "Idlib")
    assert said.report.redacted == ("quote", "speaker")
    assert isinstance(hit, ReportedEvent)
    assert hit.report == clash(killed=1, redacted=("summary",))
    assert isinstance(redacted, ArticleRedacted)
    assert (redacted.fields, redacted.reason, redacted.recorded_by) == (
        ("headline", "speaker", "summary", "quote", "reason"),
        "Asked for.",
        "ann",
    )


def test_a_report_alone_loses_its_texts_in_all_its_versions_and_wherever_the_article_tells_it_again() -> None:
    written = Written(QUOTED, TOLD, headline=HEADLINE)
    written.article.correct(1, statement(speaker="John Doe", quote="I was not there"), "He denies it", BY_ANN)
    written.collect()
    written.revise(TOLD, statement(speaker="John Doe", mode="in writing"), headline=HEADLINE)
    found = written.redact(3)
    assert [(each.version, each.number) for each in found] == [(2, 1), (4, 1), (7, 3)]
    assert found[1] == TextFound(4, "detente.report-corrected", 1, ("speaker", "quote", "reason"))
    corrected, redacted = written.history[3], written.history[-1]
    assert isinstance(corrected, ReportCorrected)
    assert (corrected.reason, corrected.reason_redacted) == (None, True)
    assert isinstance(redacted, ReportRedacted)
    assert (redacted.number, redacted.also) == (3, (1,))
    assert written.article.header.headline == HEADLINE
    assert written.article.reports[2] == TOLD


def test_the_same_text_goes_from_another_field_and_a_reason_from_the_change_that_it_is_part_of() -> None:
    summed_up = statement(target="ISR", summary="I was there")
    written = Written(QUOTED, summed_up, TOLD)
    written.article.revise(header(), (summed_up, TOLD), "John Doe denies it", BY_ANN)
    revised, retracted = written.collect()
    written.article.retract_report(3, "Nobody was hit", BY_ANN)
    written.collect()
    assert [(each.version, each.number, each.fields) for each in written.redact(1)] == [
        (2, 1, ("speaker", "quote")),
        (3, 2, ("summary",)),
        (revised.originator_version, None, ("reason",)),
        (retracted.originator_version, 1, ("reason",)),
    ]
    assert "I was there" not in repr([vars(each) for each in written.history])
    assert "denies" not in repr([vars(each) for each in written.history])
    assert written.article.reports[2].redacted == ("summary",)
    assert "Nobody was hit" in repr([vars(each) for each in written.history])
    assert written.redact(1) == []
    written.article.retract("Asked for.", BY_ANN)  # the reason of the redaction, which stays
    written.collect()
    assert [each.fields for each in written.redact(None, "reason")] == [("reason",), ("reason",)]


def test_what_has_no_text_any_more_is_redacted_once() -> None:
    written = Written(QUOTED)
    assert written.redact(1)
    before = len(written.history)
    assert written.redact(1) == []
    assert len(written.history) == before
    written.redact()
    assert len(written.history) == before + 1


def test_named_fields_go_and_no_others() -> None:
    written = Written(agreement(agreement="sochi", title="Sochi memo", quote="Signed"), url="https://n.example/1")
    written.redact(None, "title", "url")
    assert written.article.header.url is None
    assert written.article.reports[1].quote == "Signed"
    assert written.article.reports[1] == agreement(agreement="sochi", quote="Signed", redacted=("title",))


def test_a_delivery_of_the_same_text_again_is_what_the_article_says() -> None:
    written = Written(QUOTED, TOLD, headline=HEADLINE)
    written.redact()
    assert written.revise(QUOTED, TOLD, headline=HEADLINE) == []
    assert written.article.left_out == (
        ("headline",),
        *(("events", 0, "speaker"), ("events", 0, "quote")),
        ("events", 1, "summary"),
    )
    assert written.article.says(header(headline=HEADLINE), [TOLD, QUOTED])
    assert written.revise(clash(killed=1), statement(place="Idlib")) == []


def test_a_revision_brings_no_text_back_under_whatever_number() -> None:
    written = Written(QUOTED, TOLD)
    written.redact(1)
    changed = statement(speaker="John Doe", quote="I was there", place="Aleppo")
    *_, new = written.revise(TOLD, changed)
    assert isinstance(new, ReportedEvent)
    assert (new.number, new.report.quote, new.report.redacted) == (3, None, ("quote", "speaker"))
    assert written.article.left_out == (("events", 1, "speaker"), ("events", 1, "quote"))
    assert written.article.reports[2] == TOLD  # which was not redacted
    assert written.revise(changed, TOLD) == []
    assert written.replayed().closed.of_report(3) == written.article.closed.of_report(3)


def test_an_article_that_is_brought_back_brings_no_text_back() -> None:
    written = Written(QUOTED, headline=HEADLINE)
    written.redact()
    written.article.retract(None, BY_ANN)
    written.collect()
    revised, reported = written.revise(QUOTED, headline=HEADLINE)
    assert written.article.header.headline is None
    assert written.article.reports[2].quote is None
    assert "John" not in repr([vars(revised), vars(reported)])


def test_a_correction_is_taken_without_its_text_and_one_of_text_alone_is_no_change() -> None:
    written = Written(QUOTED, TOLD)
    written.redact(2)
    written.article.correct(2, clash(summary="John Doe was killed", killed=1), None, BY_ANN)
    assert written.collect() == []
    assert written.article.left_out == (("summary",),)
    written.article.correct(2, clash(summary="John Doe was killed", killed=2), None, BY_ANN)
    (corrected,) = written.collect()
    assert isinstance(corrected, ReportCorrected)
    assert corrected.report == clash(killed=2, redacted=("summary",))
    written.article.correct(1, statement(quote="Something else"), None, BY_ANN)
    assert written.article.reports[1].quote == "Something else"  # which was not redacted


def test_text_is_taken_again_once_an_administrator_says_so() -> None:
    written = Written(QUOTED, headline=HEADLINE)
    written.redact()
    lift(written.article, LiftRedactions("a-1", (), "A mistake", BY_ANN))
    (lifted,) = written.collect()
    assert isinstance(lifted, RedactionsLifted)
    assert lifted.fields == ("headline", "speaker", "summary", "quote")
    assert written.article.reports[1].quote is None
    written.revise(QUOTED, headline=HEADLINE)
    assert (written.article.header.headline, written.article.left_out) == (HEADLINE, ())
    lift(written.article, LiftRedactions("a-1", (), "Again", BY_ANN))
    assert written.collect() == []


def test_of_two_reports_that_differ_in_a_text_the_one_that_kept_it_keeps_it() -> None:
    one, other = statement(quote="One"), statement(quote="Other")
    written = Written(one, other)
    written.redact(1)
    assert written.revise(other, one) == []
    assert written.article.left_out == (("events", 1, "quote"),)


@pytest.mark.parametrize(
    ("number", "fields", "code"),
    [
        (None, ("killed",), "no-such-text"),
        (1, ("headline",), "no-such-text"),
        (None, ("quote", "x"), "no-such-text"),
    ],
)
def test_a_field_that_holds_no_free_text_is_refused(
    number: int | None, fields: tuple[str, ...], code: str
) -> None:
    with pytest.raises(InvalidFacts) as caught:
        Written(QUOTED).redact(number, *fields)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_a_redaction_says_why_and_is_of_an_event_that_there_was() -> None:
    written = Written(QUOTED)
    with pytest.raises(InvalidFacts):
        redact(written.article, written.history, RedactTexts("a-1", None, (), " ", BY_ANN))
    with pytest.raises(ReportNotFound):
        written.redact(2)
    written.article.retract_report(1, "He asked", BY_ANN)
    written.collect()
    assert [each.version for each in written.redact(1)] == [2, 3]


def test_the_reason_of_a_delivery_is_no_free_text_as_it_tells_whose_word_it_was() -> None:
    written = Written(QUOTED, TOLD)
    at = BY_ANN.after(written.article.modified_on).fields()
    written.article.trigger_event(
        ReportCorrected, number=1, report=clash(killed=1), reason=DELIVERED, delivered=True, **at
    )
    for number, reason in ((2, "He asked"), (1, DELIVERED)):
        written.article.correct(number, clash(killed=number + 1), reason, BY_ANN)
    written.collect()
    found = written.redact(None, "reason")
    assert [(each.version, each.fields) for each in found] == [(5, ("reason",)), (6, ("reason",))]
    reasons = [event.reason for event in written.history if isinstance(event, ReportCorrected)]
    assert reasons == [DELIVERED, None, None]


texts = st.none() | st.sampled_from(["one", "two"])
reports = st.lists(
    st.builds(statement, quote=texts, speaker=texts, place=st.sampled_from(["x", "y"])), min_size=1, max_size=4
)


@given(reports, st.lists(reports, max_size=3), st.none() | st.just(1))
def test_no_revision_after_a_redaction_brings_text_back_and_evidence_stays(
    first: list[Report], then: list[list[Report]], number: int | None
) -> None:
    written = Written(*first)
    means = evidence_of(written.article)
    written.redact(number)
    assert evidence_of(written.article) == means
    lost = {(r.quote, r.speaker) for r in (first if number is None else first[:1])} - {(None, None)}
    for revision in then:
        written.revise(*revision)
        assert written.revise(*revision) == []
    replayed = written.replayed()
    assert replayed.reports == written.article.reports
    if number is None:
        assert all(not (r.quote or r.speaker) for r in replayed.reports.values())
    elif then and lost:
        fresh = [r for n, r in replayed.reports.items() if n > len(first)]
        assert all(not (r.quote or r.speaker) for r in fresh)
