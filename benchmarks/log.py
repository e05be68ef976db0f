"""Writing and folding the log: against the bare `eventsourcing` library doing its part of the same."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from unittest.mock import patch

import httpx
from sqlalchemy import Connection

from api.importing.seeds import seed_actors
from api.parsing.articles import parse_article
from api.parsing.requests import ArticleIn
from api.running.service import Service
from api.running.settings import Settings
from benchmarks.databases import Databases
from benchmarks.measurement import Measurement
from benchmarks.peers.bare_reading import read_and_decode
from benchmarks.serving import family, family_cpu_seconds, peak_memory, served
from benchmarks.synthetic import ACTORS, EVENTS_PER_ARTICLE, articles, ndjson
from benchmarks.timing import in_turns, seconds
from domain.actors import ActorKind, RegisterActor
from domain.articles import Article, PostArticle
from domain.events import Provenance
from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.folding import write_page
from projections.pairs import Pair
from projections.publishers.daily_levels import write_daily_levels
from projections.scoring.incidents import Incident
from tests.server import ServerClient

_BATCH = 100  # aggregates in one call of `Application.save`
_SENT = 1000  # articles that are sent again
_WANTED_OF_POSTING = {"SQLite": 0.6, "PostgreSQL": 0.75}  # of the peer's rate
_JSON = {"Content-Type": "application/json"}
_NDJSON = {"Content-Type": "application/x-ndjson"}


def measure_posting(events: int, databases: Databases) -> Measurement:
    """Measure a batch post over HTTP until its last event is readable in the projections."""
    url = databases.new()
    prepare(url)
    with served(url) as client:
        body = b"".join(ndjson(events))
        ours = events / seconds(lambda: post_and_wait(client, body))
    peer = events / bare_save(databases.new(), list(commands(url, events)))
    name = f"batch post over HTTP until readable, {databases.name}"
    return Measurement(name, "bare Application.save", "events/s", ours, peer, _WANTED_OF_POSTING[databases.name])


def measure_rebuild(url: str, events: int) -> Measurement:
    """Measure making the projections of a log anew."""
    with closing(Service.open(Settings(database_url=url))) as service:
        ours, peer = in_turns(service.projector.rebuild, lambda: read_and_decode(service.log), turns=3)
    name, bare = "rebuild, SQLite", "bare select_notifications and decoding"
    return Measurement(name, bare, "events/s", events / ours, events / peer, 0.6)


def measure_daily_levels(url: str) -> Measurement:
    """Measure what the levels of days take of the processor time for a log of SQLite, folded page by page."""
    taken: list[float] = []

    def timed(connection: Connection, since: Mapping[Pair, int], come: Iterable[Incident]) -> None:
        began = process_time()
        write_daily_levels(connection, since, come)
        taken.append(process_time() - began)

    with TemporaryDirectory() as folder:
        place = Path(folder) / "log.db"
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as log:
            log.execute("VACUUM INTO ?", (str(place),))
        with (
            closing(Service.open(Settings(database_url=f"sqlite:///{place}"))) as service,
            patch.object(write_page, write_daily_levels.__name__, timed),
        ):
            began = process_time()
            service.projector.catch_up()
            whole = process_time() - began
    if not taken:
        raise AssertionError("no levels of days were written page by page")
    name, against = "levels of days while Levant is folded page by page", "all of the folding"
    return Measurement(name, against, "CPU s", sum(taken), whole, 0.1, is_limit=True)


def measure_memory(events: int, databases: Databases) -> Measurement:
    """Measure the peak memory of a batch post, the server's and its projector's, against one of a tenth."""
    ours, peer = (_peak_of_posting(count, databases.new()) for count in (events, events // 10))
    name, of_a_tenth = f"peak memory of a batch post of {events:,} events", f"of {events // 10:,}"
    return Measurement(name, of_a_tenth, "MiB", ours / 2**20, peer / 2**20, 1.2, is_limit=True)


def _peak_of_posting(events: int, url: str) -> float:
    prepare(url)
    with served(url) as client:
        post_and_wait(client, b"".join(ndjson(events)))
        return sum(map(peak_memory, family(client.process_id)))


def measure_sending_again(databases: Databases) -> list[Measurement]:
    """Measure the processor time for articles that a server knows, against that for the same when they were new.

    It is that of the server and its projector until all is readable.
    """
    rows: list[Measurement] = []
    for how, post in (("in a batch", post_and_wait), ("one by one", _post_each)):
        first, *others = _seconds_of_sending(databases.new(), post)
        for taken, rule in zip(others, ("", ", on_conflict=revise"), strict=True):
            name = f"{_SENT} articles again {how}{rule}, {databases.name}"
            rows.append(Measurement(name, "the first time", "CPU s", taken, first, 0.5, is_limit=True))
    return rows


def _seconds_of_sending(url: str, post: Callable[..., None]) -> list[float]:
    """Return the processor time for articles that are new, known, and known and to be revised if need be."""
    prepare(url)
    body = b"".join(ndjson(_SENT * EVENTS_PER_ARTICLE))
    with served(url) as client:
        rules: tuple[dict[str, str], ...] = ({}, {}, {"on_conflict": "revise"})
        return [_cpu_seconds_of(client, partial(post, client, body, **rule)) for rule in rules]


def _cpu_seconds_of(client: ServerClient, act: Callable[[], None]) -> float:
    before = family_cpu_seconds(client.process_id)
    act()
    return family_cpu_seconds(client.process_id) - before


def _post_each(client: httpx.Client, body: bytes, **asked: str) -> None:
    for line in body.splitlines():
        answer = client.post("/v1/articles", params=asked, content=line, headers=_JSON).raise_for_status()
    _wait(client, answer.json()["position"])


def prepare(url: str) -> None:
    """Make a database that knows the seeds' actors and the synthetic ones."""
    with closing(Service.open(Settings(database_url=url))) as service:
        provenance = Provenance("benchmark", datetime.now(UTC))
        seed_actors(service, provenance)
        made = (f"B{number:03}" for number in range(ACTORS))
        service.log.register_actors([RegisterActor(code, ActorKind.OTHER, code, (), provenance) for code in made])
        service.projector.catch_up()


