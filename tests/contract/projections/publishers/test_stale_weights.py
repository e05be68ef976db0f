"""Publishers that come to count as one, on every kind of store: before and after incidents are weighed anew."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest

from api.running.service import Service
from domain.events import Provenance
from domain.publishers.alias import AddPublisherAlias, RemovePublisherAlias
from projections.folding.folder import Folder
from projections.publishers import stale_weights
from projections.publishers.stale_weights import has_stale_weights, read_incident_columns
from projections.queries.load_incident_table import load_incident_table
from projections.queries.question import Exclusions, Question
from projections.queries.relation import contribution_page, contributions_at, relation_at
from projections.queries.relation_list import relations_at, relations_of
from projections.queries.stored import history_of_pair
from projections.queries.tension_series import Interval, tension_points
from projections.scoring.models import DEFAULT_MODEL, MODELS
from projections.times import to_micros
from tests.contract.projections.folding.acts import assert_now_is_what_evidence_says, fold_in_pages_of
from tests.contract.tables import rows
from tests.language import backing, clash, post, statement

PAIR = ("SYR", "TUR")
DAY = Question(18320)
REPRINT = "AFP via Yahoo"
ONE, TWO, THREE = (DEFAULT_MODEL.confidence(publishers) * 9 for publishers in (1, 2, 3))


@pytest.fixture(autouse=True)
def of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every pair for one with many incidents, of which those are read whole that are asked for."""
    monkeypatch.setattr(history_of_pair, "_FEW", 0)


@pytest.fixture
def by_ann(service: Service) -> Callable[[], Provenance]:
    """Return a function that says who records something now."""
    return lambda: Provenance("ann", service.clock())


@pytest.fixture
def reported(service: Service, by_ann: Callable[[], Provenance]) -> Service:
    """Return a service on which papers tell of two attacks, each with a re-print, and of words."""
    attack, words = clash(day="2020-02-03"), statement("RUS", "TUR")
    written = {
        "AFP": (attack, backing("RUS", "SYR"), words, clash("SYR", "RUS", "2020-02-04")),
        REPRINT: (attack, words),
        "Reuters": (attack, clash("RUS", "TUR", "2020-02-05")),
    }
    for number, (publisher, reports) in enumerate(written.items()):
        service.log.post_article(post(f"a-{number}", *reports, publisher=publisher, provenance=by_ann()))
    fold_in_pages_of(100, service)
    return service


def weight(service: Service, question: Question = DAY) -> float:
    """Return what the attack weighs: intensity by confidence."""
    with service.store.reading() as connection:
        _, found = contributions_at(connection, PAIR, question)
        (attack,) = [each.incident for each in found if each.via is None]
        return -attack.weight


def publishers(service: Service, question: Question = DAY) -> int:
    with service.store.reading() as connection:
        return relation_at(connection, PAIR, question).publishers


def answers(service: Service) -> list[Any]:
    """Return all that readers are told now, to the last digit."""
    with service.store.reading() as connection:
        told: list[Any] = []
        for question in (DAY, DAY._replace(day=18300), *(DAY._replace(model=model) for model in MODELS.values())):
            found = relations_at(connection, question)
            listed = relations_of(connection, found, range(len(found)), question)
            told.append(sorted(listed, key=attrgetter("pair")))  # databases have them in any order
            told += [relation_at(connection, pair, question) for pair in sorted(found.pairs)]
            told += [contributions_at(connection, pair, question) for pair in sorted(found.pairs)]
            told += [contribution_page(connection, pair, question, 1, 2) for pair in sorted(found.pairs)]
            told.append(tension_points(connection, PAIR, question, None, Interval.WEEK).points)
            table = load_incident_table(connection, question.model)
            told.append([*zip(table.pair.tolist(), table.day.tolist(), table.weight.tolist(), strict=True)])
        columns = read_incident_columns(connection)
        by_pair = {
            pair: [
                column[columns.pair == number].tolist() for column in (columns.day, columns.weight, columns.kind)
            ]
            for number, pair in enumerate(columns.pairs)
        }
        return [*told, by_pair]


