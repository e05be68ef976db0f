"""Questions about change: why the tension of a pair moved, and which episodes its history has."""

from sqlalchemy import Connection

from projections.pairs import Pair
from projections.queries.load_pairs import load_pair
from projections.queries.question import Question
from projections.scoring.attribution import Explanation, Side, explain
from projections.scoring.episodes import EpisodeHistory
from projections.scoring.pair_history import PairHistory


class NotExplained(ValueError):
    """The tension under a reference model is not split into parts."""


def explanation_of(
    connection: Connection, pair: Pair, before: Question, after: Question, limit: int | None = None
) -> Explanation:
    """Return why the tension of a pair is another in the second question than in the first.

    `limit` is how many incidents of a part are named, None for all. What both sides share is loaded once. Raises
    `NotExplained` for a reference model.
    """
    first = _load(connection, pair, before)
    remodelled = first
    if before.model != after.model:
        remodelled = _load(connection, pair, before._replace(model=after.model))
    last = remodelled
    if before._replace(day=after.day, model=after.model) != after:
        last = _load(connection, pair, after)
    return explain(_side(first, before), _side(last, after), remodelled, limit=limit)


def _side(history: PairHistory, question: Question) -> Side:
    if not question.model.explains_changes:
        raise NotExplained(f"{question.model.name} is a reference: only what scoring models say is explained")
    return Side(history, question.day, question.model)


def history_of(connection: Connection, pair: Pair, question: Question) -> EpisodeHistory:
    """Return a pair's history until the day of a question, of which episodes are made."""
    return EpisodeHistory.of(_load(connection, pair, question), question.day, question.model)


def _load(connection: Connection, pair: Pair, question: Question) -> PairHistory:
    """Return the history of a pair as one side sees it."""
    return load_pair(connection, pair, question.known_at, question.model, left_out=question.left_out)
