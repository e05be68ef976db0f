"""Clients generated from the OpenAPI document without options: no warning, no type error, and they work."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.server import ServerClient

_GENERATED: Final = Path(__file__).parent / "generated"
_BIN: Final = Path(sys.executable).parent
_EXPECTED: Final = {"statuses": [201, 422], "days": 29, "problem": "urn:detente:problem:invalid-request"}

#: What somebody writes with the generated package. A module of ours could not be checked without that.
_USE: Final = """
import json
import sys

from detente_api_client import AuthenticatedClient
from detente_api_client.api.articles import post_article, post_articles
from detente_api_client.api.relations import get_relation, get_tension
from detente_api_client.models import (
    ArticleIn, ArticleRecorded, ClashIn, Interval, OneRelationOut, ProblemDetails, TensionSeries,
)

client = AuthenticatedClient(base_url=sys.argv[1], token="of-no-use-here", raise_on_unexpected_status=True)
clash = ClashIn(kind="clash", source="RUS", target="TUR", occurred="2020-02-03", type_="ASSAULT")
itself = ClashIn(kind="clash", source="RUS", target="RUS", occurred="2020-02-03", type_="ASSAULT")

def article(event: ClashIn, article_id: str) -> ArticleIn:
    return ArticleIn(publisher="Reuters", published="2020-02-04", events=[event], id=article_id)

posted = post_article.sync(client=client, body=article(clash, "from-python"))
assert isinstance(posted, ArticleRecorded), posted
batch = post_articles.sync(client=client, body=[article(clash, "batch-from-python"), article(itself, "refused")])
assert isinstance(batch, list), batch
position = max(result.position for result in batch if isinstance(result.position, int))
relation = get_relation.sync("RUS", "TUR", client=client, as_of="2020-02-29", min_position=position)
assert isinstance(relation, OneRelationOut), relation
tension: float = relation.tension
series = get_tension.sync(
    "RUS", "TUR", client=client, from_="2020-02-01", to="2020-02-29", interval=Interval.DAY
)
assert isinstance(series, TensionSeries), series
refused = get_relation.sync("Nobody", "TUR", client=client)
assert isinstance(refused, ProblemDetails), refused
statuses = [result.status for result in batch]
print(json.dumps({
    "id": posted.id, "statuses": statuses, "tension": tension, "days": len(series.items), "problem": refused.type_,
}))
"""


@pytest.fixture(scope="module")
def document(sqlite_server: ServerClient, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(sqlite_server.get("/openapi.json").content)
    return path


def _run(folder: Path, *command: str | Path) -> str:
    """Return what a command says, on standard error too; it finds the tools of our own environment."""
    path = f"{_BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _check(said: str, client: ServerClient) -> None:
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    now = client.get("/v1/relations/RUS/TUR", params={"as_of": "2020-02-29"}).json()
    assert found.pop("tension") == pytest.approx(now["tension"])
    assert client.get(f"/v1/articles/{found.pop('id')}").status_code == 200
    assert found == _EXPECTED


def test_a_client_in_python(document: Path, sqlite_server: ServerClient, tmp_path: Path) -> None:
    said = _run(tmp_path, _BIN / "openapi-python-client", "generate", "--path", document, "--output-path", "made")
    assert "arning" not in said, said
    shutil.move(tmp_path / "made" / "detente_api_client", tmp_path)
    (tmp_path / "use.py").write_text(_USE, "utf-8")

    _run(
        tmp_path,
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        os.devnull,
        "use.py",
        "detente_api_client",
    )
    _check(_run(tmp_path, sys.executable, "use.py", str(sqlite_server.base_url)), sqlite_server)


def test_a_client_in_typescript(document: Path, sqlite_server: ServerClient, tmp_path: Path) -> None:
    for name in ("package.json", "use.ts"):
        shutil.copy(_GENERATED / name, tmp_path)
    _run(
        tmp_path,
        "npm",
        "install",
        "--prefer-offline",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
    )
    tools = tmp_path / "node_modules" / ".bin"

    said = _run(tmp_path, tools / "openapi-typescript", document, "-o", "schema.d.ts")
    assert "arning" not in said, said
    options = ["--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom"]
    _run(tmp_path, tools / "tsc", *options, "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "use.ts")
    _check(_run(tmp_path, "node", "use.js", str(sqlite_server.base_url)), sqlite_server)
