"""Questions about change: why the tension of a pair moved, and which episodes its history has."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from projections.pairs import Pair
from projections.queries.load_pairs import load_pair
from projections.queries.question import (
    Question,
    evidence_day,
    incident_column,
    is_in_incidents,
    makes_incidents,
)
from projections.scoring.attribution import Explanation, Side, explain
from projections.scoring.corrections import (
    NO_CORRECTIONS,
    Corrections,
    HeldReport,
    IncidentName,
    corrections_between,
    renamed_ids,
    split_by_place,
)
from projections.scoring.episodes import EpisodeHistory
from projections.scoring.incidents import Incident, ids_by_place, reweighed, without_place
from projections.scoring.models import IncidentRules, Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import IncidentGroup
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
    if before._replace(day=after.day) == after:
        history = load_pair(connection, pair, after, asks_for_few=limit is not None)
        return explain(Side(history, before.day, one), Side(history, after.day, other), limit=limit)
    if one.incident_rules is other.incident_rules:
        by = one if one.spillover_share else other  # which makes use of the ties, if either does
        loaded = load_pair(connection, pair, before._replace(model=by))
        first, remodelled = _under_model(loaded, one, by), _under_model(loaded, other, by)
    else:
        first, remodelled = (load_pair(connection, pair, before._replace(model=model)) for model in (one, other))
    last = remodelled
    if before._replace(day=after.day, model=after.model) != after:
        last = load_pair(connection, pair, after)
    corrections = NO_CORRECTIONS
    if before.known_at != after.known_at:
        renamed = _renamed_ids(connection, before._replace(model=other), after, remodelled, last)
        first, remodelled = first.with_ids(renamed), remodelled.with_ids(renamed)
        corrections = _corrections(connection, before._replace(model=other), after, remodelled, last, renamed)
    return explain(Side(first, before.day, one), Side(last, after.day, other), remodelled, limit, corrections)


def explanation_until(
    history: PairHistory, question: Question, since: int, limit: int | None = None
) -> Explanation | None:
    """Return why the tension of a history that is at hand is another than on an earlier day.

    None under a reference model. `limit` is as that of `explanation_of`.
    """
    if not question.model.explains_changes:
        return None
    before, after = (Side(history, day, question.model) for day in (since, question.day))
    return explain(before, after, history, limit)


def _under_model(history: PairHistory, model: Model, weighed_by: Model) -> PairHistory:
    """Return a history that one model weighs under another, without ties that this one makes no use of."""
    if model == weighed_by:
        return history
    groups = history.groups if model.spillover_share else (history.own,)
    own, *spilled = (IncidentGroup.of(reweighed(g.incidents, model, weighed_by), g.tie) for g in groups)
    return PairHistory(history.pair, own, tuple(spilled), history.between)


def _incidents(history: PairHistory) -> list[Incident]:
    return [incident for group in history.groups for incident in group.incidents]


def _renamed_ids(
    connection: Connection, before: Question, after: Question, first: PairHistory, last: PairHistory
) -> dict[str, str]:
    """Return the ids that incidents of the first history have in the last, where they are others."""
    were, are = _incidents(first), _incidents(last)
    split = split_by_place(were, are) if after.model.incident_rules is IncidentRules.BY_PLACE else set()
    if not split:  # as nearly always
        return {}
    in_split = is_in_incidents(connection, split, IncidentRules.BY_PLACE)
    mine, theirs = ([each for each in side if without_place(each.id) in split] for side in (were, are))
    held = (_held(connection, question, in_split) for question in (before, after))
    return renamed_ids(mine, theirs, *held)


def _corrections(
    connection: Connection,
    before: Question,
    after: Question,
    first: PairHistory,
    last: PairHistory,
    renamed: Mapping[str, str],
) -> Corrections:
    """Return what was corrected of the incidents that two histories of a pair do not have alike.

    `renamed` are the ids that incidents of the first history have in both, by those that they had.
    """
    former = {new: old for old, new in renamed.items()}
    were, are = ({each.id: each for each in _incidents(history)} for history in (first, last))
    others = {without_place(id_) for id_ in were.keys() | are.keys() if were.get(id_) != are.get(id_)}
    if not others:
        return Corrections(former=former)
    in_others = is_in_incidents(connection, others, after.model.incident_rules)
    held = [*_held(connection, before, in_others), *_held(connection, after, in_others)]
    reports = sorted({(report.article, report.number) for report in held})
    theirs = is_one_of(connection, (evidence.c.article, evidence.c.number), reports)
    were_held = [_renamed(report, renamed) for report in _held(connection, before, theirs)]
    return replace(corrections_between(were_held, _held(connection, after, theirs)), former=former)


def _renamed(report: HeldReport, renamed: Mapping[str, str]) -> HeldReport:
    named = report.incident
    return report._replace(incident=named._replace(id=renamed.get(named.id, named.id)))


def _held(connection: Connection, question: Question, *conditions: ColumnElement[bool]) -> list[HeldReport]:
    """Return the reported events that make incidents for a question, with these."""
    columns = (*_HELD, evidence_day(question), incident_column(question.model.incident_rules))
    rows = fetch_all(connection, select(*columns).where(*conditions, _ONCE, makes_incidents(question)))
    apart = _set_apart(connection, question, {row[-1] for row in rows})
    held = []
    for article, number, version, source, target, reciprocal, type_, day, plain in rows:
        id_ = apart.get((article, number, plain)) or str(plain)
        incident = IncidentName(id_, source, target, bool(reciprocal), type_, day)
        held.append(HeldReport(article, number, version, incident))
    return held


def _set_apart(connection: Connection, question: Question, ids: Iterable[str]) -> dict[tuple[int, int, str], str]:
    """Return the incidents of reports that places set apart, by article, number and what they would be without."""
    if question.model.incident_rules is not IncidentRules.BY_PLACE or not (wanted := sorted(set(ids))):
        return {}
    mine = is_one_of(connection, (evidence.c.incident,), [(id_,) for id_ in wanted])
    rows = fetch_all(connection, select(*_NAMED).where(mine, _ONCE, makes_incidents(question)))
    found: dict[tuple[int, int, str], str] = {}
    for incident, of_one in groupby(sorted(rows, key=_ID), key=_ID):
        reports = list(of_one)
        for id_, (_, article, number, *_) in zip(
            ids_by_place(incident, [row[3:] for row in reports]), reports, strict=True
        ):
            found[article, number, incident] = id_
    return found


_ONCE: Final = evidence.c.reciprocal.is_(False) | (evidence.c.source < evidence.c.target)
_ID: Final = itemgetter(0)
_HELD: Final = [
    evidence.c[name] for name in ("article", "number", "version", "source", "target", "reciprocal", "type")
]
_NAMED: Final = [evidence.c[name] for name in ("incident", "article", "number", "place", "joined")]


def _explained_model(question: Question) -> Model:
    if not question.model.explains_changes:
        raise NotExplained(f"{question.model.name} is a reference: only what scoring models say is explained")
    return question.model


def history_of(connection: Connection, pair: Pair, question: Question) -> EpisodeHistory:
    """Return a pair's history until the day of a question, of which episodes are made."""
    return EpisodeHistory.of(load_pair(connection, pair, question), question.day, question.model)
