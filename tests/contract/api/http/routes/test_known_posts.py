"""Posts that come again byte for byte: answered as they would be if nothing were remembered of them."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.http.routes.known_posts import KnownPosts
from api.running.settings import Settings
from domain.actors import ActorKind, AddActorName, RegisterActor, RemoveActorName
from domain.articles import CorrectReport, RetractArticle, RetractReport, ReviseArticle
from domain.log.application import Detente
from domain.log.database_url import log_environment
from domain.redactions import LiftRedactions, RedactTexts
from tests.e2e.app_client import AppClient, client_of
from tests.language import BY_ANN, clash, header
from tests.postgres import Databases

EVENT = {"kind": "clash", "type": "ASSAULT", "source": "Eastland", "target": "WEST", "occurred": "2020-02-03"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a database of either kind, which the tests of this module share."""
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        return databases.make()
    return f"sqlite:///{tmp_path_factory.mktemp('known')}/one.db"


@pytest.fixture(scope="module")
def app(database: str) -> Iterator[AppClient]:
    """Return a client of an app whose projections nothing fills: what needs them is a 503 at once."""
    settings = Settings(database_url=database, projector="none", wait_timeout=0)
    with client_of(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="module")
def elsewhere(app: AppClient, database: str) -> Iterator[Detente]:
    """Return the log of the app's database as another process has it, with two actors."""
    assert not app.app.state.known_posts._known
    with closing(Detente(log_environment(database))) as log:
        for code, name in (("EAST", "Eastland"), ("WEST", "Westland")):
            log.register_actor(RegisterActor(code, ActorKind.OTHER, name, (), BY_ANN))
        yield log


def article(id_: str, **more: Any) -> bytes:
    about = {"id": id_, "publisher": "Wire", "published": "2020-02-11", "headline": "A headline", **more}
    return json.dumps({"events": [EVENT], **about}).encode()


def send(app: AppClient, content: bytes, query: str = "", **headers: str) -> httpx.Response:
    sent = {
        name.encode(): value.encode() for name, value in {"Content-Type": "application/json", **headers}.items()
    }
    return app.post(f"/v1/articles?{query}", content=content, headers=sent)


def said(response: httpx.Response) -> tuple[int, str | None, dict[str, Any]]:
    body = response.json()
    body.pop("request_id", None)
    return response.status_code, response.headers.get("location"), body


def send_both_ways(app: AppClient, content: bytes, query: str = "", **headers: str) -> httpx.Response:
    """Return the answer to a post, which is the same where nothing is remembered."""
    remembered = send(app, content, query, **headers)
    app.app.state.known_posts._known.clear()
    assert said(send(app, content, query, **headers)) == said(remembered)
    return remembered


def test_what_is_known_is_answered_without_being_parsed(
    app: AppClient, elsewhere: Detente, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send(app, article("a"))
    known = article("b")
    for content in (known, known):
        send(app, content)
    elsewhere.retract_article(RetractArticle("a", None, BY_ANN))  # which moves the log, and not what is known
    monkeypatch.setattr("api.http.routes.articles.parse_article", None)
    answers = [send(app, known, query) for query in ("", "on_conflict=revise", "on_conflict=refuse")]

    assert first.status_code == 201
    assert [said(answer) for answer in answers] == [
        (
            200,
            "/v1/articles/b",
            {
                "id": "b",
                "changed": False,
                "position": elsewhere.position(),
                "version": 2,
                "left_out": [],
                "outcome": "unchanged",
            },
        )
    ] * 3


def test_whatever_happens_to_the_article_is_seen(app: AppClient, elsewhere: Detente) -> None:
    content, other = article("changed"), clash("WEST", "EAST")
    assert send(app, content).status_code == 201
    report, about = elsewhere.article("changed").reports[1], header(publisher="Wire", headline="A headline")
    changes: dict[str, Callable[[], object]] = {
        "correct": lambda: elsewhere.correct_report(CorrectReport("changed", 1, other, None, BY_ANN)),
        "revise back": lambda: elsewhere.revise_article(ReviseArticle("changed", about, (report,), None, BY_ANN)),
        "redact": lambda: elsewhere.redact(RedactTexts("changed", None, ("headline",), "Asked.", BY_ANN)),
        "lift": lambda: elsewhere.lift_redactions(LiftRedactions("changed", (), "Asked.", BY_ANN)),
        "retract the event": lambda: elsewhere.retract_report(RetractReport("changed", 2, None, BY_ANN)),
        "retract": lambda: elsewhere.retract_article(RetractArticle("changed", None, BY_ANN)),
    }
    seen = {}
    for name, change in changes.items():
        change()
        answer = send_both_ways(app, content)
        seen[name] = (answer.status_code, answer.json().get("left_out"))
    assert seen == {
        "correct": (409, None),
        "revise back": (200, []),
        "redact": (200, ["/headline"]),
        "lift": (409, None),
        "retract the event": (409, None),
        "retract": (409, None),
    }


def test_names_that_mean_other_actors_are_seen(app: AppClient, elsewhere: Detente) -> None:
    content = article("named")
    send(app, content)
    elsewhere.remove_actor_name(RemoveActorName("EAST", "Eastland", None, BY_ANN))
    assert send_both_ways(app, content).json()["errors"][0]["code"] == "unknown-actor"
    elsewhere.register_actor(RegisterActor("NEW", ActorKind.OTHER, "Newland", (), BY_ANN))
    elsewhere.add_actor_name(AddActorName("NEW", "Eastland", BY_ANN))
    assert send_both_ways(app, content).status_code == 409
    elsewhere.remove_actor_name(RemoveActorName("NEW", "Eastland", None, BY_ANN))
    elsewhere.add_actor_name(AddActorName("EAST", "Eastland", BY_ANN))
    assert send_both_ways(app, content).status_code == 200


def test_what_else_is_asked_is_answered_as_ever(app: AppClient, elsewhere: Detente) -> None:
    content = article("asked")
    send(app, content)
    position = elsewhere.position()
    asked: list[tuple[str, dict[str, str], int]] = [
        ("dry_run=true", {}, 503),
        ("reason=why", {}, 422),
        ("on_conflict=revise&reason=why", {}, 200),
        ("on_conflict=", {}, 422),
        ("other=1", {}, 422),
        ("", {"If-Match": "*"}, 422),
        ("", {"X-Recorded-By": "ann"}, 200),
        ("", {"X-Recorded-By": "a\u202eb"}, 422),
        ("", {"Content-Type": "text/plain"}, 415),
        ("", {"Content-Encoding": "gzip"}, 400),
    ]
    for query, headers, status in asked:
        send(app, content)
        assert send_both_ways(app, content, query, **headers).status_code == status, (query, headers)
    assert send_both_ways(app, content.replace(b"02-03", b"02-04")).status_code == 409
    assert elsewhere.position() == position


def test_the_least_recently_sent_are_forgotten(app: AppClient, elsewhere: Detente) -> None:
    known = app.app.state.known_posts = KnownPosts(most=2)
    for id_ in ("one", "two", "one", "three"):
        send(app, article(id_))
    assert [each.outcome.id for each in known._known.values()] == ["one", "three"]
    assert elsewhere.article("two").version == 2


def test_what_is_new_is_remembered_without_being_read_again(
    app: AppClient, elsewhere: Detente, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = article("new")
    with monkeypatch.context() as patched:
        patched.setattr(type(elsewhere), "stored_article", None)
        assert send(app, new).status_code == 201
    monkeypatch.setattr("api.http.routes.articles.parse_article", None)
    assert send(app, new).json()["changed"] is False
