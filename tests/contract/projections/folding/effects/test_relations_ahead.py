"""Given what is recorded, then what several commands would change is what each changes behind those before it."""

import pytest

from api.running.service import Service
from domain.articles import PostArticle, article_uuid
from domain.posting import OnConflict, PostingRule
from projections.folding.effects.relation_effects import RelationEffects, RelationsAhead, effects_of
from tests.language import backing, clash, cooperation, post

TODAY = 18_330  # 2020-03-09
REVISING = PostingRule(OnConflict.REVISE)
COMMANDS = [
    post("b-1", clash("SYR", "FRA", day="2020-02-11", killed=3)),
    post("b-2", clash("SYR", "FRA", day="2020-02-11", killed=9), clash(killed=2), publisher="BBC"),
    post("b-3", backing("IRN", "SYR", "2019"), published="2020-02-12"),
    post("b-1", clash("SYR", "FRA", day="2020-02-10", killed=3)),
    post("a-1", clash(killed=80)),
    post("a-1", clash(killed=81), cooperation("RUS", "TUR")),
    post("b-4", backing("RUS", "SYR", "2020-02-11", development="ended"), published="2020-02-12"),
]


@pytest.fixture
def recorded(service: Service) -> Service:
    """Return a service with clashes that spill over, one of them reported twice."""
    service.log.post_article(post("a-1", clash(killed=8), clash(day="2020-02-10", place="Idlib", killed=5)))
    service.log.post_article(post("a-2", clash(killed=6), backing("RUS", "SYR"), publisher="AFP"))
    service.projector.catch_up()
    return service


def taken(
    service: Service, relations: RelationsAhead, command: PostArticle, *, tells: bool = True
) -> RelationEffects:
    aggregate = article_uuid(command.article_id)
    assert aggregate is not None
    preview = service.log.preview_article(command, REVISING, relations.article(aggregate))
    return relations.take(preview.events, tells=tells)


def test_each_command_changes_what_it_changes_behind_those_before_it(recorded: Service) -> None:
    position = recorded.log.position()
    with recorded.store.reading() as connection:
        relations = RelationsAhead(recorded.log, connection, TODAY)
        ahead = [taken(recorded, relations, command) for command in COMMANDS]
    assert recorded.log.position() == position

    for command, found in zip(COMMANDS, ahead, strict=True):
        events = recorded.log.preview_article(command, REVISING).events
        with recorded.store.reading() as connection:
            alone = effects_of(recorded.log, connection, events, TODAY)
        assert found.days == alone.days
        assert [each.pair for each in found.relations] == [each.pair for each in alone.relations]
        for one, other in zip(found.relations, alone.relations, strict=True):
            for given, right in zip((*one.before, *one.after), (*other.before, *other.after), strict=True):
                assert given[:2] == pytest.approx(right[:2], abs=1e-9), (command.article_id, one.pair)
                assert given.state is right.state
        assert found.incidents_before == alone.incidents_before
        assert found.incidents_after == alone.incidents_after
        recorded.log.post_article(command, REVISING)
        recorded.projector.catch_up()


def test_what_is_not_told_is_told_in_incidents_alone_and_nothing_behind_it(recorded: Service) -> None:
    with recorded.store.reading() as connection:
        relations = RelationsAhead(recorded.log, connection, TODAY)
        taken(recorded, relations, COMMANDS[0], tells=False)
        found = taken(recorded, relations, COMMANDS[1])
    assert not found.relations
    assert sorted(each.reports for each in found.incidents_after.values()) == [2, 3]
