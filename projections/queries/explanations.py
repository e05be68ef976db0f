"""Questions about change: why the tension of a pair moved, and which episodes its history has."""

from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from projections.pairs import Pair
from projections.queries.load_pairs import load_pair, under_model
from projections.queries.question import Question, makes_incidents
from projections.scoring.attribution import Explanation, Side, explain
from projections.scoring.corrections import (
    NO_CORRECTIONS,
    Corrections,
    HeldReport,
    IncidentName,
    corrections_between,
)
from projections.scoring.episodes import EpisodeHistory
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory
from projections.storage.bulk_rows import fetch_all, is_one_of
from projections.storage.tables import evidence


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
    corrections = NO_CORRECTIONS
    if before.known_at != after.known_at:
        corrections = _corrections(connection, before, after, remodelled, last)
    return explain(Side(first, before.day, one), Side(last, after.day, other), remodelled, limit, corrections)


def _corrections(
    connection: Connection, before: Question, after: Question, first: PairHistory, last: PairHistory
) -> Corrections:
    """Return what was corrected of the incidents that two histories of a pair do not have alike."""
    were, are = ({i.id: i for group in history.groups for i in group.incidents} for history in (first, last))
    others = [(id_,) for id_ in sorted(were.keys() | are.keys()) if were.get(id_) != are.get(id_)]
    if not others:
        return NO_CORRECTIONS
    in_others = is_one_of(connection, (evidence.c.incident,), others)
    held = [*_held(connection, before, in_others), *_held(connection, after, in_others)]
    reports = sorted({(report.article, report.number) for report in held})
    theirs = is_one_of(connection, (evidence.c.article, evidence.c.number), reports)
    return corrections_between(_held(connection, before, theirs), _held(connection, after, theirs))


def _held(connection: Connection, question: Question, *conditions: ColumnElement[bool]) -> list[HeldReport]:
    """Return the reported events that make incidents for a question, with these."""
    once = evidence.c.reciprocal.is_(False) | (evidence.c.source < evidence.c.target)
    asked = select(*_HELD).where(*conditions, once, makes_incidents(question))
    return [
        HeldReport(article, number, version, IncidentName(id_, source, target, bool(reciprocal), type_, day))
        for article, number, version, id_, source, target, reciprocal, type_, day in fetch_all(connection, asked)
    ]


_HELD: Final = [
    evidence.c[name]
    for name in ("article", "number", "version", "incident", "source", "target", "reciprocal", "type", "day")
]


def _explained_model(question: Question) -> Model:
    if not question.model.explains_changes:
        raise NotExplained(f"{question.model.name} is a reference: only what scoring models say is explained")
    return question.model


def history_of(connection: Connection, pair: Pair, question: Question) -> EpisodeHistory:
    """Return a pair's history until the day of a question, of which episodes are made."""
    return EpisodeHistory.of(load_pair(connection, pair, question), question.day, question.model)
