"""What an article changes: the scores of each pair that it reports on, with it and without it."""

from typing import Final, NamedTuple

from projections.pairs import Pair
from projections.queries.articles import article_key, pairs_of_article
from projections.queries.load_pairs import load_pair
from projections.queries.question import Exclusions, Question
from projections.scoring.pair_history import PairScores
from projections.storage.connection import Connection

MOST_EFFECTS: Final = 20  #: pairs of which an article's page says what it changes


class Effect(NamedTuple):
    """The scores of a pair with an article and without it."""

    pair: Pair
    scores: PairScores
    scores_without: PairScores

    @property
    def on_tension(self) -> float:
        """By how much the article moves the tension."""
        return self.scores.tension - self.scores_without.tension

    @property
    def on_cooperation(self) -> float:
        """By how much the article moves the cooperation."""
        return self.scores.cooperation - self.scores_without.cooperation


class ArticleEffects(NamedTuple):
    """The effects of an article, what it moves most first, and how many more pairs it reports on."""

    effects: list[Effect]
    others: int


def effects_of_article(connection: Connection, article_id: str, question: Question) -> ArticleEffects:
    """Return what an article changes in the pairs that it reports on, on the day of a question."""
    key = article_key(connection, article_id)
    if key is None:  # not folded yet
        return ArticleEffects([], 0)
    left_out = question.left_out
    without = question._replace(left_out=Exclusions(left_out.publishers, left_out.articles | {key}))
    pairs = pairs_of_article(connection, key)
    effects = [
        Effect(pair, _scores(connection, pair, question), _scores(connection, pair, without))
        for pair in pairs[:MOST_EFFECTS]
    ]
    ranked = sorted(effects, key=lambda effect: (-abs(effect.on_tension), -abs(effect.on_cooperation)))
    return ArticleEffects(ranked, len(pairs) - len(effects))


def _scores(connection: Connection, pair: Pair, question: Question) -> PairScores:
    return load_pair(connection, pair, question).scores_on(question.day, question.model)
