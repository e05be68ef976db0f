"""How relations would stand if domain events were recorded that are not: each before and after."""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, or_, select

from domain.articles import Article
from domain.events import DomainEvent
from domain.log.application import Detente
from projections.folding.effects.before_and_after import (
    MOST_PAIRS,
    RelationEffect,
    most_moved,
    own_first,
    relations_on,
)
from projections.folding.effects.evidence_changes import (
    EvidenceAhead,
    EvidenceChanges,
    incidents_after,
    ties_after,
)
from projections.pairs import Pair, pair_of
from projections.queries.load_pairs import by_pair_and_day, load_incidents, load_ties, with_clients
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import Tie, pairs_spilled_to
from projections.storage.bulk_rows import is_one_of
from projections.storage.tables import evidence, is_alignment, relations

TieKey = tuple[str, str]  #: patron, client
_NOW: Final = Question(0)  # all that is known counts, whatever its day


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
    return RelationsAhead(log, connection, today).take(events)


class RelationsAhead:
    """Relations as they would be, while domain events are taken in that are not recorded, command after command.

    The tables have to be at the log's position.
    """

    def __init__(self, log: Detente, connection: Connection, today: int) -> None:
        self._connection = connection
        self._today = today
        self._tells = True
        self._evidence = EvidenceAhead(log, connection)
        self._incidents: dict[Pair, Sequence[Incident]] = {}  # of all pairs that were touched, and of some others
        self._histories: dict[Pair, PairHistory] = {}

    @property
    def changes(self) -> EvidenceChanges:
        """All that was taken in so far."""
        return self._evidence.changes

    def article(self, aggregate: UUID) -> Article | None:
        """Return an article as it would be, None where nothing was taken in of it."""
        return self._evidence.log.article(aggregate)

    def take(self, events: Sequence[DomainEvent], *, tells: bool = True) -> RelationEffects:
        """Return what the domain events of a command would change, behind all that were taken in before.

        From the first one on that is not to be told, it is what they change in incidents, and not in relations.
        """
        before = self.changes
        found = self._evidence.take(events)
        new = incidents_after(self._connection, found.incidents, self.changes)
        days = _days(found, self._today)
        self._tells &= tells
        if not self._tells:
            return RelationEffects(days, (), 0, {}, new, found)
        own = found.pairs
        spilled = pairs_moved_by(self._connection, own, found.turned, self.changes.turned)
        spilled |= pairs_spilled_to(self.changes.pairs, found.turned)  # which the tables may not have
        wanted = own_first(own, spilled)
        pairs = wanted[:MOST_PAIRS]
        stored = load_ties(self._connection, patrons=sorted({actor for pair in pairs for actor in pair}))
        ties, later_ties = (ties_after(self._connection, stored, each) for each in (before, self.changes))
        self._load(with_clients(pairs, [*ties, *later_ties]).union(own))
        touched = found.incidents
        old = {it.id: it for pair in sorted(own) for it in self._incidents[pair] if _is_touched(it, touched)}
        earlier = {pair: self._history(pair, ties) for pair in pairs}
        self._incidents |= _replaced(self._incidents, sorted(own), touched, new)
        self._histories = {pair: each for pair, each in self._histories.items() if pair not in wanted}
        later = {pair: self._history(pair, later_ties) for pair in pairs}
        moved = [
            RelationEffect(pair, *(relations_on(each[pair], days, DEFAULT_MODEL) for each in (earlier, later)))
            for pair in pairs
        ]
        told = most_moved(moved, wanted, own)
        return RelationEffects(days, told.effects, told.others, old, new, found)

    def _load(self, pairs: Collection[Pair]) -> None:
        missing = [pair for pair in pairs if pair not in self._incidents]
        self._incidents |= load_incidents(self._connection, missing, _NOW)

    def _history(self, pair: Pair, ties: Sequence[Tie]) -> PairHistory:
        if pair not in self._histories:
            self._histories[pair] = PairHistory.of(pair, self._incidents, ties)
        return self._histories[pair]


def _days(changes: EvidenceChanges, today: int) -> list[int]:
    """Return the last day that changes tell of, if it has come, and today."""
    told = [row.day for row in changes.rows]
    return sorted({min(max(told), today), today}) if told else [today]


def _is_touched(incident: Incident, ids: Set[str]) -> bool:
    return incident.id in ids or incident.beside in ids


def _replaced(
    loaded: Mapping[Pair, Sequence[Incident]],
    pairs: Collection[Pair],
    touched: Set[str],
    new: Mapping[str, Incident],
) -> dict[Pair, list[Incident]]:
    """Return the incidents of some pairs as they would be."""
    kept = [incident for pair in pairs for incident in loaded[pair] if not _is_touched(incident, touched)]
    return {**{pair: [] for pair in pairs}, **by_pair_and_day([*kept, *new.values()])}


def pairs_moved_by(
    connection: Connection, pairs: Set[Pair], turned: Set[TieKey], more_ties: Set[TieKey] = frozenset()
) -> set[Pair]:
    """Return the pairs to which something of some pairs may spill over, and those that turned ties may move.

    Ties are given as (patron, client); it may spill over by all that were ever recorded, and by `more_ties`.
    """
    actors = [(actor,) for actor in sorted({actor for pair in pairs for actor in pair})]
    of_clients = select(evidence.c.source, evidence.c.target).where(is_alignment).distinct()
    ties = {*turned, *more_ties}
    if actors:
        asked = of_clients.where(is_one_of(connection, (evidence.c.target,), actors))
        ties |= {(patron, client) for patron, client in connection.execute(asked)}
    found = pairs_spilled_to(pairs, ties) | {pair_of(*tie) for tie in turned}
    clients = [(client,) for client in sorted({client for _, client in turned})]
    if clients:
        either = or_(*(is_one_of(connection, (side,), clients) for side in (relations.c.a, relations.c.b)))
        of_theirs = connection.execute(select(relations.c.a, relations.c.b).where(either))
        found |= pairs_spilled_to(((a, b) for a, b in of_theirs), turned)
    return found
