"""The articles that were recorded last, with the headers that they had at the time of a question."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from projections.queries.articles import RedactedText, RedactedTexts, with_articles
from projections.queries.question import Question, is_published_by
from projections.storage.tables import articles


class NewestArticle(NamedTuple):
    """An article as a source is named, with the instant, in microseconds, at which it was recorded."""

    article_id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    redacted: tuple[RedactedText, ...]
    recorded: int


def newest_articles(connection: Connection, question: Question, limit: int) -> list[NewestArticle]:
    """Return the articles that were recorded last as far as was known and published, the latest first."""
    listed = articles.alias("listed")
    joined, shown = with_articles(listed, question)
    asked = select(*shown, listed.c.article, listed.c.recorded).select_from(joined)
    if question.known_at is not None:
        asked = asked.where(listed.c.recorded <= question.known_at)
    if question.published_by is not None:
        published = next(column for column in shown if column.name == "published")
        asked = asked.where(is_published_by(published, question))
    rows = connection.execute(asked.order_by(listed.c.article.desc()).limit(limit)).all()
    texts = RedactedTexts(connection, (row.article for row in rows if row.redacted))
    found = []
    for row in rows:
        *header, fields, article, recorded = row
        found.append(NewestArticle._make((*header, texts.of_header(article, fields), recorded)))
    return found
