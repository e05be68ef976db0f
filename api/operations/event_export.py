"""The reported events that stand, as a table in the columns of our own template: it may be imported again."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

from api.parsing.event_tables import exported_header, exported_row
from domain.articles import Article, ArticlePosted
from domain.log.application import Detente

_ARTICLES: Final = 200  # that are read at once


def export_events(log: Detente, data_set: str | None = None) -> Iterator[str]:
    """Yield the lines of a table (RFC 4180): a header, and the events of all articles as these were posted.

    With a `data_set`, those of articles that it delivered. Raises `UnreadableHistory`.
    """
    yield _line(exported_header())
    posted = _posted(log, data_set)
    while ids := list(islice(posted, _ARTICLES)):
        found, _ = log.recorded_articles(ids)
        for article_id in ids:
            article = found[article_id]
            if not isinstance(article, Article):
                raise article
            for _, report in sorted(article.reports.items()):
                yield _line(exported_row(article_id, article.header, report))


def _posted(log: Detente, data_set: str | None) -> Iterator[str]:
    for stored in log.read_topics([ArticlePosted.TOPIC], 0, log.position()):
        posted = log.decode(stored)
        assert isinstance(posted, ArticlePosted)
        if data_set is None or posted.data_set == data_set:
            yield posted.article_id


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
