"""Tables beside a log that they were not folded from: one that was put back by hand, or has lost its end."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from api.operations.health import read_health
from api.running.service import Service
from domain.articles import CorrectReport
from domain.events import Provenance
from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.folding.log_identity import TablesOfAnotherLog, find_difference
from projections.storage.engines import open_engine
from tests.contract.tables import rows
from tests.language import BY_ANN, NOON, clash, post

LATER = Provenance("ann", NOON + timedelta(days=1), "request-2")


def cut(service: Service, end: int) -> None:
    """Take from a log what is behind a position, as an older file in its place would."""
    is_sqlite = service.settings.database_url.startswith("sqlite")
    table, column = ("stored_events", "rowid") if is_sqlite else ("detente_events", "notification_id")
    engine = open_engine(service.settings.database_url)
    with engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {table} WHERE {column} > :end"), {"end": end})  # noqa: S608
        if not is_sqlite:
            sequence = f"pg_get_serial_sequence('{table}', '{column}')"
            connection.execute(text(f"SELECT setval({sequence}, :end)"), {"end": end})
    engine.dispose()


@pytest.fixture
def folded(service: Service) -> Service:
    """Return a service with three articles, all folded."""
    for name in "abc":
        service.log.post_article(post(name, clash()))
    service.projector.catch_up()
    return service


def test_tables_of_the_log_are_taken_for_such(folded: Service) -> None:
    assert find_difference(folded.log, folded.store) is None
    folded.log.post_article(post("d", clash()))
    assert find_difference(folded.log, folded.store) is None


@pytest.mark.parametrize(
    ("more", "shown"), [(0, "the log ends at 4"), (1, "was not folded"), (5, "was not folded")]
)
def test_a_log_that_lost_its_end_is_noticed_and_a_rebuild_mends_it(folded: Service, more: int, shown: str) -> None:
    cut(folded, 4)
    for number in range(more):
        folded.log.post_article(post(f"new-{number}", clash(killed=number), provenance=LATER))

    with pytest.raises(TablesOfAnotherLog, match=f"{shown}.*detente rebuild"):
        folded.projector.catch_up()
    health = read_health(folded)
    assert health.status == "degraded"
    assert any(shown in advice and "detente rebuild" in advice for advice in health.advice)

    folded.projector.rebuild()

    assert find_difference(folded.log, folded.store) is None
    folded.projector.catch_up()
    assert len(rows(folded.store, "articles")["articles"]) == 2 + more


def test_another_article_in_the_place_of_the_newest_is_noticed(folded: Service) -> None:
    """Though record time tells nothing, as where the clock was set back before the service was started again."""
    cut(folded, 4)
    with Detente(log_environment(folded.settings.database_url)) as started_again:
        started_again.post_article(post("other", clash()))
    with pytest.raises(TablesOfAnotherLog, match="the article of position 5"):
        folded.projector.catch_up()


def test_answers_of_a_log_that_lost_its_end_have_other_marks(folded: Service) -> None:
    mark = folded.store.mark()
    cut(folded, 4)
    folded.projector.rebuild()
    folded.log.correct_report(CorrectReport("a", 1, clash(killed=9), "A slip.", LATER))
    folded.log.correct_report(CorrectReport("b", 1, clash(killed=9), "A slip.", LATER))
    folded.projector.catch_up()
    assert folded.store.mark().position == mark.position
    assert folded.store.mark() != mark


def test_an_event_that_is_parked_last_is_of_the_log(folded: Service) -> None:
    """Nothing is known of when it was recorded."""
    last = folded.log.position()
    engine = open_engine(folded.settings.database_url)
    folded.log.post_article(post("d", clash(), provenance=LATER))
    is_sqlite = folded.settings.database_url.startswith("sqlite")
    table, column = ("stored_events", "rowid") if is_sqlite else ("detente_events", "notification_id")
    with engine.begin() as connection:
        state = {"end": last, "state": b"{"}
        connection.execute(text(f"UPDATE {table} SET state = :state WHERE {column} > :end"), state)  # noqa: S608
    engine.dispose()
    folded.projector.catch_up()
    assert find_difference(folded.log, folded.store) is None
    assert BY_ANN.recorded < LATER.recorded
