"""What grows with the data, on every kind of store: no number of it is more than one statement takes."""

from collections.abc import Iterator

import pytest

from api.app import create_app
from api.running.service import Service
from api.running.settings import Settings
from projections.folding.folder import Folder
from projections.queries.agreements import agreements_on
from projections.queries.question import Question
from tests.e2e.app_client import AppClient, client_of
from tests.language import agreement, backing, clash, post

MANY = 70_000  # more than PostgreSQL takes parameters in one statement
SIDE = 200  # actors on one side of an event, at most


@pytest.fixture
def client(database_url: str) -> Iterator[AppClient]:
    with client_of(create_app(Settings(database_url=database_url, projector="none"))) as opened:
        yield opened


def test_any_number_of_agreements_is_asked_for_at_once(service: Service) -> None:
    service.log.post_article(post("a-1", agreement(agreement="known")))
    service.projector.catch_up()
    with service.store.reading() as connection:
        found = agreements_on(connection, Question(20000), ["known", *map(str, range(MANY))])
    assert [history.entry.agreement for history in found] == ["known"]


def test_a_page_in_which_any_number_of_clients_is_backed_is_folded(service: Service) -> None:
    clients = [f"C{number:05}" for number in range(MANY // 2)]
    service.log.post_article(post("a-1", clash("C00000", "TUR")))
    service.log.post_articles(
        [
            post(f"b-{begin}", backing("RUS", " ".join(clients[begin : begin + SIDE])))
            for begin in range(0, len(clients), SIDE)
        ]
    )
    Folder(service.log, service.store).fold_pages()
    assert service.store.position() == service.log.position()


def test_an_agreement_with_a_slash_in_its_id_is_read(client: AppClient) -> None:
    service: Service = client.app.state.service
    service.log.post_article(post("a-1", agreement(agreement="minsk/2")))
    service.projector.catch_up()
    for path in ("minsk/2", "minsk%2F2"):
        assert client.get(f"/v1/agreements/{path}").json()["id"] == "minsk/2"
    assert client.get("/v1/agreements/minsk/3").json()["type"] == "urn:detente:problem:agreement-not-found"
