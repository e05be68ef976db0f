"""Writing and folding the log: against the bare `eventsourcing` library doing its part of the same."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from api.requests import ArticleIn
from api.seeding import seed_actors
from api.service import Service
from api.settings import Settings
from api.understanding import understand_article
from benchmarks.row import Row
from benchmarks.synthetic import ACTORS, articles, ndjson
from domain.actor import Actor, ActorKind
from domain.application import Detente, PostArticle, log_environment
from domain.article import Article
from domain.events import Provenance
from tests.server import running_server

_BATCH = 100  # aggregates in one call of `Application.save`


def measure_posting(events: int) -> Row:
    """Measure a batch post over HTTP until its last event is readable in the projections."""
    with TemporaryDirectory() as folder:
        url = _prepared(Path(folder))
        with running_server(url, Path(folder) / "server.log") as client:
            body = b"".join(ndjson(events))
            ours = events / _seconds(lambda: _post_and_wait(client, body))
        peer = events / _bare_save(Path(folder), list(_commands(url, events)))
    return Row("batch post over HTTP until readable, SQLite", "bare Application.save", "events/s", ours, peer, 0.4)


def measure_rebuild(events: int) -> Row:
    """Measure making the projections anew."""
    with TemporaryDirectory() as folder:
        url = _prepared(Path(folder))
        _bare_save_into(url, list(_commands(url, events)))
        service = Service.open(Settings(database_url=url))
        service.store.clear()
        ours = events / _seconds(service.projector.catch_up)
        peer = events / _seconds(lambda: _read_and_decode(service.log))
        service.close()
    return Row("rebuild, SQLite", "bare select_notifications and decoding", "events/s", ours, peer, 0.35)


def _prepared(folder: Path) -> str:
    """Return the URL of a database that knows the seeds' actors and the synthetic ones."""
    url = f"sqlite:///{folder}/ours.db"
    service = Service.open(Settings(database_url=url))
    provenance = Provenance("benchmark", datetime.now(UTC))
    seed_actors(service, provenance)
    made = (f"B{number:03}" for number in range(ACTORS))
    service.log.register_actors([Actor.register(code, ActorKind.OTHER, code, (), provenance) for code in made])
    service.projector.catch_up()
    service.close()
    return url


def _post_and_wait(client: httpx.Client, body: bytes) -> None:
    response = client.post(
        "/v1/articles/batch", content=body, headers={"Content-Type": "application/x-ndjson"}, timeout=None
    )
    last = json.loads(response.raise_for_status().text.splitlines()[-1])["position"]
    while True:
        answer = client.get("/v1/relations/B000/B001", params={"min_position": last}, timeout=60)
        if answer.status_code == httpx.codes.OK:
            return


def _commands(url: str, events: int) -> Iterator[PostArticle]:
    log = Detente(log_environment(url))
    directory = log.directory()
    provenance = Provenance("benchmark", datetime.now(UTC))
    for article in articles(events):
        yield understand_article(ArticleIn.model_validate(article), directory, provenance)
    log.close()


def _bare_save(folder: Path, commands: list[PostArticle]) -> float:
    return _bare_save_into(f"sqlite:///{folder}/bare.db", commands)


def _bare_save_into(url: str, commands: list[PostArticle]) -> float:
    """Save the same aggregates with the library alone; return the seconds it took, making them included."""
    log = Detente(log_environment(url))

    def save() -> None:
        waiting = iter(commands)
        while batch := list(islice(waiting, _BATCH)):
            log.save(*(Article.post(c.article_id, c.header, c.reports, c.provenance) for c in batch))

    seconds = _seconds(save)
    log.close()
    return seconds


def _read_and_decode(log: Detente) -> None:
    position = 0
    while page := log.read_log(position, 2000):
        for notification in page:
            log.decode(notification)
        position = page[-1].id


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
