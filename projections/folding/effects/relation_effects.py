"""How relations would stand if domain events were recorded that are not: each before and after."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, or_, select

from domain.events import DomainEvent
from domain.log.application import Detente
from projections.folding.effects.evidence_changes import (
    EvidenceChanges,
    evidence_changes,
    incidents_after,
    ties_after,
)
from projections.pairs import Pair, pair_of
from projections.queries.load_pairs import by_pair_and_day, load_incidents, load_ties, with_clients
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory, run_on
from projections.scoring.spillover import Tie, pairs_spilled_to
from projections.scoring.states import State
from projections.storage.bulk_rows import is_one_of
from projections.storage.tables import evidence, is_alignment, relations

MOST_PAIRS: Final = 60  #: that are looked at: own pairs first, then those to which something spills over
MOST_SHOWN: Final = 20  #: pairs whose effects are told, what is moved most first
_NOW: Final = Question(0)  # all that is known counts, whatever its day


class Standing(NamedTuple):
    """How a pair stands on a day."""

    tension: float
    cooperation: float
    state: State


class RelationEffect(NamedTuple):
    """How a pair stands on some days, and how it would."""

    pair: Pair
    before: Sequence[Standing]
    after: Sequence[Standing]

    @property
    def moved(self) -> float:
        """By how much scores would move on one of the days, at most."""
        both = zip(self.before, self.after, strict=True)
        return max(max(abs(b.tension - a.tension), abs(b.cooperation - a.cooperation)) for b, a in both)


class RelationEffects(NamedTuple):
    """What domain events would change: relations on some `days`, what is moved most first, and incidents.

    Of `others` pairs that may be moved, too, nothing is told. `incidents_before` and `incidents_after` are those
    that are touched, by id.
    """

    days: Sequence[int]
    relations: Sequence[RelationEffect]
    others: int
    incidents_before: Mapping[str, Incident]
    incidents_after: Mapping[str, Incident]
    changes: EvidenceChanges


def effects_of(log: Detente, connection: Connection, events: Sequence[DomainEvent], today: int) -> RelationEffects:
    """Return what the domain events of one command would change, on the last day that they tell of, and today.

    The tables have to be at the log's position.
    """
    changes = evidence_changes(log, connection, events)
    days = _days(changes, today)
    own = sorted(changes.pairs)
    wanted = [*own, *sorted(_spilled_to(connection, changes) - changes.pairs)]
    pairs = wanted[:MOST_PAIRS]
    ties = load_ties(connection, patrons=sorted({actor for pair in pairs for actor in pair}))
    later_ties = ties_after(connection, ties, changes)
    loaded = load_incidents(connection, with_clients(pairs, [*ties, *later_ties]) | set(own), _NOW)
    new = incidents_after(connection, changes)
    old = {it.id: it for pair in own for it in loaded[pair] if _is_touched(it, changes)}
    later = {**loaded, **_replaced(loaded, own, changes, new)}
    moved = [_moved(pair, days, (loaded, ties), (later, later_ties)) for pair in pairs]
    told = [each for each in moved if each.before != each.after or each.pair in changes.pairs]
    told = sorted(told, key=_by_size)[:MOST_SHOWN]
    return RelationEffects(days, told, len(wanted) - len(pairs), old, new, changes)


def _days(changes: EvidenceChanges, today: int) -> list[int]:
    """Return the last day that changes tell of, if it has come, and today."""
    told = [row.day for row in changes.rows]
    return sorted({min(max(told), today), today}) if told else [today]


def _by_size(effect: RelationEffect) -> tuple[float, Pair]:
    return -effect.moved, effect.pair


def _is_touched(incident: Incident, changes: EvidenceChanges) -> bool:
    return incident.id in changes.incidents or incident.beside in changes.incidents


def _replaced(
    loaded: Mapping[Pair, Sequence[Incident]],
    pairs: Collection[Pair],
    changes: EvidenceChanges,
    new: Mapping[str, Incident],
) -> dict[Pair, list[Incident]]:
    """Return the incidents of some pairs as they would be."""
    kept = [incident for pair in pairs for incident in loaded[pair] if not _is_touched(incident, changes)]
    return {**{pair: [] for pair in pairs}, **by_pair_and_day([*kept, *new.values()])}


_Known = tuple[Mapping[Pair, Sequence[Incident]], Sequence[Tie]]


def _moved(pair: Pair, days: Sequence[int], before: _Known, after: _Known) -> RelationEffect:
    return RelationEffect(pair, *(_standings(PairHistory.of(pair, *known), days) for known in (before, after)))


def _standings(history: PairHistory, days: Iterable[int]) -> list[Standing]:
    runs = history.runs(DEFAULT_MODEL)
    scores = [(day, history.scores_on(day, DEFAULT_MODEL)) for day in days]
    return [Standing(each.tension, each.cooperation, run_on(day, runs)[0]) for day, each in scores]


def _spilled_to(connection: Connection, changes: EvidenceChanges) -> set[Pair]:
    """Return the pairs to which something of the changes may spill over, and those whose ties turn."""
    actors = [(actor,) for actor in sorted({actor for pair in changes.pairs for actor in pair})]
    of_clients = select(evidence.c.source, evidence.c.target).where(is_alignment).distinct()
    ties = set(changes.turned)
    if actors:
        asked = of_clients.where(is_one_of(connection, (evidence.c.target,), actors))
        ties |= {(patron, client) for patron, client in connection.execute(asked)}
    found = pairs_spilled_to(changes.pairs, ties) | {pair_of(*tie) for tie in changes.turned}
    clients = [(client,) for client in sorted({client for _, client in changes.turned})]
    if clients:
        either = or_(*(is_one_of(connection, (side,), clients) for side in (relations.c.a, relations.c.b)))
        of_theirs = connection.execute(select(relations.c.a, relations.c.b).where(either))
        found |= pairs_spilled_to(((a, b) for a, b in of_theirs), changes.turned)
    return found
