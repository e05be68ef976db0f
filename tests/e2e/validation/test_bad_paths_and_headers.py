"""Paths, methods and headers that are not right: each is a problem, and nothing is recorded."""

import pytest

from tests.e2e.support import article, clash, problem
from tests.e2e.validation.support import IDLIB, PAIR, assert_refused
from tests.server import ServerClient

pytestmark = pytest.mark.usefixtures("nothing_is_recorded")


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v2/relations", "/v1/relation", "/v1/relations/RUS"])
def test_an_unknown_path_is_a_404(server: ServerClient, path: str) -> None:
    response = server.get(path, follow_redirects=False)

    assert problem(response, 404)["type"] == "urn:detente:problem:not-found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/relations"),
        ("POST", PAIR),
        ("PATCH", IDLIB),
        ("GET", f"{IDLIB}/events/1"),
        ("PUT", "/v1/articles"),
        ("POST", "/v1/events"),
        ("DELETE", "/v1/actors/RUS"),
    ],
)
def test_a_wrong_method_is_a_405(server: ServerClient, method: str, path: str) -> None:
    response = server.request(method, path)

    problem(response, 405)
    assert response.headers["allow"]


@pytest.mark.parametrize("number", ["1.0", "+1", "01", "%201", "1_0", "one", "1e0"])
def test_the_number_of_an_event_is_digits(server: ServerClient, number: str) -> None:
    path = f"{IDLIB}/events/{number}"
    for response in (server.delete(path), server.put(path, json={"event": clash("RUS", "TUR")})):
        assert problem(response, 422)["errors"][0]["parameter"] == "number"


ODD = [
    "nothing",
    "a%00b",
    "%E2%80%AEb",
    "%FF",
    "a%2Fb",
    "%F0%9F%99%82",
    "%0D%0AX-Evil:%201",
    "x" * 3000,
    "'%20OR%201=1--",
]


@pytest.mark.parametrize("name", ODD)
def test_what_there_is_not_is_a_404(server: ServerClient, name: str) -> None:
    sent = {**article(clash("RUS", "TUR")), "id": None}
    responses = [
        server.get(f"/v1/articles/{name}"),
        server.delete(f"/v1/articles/{name}"),
        *([server.put(f"/v1/articles/{name}", json=sent)] if name != "nothing" else []),  # that one would be made
        server.delete(f"/v1/articles/{name}/events/1"),
        server.put(f"/v1/articles/{name}/events/1", json={"event": clash("RUS", "TUR")}),
        server.get(f"/v1/agreements/{name}"),
    ]

    for response in responses:
        problem(response, 404)


@pytest.mark.parametrize("name", [name for name in ODD if name != "a%2Fb"])
def test_an_odd_name_in_a_path_is_an_unknown_actor(server: ServerClient, name: str) -> None:
    for path in (f"/v1/relations/{name}/TUR", f"/v1/relations/TUR/{name}/incidents", f"/v1/actors/{name}"):
        problem(server.get(path), 422)


@pytest.mark.parametrize("number", ["99", "0", "-1", str(2**31), str(2**63), str(10**30)])
def test_an_event_that_there_is_not_is_a_404(server: ServerClient, number: str) -> None:
    refused = problem(server.delete(f"{IDLIB}/events/{number}"), 404)

    assert refused["type"] == "urn:detente:problem:event-not-found"
    problem(server.put(f"{IDLIB}/events/{number}", json={"event": clash("RUS", "TUR")}), 404)


@pytest.mark.parametrize("number", ["one", "1.5", "1e3", "9" * 5000])
def test_the_number_of_an_event_is_a_number(server: ServerClient, number: str) -> None:
    assert_refused(server.delete(f"{IDLIB}/events/{number}"), "number")


# Headers


@pytest.mark.parametrize("who", ["a\u202eb", "a\u0085b", "a\u200fb", "x" * 101, "import"])
def test_who_records_is_text_and_not_the_importer(server: ServerClient, who: str) -> None:
    headers = [(b"X-Recorded-By", who.encode())]

    for response in (
        server.post("/v1/articles", json=article(clash("RUS", "TUR")), headers=headers),
        server.delete(IDLIB, headers=headers),
    ):
        error = problem(response, 422)["errors"][0]
        assert error["parameter"].lower() == "x-recorded-by"


@pytest.mark.parametrize("given", ["with space", "x" * 101, "a;b", "ä", "<script>"])
def test_a_request_id_that_is_not_fit_is_replaced(server: ServerClient, given: str) -> None:
    response = server.get("/v1/actors/RUS", headers=[(b"X-Request-ID", given.encode())])

    assert response.status_code == 200
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize("value", [b"\xff\xfe", b"a" * 5000, b",,,", b'"', b";q=;;"])
@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        (b"If-None-Match", {200}),
        (b"Accept", {200, 406}),
        (b"Content-Type", {200}),
        (b"Accept-Language", {200}),
        (b"Authorization", {200}),
        (b"Origin", {403}),
        (b"Host", {400, 403}),
    ],
)
def test_odd_headers_are_no_server_error(
    server: ServerClient, name: bytes, statuses: set[int], value: bytes
) -> None:
    assert server.get("/v1/relations", headers=[(name, value)]).status_code in statuses
