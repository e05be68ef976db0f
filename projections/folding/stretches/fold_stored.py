"""A stretch of the log folded as it is stored: articles that are by themselves at once, all else by its events."""

from collections.abc import Sequence

from eventsourcing.persistence import Notification

from domain.log.reader import RULING_TOPICS, LogReader
from projections.evidence.rulings import Rulings
from projections.folding.fold_page import Page, fold_page
from projections.folding.read_rulings import aggregate_of
from projections.folding.stretches.posted_alone import PostedAlone, posted_alone


def fold_stored(log: LogReader, stored: Sequence[Notification], rulings: Rulings | None = None) -> Page:
    """Return what some stored events change, in log order, of whose aggregates nothing is parked.

    `rulings` are for `fold_page`. Raises one of `UNREADABLE`, and what a fold does.
    """
    is_ruled = rulings is not None and _bear_on(rulings, stored)
    alone = PostedAlone([], None, [*stored]) if is_ruled else posted_alone(log, stored)
    page = fold_page([(each.id, log.decode(each)) for each in alone.others], log, rulings)
    page.articles += alone.articles
    page.recorded = max((each for each in (page.recorded, alone.recorded) if each is not None), default=None)
    return page


def _bear_on(rulings: Rulings, stored: Sequence[Notification]) -> bool:
    """Return whether rulings may be about any of some stored events."""
    if any(each.topic in RULING_TOPICS for each in stored):
        return True
    groups = rulings.groups
    return bool(groups) and any(aggregate_of(each) in groups for each in stored)
