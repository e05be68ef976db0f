"""Posting an article, whether it is recorded already or not."""

from enum import StrEnum

from msgspec import Struct

from domain.articles import Article, PostArticle
from domain.errors import ArticleDiffers, ArticleIsRetracted
from domain.events import Expectation, check_expected


class OnConflict(StrEnum):
    """What becomes of an article that is recorded already, and says something else.

    One that was retracted is refused, too, but for `RESTORE`: a revision by whoever does not know of it must not
    undo what an analyst took back.
    """

    REFUSE = "refuse"
    REVISE = "revise"
    RESTORE = "restore"


class PostingRule(Struct, frozen=True):
    """What becomes of an article that is recorded already, and the state in which it is expected.

    The reason is kept with whatever is recorded, of an article that is new, too.
    """

    on_conflict: OnConflict = OnConflict.REFUSE
    reason: str | None = None
    expects: Expectation | None = None


def posted(command: PostArticle, rule: PostingRule, recorded: Article | None) -> Article:
    """Return an article as a command to post it makes it, with the domain events that are to be recorded, if any.

    `recorded` is the article as it stands, None if it is not there. Raises `InvalidFacts`, `ArticleDiffers`,
    `ArticleIsRetracted`, `PreconditionFailed`.
    """
    check_expected(rule.expects, recorded, f"article {command.article_id}")
    if recorded is None:
        return Article.post(command.article_id, command.header, command.reports, command.provenance, rule.reason)
    if recorded.retracted and rule.on_conflict is not OnConflict.RESTORE:
        raise ArticleIsRetracted(f"article {command.article_id} was retracted")
    if not recorded.says(command.header, command.reports):
        if rule.on_conflict is OnConflict.REFUSE:
            raise ArticleDiffers(f"article {command.article_id} is recorded with other content")
        recorded.revise(command.header, command.reports, rule.reason, command.provenance)
    return recorded
