"""Ids of articles, actors and rulings, on every kind of store: none takes the place of another, whatever it is."""

from collections.abc import Callable
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from api.running.service import Service
from domain.actors import ActorKind, RegisterActor, actor_uuid
from domain.articles import Article, PostArticle, RetractArticle, ReviseArticle, article_uuid
from domain.errors import ArticleDiffers, ArticleNotFound, IdTaken
from domain.log.application import Detente
from domain.log.article_log import Outcome
from domain.rulings import LinkReports, ReportRef, ruling_uuid
from projections.queries.articles import article_key
from projections.queries.question import Question
from projections.queries.relation import relation_at
from tests.contract.projections.folding.acts import fold_in_pages_of
from tests.language import BY_ANN, clash, header, post

BY_URL = Article.id_for_url("https://news.example/1")
ATLANTIS = RegisterActor("ATL", ActorKind.STATE, "Atlantis", (), BY_ANN)
REPORTS = (ReportRef("a-1", 1), ReportRef("a-1", 2))


def post_formerly(service: Service, command: PostArticle) -> None:
    """Record an article whose id is a UUID as version 0.2 did: the id is its aggregate's."""
    article = Article.post(command.article_id, command.header, command.reports, command.provenance)
    stored = map(service.log.mapper.to_stored_event, article.collect_events())
    former = UUID(command.article_id)
    service.log.recorder.insert_events(
        [StoredEvent(former, event.originator_version, event.topic, event.state) for event in stored]
    )


@pytest.mark.parametrize("of", [actor_uuid("ATL"), ruling_uuid("r-1"), article_uuid("a-1")], ids=str)
def test_no_articles_id_takes_the_place_of_something_else(service: Service, of: UUID) -> None:
    service.log.post_article(post(str(of), clash()))
    service.log.post_article(post("a-1", clash(), clash(killed=1)))
    service.log.register_actor(ATLANTIS)
    service.log.link_reports(LinkReports(REPORTS, "one", BY_ANN, "r-1"))
    assert service.log.article(str(of)).reports == {1: clash()}
    assert service.log.directory().find("Atlantis") == ("ATL",)
    assert service.log.register_actor(ATLANTIS).changed is False
    assert service.log.ruling_register().entries.keys() == {"r-1"}
    assert len(service.log.article("a-1").reports) == 2


def test_articles_that_were_recorded_under_their_id_stay_where_they_are(service: Service) -> None:
    post_formerly(service, post(BY_URL, clash()))
    assert service.log.post_article(post(BY_URL, clash())).changed is False
    with pytest.raises(ArticleDiffers):
        service.log.post_article(post(BY_URL, clash(killed=1)))
    revised = service.log.revise_article(ReviseArticle(BY_URL, header(), (clash(killed=1),), None, BY_ANN))
    assert revised.version == len(service.log.article_history(BY_URL)) == 5
    again, new = service.log.post_articles([post(BY_URL, clash(killed=1)), post("a-1", clash())])
    assert isinstance(again, Outcome)
    assert isinstance(new, Outcome)
    assert (again.changed, new.changed) == (False, True)
    assert service.log.retract_article(RetractArticle(BY_URL, None, BY_ANN)).version == 6


def test_rulings_find_articles_that_were_recorded_under_their_id(service: Service) -> None:
    other = Article.id_for_url("https://news.example/2")
    post_formerly(service, post(BY_URL, clash(day="2020-02-03")))
    post_formerly(service, post(other, clash(day="2020-02-04")))
    service.log.link_reports(LinkReports((ReportRef(BY_URL, 1), ReportRef(other, 1)), "one", BY_ANN))
    fold_in_pages_of(1, service)
    with service.store.reading() as connection:
        assert relation_at(connection, ("SYR", "TUR"), Question(18320)).incidents == 1
        assert article_key(connection, BY_URL) == 1
        assert article_key(connection, other) == 3


COMMANDS: dict[UUID, Callable[[Detente], Outcome]] = {
    actor_uuid("ATL"): lambda log: log.register_actor(ATLANTIS),
    ruling_uuid("r-1"): lambda log: log.link_reports(LinkReports(REPORTS, "one", BY_ANN, "r-1")),
    article_uuid("a-2"): lambda log: log.post_article(post("a-2", clash())),
}


@pytest.mark.parametrize("of", COMMANDS, ids=str)
def test_what_took_the_place_of_something_else_formerly_is_said(service: Service, of: UUID) -> None:
    post_formerly(service, post(str(of), clash()))
    service.log.post_article(post("a-1", clash(), clash(killed=1)))
    with pytest.raises(IdTaken):
        COMMANDS[of](service.log)
    assert service.log.article(str(of)).reports == {1: clash()}


def test_the_id_of_something_else_is_that_of_no_article(service: Service) -> None:
    service.log.register_actor(ATLANTIS)
    for ask in (service.log.article, service.log.article_history):
        with pytest.raises(ArticleNotFound):
            ask(str(actor_uuid("ATL")))
