"""A domain event in the log that no class can read: the feed goes on, and whoever needs it says which it is."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from api.app import create_app
from api.running.service import Service
from api.running.settings import Settings
from domain.actors import ActorKind, ActorNameAdded, ActorRegistered, RegisterActor, actor_uuid
from domain.articles import article_uuid
from domain.log.application import Detente
from domain.rulings import ReportRef, ReportsLinked, RulingWithdrawn, ruling_uuid
from tests.e2e.app_client import AppClient, client_of
from tests.language import BY_ANN, clash, post, statement

WAR = "detente.war-declared"
COMMON = {"recorded_by": "ann", "timestamp": "2026-01-01T12:00:01Z"}


@pytest.fixture
def client(database_url: str) -> Iterator[AppClient]:
    app = create_app(Settings(database_url=database_url, projector="none"))
    with client_of(app) as opened:
        yield opened


@pytest.fixture
def log(client: AppClient) -> Detente:
    service: Service = client.app.state.service
    return service.log


def store(log: Detente, aggregate: UUID, version: int, topic: str, **state: Any) -> int:
    """Write an event as another version would; return its position."""
    stored = StoredEvent(aggregate, version, topic, msgspec.json.encode(COMMON | state))
    (position,) = log.recorder.insert_events([stored]) or ()
    return int(position)


def test_the_feed_gives_what_cannot_be_read_as_an_entry_and_goes_on(client: AppClient, log: Detente) -> None:
    log.post_article(post("a-1", clash()))
    readable = client.get("/v1/events").json()["items"]
    no_class = store(log, article_uuid("a-1"), 3, WAR)
    no_shape = store(log, article_uuid("a-1"), 4, "detente.report-retracted", number="one")
    log.post_article(post("a-2", clash()))

    page = client.get("/v1/events").json()

    assert page["items"][:2] == readable
    assert set(page["items"][2]) == {"position", "aggregate", "version", "topic", "error"}
    unread = [(e["position"], e["version"], e["topic"], WAR in e["error"]) for e in page["items"][2:4]]
    assert unread == [(no_class, 3, WAR, True), (no_shape, 4, "detente.report-retracted", False)]
    assert "number" in page["items"][3]["error"]
    assert [entry["type"] for entry in page["items"][4:]] == ["article-posted", "clash-reported"]
    assert page["last"] == page["position"]


def test_the_feed_has_the_same_entries_in_every_format(client: AppClient, log: Detente) -> None:
    log.post_article(post("a-1", clash()))
    position = store(log, article_uuid("a-1"), 3, WAR)

    items = client.get("/v1/events").json()["items"]
    lines = client.get("/v1/events?format=ndjson").text.splitlines()
    rows = list(csv.DictReader(io.StringIO(client.get("/v1/events?format=csv").text)))

    assert list(map(json.loads, lines)) == items
    assert [row["position"] for row in rows] == [str(item["position"]) for item in items]
    assert list(rows[0])[-2:] == ["topic", "error"]
    assert [row["topic"] for row in rows] == ["", "", WAR]
    assert (rows[2]["position"], rows[2]["data"], WAR in rows[2]["error"]) == (str(position), "", True)


def test_an_article_that_cannot_be_read_says_so_and_others_are_posted(client: AppClient, log: Detente) -> None:
    sent = {
        "id": "a-1", "publisher": "Reuters", "published": "2020-02-11",
        "events": [{"kind": "clash", "type": "COERCE", "source": "RUS", "target": "TUR", "occurred": "2020-02"}],
    }  # fmt: skip
    for code in ("RUS", "TUR"):
        log.register_actor(RegisterActor(code, ActorKind.STATE, code, (), BY_ANN))
    log.post_article(post("a-1", statement()))
    store(log, article_uuid("a-1"), 3, WAR)

    history = client.get("/v1/articles/a-1")
    again = client.post("/v1/articles", json=sent)
    batch = client.post(
        "/v1/articles/batch",
        content="\n".join(json.dumps(line) for line in (sent, {**sent, "id": "a-2"})),
        headers={"Content-Type": "application/x-ndjson"},
    )

    for answer in (history, again):
        assert answer.status_code == 500
        assert answer.json()["type"] == "urn:detente:problem:unreadable-history"
        assert WAR in answer.json()["detail"]
    assert [json.loads(line)["status"] for line in batch.text.splitlines()] == [500, 201]


def test_names_are_read_without_an_actor_that_cannot_be_read_and_health_names_it(
    client: AppClient, log: Detente
) -> None:
    position = store(
        log, actor_uuid("ATL"), 1, ActorRegistered.TOPIC, code="ATL", kind="island", name="A", aliases=[]
    )
    log.register_actor(RegisterActor("LEM", ActorKind.OTHER, "Lemuria", (), BY_ANN))

    health = client.get("/health").json()

    assert log.directory().find("lemuria") == ("LEM",)
    assert log.directory().find("ATL") == ()
    assert health["status"] == "degraded"
    assert any(f"Position {position} " in advice and "kind" in advice for advice in health["advice"])
    assert (
        client.post("/v1/actors", json={"code": "ATL", "kind": "other", "name": "A"})
        .json()["type"]
        .endswith("unreadable-history")
    )


def test_a_name_of_an_actor_that_cannot_be_read_is_left_out_with_it(client: AppClient, log: Detente) -> None:
    uuid = actor_uuid("ATL")
    registered = store(log, uuid, 1, ActorRegistered.TOPIC, code="ATL", kind="island", name="A", aliases=[])
    named = store(log, uuid, 2, ActorNameAdded.TOPIC, code="ATL", name="Atlantis")

    near = client.get("/v1/relations", params={"actor": "Atlantiss"})

    assert near.status_code == 422
    assert near.json()["errors"][0]["code"] == "unknown-actor"
    assert log.directory().find("Atlantis") == ()
    assert [skipped.position for skipped in log.skipped_events()] == [registered, named]
    assert any(f"Position {named} " in advice for advice in client.get("/health").json()["advice"])


def test_rulings_are_read_without_one_that_cannot_be_read_and_health_names_it(
    client: AppClient, log: Detente
) -> None:
    for article in "ab":
        log.post_article(post(article, clash()))
    position = store(log, ruling_uuid("r-1"), 1, ReportsLinked.TOPIC, ruling_id="r-1", reports="all", reason="x")
    withdrawal = store(log, ruling_uuid("r-1"), 2, RulingWithdrawn.TOPIC, reason="y")

    posted = client.post(
        "/v1/rulings",
        json={"id": "r-1", "ruling": "link", "reason": "One.", "reports": _named("a", "b")},
    )
    other = client.post("/v1/rulings", json={"ruling": "link", "reason": "One.", "reports": _named("a", "b")})
    listed = client.get("/v1/rulings")
    advice = client.get("/health").json()["advice"]

    assert posted.json()["type"] == "urn:detente:problem:unreadable-history"
    assert "r-1" in posted.json()["detail"]
    assert other.status_code == 201
    assert [ruling["id"] for ruling in listed.json()["items"]] == [other.json()["id"]]
    assert [skipped.position for skipped in log.skipped_events()] == [position, withdrawal]
    assert any(f"Position {position} " in line for line in advice)
    assert log.ruling_register().ruling_on(ReportRef("a", 1)) is not None


def _named(*articles: str) -> list[dict[str, Any]]:
    return [{"article": article, "number": 1} for article in articles]
