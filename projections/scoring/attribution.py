"""Why tension moved: the difference between two sides of a pair, split exactly among incidents. Pure maths.

A side is what was known, a day, and a model. From one side to the other there are three steps, always in this
order: the model changes (on the first day, with the first knowledge), then what is known (on the first day), then
the day. Each step is split exactly, so their parts add up to the whole change.

Under a model that explains changes, tension is a quotient T = 100 C / D (`Model.divisor`). Within a step under one
model every change of a weight has its points, by the symmetric product rule (`Model.points_of_change`):

    T1 - T0 = a (C1 - C0) + b (K1 - K0)

Under the model of pressures, where D = C + prior + damping K:

    a = 100 (prior + damping (K0 + K1) / 2) / (D0 D1)
    b = -100 damping (C0 + C1) / 2 / (D0 D1)

A change of the model gives each conflict incident what its contribution changes by: 100 w1 / D1 - 100 w0 / D0.

Sums are numpy's, which add pairwise: of 20,000 incidents they are off by some 1e-13 points.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from projections.arrays import Floats, Ints
from projections.scoring.corrections import NO_CORRECTIONS, Corrections, IncidentName
from projections.scoring.incidents import Incident
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory, PairScores
from projections.scoring.spillover import IncidentGroup, Tie

_Mask = NDArray[np.bool_]


class Part(StrEnum):
    """The parts of a change of tension. The first five are the pair's own incidents of conflict."""

    NEW = "new"
    DECAY = "decay"
    NEWLY_KNOWN = "newly_known"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    SPILLOVER = "spillover"
    COOPERATION = "cooperation"
    MODEL = "model"


class Cause(StrEnum):
    """Why one incident weighs otherwise on the other side."""

    NEW = "new"
    DECAY = "decay"
    NEWLY_KNOWN = "newly_known"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    TIE = "tie"
    MODEL = "model"


_CAUSES: Final = tuple(Cause)
_OWN: Final = (Cause.NEW, Cause.DECAY, Cause.NEWLY_KNOWN, Cause.CORRECTED, Cause.RETRACTED)


class Side(NamedTuple):
    """What is compared: a pair with what was known of it, on a day, under a model."""

    history: PairHistory
    day: int
    model: Model


class Moved(NamedTuple):
    """What one incident has to do with the change: by how many points, and what it weighed before and after.

    Weights are decayed, signed, and of a spilled-over incident its share. `via` is the client it spills over from,
    `patron` the actor of the pair that backs this client. `corrected_from` and `corrected_to` are the incidents
    that corrected reports of it were in before, and are in after. `id_before` is the id before if it was another.
    """

    incident: Incident
    cause: Cause
    change: float
    weight_before: float
    weight_after: float
    via: str | None
    patron: str | None
    corrected_from: tuple[IncidentName, ...] = ()
    corrected_to: tuple[IncidentName, ...] = ()
    id_before: str | None = None


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """One part of the change, in points. `largest` are those of its `incidents` that changed the most."""

    part: Part
    via: str | None
    patron: str | None
    change: float
    incidents: int
    largest: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a pair stands on both sides, and the parts of the difference, largest first. They add up to `change`.

    `former` are the ids that incidents had before, by their ids here, where these are others.
    """

    before: PairScores
    after: PairScores
    change: float
    parts: tuple[ExplainedPart, ...]
    former: Mapping[str, str] = field(default_factory=dict)

    def id_before(self, incident: str) -> str | None:
        """Return the id that an incident named here had before, None if another one had its id."""
        unchanged = None if incident in self.former.values() else incident
        return self.former.get(incident, unchanged)


def explain(
    before: Side,
    after: Side,
    remodelled: PairHistory | None = None,
    limit: int | None = None,
    corrections: Corrections = NO_CORRECTIONS,
) -> Explanation:
    """Return the change of tension from one side to the other, split exactly.

    `remodelled` is what was known on the first side by the second side's model, needed if weights depend on it.
    `limit` is how many incidents of a part are named, None for all, 0 for groups that name none. `corrections`
    are those of reported events by which an incident stands on one side alone. It has one id on all sides.
    """
    first = before.history if remodelled is None else remodelled
    path = (
        before,
        Side(first, before.day, after.model),
        Side(after.history, before.day, after.model),
        after,
    )
    found: defaultdict[_PartKey, list[_Rows]] = defaultdict(list)
    if before.model != after.model:
        _collect(found, _model_step(path[0], path[1]))
    if first is not after.history:
        _collect(found, _facts_step(path[1], path[2], corrections))
    if before.day != after.day:
        _collect(found, _facts_step(path[2], path[3]))
    parts = [_part(key, rows, limit, corrections) for key, rows in found.items()]
    order = list(Part)
    parts.sort(key=lambda part: (-abs(part.change), order.index(part.part), part.via or "", part.patron or ""))
    scores_before = before.history.scores_on(before.day, before.model)
    scores_after = after.history.scores_on(after.day, after.model)
    change = scores_after.tension - scores_before.tension
    return Explanation(scores_before, scores_after, change, tuple(parts), corrections.former)


# Both sides of a step, incident by incident


class _PartKey(NamedTuple):
    part: Part
    via: str | None = None
    patron: str | None = None


class _Aligned(NamedTuple):
    """A group's incidents as both sides of a step hold them, as columns."""

    tie: Tie | None
    incidents: Sequence[Incident]
    day: Ints
    before: Floats
    after: Floats
    known_before: _Mask
    known_after: _Mask
    tie_turned: bool

    @property
    def conflict(self) -> tuple[Floats, Floats]:
        """What weighs towards conflict, before and after."""
        return np.maximum(-self.before, 0.0), np.maximum(-self.after, 0.0)

    @property
    def cooperation(self) -> tuple[Floats, Floats]:
        """What weighs towards cooperation, before and after."""
        return np.maximum(self.before, 0.0), np.maximum(self.after, 0.0)


