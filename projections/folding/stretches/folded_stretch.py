"""A stretch of the log folded by a process that writes nothing, for the one that writes it."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from eventsourcing.persistence import Notification

from domain.log.reader import LogReader
from projections.evidence.rulings import Rulings
from projections.folding.fold_page import Page
from projections.folding.log_identity import digest_of
from projections.folding.stretches.fold_stored import fold_stored
from projections.folding.writing.new_articles import NewArticles, without_new


class FoldedStretch(msgspec.Struct, array_like=True):
    """What a stretch of the log changes: its new articles apart, and which articles it changes."""

    page: Page
    new: NewArticles
    digest: str
    aggregates: list[str]

    @classmethod
    def of(cls, log: LogReader, stored: Sequence[Notification], rulings: Rulings | None) -> "FoldedStretch":
        """Fold a stretch of the log, without `rulings` as far as none affects it. Raises what a fold does."""
        page = fold_stored(log, stored, rulings)
        others, new = without_new(page)
        return cls(others, new, digest_of(stored), [change.aggregate for change in page.articles])

    def is_apart_from(self, rulings: Rulings) -> bool:
        """Return whether what was folded without rulings is what comes of it under these."""
        groups = rulings.groups
        return self.page.whole and not (groups and any(UUID(each) in groups for each in self.aggregates))
