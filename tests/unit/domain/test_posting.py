"""Given an article or none, when it is posted under a rule, then domain events, or an error."""

import pytest

from domain.articles import Article, ArticlePosted, ArticleRevised, ReportRetracted, StatementReported
from domain.errors import ArticleDiffers, ArticleIsRetracted, InvalidFacts, PreconditionFailed
from domain.posting import OnConflict, PostingRule, posted
from tests.language import BY_ANN, article, clash, events_of, header, post, statement

REFUSING, REVISING, RESTORING = map(PostingRule, OnConflict)


@pytest.mark.parametrize("rule", [REFUSING, REVISING, RESTORING])
def test_an_article_that_is_not_there_is_made(rule: PostingRule) -> None:
    made = posted(post("a-1", clash()), rule, None)
    assert events_of(made) == events_of(Article.post("a-1", header(), (clash(),), BY_ANN))


def test_the_reason_is_kept_with_an_article_that_is_new() -> None:
    made, *_ = events_of(posted(post("a-1", clash()), PostingRule(OnConflict.REVISE, "why"), None))
    assert isinstance(made, ArticlePosted)
    assert made.reason == "why"


@pytest.mark.parametrize("rule", [REFUSING, REVISING, RESTORING])
def test_what_an_article_says_already_is_no_change_however_its_actors_were_named(rule: PostingRule) -> None:
    named = clash("RUS", "UKR", named=(("Kremlin", "RUS"),))
    again = posted(post("a-1", statement(), named), rule, article(clash("RUS", "UKR"), statement()))
    assert events_of(again) == []


def test_other_content_is_refused_or_revised() -> None:
    other = post("a-1", statement())
    with pytest.raises(ArticleDiffers):
        posted(other, REFUSING, article(clash()))
    revised = events_of(posted(other, PostingRule(OnConflict.REVISE, "why"), article(clash())))
    assert [type(event) for event in revised] == [ArticleRevised, ReportRetracted, StatementReported]
    assert [getattr(event, "reason", "why") for event in revised] == ["why"] * 3


def test_only_a_rule_that_says_so_restores_what_was_retracted() -> None:
    retracted = article(clash())
    retracted.retract(None, BY_ANN)
    retracted.collect_events()
    for rule in (REFUSING, REVISING):
        with pytest.raises(ArticleIsRetracted):
            posted(post("a-1", clash()), rule, retracted)
    assert not posted(post("a-1", clash()), RESTORING, retracted).retracted


@pytest.mark.parametrize("rule", [REVISING, RESTORING])
def test_a_revision_keeps_the_rules_of_reports(rule: PostingRule) -> None:
    with pytest.raises(InvalidFacts):
        posted(post("a-1"), rule, article(clash()))


def test_another_state_than_expected_is_refused_before_anything_else() -> None:
    for recorded in (None, article(clash())):
        rule = PostingRule(OnConflict.REVISE, None, lambda _: False)
        with pytest.raises(PreconditionFailed, match="article a-1 is"):
            posted(post("a-1"), rule, recorded)