class _Rows(NamedTuple):
    """Some incidents of a group with what they change by, as columns."""

    aligned: _Aligned
    places: Ints
    cause: Ints
    change: Floats


class _Pressed(NamedTuple):
    """The pressures of both sides of a step."""

    conflict: tuple[float, float]
    cooperation: tuple[float, float]

    @classmethod
    def of(cls, aligned: Sequence[_Aligned]) -> "_Pressed":
        conflict = _sums(group.conflict for group in aligned)
        cooperation = _sums(group.cooperation for group in aligned)
        return cls(conflict, cooperation)


def _sums(columns: Iterable[tuple[Floats, Floats]]) -> tuple[float, float]:
    before, after = zip(*columns, strict=True)
    return float(np.concatenate(before).sum()), float(np.concatenate(after).sum())


def _aligned(before: Side, after: Side) -> list[_Aligned]:
    """Return the groups of both sides, side by side: the pair's own, and one for each tie that either knows."""
    groups: dict[tuple[str | None, str | None], list[IncidentGroup | None]] = {}
    for place, side in enumerate((before, after)):
        for group in side.history.groups:
            groups.setdefault((group.patron, group.via), [None, None])[place] = group
    return [_align(one, other, before, after) for one, other in groups.values()]


def _align(one: IncidentGroup | None, other: IncidentGroup | None, before: Side, after: Side) -> _Aligned:
    incidents, places, others = _united(one, other)
    size = max(len(incidents), len(others))  # columns may name none
    weights, known = np.zeros((2, size)), np.zeros((2, size), dtype=np.bool_)
    day = np.zeros(size, dtype=np.int64)
    for n, (group, side, at) in enumerate(((one, before, places), (other, after, others))):
        if group is not None:
            weights[n, at] = group.weights_on(side.day, side.model)
            known[n, at] = True
            day[at] = group.columns.day
        else:
            known[n] = True  # it is the tie that was not known, and with it they were not looked for
    tie = next((group.tie for group in (other, one) if group is not None), None)
    active = _is_active(one, before.day), _is_active(other, after.day)
    return _Aligned(tie, incidents, day, weights[0], weights[1], known[0], known[1], active[0] != active[1])


def _united(one: IncidentGroup | None, other: IncidentGroup | None) -> tuple[Sequence[Incident], Ints, Ints]:
    """Return the incidents of both, those of the other first, and where in them the incidents of each are."""
    theirs = () if other is None else other.incidents
    all_of_other = np.arange(0 if other is None else len(other.columns))
    if one is other or one is None:
        return theirs, all_of_other, all_of_other
    united = list(theirs)
    by_id = {incident.id: place for place, incident in enumerate(united)}
    places = np.empty(len(one.incidents), dtype=np.int64)
    for index, incident in enumerate(one.incidents):
        place = by_id.get(incident.id)
        if place is None:
            place = len(united)
            united.append(incident)
        places[index] = place
    return united, places, all_of_other


def _is_active(group: IncidentGroup | None, day: int) -> bool:
    return group is not None and group.counts_on(day)


# Steps


def _model_step(before: Side, after: Side) -> Iterator[tuple[_PartKey, _Rows]]:
    aligned = _aligned(before, after)
    conflict, cooperation = _Pressed.of(aligned)
    one = before.model.divisor(conflict[0], cooperation[0])
    other = after.model.divisor(conflict[1], cooperation[1])
    for group in aligned:
        conflict_before, conflict_after = group.conflict
        change = 100.0 * (conflict_after / other - conflict_before / one)
        causes = np.full(len(change), _CAUSES.index(Cause.MODEL))
        yield _PartKey(Part.MODEL), _rows(group, change != 0, causes, change)


