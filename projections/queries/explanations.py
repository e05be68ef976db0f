"""Questions about change: why the tension of a pair moved, and which episodes its history has."""

from sqlalchemy import Connection

from projections.pairs import Pair
from projections.queries.load_pairs import load_pair, under_model
from projections.queries.question import Question
from projections.scoring.attribution import Explanation, Side, explain
from projections.scoring.episodes import EpisodeHistory
from projections.scoring.models import Model


class NotExplained(ValueError):
    """The tension under a reference model is not split into parts."""


def explanation_of(
    connection: Connection, pair: Pair, before: Question, after: Question, limit: int | None = None
) -> Explanation:
    """Return why the tension of a pair is another in the second question than in the first.

    `limit` is how many incidents of a part are named, None for all. What both sides share is loaded once. Raises
    `NotExplained` for a reference model.
    """
    one, other = _explained_model(before), _explained_model(after)
    by = one if one.spillover_share else other  # which makes use of the ties, if either does
    loaded = load_pair(connection, pair, before._replace(model=by))
    first, remodelled = under_model(loaded, one, by), under_model(loaded, other, by)
    last = remodelled
    if before._replace(day=after.day, model=after.model) != after:
        last = load_pair(connection, pair, after)
    return explain(Side(first, before.day, one), Side(last, after.day, other), remodelled, limit=limit)


def _explained_model(question: Question) -> Model:
    if not question.model.explains_changes:
        raise NotExplained(f"{question.model.name} is a reference: only what scoring models say is explained")
    return question.model


def history_of(connection: Connection, pair: Pair, question: Question) -> EpisodeHistory:
    """Return a pair's history until the day of a question, of which episodes are made."""
    return EpisodeHistory.of(load_pair(connection, pair, question), question.day, question.model)