def filled(databases: Databases, events: int) -> str:
    """Return the URL of a database with a synthetic log, folded."""
    url = databases.new()
    prepare(url)
    bare_save(url, list(commands(url, events)))
    with closing(Service.open(Settings(database_url=url))) as service:
        service.projector.rebuild()
    return url


def post_and_wait(client: httpx.Client, body: bytes, **asked: str) -> None:
    """Post a batch and read a relation that reflects its last event."""
    response = client.post("/v1/articles/batch", params=asked, content=body, headers=_NDJSON, timeout=None)
    _wait(client, json.loads(response.raise_for_status().text.splitlines()[-1])["position"])


def _wait(client: httpx.Client, last: int) -> None:
    while True:
        answer = client.get("/v1/relations/B000/B001", params={"min_position": last}, timeout=60)
        if answer.status_code == httpx.codes.OK:
            return


def commands(url: str, events: int) -> Iterator[PostArticle]:
    """Yield the synthetic articles as commands."""
    with closing(Detente(log_environment(url))) as log:
        directory = log.directory()
        provenance = Provenance("benchmark", datetime.now(UTC))
        for article in articles(events):
            yield parse_article(ArticleIn.model_validate(article), directory, provenance)


def bare_save(url: str, posted: Sequence[PostArticle]) -> float:
    """Save the same aggregates with the library alone; return the seconds it took, making them included."""

    def save() -> None:
        waiting = iter(posted)
        while batch := list(islice(waiting, _BATCH)):
            log.save(*(Article.post(c.article_id, c.header, c.reports, c.provenance) for c in batch))

    with closing(Detente(log_environment(url))) as log:
        return seconds(save)
