"""A Superset of its own, as a process, and its REST API as far as a dashboard needs it."""

import json
import os
import secrets
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final

import httpx

from tests.patience import PATIENCE

_PASSWORD: Final = secrets.token_urlsafe()
_CONFIG: Final = """
    SECRET_KEY = {secret!r}
    SQLALCHEMY_DATABASE_URI = {database_url!r}
    RATELIMIT_ENABLED = False
    TALISMAN_ENABLED = False
    SESSION_COOKIE_SECURE = False
"""


class Superset:
    """What is asked of a Superset over HTTP. Every answer but a success is an error that shows what it says."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        login = {"username": "admin", "password": _PASSWORD, "provider": "db"}
        token = self._send("POST", "security/login", login)["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        client.headers["Referer"] = str(client.base_url)
        client.headers["X-CSRFToken"] = self._send("GET", "security/csrf_token/")["result"]

    def add_database(self, name: str, uri: str) -> int:
        """Connect a database; return its id."""
        return int(self._send("POST", "database/", {"database_name": name, "sqlalchemy_uri": uri})["id"])

    def add_dataset(self, database: int, schema: str, table: str) -> int:
        """Make a dataset of a table or a view; return its id."""
        body = {"database": database, "schema": schema, "table_name": table}
        return int(self._send("POST", "dataset/", body)["id"])

    def columns(self, dataset: int) -> dict[str, str]:
        """Return the columns of a dataset with their types, as Superset read them."""
        columns = self._send("GET", f"dataset/{dataset}")["result"]["columns"]
        return {column["column_name"]: column["type"] for column in columns}

    def add_chart(self, name: str, dataset: int, kind: str, query: dict[str, Any]) -> int:
        """Make a chart of a query on a dataset; return its id."""
        source = {"id": dataset, "type": "table"}
        context = {"datasource": source, "queries": [query], "result_format": "json", "result_type": "full"}
        params = {"viz_type": kind, "datasource": f"{dataset}__table", **query}
        body = {
            "slice_name": name,
            "datasource_id": dataset,
            "datasource_type": "table",
            "viz_type": kind,
            "params": json.dumps(params),
            "query_context": json.dumps(context),
        }
        return int(self._send("POST", "chart/", body)["id"])

    def data_of(self, chart: int) -> list[dict[str, Any]]:
        """Return the rows that a chart draws, asked of the database anew."""
        (result,) = self._send("GET", f"chart/{chart}/data/?force=true")["result"]
        rows: list[dict[str, Any]] = result["data"]
        return rows

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._client.request(method, f"/api/v1/{path}", json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


@contextmanager
def running_superset(
    command: Path, folder: Path, database_url: str, port: int, said: Callable[[str], None]
) -> Iterator[Superset]:
    """Set up a Superset with its `superset` command, run it on a port, and yield its API.

    What it keeps is in a database of its own, at a URL; each step that is done is `said`.
    """
    config = folder / "superset_config.py"
    config.write_text(textwrap.dedent(_CONFIG.format(secret=secrets.token_hex(32), database_url=database_url)))
    environment = os.environ | {"SUPERSET_CONFIG_PATH": str(config), "SUPERSET_HOME": str(folder)}
    log_file = folder / "superset.log"
    admin = ("--username=admin", "--firstname=A", "--lastname=B", "--email=admin@example.org")
    with log_file.open("w") as log:
        for step in (("db", "upgrade"), ("fab", "create-admin", *admin, f"--password={_PASSWORD}"), ("init",)):
            done = subprocess.run([command, *step], env=environment, stdout=log, stderr=log, check=False)
            assert done.returncode == 0, f"superset {step[0]} failed:\n{log_file.read_text()[-4000:]}"
            said(f"superset {' '.join(step[:2])}")
        process = subprocess.Popen([command, "run", "--port", str(port)], env=environment, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            _wait_until_healthy(client, process, log_file)
            yield Superset(client)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait_until_healthy(client: httpx.Client, process: "subprocess.Popen[bytes]", log_file: Path) -> None:
    while process.poll() is None:
        try:
            if client.get("/health").text == "OK":
                return
        except httpx.TransportError:
            pass
        Event().wait(0.5)
    raise AssertionError(f"Superset did not start:\n{log_file.read_text()[-4000:]}")