def test_publishers_that_count_as_one_are_counted_once(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    assert (weight(reported), publishers(reported)) == (THREE, 3)
    reported.log.add_publisher_alias(AddPublisherAlias(REPRINT, "AFP", by_ann()))
    fold_in_pages_of(1, reported)
    assert (weight(reported), publishers(reported)) == (TWO, 2)
    reported.log.add_publisher_alias(AddPublisherAlias("AFP", "reuters", by_ann()))
    fold_in_pages_of(1, reported)
    assert (weight(reported), publishers(reported)) == (ONE, 1)
    assert_now_is_what_evidence_says(reported)


def test_what_was_known_before_an_alias_does_not_know_it_to_the_last_digit(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    then = DAY._replace(known_at=to_micros(reported.clock()))
    with reported.store.reading() as connection:
        before = relation_at(connection, PAIR, then)
    reported.log.add_publisher_alias(AddPublisherAlias(REPRINT, "AFP", by_ann()))
    added = DAY._replace(known_at=to_micros(reported.clock()))
    reported.log.remove_publisher_alias(RemovePublisherAlias(REPRINT, by_ann()))
    for _ in range(2):
        fold_in_pages_of(1, reported)
        with reported.store.reading() as connection:
            assert relation_at(connection, PAIR, then) == before
        known = [weight(reported, question) for question in (then, added, DAY)]
        assert known == [THREE, TWO, THREE]
        reported.store.clear()


def test_an_alias_that_is_taken_back_leaves_no_trace_but_in_its_history(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    before, told = rows(reported.store), answers(reported)
    reported.log.add_publisher_alias(AddPublisherAlias(REPRINT, "AFP", by_ann()))
    reported.log.remove_publisher_alias(RemovePublisherAlias(REPRINT, by_ann()))
    fold_in_pages_of(1, reported)
    after = rows(reported.store)
    (period,) = after.pop("publisher_aliases")
    assert (period[0], period[3:]) == ("afp via yahoo", ("afp", "afp"))
    assert dict(after.pop("publisher_names")) == {"afp": "AFP", "afp via yahoo": REPRINT}
    differ = {name for name in after if after[name] != before[name]}
    assert differ == {"projection_progress"}
    assert answers(reported) == told


def test_readers_are_told_the_same_to_the_last_digit_before_incidents_are_weighed_anew_and_after(
    reported: Service, by_ann: Callable[[], Provenance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale_weights, "MOST_PAIRS", 1)
    reported.log.add_publisher_alias(AddPublisherAlias(REPRINT, "AFP", by_ann()))
    folder = Folder(reported.log, reported.store)
    folder.fold_pages()
    told, pieces = answers(reported), 0
    assert (weight(reported), publishers(reported)) == (TWO, 2)
    while folder._refresh():
        with reported.store.reading() as connection:
            pieces += has_stale_weights(connection)
        assert answers(reported) == told
    assert pieces == 1, "two pairs have both publishers, and each is weighed anew by itself"
    bit_by_bit = rows(reported.store)
    reported.store.clear()
    fold_in_pages_of(100, reported)
    assert rows(reported.store) == bit_by_bit
    assert answers(reported) == told


def test_who_leaves_out_a_publisher_leaves_out_what_counts_as_it(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    then = to_micros(reported.clock())
    reported.log.add_publisher_alias(AddPublisherAlias(REPRINT, "AFP", by_ann()))
    fold_in_pages_of(1, reported)
    for name in ("afp", "afp via yahoo"):
        without = DAY._replace(left_out=Exclusions(frozenset({name})))
        assert (weight(reported, without), publishers(reported, without)) == (ONE, 1)
        assert weight(reported, without._replace(known_at=then)) == TWO
    without = DAY._replace(left_out=Exclusions(frozenset({"reuters"})))
    assert weight(reported, without) == ONE


def test_a_report_that_comes_later_is_counted_by_the_aliases_there_are(
    reported: Service, by_ann: Callable[[], Provenance]
) -> None:
    reported.log.add_publisher_alias(AddPublisherAlias("Wire copy", "Reuters", by_ann()))
    reported.log.post_article(post("late", clash(day="2020-02-03"), publisher="WIRE COPY", provenance=by_ann()))
    fold_in_pages_of(1, reported)
    assert (weight(reported), publishers(reported)) == (THREE, 3)
    assert_now_is_what_evidence_says(reported)
