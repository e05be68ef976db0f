"""Redactions in the log, on every kind of store: the texts are gone, all else is as it was."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import Notification, StoredEvent

from api.running.service import Service
from domain.articles import CorrectReport, RetractReport, ReviseArticle
from domain.errors import ArticleNotFound, ReportNotFound
from domain.log.application import Detente, Outcome
from domain.log.database_url import log_environment, sqlite_file
from domain.redactions import LiftRedactions, RedactTexts
from tests.contract.files import files_with, take_samples
from tests.language import BY_ANN, agreement, clash, header, post, statement

NAME, WORDS, HEADLINE, WHY = "Jane Q. Public", "unmistakable words", "An unmistakable headline", "a telling reason"
TEXTS = (NAME, WORDS, HEADLINE, WHY)


def redaction(article: str = "a-1", number: int | None = None, *fields: str) -> RedactTexts:
    return RedactTexts(article, number, fields, "Asked for.", BY_ANN)


def told(service: Service) -> None:
    """Post articles, of which one says what is to be redacted, in several versions, and has it beside others."""
    said = statement(speaker=NAME, quote=WORDS)
    service.log.post_article(post("a-0", clash(summary="Before")))
    service.log.post_article(post("a-1", said, clash(killed=3), headline=HEADLINE))
    service.log.correct_report(CorrectReport("a-1", 1, statement(speaker=NAME, quote=WORDS * 3), WHY, BY_ANN))
    service.log.revise_article(
        ReviseArticle("a-1", header(headline=HEADLINE + "!"), (clash(killed=4, summary=NAME),), WHY, BY_ANN)
    )
    service.log.retract_report(RetractReport("a-1", 3, WHY, BY_ANN))
    service.log.post_article(post("a-2", agreement(quote="After")))


def stored(service: Service) -> list[Notification]:
    return list(service.log.read_log(0, 100))


def test_no_text_is_left_in_the_log_nor_in_the_files_of_its_database(service: Service) -> None:
    told(service)
    take_samples(service)
    assert all(files_with(service, text) for text in TEXTS)
    before = stored(service)
    done = service.log.redact(redaction())
    assert done.erased
    assert {field for found in done.found for field in found.fields} == {
        *("headline", "speaker", "summary", "quote", "reason")
    }
    after = stored(service)
    assert [text for text in TEXTS if any(text.encode() in each.state for each in after)] == []
    assert [files_with(service, text) for text in TEXTS] == [[], [], [], []]
    assert [_place(each) for each in after[:-1]] == [_place(each) for each in before]
    assert [_facts(each) for each in after[:-1]] == [_facts(each) for each in before]
    assert after[-1].topic == "detente.article-redacted"


def _place(each: Notification) -> tuple[Any, ...]:
    state = msgspec.json.decode(each.state)
    return (each.id, each.originator_id, each.originator_version, each.topic, state["timestamp"])


def _facts(each: Notification) -> Any:
    """Return what a stored event says, but for free text, and for what is said of that."""
    state = msgspec.json.decode(each.state)
    parts = [state, state.get("report", {}), state.get("header", {})]
    for part in parts:
        for name in ("reason", "reason_redacted", "redacted", "headline", "quote", "speaker", "summary"):
            part.pop(name, None)
    return state


def test_a_long_text_is_gone_from_the_pages_that_it_took_alone(service: Service) -> None:
    long = " ".join(f"{number}th unmistakable" for number in range(200))
    service.log.post_article(post("a-1", statement(quote=long)))
    service.log.post_articles([post(f"b-{n}", statement(quote=f"{n}" * 300)) for n in range(50)])
    assert service.log.redact(redaction()).erased
    assert files_with(service, "7th unmistakable") == []


def test_a_redaction_twice_is_one_and_says_where_the_log_stands(service: Service) -> None:
    told(service)
    first, again = service.log.redact(redaction()).outcome, service.log.redact(redaction()).outcome
    assert (first.changed, again.changed) == (True, False)
    assert (again.position, again.version) == (first.position, first.version)


def test_a_preview_says_what_a_redaction_would_find_and_records_nothing(service: Service) -> None:
    told(service)
    before = stored(service)
    found = service.log.preview_redaction(redaction())
    assert stored(service) == before
    assert list(service.log.redact(redaction()).found) == found
    assert service.log.preview_redaction(redaction()) == []


def test_what_there_is_not_cannot_be_redacted(service: Service) -> None:
    told(service)
    with pytest.raises(ArticleNotFound):
        service.log.redact(redaction("a-9"))
    with pytest.raises(ReportNotFound):
        service.log.redact(redaction("a-1", 9))


def test_a_delivery_of_what_was_redacted_is_known_and_says_what_is_left_out(service: Service) -> None:
    said = post("a-1", statement(speaker=NAME), headline=HEADLINE)
    service.log.post_article(said)
    position = service.log.redact(redaction()).outcome.position
    left_out = (("headline",), ("events", 0, "speaker"))
    expected = Outcome(id="a-1", changed=False, position=position, version=3, left_out=left_out)
    assert service.log.post_article(said) == expected
    assert service.log.post_articles([said]) == [expected]
    service.log.lift_redactions(LiftRedactions("a-1", (), "They agreed", BY_ANN))
    revised = ReviseArticle("a-1", said.header, said.reports, None, BY_ANN)
    assert service.log.revise_article(revised).left_out == ()
    assert service.log.article("a-1").header.headline == HEADLINE


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("times", [0, 3])
def test_a_redaction_that_is_cut_off_leaves_all_as_it_was(
    service: Service, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    told(service)
    before = stored(service)
    rewrite = service.log._rewritten
    left = iter(range(times))

    def rewrite_or_die(event: StoredEvent, redacted: Any) -> StoredEvent:
        if next(left, None) is None:
            raise Killed
        return rewrite(event, redacted)

    monkeypatch.setattr(service.log, "_rewritten", rewrite_or_die)
    with pytest.raises(Killed):
        service.log.redact(redaction())
    with closing(Detente(log_environment(service.settings.database_url))) as other:
        assert list(other.read_log(0, 100)) == before


def test_who_changes_the_article_at_the_same_time_comes_before_or_after_and_no_text_stays(
    service: Service,
) -> None:
    service.log.post_article(post("a-1", statement(speaker=NAME)))
    corrections = [
        CorrectReport("a-1", 1, statement(speaker=NAME, quote=WORDS, mode=f"{n}"), None, BY_ANN) for n in range(8)
    ]
    with closing(Detente(log_environment(service.settings.database_url))) as other, ThreadPoolExecutor(4) as pool:
        written = [pool.submit(other.correct_report, each) for each in corrections]
        redacted = pool.submit(service.log.redact, redaction())
        assert [each.result().changed for each in written] == [True] * 8
        assert redacted.result().outcome.changed
    assert service.log.redact(redaction()).erased
    assert [each for each in stored(service) if NAME.encode() in each.state or WORDS.encode() in each.state] == []
    assert files_with(service, NAME) == []


@pytest.fixture
def reader(service: Service) -> Iterator[Callable[[], None]]:
    """Yield what ends the reading of somebody who began to read before anything was redacted."""
    file = sqlite_file(service.settings.database_url)
    told(service)
    recorder: Any = service.log.recorder
    with recorder.datastore.get_connection(**({"commit": False} if file else {})) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN" if file else "BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SELECT * FROM {'stored_events' if file else 'detente_events'}")  # noqa: S608
        cursor.fetchone()
        yield lambda: cursor.execute("ROLLBACK")
        connection.rollback()


def test_while_somebody_reads_what_was_there_the_answer_is_that_not_all_is_erased(
    service: Service, reader: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in (("dead_rows", "_PATIENCE"), ("sqlite", "_CHECKPOINT_PATIENCE")):
        monkeypatch.setattr(f"domain.log.recorders.{module}.{name}", 0.1)
    assert not service.log.redact(redaction()).erased
    reader()
    again = service.log.redact(redaction())
    assert (again.outcome.changed, again.erased) == (False, True)
    assert files_with(service, NAME) == []
