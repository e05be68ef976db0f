"""Signing in, and out, and what is refused: a server with keys, whose clock is set by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import typer

from api.access.keys import Scope
from api.access.sessions import IDLE
from api.access.throttle import Throttle
from api.app import create_app
from api.cli.keys import list_sessions
from api.running.settings import Settings
from tests.e2e.app_client import AppClient, client_of
from tests.e2e.pages.writing.forms import FormBrowser, FormReader

NOT_A_KEY = f"detente_{'0' * 12}_{'0' * 64}"


class Desk:
    """A server with a key of each scope, and a browser of a kind on it."""

    now = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def __init__(self, client: AppClient) -> None:
        self.client = client
        client.headers["Accept"] = "text/html"
        self.keys = client.app.state.service.keys
        self.texts = {scope: self.keys.create(f"may {scope}", scope, self.now).text for scope in Scope}
        self.origin = str(client.base_url).rstrip("/")

    def send(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        return self.client.post(path, data=fields, headers={"Origin": self.origin, **(headers or {})})

    def sign_in(self, scope: Scope = Scope.READ, **fields: str) -> httpx.Response:
        return self.send("/sign-in", None, key=self.texts[scope], **fields)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path_factory.mktemp('desk')}/d.db", projector="thread", access_log=False
    )
    held: list[Desk] = []
    with client_of(create_app(settings, lambda: held[0].now if held else Desk.now)) as client:
        held.append(Desk(client))
        client.app.state.keys.expire()
        yield held[0]


@pytest.fixture
def desk(served: Desk) -> Desk:
    served.client.cookies.clear()
    throttle: Throttle = served.client.app.state.throttle
    throttle.__init__(sleep=_at_once)  # type: ignore[misc]
    return served


async def _at_once(_seconds: float) -> None:
    return


def test_without_a_session_a_page_asks_for_a_key_and_says_where_it_leads(desk: Desk) -> None:
    page = desk.client.get("/models?x=%22%3E")

    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    assert '<form method="post" action="/sign-in"' in page.text
    assert 'name="to" value="/models?x=%22%3E"' in page.text


def test_a_key_makes_a_session_that_no_script_can_use(desk: Desk) -> None:
    answered = desk.sign_in(to="/models")

    assert (answered.status_code, answered.headers["location"]) == (303, "/models")
    cookie = answered.headers["set-cookie"]
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert desk.texts[Scope.READ] not in str(answered.headers)
    page = desk.client.get("/models")
    assert page.status_code == 200
    assert "may read" in page.text
    assert desk.client.get("/models.json").status_code == 200


def test_by_a_link_of_another_site_one_reads_and_by_a_form_of_it_writes_nothing(desk: Desk) -> None:
    desk.sign_in(Scope.ADMIN)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}

    assert "may admin" in desk.client.get("/models", headers=elsewhere).text
    for path in ("/post", "/sign-in", "/sign-out"):
        refused = desk.send(path, {**elsewhere, "Origin": "https://elsewhere.example"}, do="record")
        assert (refused.status_code, "foreign-origin" in refused.text or "not sent by a page" in refused.text) == (
            403,
            True,
        )
    assert desk.client.get("/models").status_code == 200


def test_the_api_goes_by_keys_alone(desk: Desk) -> None:
    desk.sign_in(Scope.ADMIN)

    assert desk.client.get("/v1/models").status_code == 401
    assert desk.client.post("/v1/articles", json={}).status_code == 401
    assert desk.client.get("/health").status_code == 401


def test_signing_out_ends_the_session_and_not_only_the_cookie(desk: Desk) -> None:
    desk.sign_in()
    (token,) = desk.client.cookies.values()

    out = desk.send("/sign-out")

    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert not desk.client.cookies
    desk.client.cookies["detente_session"] = token
    assert "it was ended" in desk.client.get("/models").text


def test_a_session_is_over_once_nothing_was_done_for_hours(desk: Desk) -> None:
    desk.sign_in()
    desk.now += IDLE / 2
    assert desk.client.get("/models").status_code == 200
    desk.client.app.state.sessions._forget()
    desk.now += IDLE - timedelta(minutes=1)
    assert desk.client.get("/models").status_code == 200
    desk.client.app.state.sessions._forget()
    desk.now += IDLE

    assert "nothing was done in it for 2 hours" in desk.client.get("/models").text


def test_a_revoked_key_ends_its_sessions(desk: Desk) -> None:
    made = desk.keys.create("leaves", Scope.ADMIN, desk.now)
    desk.client.app.state.keys.expire()
    assert desk.send("/sign-in", key=made.text).status_code == 303
    desk.keys.revoke("leaves", desk.now)
    desk.client.app.state.keys.expire()

    assert "its key was revoked" in desk.client.get("/models").text


@pytest.mark.parametrize("key", ["", "hunter2", NOT_A_KEY])
def test_a_wrong_key_is_refused_and_not_repeated(desk: Desk, key: str) -> None:
    refused = desk.send("/sign-in", key=key, to="/models")

    assert refused.status_code == 401
    assert "set-cookie" not in refused.headers
    assert 'name="to" value="/models"' in refused.text
    assert not key or key not in refused.text


def test_wrong_keys_are_held_back_as_elsewhere(desk: Desk) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    desk.client.app.state.throttle.__init__(clock=lambda: 0.0, sleep=wait)
    for _ in range(3):
        desk.send("/sign-in", key=NOT_A_KEY)
    desk.client.get("/models", headers={"Authorization": f"Bearer {NOT_A_KEY}"})

    assert waited == sorted(waited)
    assert len(waited) == 4
    assert waited[0] > 0


@pytest.mark.parametrize("path", ["/post", "/articles/idlib/redact"])
def test_a_page_says_that_the_key_is_of_too_small_a_scope(desk: Desk, path: str) -> None:
    desk.sign_in(Scope.READ)
    page = desk.client.get(path)

    assert page.status_code == 403
    assert "The key&#39;s scope does not allow this" in page.text
    assert "may read is of scope read" in page.text
    assert '<a href="/sign-in">Sign in with another key</a>' in page.text


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example", "models", "/a b", ""])
def test_signing_in_leads_nowhere_else(desk: Desk, to: str) -> None:
    assert desk.sign_in(to=to).headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_no_other_site_signs_anybody_in_or_out(desk: Desk, headers: dict[str, str]) -> None:
    for path in ("/sign-in", "/sign-out"):
        refused = desk.send(path, headers, key=desk.texts[Scope.READ])
        assert refused.status_code == 403
        assert "did not come from a page of this service" in refused.text
        assert "set-cookie" not in refused.headers


def test_what_does_not_say_where_it_comes_from_is_refused(desk: Desk) -> None:
    refused = desk.client.post("/sign-in", data={"key": desk.texts[Scope.READ]})
    assert refused.status_code == 403
    by_site = {"Sec-Fetch-Site": "same-origin"}
    key = {"key": desk.texts[Scope.READ]}
    assert desk.client.post("/sign-in", data=key, headers=by_site).status_code == 303


def test_of_a_stranger_little_is_read(desk: Desk) -> None:
    assert desk.send("/sign-in", key=NOT_A_KEY, kept="x" * 9000).status_code == 413
    assert desk.send("/sign-in/again", title="x").status_code == 404
    assert desk.send("/nothing", title="x").status_code == 401


def test_a_page_asks_for_a_key_by_itself_too(desk: Desk) -> None:
    asked = desk.client.get("/sign-in?to=/models")
    assert asked.status_code == 200
    assert 'name="to" value="/models"' in asked.text


def test_what_is_sent_once_a_session_is_over_is_kept_and_gone_on_with(desk: Desk) -> None:
    """The form is not looked at before its sender has signed in again, and it is recorded when they say so."""
    browser = FormBrowser(desk.client)
    desk.sign_in(Scope.POST)
    page = browser.get("/post")
    former = dict(FormReader(page.text).fields)["form_token"]
    desk.now += IDLE
    over = browser.press(page, "check", __headline="Half\r\nwritten", pasted="<b>&é")

    assert over.status_code == 401
    assert "nothing was done in it for 2 hours" in over.text
    assert "What you entered is kept" in over.text
    wrong = browser.press(over, "", key=NOT_A_KEY)
    assert wrong.status_code == 401
    again = browser.press(wrong, "", key=desk.texts[Scope.POST])
    assert again.status_code == 200
    fields = dict(FormReader(again.text).fields)
    assert (fields["/headline"], fields["pasted"]) == ("Half\nwritten", "<b>&é")
    assert fields["form_token"] != former
    shown = browser.press(again, "")
    assert shown.status_code == 422
    assert dict(FormReader(shown.text).fields)["pasted"] == "<b>&é"


def test_a_form_of_somebody_else_is_not_kept_over_the_sign_in(desk: Desk) -> None:
    browser = FormBrowser(desk.client)
    desk.sign_in(Scope.POST)
    desk.now += IDLE
    over = browser.send("/post", [("form_token", "0" * 64), ("pasted", "planted"), ("do", "record")])
    assert over.status_code == 401
    assert "planted" not in over.text


@pytest.mark.parametrize(("scope", "path"), [(Scope.READ, "/post"), (Scope.POST, "/articles/a/redact")])
def test_a_key_without_the_scope_is_told_what_is_needed(desk: Desk, scope: Scope, path: str) -> None:
    desk.sign_in(scope)
    for refused in (desk.client.get(path), desk.send(path)):
        assert refused.status_code == 403
        assert "this needs a key of scope" in refused.text


def test_the_command_line_shows_who_is_signed_in_and_ends_sessions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DETENTE_DATABASE_URL", desk.client.app.state.service.settings.database_url)
    one, other = (
        desk.keys.sessions.create(desk.keys.named(f"may {scope}"), datetime.now(UTC)).session
        for scope in (Scope.READ, Scope.ADMIN)
    )

    def listed(end: str | None = None) -> list[str]:
        list_sessions(end, as_json=True)
        return [each["id"] for each in json.loads(capsys.readouterr().out)["sessions"]]

    assert listed() == [one.id, other.id]
    assert listed(one.id) == [other.id]
    assert listed("may admin") == []
    with pytest.raises(typer.Exit):
        list_sessions("nobody")
