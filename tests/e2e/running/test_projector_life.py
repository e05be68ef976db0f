"""The projector among real processes: killed, taken over from, rebuilt under load, ended with its server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from types import MappingProxyType

import httpx
import psutil
import pytest
from sqlalchemy import insert

from api.importing.seeds import read_actors
from api.running.service import Service
from api.running.settings import Settings
from projections.folding.folder import PAGE_SIZE
from projections.storage.tables import reported_events
from tests.contract.tables import rows
from tests.e2e.support import Json, article, clash, posted, read, relation, wait_for_all
from tests.faults import assert_tables_equal_a_rebuild
from tests.language import BY_ANN, post
from tests.language import clash as reported_clash
from tests.patience import PATIENCE, wait_until
from tests.server import FOLDING_BESIDE, ServerClient, running_server
from tests.zygote import Forked, start

_QUICK = {"DETENTE_HEARTBEAT": "0.2", **FOLDING_BESIDE}


def projector(client: httpx.Client) -> Json:
    found: Json = read(client, "/health")["projector"]
    return found


def active_process(client: httpx.Client) -> int:
    """Return the id of the process whose projector is active, once there is one."""
    wait_until(lambda: projector(client)["process"] is not None)
    return int(projector(client)["process"])


def is_alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        with suppress(ProcessLookupError):
            os.kill(process_id, 0)
            return not Path("/proc/self/stat").exists()
        return False
    return state != "Z"


def _command(process_id: int) -> list[str]:
    return list(psutil.Process(process_id).cmdline())


@contextmanager
def detente(
    database_url: str, log_file: Path, *arguments: str, settings: Mapping[str, str] = MappingProxyType(_QUICK)
) -> Iterator[Forked]:
    """Run a command; kill it at the end if it still runs."""
    environment = {**os.environ, **settings, "DETENTE_DATABASE_URL": database_url, "COLUMNS": "200"}
    with log_file.open("w") as log:
        process = start([*arguments], environment, log, log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=PATIENCE)


def test_who_folds_ahead_of_a_projector_ends_with_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    told = [reported_clash(killed=killed) for killed in range(9)]  # with the article's own, ten domain events
    with closing(Service.open(Settings(database_url=url))) as service:
        for begin in range(0, 2 * PAGE_SIZE // 10 + 500, 500):
            service.log.post_articles([post(f"a-{n}", *told) for n in range(begin, begin + 500)])
        with running_server(url, tmp_path / "log", **_QUICK) as client:
            (ahead,) = psutil.Process(active_process(client)).children()
            wait_until(lambda: service.store.position() == service.log.position())
    assert_tables_equal_a_rebuild(url)
    wait_until(lambda: not is_alive(ahead.pid))
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_server_folds_in_a_process_beside_it_that_ends_with_it(database_url: str, tmp_path: Path) -> None:
    with running_server(database_url, tmp_path / "log", "--seed", **_QUICK) as server:
        beside = active_process(server)
        assert beside != server.process_id
        assert projector(server)["active"] == "this"
        sent = posted(server, clash("RUS", "TUR"))
        assert relation(server, "RUS", "TUR", min_position=sent["position"])["incidents"] >= 1
    wait_until(lambda: not is_alive(beside))
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert "ended with status" not in log, "it was told to end, and not started again"


def test_a_projector_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    with running_server(f"sqlite:///{tmp_path}/x.db", tmp_path / "log", "--seed", **_QUICK) as server:
        beside = active_process(server)
        os.kill(server.process_id, signal.SIGKILL)
        wait_until(lambda: not is_alive(beside))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_projector_that_ends_is_started_again(tmp_path: Path, number: signal.Signals) -> None:
    with running_server(f"sqlite:///{tmp_path}/x.db", tmp_path / "log", "--seed", **_QUICK) as server:
        first = active_process(server)
        assert _command(first) == _command(server.process_id), "it is forked, and begins at once"
        os.kill(first, number)
        wait_until(lambda: projector(server)["process"] not in (None, first))
        assert "api.running.worker" in _command(active_process(server)), "the server has threads by now"
        sent = posted(server, clash("RUS", "TUR"))
        wait_for_all(server)
        assert relation(server, "RUS", "TUR", min_position=sent["position"])["incidents"] >= 1
    status = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 0}[number]
    assert f"ended with status {status.real}" in (tmp_path / "log").read_text()


def test_a_ctrl_c_ends_both_in_good_order(tmp_path: Path) -> None:
    """A terminal sends it to the whole group of processes."""
    environment = {**os.environ, "DETENTE_DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "DETENTE_PORT": "0"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_until(lambda: "is the active one" in (tmp_path / "log").read_text())
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=PATIENCE) in (0, 130, -signal.SIGINT)
    with pytest.raises(ProcessLookupError):  # nobody of the group is left
        os.killpg(process.pid, 0)
    assert "ended with status" not in (tmp_path / "log").read_text()


def test_another_projector_takes_over_from_one_that_is_killed_and_repeats_nothing(
    database_url: str, tmp_path: Path
) -> None:
    with (
        running_server(
            database_url, tmp_path / "log", "--seed", **{**_QUICK, "DETENTE_PROJECTOR": "none"}
        ) as server,
        detente(database_url, tmp_path / "one", "work") as one,
    ):
        wait_until(lambda: projector(server) | {"host": ""} == _active(one))
        with detente(database_url, tmp_path / "two", "work") as two:
            for number in range(40):
                posted(server, clash("RUS", "TUR", f"2020-01-{1 + number % 20:02}", killed=number))
                if number == 20:
                    one.kill()
            wait_for_all(server)
            assert projector(server) | {"host": ""} == _active(two)
            two.terminate()
            assert two.wait(timeout=PATIENCE) == 0
    assert_tables_equal_a_rebuild(database_url)


def _active(process: Forked) -> Json:
    return {"active": "another", "process": process.pid, "host": ""}


class Load:
    """Posts and reads without a pause, and keeps what went wrong."""

    def __init__(self, server: ServerClient) -> None:
        self._server = server
        self._stop = Event()
        self._threads = [Thread(target=self._work, args=(number,)) for number in range(2)]
        self.wrong: list[str] = []
        self.rounds = 0

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _work(self, worker: int) -> None:
        code = f"LOAD{worker}"
        with httpx.Client(base_url=self._server.base_url, timeout=PATIENCE) as client:
            client.post("/v1/actors", json={"code": code, "kind": "other", "name": code, "aliases": []})
            done = 0
            while not self._stop.is_set():
                day = f"20{10 + done // 336:02}-{1 + done // 28 % 12:02}-{1 + done % 28:02}"
                sent = client.post("/v1/articles", json=article(clash("RUS", code, day)))
                if sent.status_code != 201:
                    self.wrong.append(sent.text)
                    return
                done += 1
                parameters = {"as_of": "2026-01-01", "min_position": sent.json()["position"]}
                found = client.get(f"/v1/relations/RUS/{code}", params=parameters)
                if found.status_code != 200 or found.json()["incidents"] != done:
                    self.wrong.append(f"{done}: {found.text}")
                    return
                self.rounds += 1


def test_a_rebuild_under_load_disturbs_nobody_and_nothing_stale_is_read(database_url: str, tmp_path: Path) -> None:
    with running_server(database_url, tmp_path / "log", "--seed", **_QUICK) as server:
        wait_for_all(server)
        with Load(server) as load:
            for number in range(3):
                rounds = load.rounds
                with detente(database_url, tmp_path / f"rebuild-{number}", "rebuild") as rebuild:
                    assert rebuild.wait(timeout=PATIENCE) == 0, (tmp_path / f"rebuild-{number}").read_text()
                wait_until(lambda before=rounds: load.rounds > before + 4 or bool(load.wrong))  # type: ignore[misc]
        assert load.wrong == []
        wait_for_all(server)
    assert_tables_equal_a_rebuild(database_url)


def test_a_rebuild_that_is_killed_leaves_the_live_tables_and_can_be_started_again(
    database_url: str, tmp_path: Path
) -> None:
    with running_server(database_url, tmp_path / "log", "--seed", **_QUICK) as server:
        lines = "\n".join(json.dumps(article(*[clash("RUS", "TUR") for _ in range(40)])) for _ in range(500))
        headers = {"content-type": "application/x-ndjson"}
        assert server.post("/v1/articles/batch", content=lines, headers=headers).status_code == 200
        wait_for_all(server)
        before = relation(server, "RUS", "TUR")
        with detente(database_url, tmp_path / "killed", "rebuild") as rebuild:
            wait_until(lambda: (read(server, "/health")["rebuild"] or {"position": 0})["position"] > 0)
            workers = psutil.Process(rebuild.pid).children(recursive=True)
            rebuild.kill()
        assert workers, "so long a log is rebuilt by several processes"
        assert psutil.wait_procs(workers, timeout=PATIENCE)[1] == [], "they outlive the rebuild"
        wait_until(lambda: read(server, "/health")["rebuild"] is None)
        assert relation(server, "RUS", "TUR") == before
        sent = posted(server, clash("RUS", "TUR", "2020-01-16"))

        with detente(database_url, tmp_path / "again", "rebuild") as rebuild:
            assert rebuild.wait(timeout=PATIENCE) == 0, (tmp_path / "again").read_text()
        assert (
            relation(server, "RUS", "TUR", min_position=sent["position"])["incidents"] == before["incidents"] + 1
        )
    if database_url.startswith("sqlite"):
        generations = {file.name for file in tmp_path.glob("*.projections-*")}
        assert not any("projections-1." in name or "projections-2." in name for name in generations), generations


def test_parked_events_are_shown_with_what_to_do_and_retried(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/x.db"
    first = len(read_actors(BY_ANN)) + 1  # its position in the seeds
    with (
        closing(Service.open(Settings(database_url=database_url))) as service,
        service.store.writing() as connection,
    ):
        # A row that is in the way of the seeds' first report.
        key = {"article": first, "number": 1, "version": 2}
        stumbling = {**key, "position": 0, "recorded": 0, "content": "{}"}
        connection.execute(insert(reported_events).values(stumbling))

    assert _run(database_url, tmp_path, "seed")[0] == 0
    status, said = _run(database_url, tmp_path, "status")
    assert status == 1
    assert f"parked: position {first + 1}" in said
    assert "detente retry" in said
    assert _run(database_url, tmp_path, "retry")[0] == 1
    status, said = _run(database_url, tmp_path, "retry", "7")
    assert status == 1
    assert "no event is parked at position 7" in said

    with closing(Service.open(Settings(database_url=database_url))) as service:
        with service.store.writing() as connection:
            connection.execute(reported_events.delete().where(reported_events.c.position == 0))
        parked = len(rows(service.store, "parked_events")["parked_events"])
    status, said = _run(database_url, tmp_path, "retry", str(first + 1))
    assert (status, said) == (0, f"{parked} folded; 0 still parked\n")
    assert _run(database_url, tmp_path, "status")[0] == 0
    assert_tables_equal_a_rebuild(database_url)


def _run(database_url: str, folder: Path, *arguments: str) -> tuple[int, str]:
    with detente(database_url, folder / "said", *arguments, settings=_QUICK) as process:
        return process.wait(timeout=PATIENCE), (folder / "said").read_text()
