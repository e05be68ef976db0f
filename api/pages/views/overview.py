"""The overview: what matters today, what moved and why, what is under strain, what is new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from api.http.schemas.agreements import AgreementOut, agreement_out
from api.http.schemas.common import ArticleRef, redacted_out
from api.http.schemas.sentences.explanation_sentences import sentence
from api.pages.views.relation_table import ShownRelation, relation_table
from projections.pairs import Pair
from projections.queries.actors import region_codes
from projections.queries.agreements import agreements_on
from projections.queries.overview.corrected_pairs import CorrectedPair, corrected_pairs
from projections.queries.overview.movers import Mover, changes_of_all, movers
from projections.queries.overview.newest_articles import NewestArticle, newest_articles
from projections.queries.overview.pair_columns import columns_behind
from projections.queries.overview.relation_rows import relation_rows
from projections.queries.overview.selection import PairConditions, chosen_relations, ranked_relations
from projections.queries.overview.strained_agreements import strained_agreements
from projections.queries.question import Question
from projections.queries.relation_list import relations_at
from projections.storage.connection import Connection
from projections.storage.incident_cache import AllIncidentColumns, ReadAllColumns
from projections.times import to_date

MOST_PAIRS: Final = 15  #: of those that are shown, the most tense first
MOST_MOVERS: Final = 5  #: of each span
MOST_AGREEMENTS: Final = 10
MOST_ARTICLES: Final = 8
MOST_NAMED: Final = 5  #: of corrected pairs that were not worked out
QUIET: Final = 30  #: days without a report, after which the overview says where the last one is


class ShownChange(NamedTuple):
    """A pair whose tension changed, by how much, and the sentence why, if the model has one.

    `first` is the day, or the instant in microseconds of knowledge, that it is compared with.
    """

    pair: Pair
    change: float
    why: str | None
    first: Question


class ShownStrain(NamedTuple):
    """An agreement under strain, and which two of its parties grew tenser, if any did."""

    agreement: AgreementOut
    pair: Pair | None
    change: float


class LogDays(NamedTuple):
    """The last day of an incident until the day of a question, and the first one behind it."""

    newest: date | None
    next: date | None


@dataclass(frozen=True, slots=True)
class OverviewView:
    """What the overview shows on a day; `number` is how many pairs there are."""

    day: date
    days: LogDays
    is_quiet: bool
    number: int
    pairs: Sequence[ShownRelation]
    movers: Mapping[int, Sequence[ShownChange]]
    agreements: Sequence[ShownStrain]
    other_agreements: int
    articles: Sequence[ArticleRef]
    corrected: Sequence[ShownChange]
    not_worked_out: Sequence[Pair]
    not_named: int


def view_overview(
    connection: Connection,
    question: Question,
    answered: Question,
    read_columns: ReadAllColumns,
    names: Mapping[str, str],
) -> OverviewView:
    """Return the overview of a day. `answered` is the question with the instant at which it is answered.

    `read_columns` is that of `relations_at`, and `names` are the actors' by code.
    """
    found = relations_at(connection, question, read_columns, from_incidents=True)
    columns = columns_behind(connection, found, read_columns)
    hidden = region_codes(connection)
    chosen = chosen_relations(found, PairConditions(hidden=hidden))
    ranked = [index for _, index in ranked_relations(found, chosen, "-tension", None, MOST_PAIRS)]
    changes = changes_of_all(found, columns, question)
    strained = strained_agreements(agreements_on(connection, question), changes)
    corrected = corrected_pairs(connection, answered)
    days = _days(columns, question)
    return OverviewView(
        day=to_date(question.day),
        days=days,
        is_quiet=days.newest is None or (to_date(question.day) - days.newest).days > QUIET,
        number=len(chosen),
        pairs=relation_table(relation_rows(connection, found, ranked, columns, question), names),
        movers={
            span: [_moved(each, names) for each in of_span]
            for span, of_span in movers(changes, found, columns, question, MOST_MOVERS, hidden).items()
        },
        agreements=[
            ShownStrain(agreement_out(each.agreement), each.pair, each.change)
            for each in strained[:MOST_AGREEMENTS]
        ],
        other_agreements=max(len(strained) - MOST_AGREEMENTS, 0),
        articles=[_article_ref(each) for each in newest_articles(connection, question, MOST_ARTICLES)],
        corrected=[_corrected(each, names) for each in corrected.moved],
        not_worked_out=corrected.others[:MOST_NAMED],
        not_named=max(len(corrected.others) - MOST_NAMED, 0),
    )


def _moved(mover: Mover, names: Mapping[str, str]) -> ShownChange:
    why = None
    if mover.explanation is not None:
        why = sentence(mover.pair, mover.before, mover.after, mover.explanation, names)
    return ShownChange(mover.pair, mover.change, why, mover.before)


def _corrected(found: CorrectedPair, names: Mapping[str, str]) -> ShownChange:
    why = sentence(found.pair, found.before, found.after, found.explanation, names)
    return ShownChange(found.pair, found.explanation.change, why, found.before)


def _article_ref(article: NewestArticle) -> ArticleRef:
    return ArticleRef(
        id=article.article_id,
        url=article.url,
        headline=article.headline,
        publisher=article.publisher,
        published=article.published,
        redacted=redacted_out(article.redacted),
    )


def _days(columns: AllIncidentColumns, question: Question) -> LogDays:
    happened = columns.day <= question.day
    newest = columns.day[happened].max() if happened.any() else None
    following = None if happened.all() else columns.day[~happened].min()
    return LogDays(*(None if day is None else to_date(int(day)) for day in (newest, following)))
