"""What data sets deliver to a log, on every kind of store: what is recorded is read at once."""

from typing import Any

import pytest

from api.running.service import Service
from domain.articles import Article
from domain.deliveries.delivered_article import IMPORTER
from domain.deliveries.delivery import Delivered, Delivery, Fate
from domain.errors import IdTaken
from domain.events import Provenance
from domain.log.application import Detente
from tests.language import NOON, clash, header

BY_IMPORT = Provenance(IMPORTER, NOON)
IDS = [f"keds-{number}" for number in range(5)]


def document(article_id: str, *refs: str) -> Delivery:
    return Delivery(article_id, header(), tuple(clash(ref=ref) for ref in refs), BY_IMPORT, "keds")


def fates(log: Detente, *deliveries: Delivery) -> list[tuple[Any, ...]]:
    return [outcome.fates for outcome in log.deliver(deliveries) if isinstance(outcome, Delivered)]


def test_what_is_delivered_again_is_read_at_once_and_not_article_by_article(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = service.log
    assert fates(log, *(document(id_, "1", "2") for id_ in IDS)) == [(Fate.ADDED,) * 2] * 5
    read_alone: list[str] = []
    monkeypatch.setattr(log, "article_history", read_alone.append)
    again = [document(IDS[0], "1", "3"), *(document(id_, "1", "2") for id_ in IDS[1:])]
    assert fates(log, *again) == [(Fate.KNOWN, Fate.ADDED), *[(Fate.KNOWN,) * 2] * 4]
    assert read_alone == []


def test_an_article_that_is_something_else_fails_alone(service: Service) -> None:
    log = service.log
    fates(log, *(document(id_, "1") for id_ in IDS[:2]))
    taken = Article.post("other", header(), [clash()], BY_IMPORT)
    stray = log.article_aggregate("keds-9")
    object.__setattr__(taken.pending_events[0], "originator_id", stray)
    object.__setattr__(taken.pending_events[1], "originator_id", stray)
    log.recorder.insert_events([log.mapper.to_stored_event(event) for event in taken.collect_events()])
    outcomes = log.deliver([document("keds-9", "1"), *(document(id_, "1") for id_ in IDS[:2])])
    assert isinstance(outcomes[0], IdTaken)
    assert [outcome.fates for outcome in outcomes[1:] if isinstance(outcome, Delivered)] == [(Fate.KNOWN,)] * 2
