"""Wrong keys, many at once: who has a right one is served, also at the same address, and the log is not filled."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

import httpx
import pytest

from api.access.key_store import KeyStore
from api.access.keys import Scope
from api.access.throttle import LINE
from tests.attacks.cost import cpu_seconds
from tests.patience import PATIENCE, wait_until
from tests.server import ServerClient, running_server

PATH: Final = "/v1/models"
GUESSERS: Final = LINE + 2  #: of whom so many are held back
CLOSED: Final = 0  #: counted for an answer that the end of the server took away
CPU_OF_ONE: Final = 0.005  #: seconds for a wrong key, whole request


class Attacked(NamedTuple):
    """A server, a right key of it, the same with another secret, and the file of its log lines."""

    client: ServerClient
    right: dict[str, str]
    wrong: dict[str, str]
    log: Path


@pytest.fixture
def attacked(tmp_path: Path) -> Iterator[Attacked]:
    database_url = f"sqlite:///{tmp_path}/detente.db"
    store = KeyStore.open(database_url)
    key = store.create("desk", Scope.READ, datetime.now(UTC)).text
    store.close()
    right, wrong = ({"Authorization": f"Bearer {text}"} for text in (key, key[:-64] + "0" * 64))
    with running_server(database_url, tmp_path / "log", DETENTE_SHUTDOWN_TIMEOUT="1") as client:
        yield Attacked(client, right, wrong, tmp_path / "log")


def test_a_right_key_passes_while_wrong_ones_are_tried_from_its_address(attacked: Attacked) -> None:
    client, right, wrong, log = attacked
    done = Event()
    with ThreadPoolExecutor(GUESSERS) as pool, httpx.Client(base_url=client.base_url, timeout=PATIENCE) as guesser:

        def guess() -> Counter[int]:
            answers: Counter[int] = Counter()
            while not done.is_set():
                try:
                    answers[guesser.get(PATH, headers=wrong).status_code] += 1
                except httpx.TransportError:
                    if not done.is_set():  # afterwards, the server may close a connection just asked on
                        raise
                    answers[CLOSED] += 1
            return answers

        guesses = [pool.submit(guess) for _ in range(GUESSERS)]
        wait_until(lambda: log.read_text().count("refused from") >= LINE, "the line is full")
        before = cpu_seconds(client)
        answers = [client.get(PATH, headers=right).status_code for _ in range(100)]
        cost = cpu_seconds(client) - before
        done.set()
        client.process.terminate()  # which ends those that are held back
        refused = sum((each.result() for each in guesses), Counter())
    assert answers == [200] * 100
    assert refused.keys() <= {401, 429, 503, CLOSED}
    assert refused[429] > 10
    told = refused[401] + refused[503]
    assert told <= log.read_text().count("refused from") <= told + refused[CLOSED]
    assert cost < (refused[429] + len(answers)) * CPU_OF_ONE
