"""Redactions in the tables, on every kind of store: the texts are gone, and nothing means anything else."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from tempfile import TemporaryDirectory

import msgspec
import pytest
from eventsourcing.persistence import Notification
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from api.running.service import Service
from domain.articles import CorrectReport, ReviseArticle
from domain.redactions import RedactTexts
from projections.folding import parallel_fill
from projections.folding.folder import Folder
from projections.folding.log_identity import digest_up_to
from projections.folding.projector import Projector, _open_parts
from projections.queries.articles import article_key
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.storage.tables import (
    agreement_developments,
    former_headers,
    progress,
    redactions,
    reported_events,
)
from tests.contract.files import files_with, take_samples
from tests.contract.projections.folding.acts import ARTICLES, Act, contents, fold_in_pages_of, lives, on_sqlite
from tests.contract.tables import MEANING, rows
from tests.examples import examples
from tests.language import BY_ANN, agreement, clash, header, post, statement

NAME, WORDS, HEADLINE, TITLE = (
    "Jane Q. Public",
    "unmistakable words",
    "An unmistakable headline",
    "A telling title",
)
TEXTS = (NAME, WORDS, HEADLINE, TITLE)
ALL = ("headline", "speaker", "summary", "quote", "title", "reason")


def redaction(number: int | None = None, *fields: str) -> RedactTexts:
    return RedactTexts("a-1", number, fields or (ALL if number is None else ALL[1:]), "Asked.", BY_ANN)


def told(service: Service) -> None:
    said, deal = statement(speaker=NAME, quote=WORDS), agreement(agreement="deal", title=TITLE)
    service.log.post_article(post("a-0", clash(summary="Before")))
    service.log.post_article(post("a-1", said, clash(killed=3), deal, headline=HEADLINE))
    service.log.correct_report(CorrectReport("a-1", 1, statement(speaker=NAME, quote=WORDS * 3), None, BY_ANN))
    revised = (clash(killed=4, summary=NAME), deal)
    service.log.revise_article(ReviseArticle("a-1", header(headline=HEADLINE + "!"), revised, None, BY_ANN))


def test_no_text_is_left_in_the_tables_nor_in_the_files_of_their_database(service: Service) -> None:
    told(service)
    service.projector.catch_up()
    take_samples(service)
    assert all(files_with(service, text) for text in TEXTS)
    service.log.redact(redaction())
    service.projector.catch_up()
    assert [text for text in TEXTS if text in repr(rows(service.store))] == []
    assert [files_with(service, text) for text in TEXTS] == [[], [], [], []]
    with service.store.reading() as connection:
        assert connection.execute(select(progress.c.erase_due)).scalar_one() is False
        (noted,) = connection.execute(select(redactions)).mappings()
        assert (noted["numbers"], noted["recorded_by"], noted["reason"]) == (None, "ann", "Asked.")
        assert connection.execute(select(former_headers)).all() == []  # it differed in the headline alone


def test_one_event_loses_its_texts_and_the_others_keep_theirs(sqlite_service: Service) -> None:
    service = sqlite_service
    told(service)
    service.projector.catch_up()
    service.log.redact(redaction(3, "title"))
    service.projector.catch_up()
    with service.store.reading() as connection:
        titles = connection.execute(select(agreement_developments.c.title)).scalars().all()
    assert titles == [None]
    assert [text for text in TEXTS if text in repr(rows(service.store))] == [NAME, WORDS, HEADLINE]


def test_former_headers_lose_their_texts_and_those_that_are_alike_then_are_one(sqlite_service: Service) -> None:
    service = sqlite_service
    said = (clash(killed=3),)
    service.log.post_article(post("a-1", *said, headline=HEADLINE))
    for publisher, headline in (("Reuters", "Other"), ("AP", HEADLINE), ("AP", "Other"), ("AFP", "Other")):
        about = header(publisher=publisher, headline=headline)
        service.log.revise_article(ReviseArticle("a-1", about, said, None, BY_ANN))
    service.projector.catch_up()
    service.log.redact(redaction())
    service.projector.catch_up()
    followed = rows(service.store)
    shown = [(row[1], row[2], row[4:6], row[-1]) for row in followed["former_headers"]]
    first, second = shown
    assert (first[2], second[2]) == ((None, "Reuters"), (None, "AP"))
    assert first[1] == second[0]
    service.store.clear()
    service.projector.catch_up()
    assert rows(service.store) == followed


def test_what_is_folded_late_comes_to_the_same_as_what_was_folded_before(service: Service) -> None:
    told(service)
    service.projector.catch_up()
    service.log.redact(redaction())
    service.projector.catch_up()
    followed = rows(service.store)
    service.projector.rebuild()
    service.projector.catch_up()
    assert rows(service.store) == followed


def test_several_processes_fold_redactions_as_one_does(sqlite_service: Service) -> None:
    service = sqlite_service
    told(service)
    service.log.redact(redaction())
    service.projector.catch_up()
    followed = rows(service.store)
    service.store.clear()
    opening = partial(_open_parts, service.store.url, service.store._live.number)

    def pool_of(_: parallel_fill.Opening) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, initializer=parallel_fill.begin_worker, initargs=(opening,))

    parallel_fill.fill(service.store, opening, service.log.position(), pool_of=pool_of)
    service.projector.catch_up()
    assert rows(service.store) == followed


def test_the_tables_are_of_the_log_as_it_stands(service: Service) -> None:
    told(service)
    service.projector.catch_up()
    before = service.store.mark()
    service.log.redact(redaction())
    service.projector.catch_up()
    after = service.store.mark()
    assert after.digest == digest_up_to(service.log, after.position)
    assert after.revision == before.revision + 1
    assert service.store.erase_leftovers()
    service.projector.rebuild()
    assert service.store.mark() == after


def test_a_redaction_of_what_no_table_holds_leaves_the_tables_as_they_are(sqlite_service: Service) -> None:
    service = sqlite_service
    told(service)
    service.log.redact(redaction())
    service.projector.catch_up()
    mark = service.store.mark()
    assert mark.revision == 0
    service.log.redact(redaction(1, "place"))
    service.projector.catch_up()
    assert service.store.mark().revision == 0


def test_a_page_read_before_a_redaction_and_written_after_it_leaves_no_text(
    sqlite_service: Service,
) -> None:
    service = sqlite_service
    told(service)
    read: list[Sequence[Notification]] = []

    class Slow(Folder):
        def _write_or_park(self, position: int, notifications: Sequence[Notification]) -> None:
            if not read:
                service.log.redact(redaction())
            read.append(notifications)
            super()._write_or_park(position, notifications)

    Slow(service.log, service.store).fold()
    service.projector.catch_up()
    assert [text for text in TEXTS if text in repr(rows(service.store))] == []
    followed = rows(service.store)
    service.store.clear()
    service.projector.catch_up()
    assert rows(service.store) == followed


def test_an_error_of_the_database_which_is_kept_does_not_repeat_a_text(service: Service) -> None:
    row = {"article": 1, "number": 1, "version": 1, "position": 1, "recorded": 1, "content": NAME}
    with pytest.raises(IntegrityError) as caught, service.store.writing() as connection:
        connection.execute(insert(reported_events), [row, row])
    assert NAME not in str(caught.value)


def test_files_are_cleared_by_whoever_comes_after_one_that_died_before(service: Service) -> None:
    told(service)
    service.projector.catch_up()
    service.log.redact(redaction())
    Folder(service.log, service.store).fold()  # which clears nothing
    with service.store.reading() as connection:
        assert connection.execute(select(progress.c.erase_due)).scalar_one() is True
    Projector(service.log, service.store).catch_up()
    assert files_with(service, NAME) == []


def with_texts(act: Act) -> Act:
    """Return an act whose reports have texts, which are of the article and the report alone.

    They have no place: incidents are told apart by it, so that to redact it is the one thing that has a meaning.
    """
    said = [
        msgspec.structs.replace(
            report, quote=f"said in {act.article}-{number}", speaker=f"speaker of {act.article}", place=None
        )
        for number, report in enumerate(act.reports)
    ]
    return replace(act, reports=tuple(said))


redacting = st.builds(
    Act,
    st.just("redact"),
    st.sampled_from(ARTICLES),
    st.just("AP"),
    st.sampled_from([0, 0, 1, 2]),
    contents(),
    st.booleans(),
)


@st.composite
def lives_with_redactions(draw: st.DrawFn) -> list[Act]:
    acts = [with_texts(act) for act in draw(lives())]
    for act in draw(st.lists(redacting, min_size=1, max_size=3)):
        acts.insert(draw(st.integers(0, len(acts))), act)
    return acts


@examples(10)
@given(lives_with_redactions(), st.integers(1, 7))
def test_whatever_happens_a_redaction_changes_no_meaning_and_a_rebuild_comes_to_the_same(
    done: list[Act], page: int
) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        for act in done:
            if act.deed == "redact" and act.then_fold:
                fold_in_pages_of(page, service)
                before = rows(service.store, *MEANING)
                act.do(service)
                fold_in_pages_of(page, service)
                assert rows(service.store, *MEANING) == before
            else:
                act.do(service)
                if act.then_fold:
                    fold_in_pages_of(page, service)
        fold_in_pages_of(page, service)
        tables = rows(service.store)
        for article in _redacted(service):
            assert f"one of {article}" not in repr(tables)
        service.store.clear()
        fold_in_pages_of(1000, service)
        assert rows(service.store) == tables
        service.close()


def _redacted(service: Service) -> set[str]:
    """Return the articles that were redacted as a whole: one that was not there could not be."""
    with service.store.reading() as connection:
        found = connection.execute(select(redactions.c.article).where(redactions.c.numbers.is_(None))).scalars()
        keys = set(found)
        return {article for article in ARTICLES if article_key(connection, article) in keys}


@pytest.mark.parametrize("number", [None, 1, 2])
def test_relations_are_exactly_as_before(sqlite_service: Service, number: int | None) -> None:
    service = sqlite_service
    told(service)
    service.projector.catch_up()
    question, pairs = Question(18320), [("RUS", "TUR"), ("SYR", "TUR")]
    with service.store.reading() as connection:
        before = [relation_at(connection, pair, question) for pair in pairs]
    service.log.redact(redaction(number))
    service.projector.catch_up()
    with service.store.reading() as connection:
        assert [relation_at(connection, pair, question) for pair in pairs] == before


def test_what_a_killed_rebuild_left_is_cleared_too(service: Service) -> None:
    told(service)
    service.projector.catch_up()
    number = service.store._announce()
    service.store._create(number)
    with closing(service.store._home.open(number, building=True)) as left:
        Folder(service.log, left).fold_pages()
    service.log.redact(redaction())
    service.projector.catch_up()
    assert [files_with(service, text) for text in TEXTS] == [[], [], [], []]


def test_nothing_is_cleared_while_a_rebuild_goes_on_that_may_be_killed(service: Service) -> None:
    told(service)
    service.projector.catch_up()
    with service.store.rebuilding() as new:
        Folder(service.log, new).fold_pages()
        service.log.redact(redaction())
        service.projector.catch_up()
        assert service.store.erase_leftovers() is False
    assert service.store.erase_leftovers() is True
    assert files_with(service, NAME) == []
