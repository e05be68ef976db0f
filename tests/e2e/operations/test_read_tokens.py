"""Read tokens in addresses and as passwords: they read data, are in nothing that is kept, and do nothing else."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest

from api.access.key_store import KeyStore
from api.access.keys import KeyRefused, Scope
from tests.e2e.command import detente
from tests.e2e.support import article, clash, problem
from tests.patience import wait_until
from tests.server import ServerClient, running_server

READS: Final = "/v1/relations/RUS/TUR"
WRONG: Final = f"detente_read_{'0' * 12}_{'0' * 64}"


class Tokens(NamedTuple):
    """A server that takes read tokens; its database and log lines; a token, a key that posts."""

    client: ServerClient
    database_url: str
    log: Path
    token: str
    key: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokens]:
    folder = tmp_path_factory.mktemp("tokens")
    database_url = f"sqlite:///{folder}/detente.db"
    made = detente(database_url, "key", "create", "--name", "Sheet", "--read-token")
    assert re.fullmatch(r"detente_read_[0-9a-f]{12}_[0-9a-f]{64}\n", made.stdout), made.stderr
    store = KeyStore.open(database_url)
    key = store.create("Desk", Scope.POST, datetime.now(UTC)).text
    store.close()
    settings = {"DETENTE_READ_TOKENS": "true", "DETENTE_LOG_LEVEL": "debug"}
    with running_server(database_url, folder / "log", "--seed", **settings) as client:
        yield Tokens(client, database_url, folder / "log", made.stdout.strip(), key)


@pytest.mark.parametrize("path", [READS, "/relations.csv", "/relations/RUS/TUR.json", "/v1/pictures/matrix"])
def test_a_token_reads_data_in_an_address_or_as_a_password(served: Tokens, path: str) -> None:
    asked = {"actor": ["RUS", "TUR"]} if path.endswith("matrix") else {}
    by_address = served.client.get(path, params={**asked, "token": served.token})
    by_password = served.client.get(path, params=asked, auth=("anybody", served.token))
    by_header = served.client.get(path, params=asked, headers={"Authorization": f"Bearer {served.token}"})

    for response in (by_address, by_password, by_header):
        assert response.status_code == 200, response.text
        assert response.content == by_header.content
        assert response.headers["etag"] == by_header.headers["etag"]
    for response in (by_address, by_password):
        assert response.headers["cache-control"].startswith("private")
        assert response.headers["referrer-policy"] == "no-referrer"
    if "pictures" not in path:
        assert "private" not in by_header.headers["cache-control"]


def test_an_answer_that_is_stored_is_private_for_a_token_and_needs_one(served: Tokens) -> None:
    path = "/v1/relations?limit=3"
    first, again = (served.client.get(path, params={"token": served.token}) for _ in range(2))
    assert first.content == again.content
    assert again.headers["cache-control"].startswith("private")
    problem(served.client.get(path), 401)
    asked = {"If-None-Match": first.headers["etag"]}
    unchanged = served.client.get(path, params={"token": served.token}, headers=asked)
    assert (unchanged.status_code, unchanged.headers["cache-control"][:7]) == (304, "private")


def test_the_way_to_the_next_page_has_no_token(served: Tokens) -> None:
    answer = served.client.get(
        "/v1/relations", params={"limit": "1", "token": served.token, "as_of": "2020-02-29"}
    )

    assert "limit=1" in answer.headers["link"]
    for kept in (answer.headers["link"], answer.text, answer.headers["etag"]):
        assert "token" not in kept
        assert served.token not in kept


def test_a_token_does_nothing_but_read(served: Tokens) -> None:
    for arguments in ({"params": {"token": served.token}}, {"auth": ("", served.token)}):
        refused = served.client.post("/v1/articles", json=article(clash("RUS", "TUR")), **arguments)
        assert problem(refused, 403)["type"] == "urn:detente:problem:token-not-allowed"
    as_key = {"Authorization": f"Bearer {served.token}"}
    refused = served.client.post("/v1/articles", json=article(clash("RUS", "TUR")), headers=as_key)
    assert problem(refused, 403)["type"] == "urn:detente:problem:scope-too-small"


def test_no_write_goes_by_a_token_however_it_comes(served: Tokens) -> None:
    """Each operation of the document that is not a read, also those that need no more than a dry run."""
    paths = served.client.get("/openapi.json").json()["paths"]
    writes = [(method, path) for path, item in paths.items() for method in item if method != "get"]
    assert len(writes) > 15
    for method, path in writes:
        address = re.sub(r"\{\w+\}", "1", path)
        for given in ({"params": {"token": served.token, "dry_run": "true"}}, {"auth": ("x", served.token)}):
            refused = served.client.request(method, address, json={}, **given)
            assert problem(refused, 403)["type"] == "urn:detente:problem:token-not-allowed", (method, path)
            assert served.token not in refused.text + str(refused.headers)
        bearer = {"Authorization": f"Bearer {served.token}"}
        refused = served.client.request(method, address, json={}, headers=bearer)
        assert problem(refused, 403)["type"] == "urn:detente:problem:scope-too-small", (method, path)


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "put"])
def test_no_other_method_goes_by_a_token(served: Tokens, method: str) -> None:
    answer = served.client.request(method, READS, params={"token": served.token})
    assert answer.status_code in (400, 403, 405)
    assert served.token not in answer.text + str(answer.headers)


def test_no_way_onwards_has_the_token(served: Tokens) -> None:
    """Neither where it is redirected to, nor a link, a descriptor or a name of the answer."""
    paths = (
        "/relations/", "/relations/TUR/RUS", "/relations/Turkey/Russia.csv", "/v1/relations/", "/relations.csv",
        "/v1/no", "/relations.csv-metadata.json", "/", "/relations/RUS/TUR/tension.svg", "/v1/relations?limit=1",
    )  # fmt: skip
    for path in paths:
        for kind in ("application/json", "text/html", "*/*"):
            asked = httpx.URL(path).copy_merge_params({"token": served.token})
            answer = served.client.get(asked, headers={"Accept": kind}, follow_redirects=False)
            assert answer.status_code < 500
            assert served.token not in answer.text + str(answer.headers), (path, kind)
            assert "token=" not in answer.text + str(answer.headers), (path, kind)


def test_a_page_goes_by_no_token_and_nobody_signs_in_with_one(served: Tokens) -> None:
    asked = {"Accept": "text/html"}
    page = served.client.get("/relations", params={"token": served.token}, headers=asked)
    assert page.status_code == 403
    assert served.token not in page.text
    signed_in = served.client.post(
        "/sign-in", data={"key": served.token}, headers={"Origin": str(served.client.base_url).rstrip("/")}
    )
    assert "set-cookie" not in signed_in.headers
    assert signed_in.status_code >= 400


@pytest.mark.parametrize("name", ["token", "key", "access_token", "q"])
def test_a_key_in_an_address_is_refused_and_taken_for_known(served: Tokens, name: str) -> None:
    for asked in (f"{name}={served.key}", f"{name}={served.key}&token={served.token}"):
        refused = served.client.get(READS, params=asked)
        assert problem(refused, 401)["type"] == "urn:detente:problem:key-in-address"
        assert "make another one" in refused.json()["detail"]
        assert served.key not in refused.text


@pytest.mark.parametrize(
    "path", ["/relations.csv&token={}", "/v1/relations/{}/TUR", "/relations/{}", "/sign-in/{}"]
)
def test_a_secret_in_a_path_is_refused_and_nobody_keeps_it(served: Tokens, path: str) -> None:
    for secret in (served.token, served.key, served.key.replace("_", "%255F")):
        refused = served.client.get(path.format(secret))
        assert problem(refused, 401)["type"] == "urn:detente:problem:key-in-address"
        assert secret not in refused.text
    for secret in (served.token, served.key):
        assert secret.rpartition("_")[2] not in served.log.read_text()


def test_what_could_mean_two_things_is_refused(served: Tokens) -> None:
    twice = served.client.get(READS, params=[("token", served.token), ("token", served.token)])
    assert problem(twice, 422)["errors"][0]["code"] == "repeated-parameter"
    beside = {"Authorization": f"Bearer {served.key}"}
    assert (
        "give one of the two"
        in problem(served.client.get(READS, params={"token": served.token}, headers=beside), 422)["detail"]
    )


def test_a_wrong_token_is_held_back_as_wrong_keys_are(served: Tokens) -> None:
    for arguments in ({"params": {"token": WRONG}}, {"auth": ("", WRONG)}, {"params": {"token": "my password"}}):
        refused = served.client.get(READS, **arguments)
        assert problem(refused, 401)["type"] == "urn:detente:problem:key-refused"
    assert "is a key, and no read token" in problem(served.client.get(READS, auth=("", served.key)), 401)["detail"]
    log = served.log.read_text()
    assert "refused from 127.0.0.1: key 000000000000" in log
    assert "my password" not in log.replace("%20", " ").replace("+", " ")


def test_no_token_or_key_of_an_address_is_in_a_log_or_a_number(served: Tokens) -> None:
    secrets = [text.rpartition("_")[2] for text in (served.token, served.key)]
    assert served.client.get(READS, params={"token": served.token}).status_code == 200
    assert served.client.get(READS, params={"token": served.key}).status_code == 401
    metrics = served.client.get("/metrics", headers={"Authorization": f"Bearer {served.key}"}).text
    log = served.log.read_text()
    assert READS in log
    for secret in secrets:
        assert secret not in log
        assert secret not in metrics


def test_a_list_shows_which_key_is_a_token_and_a_revoked_one_reads_nothing(served: Tokens) -> None:
    store = KeyStore.open(served.database_url)
    token = store.create("Another sheet", Scope.READ, datetime.now(UTC), is_token=True).text
    with pytest.raises(KeyRefused, match="of scope read"):
        store.create("Yet another", Scope.POST, datetime.now(UTC), is_token=True)
    store.close()
    wait_until(lambda: served.client.get(READS, params={"token": token}).status_code == 200, "the token is let in")
    listed = detente(served.database_url, "key", "list").stdout
    assert re.search(r"Another sheet\W+read token", listed)
    assert detente(served.database_url, "key", "revoke", "Another sheet").returncode == 0
    wait_until(lambda: served.client.get(READS, params={"token": token}).status_code == 401, "it is revoked")


def test_a_token_that_expires_says_when_and_reads_until_then(served: Tokens) -> None:
    made = detente(
        served.database_url, "key", "create", "--name", "For a year", "--read-token", "--expires", "2999-12-31"
    )
    assert made.returncode == 0, made.stderr
    listed = detente(served.database_url, "key", "list", "--json")
    (entry,) = [each for each in json.loads(listed.stdout)["keys"] if each["name"] == "For a year"]
    assert (entry["expires"], entry["kind"], entry["revoked"]) == ("2999-12-31T00:00:00Z", "read token", None)
    past = detente(
        served.database_url, "key", "create", "--name", "Past", "--read-token", "--expires", "2020-01-01"
    )
    assert past.returncode != 0
    assert "name an instant to come" in past.stderr

    store = KeyStore.open(served.database_url)
    until = datetime.now(UTC) + timedelta(seconds=1)
    token = store.create("For a moment", Scope.READ, datetime.now(UTC), is_token=True, expires=until).text
    store.close()

    def said() -> str:
        return served.client.get(READS, params={"token": token}).text

    wait_until(lambda: "For a moment expired at" in said(), "it has expired")
    assert served.client.get(READS, params={"token": made.stdout.strip()}).status_code == 200


def test_a_key_needs_a_scope_and_a_token_has_but_one(served: Tokens) -> None:
    assert detente(served.database_url, "key", "create", "--name", "Nothing").returncode == 2
    refused = detente(served.database_url, "key", "create", "--name", "All", "--read-token", "--scope", "admin")
    assert refused.returncode != 0
    assert "of scope read" in refused.stderr


def test_where_no_setting_lets_them_tokens_are_not_taken(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/detente.db"
    store = KeyStore.open(database_url)
    token = store.create("Sheet", Scope.READ, datetime.now(UTC), is_token=True).text
    store.close()
    with running_server(database_url, tmp_path / "log") as client:
        refused = client.get("/v1/models", params={"token": token})
        assert "DETENTE_READ_TOKENS" in problem(refused, 403)["detail"]
        assert problem(client.get("/v1/models", auth=("", token)), 401)["type"].endswith(":key-refused")
        assert client.get("/v1/models", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert token.rpartition("_")[2] not in (tmp_path / "log").read_text()
