"""What the page of a pair shows, but for its curve."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from api.http.schemas.incidents import IncidentOut
from api.pages.views.question_links import pair_path
from domain.standards.plover import ASSAULT, HalfLife, half_life_class
from projections.evidence.agreements import STATUS_AFTER, Status
from projections.pairs import other_of, pair_of
from projections.queries.agreements import AgreementHistory
from projections.queries.relation import Relation
from projections.scoring.incidents import Incident
from projections.scoring.pair_history import Contribution
from projections.times import to_date

_SHOWN: Final = 5  # incidents of tension, and as many of cooperation; the others are on the page of the evidence
_OF_EACH_DIRECTION: Final = 2
_ENDED: Final = frozenset({Status.TERMINATED, Status.EXPIRED})


class DirectionView(NamedTuple):
    """One direction of a pair: its pressures, and its heaviest incidents, what is mutual in both."""

    source: str
    target: str
    conflict_pressure: float
    cooperation_pressure: float
    heaviest: list[Contribution]


class SpilloverView(NamedTuple):
    """What spills over by way of one client, and the address of the pair that it comes from."""

    client: str
    patron: str
    opponent: str
    pressure: float
    share: float
    address: str


class AgreementView(NamedTuple):
    """An agreement on the axis of time: its days, and those on which it was broken."""

    id: str
    title: str | None
    purpose: str | None
    status: Status
    first: int
    last: int
    breaches: list[int]


def first_of_each_score(contributions: Sequence[Contribution], most: int = _SHOWN) -> list[Contribution]:
    """Return the contributions that make the most of the tension, and then as many of the cooperation.

    Each comes in its order. In a long war hardly a deed makes a point of tension, while any aid makes several of
    cooperation: the heaviest alone would be of aid.
    """
    tense = [each for each in contributions if each.weight < 0]
    kind = [each for each in contributions if each.weight > 0]
    return [*tense[:most], *kind[:most]]


def directions_of(relation: Relation, contributions: Sequence[Contribution]) -> list[DirectionView]:
    """Return both directions of a pair, side by side."""
    found = []
    for number, pressures in enumerate(relation.scores.directed):
        source, target = relation.pair if number == 0 else relation.pair[::-1]
        own = [each for each in contributions if each.via is None and each.incident.direction in (number, 2)]
        heaviest = first_of_each_score(own, _OF_EACH_DIRECTION)
        found.append(DirectionView(source, target, pressures.conflict, pressures.cooperation, heaviest))
    return found


def spillovers_of(relation: Relation) -> list[SpilloverView]:
    """Return what spills over to a pair, the largest first; a share is that of all its conflict pressure."""
    return [
        SpilloverView(
            each.client,
            each.patron,
            opponent := other_of(relation.pair, each.patron),
            each.pressure,
            each.pressure / relation.scores.conflict,
            pair_path(pair_of(each.client, opponent)),
        )
        for each in relation.spilled
    ]


def agreements_on_axis(agreements: Sequence[AgreementHistory], until: int) -> list[AgreementView]:
    """Return agreements as spans of days, with the days on which they were broken by word or by deed."""
    return [_on_axis(each, until) for each in agreements]


def _on_axis(agreement: AgreementHistory, until: int) -> AgreementView:
    entry = agreement.entry
    said = [each.development for each in agreement.developments]
    broken = {each.day for each in said if STATUS_AFTER[each.development] is Status.BREACHED}
    return AgreementView(
        entry.agreement,
        entry.title,
        entry.purpose,
        entry.status,
        entry.since,
        entry.status_since if entry.status in _ENDED else until,
        sorted(broken | {clash.day for clash in agreement.clashes}),
    )


def mark_kind(incident: Incident) -> str:
    """Return the kind of mark that an incident has on the curve."""
    if incident.type == ASSAULT:
        return "assault"
    sign = "conflict" if incident.weight < 0 else "cooperation"
    return f"{sign}_{'deed' if half_life_class(incident.type) is HalfLife.MATERIAL else 'word'}"


def marks_of(incidents: Sequence[Incident]) -> list[list[Any]]:
    """Return incidents as marks: day, kind, weight on that day, type, and between whom."""
    return [
        [to_date(each.day).isoformat(), mark_kind(each), round(abs(each.weight), 3), each.type, _who(each)]
        for each in incidents
    ]


def _who(incident: Incident) -> str:
    one, other = (incident.b, incident.a) if incident.direction == 1 else (incident.a, incident.b)
    return f"{one}–{other}" if incident.direction == 2 else f"{one} → {other}"


def points_of_tension(incidents: Sequence[IncidentOut]) -> float:
    """Return the points of tension that some incidents make."""
    return sum(each.contribution for each in incidents if each.weight < 0)