def _facts_step(
    before: Side, after: Side, corrections: Corrections = NO_CORRECTIONS
) -> Iterator[tuple[_PartKey, _Rows]]:
    """Split a step under one model, in which either what is known changes, or the day."""
    aligned = _aligned(before, after)
    per_conflict, per_cooperation = after.model.points_of_change(*_Pressed.of(aligned))
    for group in aligned:
        conflict, cooperation = group.conflict, group.cooperation
        change = per_conflict * (conflict[1] - conflict[0]) + per_cooperation * (cooperation[1] - cooperation[0])
        if before.day != after.day:
            causes = _time_causes(group, before.day)
        else:
            causes = _knowledge_causes(group, corrections)
        yield from _by_part(group, causes, change)


def _time_causes(group: _Aligned, first: int) -> Ints:
    older = Cause.TIE if group.tie_turned else Cause.DECAY
    return np.where(group.day > first, _CAUSES.index(Cause.NEW), _CAUSES.index(older))


def _knowledge_causes(group: _Aligned, corrections: Corrections) -> Ints:
    in_both = Cause.TIE if group.tie_turned else Cause.CORRECTED
    come, gone = ~group.known_before, ~group.known_after
    moved_here, moved_away = (_are_in(ids, group.incidents) for ids in (corrections.from_, corrections.to))
    corrected = come & moved_here | gone & moved_away
    return np.select(
        [corrected, come, gone],
        [_CAUSES.index(cause) for cause in (Cause.CORRECTED, Cause.NEWLY_KNOWN, Cause.RETRACTED)],
        _CAUSES.index(in_both),
    )


def _are_in(ids: Container[str], incidents: Sequence[Incident]) -> _Mask:
    return np.fromiter((incident.id in ids for incident in incidents), dtype=np.bool_, count=len(incidents))


def _by_part(group: _Aligned, causes: Ints, change: Floats) -> Iterator[tuple[_PartKey, _Rows]]:
    moved = change != 0
    if group.tie is not None:
        yield _PartKey(Part.SPILLOVER, group.tie.client, group.tie.patron), _rows(group, moved, causes, change)
        return
    hostile = (group.before < 0) | (group.after < 0)
    yield _PartKey(Part.COOPERATION), _rows(group, moved & ~hostile, causes, change)
    for cause in _OWN:
        mine = moved & hostile & (causes == _CAUSES.index(cause))
        yield _PartKey(Part(cause.value)), _rows(group, mine, causes, change)


def _rows(group: _Aligned, chosen: _Mask, causes: Ints, change: Floats) -> _Rows:
    places = np.flatnonzero(chosen)
    return _Rows(group, places, causes[places], change[places])


# Parts


def _collect(found: defaultdict[_PartKey, list[_Rows]], step: Iterable[tuple[_PartKey, _Rows]]) -> None:
    for key, rows in step:
        if len(rows.places):
            found[key].append(rows)


def _part(key: _PartKey, found: Sequence[_Rows], limit: int | None, corrections: Corrections) -> ExplainedPart:
    change = np.concatenate([rows.change for rows in found])
    day = np.concatenate([rows.aligned.day[rows.places] for rows in found])
    return ExplainedPart(
        part=key.part,
        via=key.via,
        patron=key.patron,
        change=float(change.sum()),
        incidents=_count(found),
        largest=tuple(_named(found, _largest(change, day, limit), corrections)),
    )


def _largest(change: Floats, day: Ints, limit: int | None) -> list[int]:
    """Return the places of the `limit` largest changes, the largest first, of equals the latest."""
    size = np.abs(change)
    places = np.arange(len(size))
    if limit is not None and limit < len(size):
        places = np.flatnonzero(size >= np.partition(size, -limit)[-limit])
    order = np.lexsort((-day[places], -size[places]))
    return [int(place) for place in places[order][:limit]]


def _count(found: Sequence[_Rows]) -> int:
    """Count incidents; one may have rows in two steps."""
    if len(found) == 1:
        return len(found[0].places)
    return len({rows.aligned.incidents[place].id for rows in found for place in rows.places.tolist()})


def _named(found: Sequence[_Rows], chosen: Iterable[int], corrections: Corrections) -> Iterator[Moved]:
    ends = np.cumsum([len(rows.places) for rows in found])
    for number in chosen:
        which = int(np.searchsorted(ends, number, side="right"))
        rows = found[which]
        at = number - int(ends[which]) + len(rows.places)
        place, aligned = int(rows.places[at]), rows.aligned
        incident, cause = aligned.incidents[place], _CAUSES[rows.cause[at]]
        corrected = corrections if cause is Cause.CORRECTED else NO_CORRECTIONS
        yield Moved(
            incident=incident,
            cause=cause,
            change=float(rows.change[at]),
            weight_before=float(aligned.before[place]),
            weight_after=float(aligned.after[place]),
            via=aligned.tie.client if aligned.tie else None,
            patron=aligned.tie.patron if aligned.tie else None,
            corrected_from=corrected.from_.get(incident.id, ()),
            corrected_to=corrected.to.get(incident.id, ()),
            id_before=corrections.former.get(incident.id),
        )
