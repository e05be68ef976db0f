"""An import into a log that holds a domain event that no class can read."""

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent
from msgspec.structs import replace

from api.importing.names.new_actors import NewActor
from api.importing.rows import CodedArticle, Reject, RowPlace, SentArticle
from api.importing.targets.database import DatabaseTarget
from api.importing.targets.target import TargetFailed
from api.running.service import Service
from domain.actors import ActorRegistered, actor_uuid
from domain.articles import article_uuid
from domain.deliveries.delivery import Fate
from domain.redactions import RedactTexts
from tests.language import BY_ANN, clash, header, post


def coded(article_id: str) -> CodedArticle:
    return CodedArticle(article_id, header(), (clash(),), (RowPlace("x", 1),), "keds")


def test_an_article_that_cannot_be_read_is_refused_and_the_rest_recorded(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    service.log.recorder.insert_events([StoredEvent(article_uuid("a-1"), 3, "detente.war-declared", b"{}")])
    target = DatabaseTarget(service)

    first = target.post([coded("a-1"), coded("a-2")])
    assert service.wake.is_set()
    again = target.post([coded("a-2")]) + target.post([coded("a-1")])

    refused, recorded = (result.rows for result in first)
    assert (recorded, first[1].new_articles) == ([Fate.ADDED], 1)
    assert isinstance(refused[0], Reject)
    assert refused[0].reason == "unreadable-history"
    assert "war-declared" in refused[0].detail
    assert again[0].rows == [Fate.KNOWN]
    assert isinstance(again[1].rows[0], Reject)


def test_an_actor_that_cannot_be_read_ends_the_import_with_its_error(service: Service) -> None:
    state = {"code": "ATL", "kind": "island", "name": "A", "aliases": [], "recorded_by": "ann"}
    stored = msgspec.json.encode(state | {"timestamp": "2026-01-01T12:00:00Z"})
    service.log.recorder.insert_events([StoredEvent(actor_uuid("ATL"), 1, ActorRegistered.TOPIC, stored)])
    with pytest.raises(TargetFailed, match="cannot be read"):
        DatabaseTarget(service).register([NewActor("ATL")])


def test_who_finds_actors_sees_those_that_are_seeded_and_registered(service: Service) -> None:
    target = DatabaseTarget(service)
    directory = target.directory
    target.seed()
    assert directory.find("Moscow") == ("RUS",)
    assert directory.find("XXA") == ()
    target.register([NewActor("XXA")])
    assert directory.find("XXA") == ("XXA",)


def test_rows_whose_texts_were_redacted_are_counted(service: Service) -> None:
    target = DatabaseTarget(service)
    told = replace(clash(), ref="1", quote="We fire.")
    rows = (RowPlace("x", 1), RowPlace("x", 2))
    document = CodedArticle("d-1", header(), (told, replace(clash(), ref="2", killed=3)), rows, "keds")
    changed = replace(document, reports=(replace(told, killed=9), document.reports[1]))
    body = b'{"id":"a-1","publisher":"AFP","published":"2020-02-11","headline":"%s","events":[%s]}'
    event = (
        b'{"kind":"clash","type":"ASSAULT","source":"SYR","target":"TUR","occurred":"2020-02-03","quote":"No."}'
    )
    sent = SentArticle(body=body % (b"H", event), rows=rows[:1])
    target.seed()
    assert [result.redacted for result in target.post([document, sent])] == [0, 0]
    for article in ("d-1", "a-1"):
        service.log.redact(RedactTexts(article, None, (), "Asked.", BY_ANN))
    known, corrected, posted = (target.post([entry])[0] for entry in (document, changed, sent))
    assert (known.rows, known.redacted) == ([Fate.KNOWN] * 2, 1)
    assert (corrected.rows, corrected.redacted) == ([Fate.CORRECTED, Fate.KNOWN], 1)
    assert (posted.rows, posted.redacted) == ((Fate.KNOWN,), 1)
