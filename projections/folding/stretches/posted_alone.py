"""Articles of which a stretch of the log has one command that posts them, and nothing else: nearly all of them.

Of such an article all is there at once, so that it is made without its domain events one by one. It comes to what
`fold_page` makes of these.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from eventsourcing.persistence import Notification

from domain.articles import REPORTED, Article, ArticlePosted
from domain.log.mapper import EventMapper
from domain.log.reader import LogReader
from projections.folding.article_changes import ArticleChange, ArticleFold
from projections.times import to_micros

_REPORTED: Final = frozenset(cls.TOPIC for cls in REPORTED.values())


class PostedAlone(NamedTuple):
    """What some articles that are posted change, the latest instant among them, and all other stored events."""

    articles: list[ArticleChange]
    recorded: int | None
    others: list[Notification]


def posted_alone(log: LogReader, stored: Sequence[Notification]) -> PostedAlone:
    """Return the articles of a stretch that are by themselves. Raises one of `UNREADABLE`."""
    runs = [list(run) for _, run in groupby(stored, key=attrgetter("originator_id"))]
    often = _named_often(run[0].originator_id for run in runs)
    changes: list[ArticleChange] = []
    others: list[Notification] = []
    for run in runs:
        made = _change(log, run) if _is_posted(run) and run[0].originator_id not in often else None
        if made is None:
            others += run
        else:
            changes.append(made)
    return PostedAlone(changes, max((change.recorded for change in changes), default=None), others)


def _named_often(named: Iterable[object]) -> set[object]:
    seen, often = set[object](), set[object]()
    for each in named:
        (often if each in seen else seen).add(each)
    return often


def _is_posted(run: Sequence[Notification]) -> bool:
    """Return whether some events of one aggregate are its first ones, which post an article with its reports."""
    return run[0].topic == ArticlePosted.TOPIC and all(
        event.originator_version == version and (version == 1 or event.topic in _REPORTED)
        for version, event in enumerate(run, start=1)
    )


def _change(log: LogReader, run: Sequence[Notification]) -> ArticleChange | None:
    """Return what an article comes to that its first events post; None if they are of several commands."""
    mapper = log.mapper
    assert isinstance(mapper, EventMapper)
    posted, *reporting = run
    event = log.decode(posted)
    assert isinstance(event, ArticlePosted)
    article: Article = event.mutate(None)
    fold = ArticleFold(article, {}, {}, None, posted.id, taken=True)
    recorded = to_micros(article.created_on)
    for stored in reporting:
        fields = mapper.fields_of(stored)
        if fields["timestamp"] != article.created_on:
            return None
        number, report = fields["number"], fields["report"]
        article.take_report(number, report, stored.originator_version)
        fold.state(number, report, stored.originator_version, stored.id, recorded)
    article.version = run[-1].originator_version
    return fold.change()
