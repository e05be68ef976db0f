"""What is said of articles that a page posts, as rows: made by who folds the page, and written as they are.

Nothing was written before of an article that is new, and one command is all that happened to it. What changes an
older one is compared with its rows where these are, and so are redactions.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from projections.evidence.agreements import Development
from projections.evidence.evidence import Evidence
from projections.folding.article_changes import ArticleChange
from projections.folding.fold_page import Page
from projections.folding.states.stale_pairs import TieTurn
from projections.folding.writing.fact_rows import (
    ARTICLE,
    DEVELOPMENT_KEY,
    EVIDENCE_KEY,
    STATED,
    article_row,
    stated_rows,
    take_developments,
    take_evidence,
)
from projections.folding.writing.versions import PERIOD, NoEarlierVersions, Versions
from projections.folding.writing.write_parties import NamedParties, named_parties, write_named
from projections.scoring.incidents import Claim
from projections.storage.tables import agreement_developments, articles, evidence, reported_events
from projections.storage.writing.flat_rows import FlatRows, insert_flat


class NewArticles(msgspec.Struct, array_like=True):
    """Rows of several tables, and which parties the developments of agreements name."""

    articles: FlatRows
    stated: FlatRows
    evidence: FlatRows
    developments: FlatRows
    parties: NamedParties

    def claims(self) -> list[Claim]:
        """Return what the evidence claims of incidents."""
        return [Claim._make(row) for row in self.evidence.select(Claim._fields) if row[0] is not None]

    def turned(self) -> list[TieTurn]:
        """Return the ties of which the evidence tells something."""
        rows = self.evidence.select(("kind", *TieTurn._fields))
        return [TieTurn(*turn) for kind, *turn in rows if kind == "alignment"]


def without_new(page: Page) -> tuple[Page, NewArticles]:
    """Return what a page changes but for its new articles, and the rows of these."""
    new: list[tuple[int, ArticleChange]] = []
    others: list[ArticleChange] = []
    for change in page.articles:
        if change.posted_at is None or change.redactions or len(change.steps) > 1:
            others.append(change)
        else:
            new.append((change.posted_at, change))
    return msgspec.structs.replace(page, articles=others), _rows_of_new(new)


def _rows_of_new(new: Sequence[tuple[int, ArticleChange]]) -> NewArticles:
    of_evidence = Versions(Evidence._fields, EVIDENCE_KEY, NoEarlierVersions())
    developments = Versions(Development._fields, DEVELOPMENT_KEY, NoEarlierVersions())
    for key, change in new:
        take_evidence(of_evidence, key, change)
        take_developments(developments, key, change)
    return NewArticles(
        FlatRows.of(ARTICLE, [article_row(key, change) for key, change in new]),
        FlatRows.of(STATED, [row for key, change in new for row in stated_rows(key, change)]),
        FlatRows.of((*PERIOD, *Evidence._fields), of_evidence.rows()),
        FlatRows.of((*PERIOD, *Development._fields), developments.rows()),
        named_parties([step for _, change in new for step in change.steps]),
    )


def write_new_articles(connection: Connection, new: NewArticles) -> None:
    """Write the rows of new articles."""
    insert_flat(connection, articles, new.articles)
    insert_flat(connection, reported_events, new.stated)
    insert_flat(connection, evidence, new.evidence)
    insert_flat(connection, agreement_developments, new.developments)
    write_named(connection, new.parties)
