"""What an article changes in relations: those it reports on, and those to which that spills over."""

from sqlalchemy import Connection, select

from projections.folding.effects.before_and_after import (
    MOST_PAIRS,
    MostMoved,
    RelationEffect,
    most_moved,
    own_first,
    relations_on,
)
from projections.folding.effects.relation_effects import TieKey, pairs_moved_by
from projections.pairs import Pair
from projections.queries.articles import article_key, pairs_of_article
from projections.queries.load_pairs import load_incidents, load_used_ties, with_clients
from projections.queries.question import Exclusions, Question
from projections.scoring.pair_history import PairHistory
from projections.storage.tables import evidence, is_alignment


def effects_of_article(connection: Connection, article_id: str, question: Question) -> MostMoved:
    """Return what an article changes on the day of a question."""
    key = article_key(connection, article_id)
    if key is None:  # not folded yet
        return MostMoved([], 0)
    left_out = question.left_out
    without = question._replace(left_out=Exclusions(left_out.publishers, left_out.articles | {key}))
    own = set(pairs_of_article(connection, key))
    wanted = own_first(own, pairs_moved_by(connection, own, _ties_of(connection, key)))
    pairs = wanted[:MOST_PAIRS]
    before, after = (_histories(connection, pairs, each) for each in (without, question))
    days, model = [question.day], question.model
    effects = [
        RelationEffect(pair, relations_on(before[pair], days, model), relations_on(after[pair], days, model))
        for pair in pairs
    ]
    return most_moved(effects, wanted, own)


def _ties_of(connection: Connection, article: int) -> set[TieKey]:
    """Return the ties that an article reports on, or once did, as (patron, client)."""
    asked = select(evidence.c.source, evidence.c.target).where(evidence.c.article == article, is_alignment)
    return {(patron, client) for patron, client in connection.execute(asked)}


def _histories(connection: Connection, pairs: list[Pair], question: Question) -> dict[Pair, PairHistory]:
    ties = load_used_ties(connection, question, sorted({actor for pair in pairs for actor in pair}))
    incidents = load_incidents(connection, with_clients(pairs, ties), question)
    return {pair: PairHistory.of(pair, incidents, ties) for pair in pairs}
