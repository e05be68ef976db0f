"""Keys, as those who run a service and those who ask it meet them: a real server, the real command line."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from api.access.key_store import KeyStore
from api.access.keys import Scope
from tests.conftest import NewDatabase
from tests.e2e.command import detente
from tests.e2e.support import Json, article, clash, posted, problem, read
from tests.patience import wait_until
from tests.postgres import Databases
from tests.server import ServerClient, running_server

OPEN: Final = {"/health/live", "/health/ready"}
SCOPES: Final = tuple(scope.value for scope in Scope)
NOT_A_KEY: Final = f"detente_{'0' * 12}_{'0' * 64}"


def make_key(database_url: str, name: str, scope: str) -> str:
    """Make a key as a person does; return it."""
    made = detente(database_url, "key", "create", "--name", name, "--scope", scope)
    assert made.returncode == 0, made.stderr
    assert re.fullmatch(r"detente_[0-9a-f]{12}_[0-9a-f]{64}\n", made.stdout)
    return made.stdout.strip()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


class Guarded:
    """A server with a key of each scope."""

    def __init__(self, client: ServerClient, database_url: str, log_file: Path, keys: Mapping[Scope, str]) -> None:
        self.client = client
        self.database_url = database_url
        self.log_file = log_file
        self.keys = keys

    def ask(self, held: str, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {**bearer(self.keys[Scope(held)]), **arguments.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **arguments)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def guarded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp(f"keys-{request.param}")
    database_url = f"sqlite:///{folder}/detente.db"
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        database_url = databases.make()
    store = KeyStore.open(database_url)
    keys = {scope: store.create(f"Desk that may {scope}", scope, datetime.now(UTC)).text for scope in Scope}
    store.close()
    with running_server(database_url, folder / "log", "--seed") as client:
        yield Guarded(client, database_url, folder / "log", keys)


# Every route


def operations(guarded: Guarded) -> Iterator[tuple[str, str, str | None]]:
    """Yield method, path and scope needed of each operation in the OpenAPI document, which is open to all."""
    fill = {"a": "RUS", "b": "TUR", "actor": "RUS", "name": "RUS", "number": "1"}
    for path, item in read(guarded.client, "/openapi.json")["paths"].items():
        for method, operation in item.items():
            if security := operation.get("security"):
                assert [list(requirement) for requirement in security] == [["key"]], path
                (scope,) = security[0]["key"]
            else:
                scope = None
            yield method, re.sub(r"\{(\w+)\}", lambda found: fill.get(found[1], "nothing"), path), scope


def test_the_document_describes_keys(guarded: Guarded) -> None:
    schemes = read(guarded.client, "/openapi.json")["components"]["securitySchemes"]

    assert list(schemes) == ["key"]
    assert (schemes["key"]["type"], schemes["key"]["scheme"]) == ("http", "bearer")


def test_every_route_but_the_open_ones_wants_a_key(guarded: Guarded) -> None:
    found = list(operations(guarded))
    assert len(found) > 15
    assert {path for _, path, scope in found if scope is None} == OPEN
    for method, path, scope in found:
        response = guarded.client.request(method, path)
        if scope is None:
            assert response.status_code == 200, path
            assert list(response.json()) == ["status"], "no details without a key"
        else:
            assert problem(response, 401)["type"] == "urn:detente:problem:key-missing", (method, path)
            assert response.headers["www-authenticate"] == 'Bearer realm="detente"'


@pytest.mark.parametrize("held", SCOPES)
def test_every_route_wants_a_key_of_its_scope(guarded: Guarded, held: str) -> None:
    for method, path, scope in operations(guarded):
        response = guarded.ask(held, method, path)
        if scope is not None and SCOPES.index(held) < SCOPES.index(scope):
            refused = problem(response, 403)
            assert refused["type"] == "urn:detente:problem:scope-too-small", (method, path)
            assert f"a key of scope {scope}; Desk that may {held} is of scope {held}" in refused["detail"]
            assert f'scope="{scope}"' in response.headers["www-authenticate"]
        else:
            assert response.status_code not in (401, 403), (method, path)


def test_what_writes_is_not_for_readers(guarded: Guarded) -> None:
    assert {scope for method, _, scope in operations(guarded) if method == "get"} == {"read", None}
    assert {scope for method, _, scope in operations(guarded) if method != "get"} == {"post", "admin"}


@pytest.mark.parametrize("held", SCOPES)
def test_names_are_shared_and_taken_back_by_an_administrator(guarded: Guarded, held: str) -> None:
    dry = {"dry_run": "true"}
    shared = guarded.ask(
        held, "POST", "/v1/actors/RUS/names", json={"name": "Ankara"}, params={"share": "true", **dry}
    )
    taken_back = guarded.ask(held, "DELETE", "/v1/actors/TUR/names/Ankara", params=dry)

    if held == Scope.ADMIN:
        assert shared.json()["shared_with"] == ["TUR"]
        assert taken_back.json()["meanings"] == [{"name": "Ankara", "means": ["TUR"], "would_mean": []}]
    else:
        for refused in (shared, taken_back):
            assert problem(refused, 403)["type"] == "urn:detente:problem:scope-too-small"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/docs", "/health/live/", "//health/live"])
def test_a_path_that_is_no_route_is_not_open_either(guarded: Guarded, path: str) -> None:
    problem(guarded.client.get(path), 401)


# Who gets in


def test_who_has_no_key_is_refused_before_the_body_is_read(guarded: Guarded) -> None:
    refused = guarded.client.post("/v1/articles", content=b"{", headers={"Content-Type": "application/json"})

    assert problem(refused, 401)["type"] == "urn:detente:problem:key-missing"


@pytest.mark.parametrize(
    ("header", "detail"),
    [(f"Bearer {NOT_A_KEY}", "not a key of this service"), ("Basic dXNlcjpwYXNz", "not of the form of a key")],
)
def test_a_wrong_key_is_refused_and_logged_without_its_secret(guarded: Guarded, header: str, detail: str) -> None:
    refused = guarded.client.get("/v1/actors/RUS", headers={"Authorization": header})

    assert problem(refused, 401)["type"] == "urn:detente:problem:key-refused"
    assert detail in refused.json()["detail"]
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    log = guarded.log_file.read_text()
    assert "refused from 127.0.0.1" in log
    assert detail in log
    assert header.split()[1] not in log


def test_the_id_of_a_key_with_a_wrong_secret_says_nothing(guarded: Guarded) -> None:
    key_id = guarded.keys[Scope.READ].split("_")[1]

    refused = guarded.client.get("/v1/actors/RUS", headers=bearer(f"detente_{key_id}_{'0' * 64}"))

    assert "not a key of this service" in problem(refused, 401)["detail"]
    assert key_id in guarded.log_file.read_text()


def test_who_recorded_a_fact_is_the_name_of_the_key(guarded: Guarded) -> None:
    sent = article(clash("RUS", "TUR"))
    lines = {
        "content": json.dumps(article(clash("RUS", "TUR"))),
        "headers": {"Content-Type": "application/x-ndjson"},
    }
    after = guarded.ask("read", "GET", "/v1/events").json()["position"]

    assert guarded.ask("post", "POST", "/v1/articles", json=sent).status_code == 201
    assert guarded.ask("admin", "DELETE", f"/v1/articles/{sent['id']}").status_code == 200
    assert guarded.ask("post", "POST", "/v1/articles/batch", **lines).status_code == 200

    entries = guarded.ask("read", "GET", "/v1/events", params={"after": after}).json()["items"]
    assert [entry["recorded_by"] for entry in entries] == [
        "Desk that may post",
        "Desk that may post",
        "Desk that may admin",
        "Desk that may post",
        "Desk that may post",
    ]


@pytest.mark.parametrize("who", ["ada", "", "Desk that may post"])
def test_with_a_key_nobody_says_who_they_are(guarded: Guarded, who: str) -> None:
    headers = {"X-Recorded-By": who}

    refused = problem(
        guarded.ask("post", "POST", "/v1/articles", json=article(clash("RUS", "TUR")), headers=headers), 422
    )

    assert refused["errors"][0]["parameter"] == "X-Recorded-By"
    assert "Desk that may post" in refused["detail"]


# While the server runs, in every process


def test_keys_come_and_go_while_servers_run(guarded: Guarded, tmp_path: Path) -> None:
    name = tmp_path.name
    with running_server(guarded.database_url, tmp_path / "other") as other:
        clients = [guarded.client, other]
        for client in clients:
            assert client.get("/v1/actors/RUS", headers=bearer(guarded.keys[Scope.READ])).status_code == 200

        key = make_key(guarded.database_url, name, "read")

        def answers(client: httpx.Client, status: int) -> bool:
            return client.get("/v1/actors/RUS", headers=bearer(key)).status_code == status

        for client in clients:
            wait_until(lambda client=client: answers(client, 200))  # type: ignore[misc]  # bound at once
        revoked = detente(guarded.database_url, "key", "revoke", name)
        assert (revoked.returncode, key.split("_")[1] in revoked.stdout) == (0, True)
        for client in clients:
            wait_until(lambda client=client: answers(client, 401))  # type: ignore[misc]  # bound at once
            assert "was revoked" in client.get("/v1/actors/RUS", headers=bearer(key)).json()["detail"]
    again = detente(guarded.database_url, "key", "create", "--name", name, "--scope", "read")
    assert (again.returncode, again.stdout) == (1, "")
    assert "given once" in again.stderr


def test_no_secret_is_in_a_log_an_event_or_a_list(guarded: Guarded) -> None:
    listed = detente(guarded.database_url, "key", "list")
    as_json = detente(guarded.database_url, "key", "list", "--json")
    entries = {entry["name"]: entry for entry in json.loads(as_json.stdout)["keys"]}
    assert entries["Desk that may post"]["scope"] == "post"
    assert entries["Desk that may post"]["revoked"] is None

    seen = [listed.stdout, as_json.stdout, guarded.log_file.read_text()]
    for method, path, _ in operations(guarded):
        if method == "get":
            seen.append(guarded.ask("admin", method, path).text)
    for key in guarded.keys.values():
        _, key_id, secret = key.split("_")
        assert key_id in listed.stdout
        assert not any(secret in text for text in seen)


# Without keys


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])  # noqa: S104
def test_a_server_that_others_reach_does_not_start_without_keys(new_database: NewDatabase, host: str) -> None:
    database_url = new_database()

    refused = detente(database_url, "serve", "--port", "0", DETENTE_HOST=host)

    assert refused.returncode == 1
    assert "detente key create --name NAME --scope" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_it_starts_with_one_and_stays_shut_when_that_is_revoked(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/x.db"
    key = make_key(database_url, "ops", "admin")
    settings = {"DETENTE_HOST": "0.0.0.0"}  # noqa: S104
    with running_server(database_url, tmp_path / "one", "--seed", **settings) as client:
        assert client.get("/v1/actors/RUS", headers=bearer(key)).status_code == 200
        problem(client.get("/v1/actors/RUS"), 401)
    detente(database_url, "key", "revoke", "ops")

    with running_server(database_url, tmp_path / "two", **settings) as client:
        problem(client.get("/v1/actors/RUS"), 401)
        problem(client.get("/v1/actors/RUS", headers=bearer(key)), 401)
        assert "0 of 1 keys are valid" in (tmp_path / "two").read_text()


def test_a_server_of_this_machine_says_that_it_is_open_to_it(sqlite_server: ServerClient, tmp_path: Path) -> None:
    with running_server(f"sqlite:///{tmp_path}/x.db", tmp_path / "log", "--host", "localhost", "--seed") as client:
        assert posted(client, clash("RUS", "TUR"))["changed"] is True
        assert "no keys have been made: only requests of this machine" in (tmp_path / "log").read_text()
    assert sqlite_server.get("/v1/actors/RUS", headers=bearer(NOT_A_KEY)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"X-Forwarded-For": "192.0.2.7"},
    ],
)
def test_it_does_not_answer_pages_of_others_nor_through_a_proxy(
    sqlite_server: ServerClient, headers: dict[str, str]
) -> None:
    sent: Json = article(clash("RUS", "TUR"))

    refused = sqlite_server.post("/v1/articles", json=sent, headers=headers)

    assert problem(refused, 403)["type"] == "urn:detente:problem:not-local"
    assert sqlite_server.get(f"/v1/articles/{sent['id']}").status_code == 404


# Import


ROWS: Final = "1979-04-15\tISRMIL\tPAL\t190\n"


def _import(guarded: Guarded, tmp_path: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    (tmp_path / "levant").write_text(ROWS)
    server = ("--server", str(guarded.client.base_url))
    run = detente("sqlite:////nowhere/x.db", "import", str(tmp_path / "levant"), *server, *arguments, **settings)
    return run.returncode, run.stdout + run.stderr


def test_import_brings_its_key(guarded: Guarded, tmp_path: Path) -> None:
    key = guarded.keys[Scope.POST]
    status, printed = _import(guarded, tmp_path, DETENTE_KEY=f" {key}\n")
    assert status == 0, printed
    status, printed = _import(guarded, tmp_path, "--key", key)
    assert status == 0, printed
    assert key not in printed


def test_import_says_what_its_key_lacks_and_never_the_key(guarded: Guarded, tmp_path: Path) -> None:
    for given, says in (
        ("", "401"),
        (NOT_A_KEY, "not a key of this service"),
        (guarded.keys[Scope.READ], "a key of scope post"),
        ("hunter2 and\nmore", "this is not a key"),
    ):
        status, printed = _import(guarded, tmp_path, "--publisher", "nobody yet", DETENTE_KEY=given)
        assert status in (1, 2)
        assert says in printed
        assert not given or given not in printed
