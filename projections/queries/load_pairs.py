"""From rows to the histories of pairs: incidents and ties, as they are known now or were at an instant."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, not_, or_, select

from domain.standards.plover import ASSAULT
from projections.pairs import Pair, pair_of
from projections.publishers.actor_clashes import fetch_clashes
from projections.publishers.stale_weights import corrected, corrections
from projections.queries.question import CLAIM, Question, evidence_day, is_between, is_counted, stands
from projections.queries.stored.daily_clashes import DailyClashes
from projections.queries.stored.history_of_pair import are_many, stored_history
from projections.queries.stored.incidents_of_evidence import Aliases, clustered, known_aliases
from projections.queries.stored.incidents_of_pair import ColumnsWithClashes
from projections.queries.stored.learned_later import learned_about_clashes, learned_about_pairs
from projections.queries.stored.pairs_of_history import ReadPairs, history_or_stored_columns, no_pairs
from projections.scoring.incidents import Claim, Incident, reweighed
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns
from projections.scoring.spillover import Tie, by_patron, clients_of, ties_of
from projections.storage.bulk_rows import fetch_all, is_one_of, select_rows
from projections.storage.connection import Prepared
from projections.storage.tables import evidence, incidents, is_alignment, is_report_of_clash, relations

IncidentsByPair = Mapping[Pair, Sequence[Incident]]  # in each pair by day

_DAY_AND_ID: Final = attrgetter("day", "id")
_MANY: Final = 100  # reports of whom an actor backs: behind that its ties are looked up one by one

#: What columns are made of: an incident whole takes three times as long to read.
_COLUMNS: Final = ("a", "b", "day", "id", "weight", "material", "direction", "type")
_COLUMNS_OF_INCIDENT: Final = attrgetter(*_COLUMNS)
_ID: Final = _COLUMNS.index("id")
_DAY_AND_ID_OF_ROW: Final = itemgetter(_COLUMNS.index("day"), _ID)
_ColumnRow = tuple[Any, ...]


class HistoryWithClashes(NamedTuple):
    """The history of a pair, whose groups name no incidents; and its clashes."""

    history: PairHistory
    clashes: DailyClashes


class LoadedPair(NamedTuple):
    """What answers about one pair are made from, where several are made at once: each is read once for all."""

    history: PairHistory
    ties: Sequence[Tie]
    aliases: Aliases


# Histories


def load_whole_pair(
    connection: Connection,
    pair: Pair,
    question: Question,
    ties: Sequence[Tie] | None = None,
    *,
    asks_for_few: bool = False,
) -> LoadedPair:
    """Return the history of a pair, with the ties, unless at hand, and the aliases that it is made with.

    Who `asks_for_few` of its incidents by their places may ask as long as the transaction lasts.
    """
    if ties is None:
        ties = load_used_ties(connection, question, pair)
    aliases = known_aliases(connection, question)
    history = load_pair(connection, pair, question, ties, aliases, asks_for_few=asks_for_few)
    return LoadedPair(history, ties, aliases)


def load_pair(
    connection: Connection,
    pair: Pair,
    question: Question,
    ties: Sequence[Tie] | None = None,
    aliases: Aliases | None = None,
    *,
    asks_for_few: bool = False,
) -> PairHistory:
    """Return the history of a pair. `ties` are those of the two, or all, if at hand; so are `aliases`.

    Who `asks_for_few` of its incidents by their places may ask as long as the transaction lasts.
    """
    if ties is None:
        ties = load_used_ties(connection, question, pair)
    wanted = with_clients([pair], ties)
    goes_by_columns = asks_for_few and question.is_as_stored and are_many(connection, wanted)
    if goes_by_columns and not corrections(connection, wanted):
        return stored_history(connection, pair, ties)
    if asks_for_few and question.is_as_known and are_many(connection, wanted):
        aliases = known_aliases(connection, question) if aliases is None else aliases
        if learned := learned_about_pairs(connection, wanted, question, aliases):
            return stored_history(connection, pair, ties, learned)
    return PairHistory.of(pair, load_incidents(connection, wanted, question, aliases), ties)


def load_histories(
    connection: Connection,
    pairs: Sequence[Pair],
    question: Question,
    ties: Sequence[Tie] | None = None,
    read_pairs: ReadPairs = no_pairs,
) -> list[HistoryWithClashes]:
    """Return the history of each of some pairs as `load_pair` does, from one read of their incidents."""
    ties = load_used_ties(connection, question, sorted({*chain(*pairs)})) if ties is None else ties
    loaded = _load_with_clashes(connection, with_clients(pairs, ties), question, read_pairs)
    of_patrons, columns = by_patron(ties), {pair: of_pair.columns for pair, of_pair in loaded.items()}
    made = (PairHistory.of_columns(pair, columns, ties_of(pair, of_patrons)) for pair in pairs)
    return [HistoryWithClashes(history, loaded[history.pair].clashes) for history in made]


def load_pairs(
    connection: Connection, pairs: Sequence[Pair], ties: Mapping[Pair, Sequence[Tie]] | None = None
) -> Iterator[PairHistory]:
    """Yield the histories of some pairs as they are known now, from one read of their incidents, whom none names.

    `ties` are those that count for each pair, where they are at hand.
    """
    if not pairs:
        return
    if ties is None:
        ties = load_ties_that_count(connection, pairs)
    wanted = {each for pair in pairs for each in pair_with_clients(pair, ties[pair])}
    columns = {pair: _columns_of_rows(rows) for pair, rows in _load_stored_rows(connection, wanted).items()}
    for pair in pairs:
        yield PairHistory.of_columns(pair, columns, ties[pair])


def pair_with_clients(pair: Pair, ties: Iterable[Tie]) -> list[Pair]:
    """Return a pair, and those whose conflict spills over to it by way of some ties."""
    return [pair, *(client.pair for client in clients_of(pair, ties))]


def load_ties_that_count(connection: Connection, pairs: Collection[Pair]) -> dict[Pair, list[Tie]]:
    """Return the ties that are known now by which something may spill over to some pairs, or one backs the other.

    One may back any number of clients, and each pair of the two is asked for: so those clients are left out that
    have no incident with the pair's other actor. Of an actor with many they are not even read.
    """
    backing = _number_of_reports_by_patron(connection, {actor for pair in pairs for actor in pair})
    if not backing:
        return {pair: [] for pair in pairs}
    ways = [way for pair in pairs for way in (pair, pair[::-1]) if way[0] in backing]  # a patron, and the other
    many = {patron for patron, number in backing.items() if number > _MANY}
    ties = {(tie.patron, tie.client): tie for tie in load_ties(connection, patrons=sorted(backing.keys() - many))}
    clients: defaultdict[str, set[str]] = defaultdict(set)
    for patron, client in ties:
        clients[patron].add(client)
    asked = {pair_of(client, other) for patron, other in ways for client in clients[patron] - {other}}
    opponents: defaultdict[str, set[str]] = defaultdict(set)
    of_few = select_rows(connection, relations, ("a", "b"), ("a", "b"), asked)
    for a, b in (*of_few, *_pairs_with(connection, {other for patron, other in ways if patron in many})):
        opponents[a].add(b)
        opponents[b].add(a)
    wanted = {(patron, each) for patron, other in ways if patron in many for each in (other, *opponents[other])}
    for tie in _load_ties_between(connection, wanted):
        ties[tie.patron, tie.client] = tie
        clients[tie.patron].add(tie.client)
    return {
        pair: [
            ties[key]
            for key in sorted(
                (patron, client)
                for patron, other in (pair, pair[::-1])
                if patron in clients
                for client in clients[patron] & (opponents[other] | {other})
            )
        ]
        for pair in pairs
    }


def _number_of_reports_by_patron(connection: Connection, actors: Collection[str]) -> dict[str, int]:
    """Return how often each of some actors was ever reported to back another, of those that were."""
    patron = evidence.c.source
    theirs = is_one_of(connection, (patron,), [(actor,) for actor in sorted(actors)])
    found = select(patron, func.count()).where(is_alignment, theirs).group_by(patron)
    return {actor: int(number) for actor, number in fetch_all(connection, found)}


def _pairs_with(connection: Connection, actors: Collection[str]) -> Sequence[Pair]:
    """Return the pairs with incidents of which one is one of some actors."""
    if not actors:
        return []
    keys = [(actor,) for actor in sorted(actors)]
    either = or_(*(is_one_of(connection, (relations.c[name],), keys) for name in ("a", "b")))
    return [(a, b) for a, b in fetch_all(connection, select(relations.c.a, relations.c.b).where(either))]


def _load_ties_between(connection: Connection, wanted: Collection[tuple[str, str]]) -> list[Tie]:
    """Return the ties that are known now of some patrons and clients."""
    if not wanted:
        return []
    theirs = is_one_of(connection, (evidence.c.source, evidence.c.target), sorted(wanted))
    return ties_of_rows(fetch_all(connection, _CURRENT_TIES[False].where(theirs)))


def with_clients(pairs: Iterable[Pair], ties: Sequence[Tie]) -> set[Pair]:
    """Return some pairs, and those whose conflict spills over to one of them by way of some ties."""
    if not ties:
        return set(pairs)
    found = by_patron(ties)
    return {each for pair in pairs for each in pair_with_clients(pair, ties_of(pair, found))}


# Incidents


def by_pair_and_day(found: Iterable[Incident]) -> dict[Pair, list[Incident]]:
    """Return incidents by pair, and in each by day."""
    by_pair: defaultdict[Pair, list[Incident]] = defaultdict(list)
    for incident in found:
        by_pair[incident.a, incident.b].append(incident)
    for incidents_of_pair in by_pair.values():
        incidents_of_pair.sort(key=_DAY_AND_ID)
    return dict(by_pair)


def load_incidents(
    connection: Connection, pairs: Iterable[Pair], question: Question, aliases: Aliases | None = None
) -> IncidentsByPair:
    """Return the incidents of each of some pairs, of any day, as they count for a question and by its model.

    `aliases` are those of `known_aliases`, if at hand.
    """
    wanted = list(pairs)
    if not wanted:
        return {}
    found: Iterable[Incident]
    if question.is_unfiltered:
        rows = select_rows(connection, incidents, Incident._fields, ("a", "b"), wanted)
        found = reweighed(corrected(connection, map(Incident._make, rows), wanted), question.model)
    else:
        found = clustered(connection, question, aliases, is_between(connection, wanted))
    return {**dict.fromkeys(wanted, ()), **by_pair_and_day(found)}


def load_columns(connection: Connection, pairs: Iterable[Pair], question: Question) -> dict[Pair, IncidentColumns]:
    """Return the incidents of each of some pairs, as `load_incidents`, as columns."""
    return {pair: _columns_of_rows(rows) for pair, rows in _load_rows(connection, pairs, question).items()}


def _load_with_clashes(
    connection: Connection, pairs: Collection[Pair], question: Question, read_pairs: ReadPairs
) -> dict[Pair, ColumnsWithClashes]:
    """Return the columns of each of some pairs, as `load_columns`, with the clashes."""
    if question.is_as_stored and not corrections(connection, pairs):
        return history_or_stored_columns(connection, pairs, read_pairs)
    return {pair: _columns_with_clashes(rows) for pair, rows in _load_rows(connection, pairs, question).items()}


def _load_rows(connection: Connection, pairs: Iterable[Pair], question: Question) -> dict[Pair, list[_ColumnRow]]:
    """Return what the columns of each of some pairs are made of, in the order of days and ids."""
    if question.is_as_stored:
        return _load_stored_rows(connection, pairs)
    found = load_incidents(connection, list(pairs), question)
    return {pair: [_COLUMNS_OF_INCIDENT(incident) for incident in of_pair] for pair, of_pair in found.items()}


def _load_stored_rows(connection: Connection, pairs: Iterable[Pair]) -> dict[Pair, list[_ColumnRow]]:
    """Return the same of what is known now."""
    by_pair: dict[Pair, list[_ColumnRow]] = {pair: [] for pair in pairs}
    if not by_pair:
        return by_pair
    now = {each.stored.id: _COLUMNS_OF_INCIDENT(each.now) for each in corrections(connection, by_pair)}
    for row in select_rows(connection, incidents, _COLUMNS, ("a", "b"), by_pair):
        by_pair[row[0], row[1]].append(now.get(row[3], row) if now else row)
    for rows in by_pair.values():
        rows.sort(key=_DAY_AND_ID_OF_ROW)
    return by_pair


def _columns_of_rows(rows: Sequence[_ColumnRow]) -> IncidentColumns:
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ((),) * len(_COLUMNS)
    _, _, day, _, weight, material, direction, type_ = columns
    return IncidentColumns.of_columns(day, weight, material, direction, [each == ASSAULT for each in type_])


def _columns_with_clashes(rows: Sequence[_ColumnRow]) -> ColumnsWithClashes:
    columns = _columns_of_rows(rows)
    ids = [row[_ID] for row in rows]
    return ColumnsWithClashes(columns, DailyClashes.of(columns.day, columns.assault, ids))


def load_all_incidents(connection: Connection, question: Question) -> IncidentsByPair:
    """Return the incidents of all pairs, of any day, as they count for a question and by its model."""
    if question.is_unfiltered:
        rows = fetch_all(connection, select(*(incidents.c[name] for name in Incident._fields)))
        return by_pair_and_day(reweighed(corrected(connection, map(Incident._make, rows)), question.model))
    return by_pair_and_day(clustered(connection, question, None))


def load_claims(connection: Connection, pairs: Iterable[Pair], days: tuple[int, int] | None = None) -> list[Claim]:
    """Return the evidence that stands and belongs to incidents of some pairs, from one of `days` to the other."""
    conditions = [is_between(connection, pairs), evidence.c.incident.is_not(None), stands(evidence)]
    if days is not None:
        conditions.append(evidence.c.day.between(*days))
    return list(map(Claim._make, fetch_all(connection, select(*CLAIM).where(*conditions))))


_CLASHES_IN_ORDER: Final = attrgetter("b", "a", "day", "weight", "id")


def load_clashes_of_actors(
    connection: Connection, actors: Collection[str], question: Question, aliases: Aliases | None = None
) -> list[Incident]:
    """Return the ASSAULTs of some actors with whomever, of any day, as they count for a question.

    They are weighed by the default model. Where it is known what was learned later, they are those until its day.
    """
    if question.is_unfiltered:
        return list(corrected(connection, sorted(_stored_clashes(connection, actors), key=_CLASHES_IN_ORDER)))
    aliases = known_aliases(connection, question) if aliases is None else aliases
    theirs = _pairs_with(connection, actors) if question.is_as_known else []
    if theirs and (learned := learned_about_clashes(connection, actors, theirs, question, aliases)):
        stored = _stored_clashes(connection, actors, question.has_happened(incidents.c.day))
        return sorted(learned.as_known(stored), key=_CLASHES_IN_ORDER)
    first, second = evidence.c.source.in_(actors), evidence.c.target.in_(actors)
    ways = and_(is_report_of_clash, first), and_(is_report_of_clash, second, not_(first))
    found = sorted(clustered(connection, question, aliases, *ways), key=_CLASHES_IN_ORDER)
    return reweighed(found, DEFAULT_MODEL, question.model)


def _stored_clashes(
    connection: Connection, actors: Collection[str], *conditions: ColumnElement[bool]
) -> Iterator[Incident]:
    columns = [incidents.c[name] for name in Incident._fields]
    return map(Incident._make, fetch_clashes(connection, actors, columns, *conditions))


# Ties


def _ties(
    counts: ColumnElement[bool], *, of_some: bool, day: ColumnElement[Any] = evidence.c.day
) -> Select[tuple[str, str, int, str]]:
    """Return the query for the alignments that count, all or those `of_some` patrons, in the order of the log."""
    columns = (evidence.c.source, evidence.c.target, day, evidence.c.development)
    order = (day, evidence.c.known_from, evidence.c.article, evidence.c.number)
    asked = select(*columns).where(is_alignment, counts).order_by(*order)
    return asked.where(evidence.c.source.in_(bindparam("patrons", expanding=True))) if of_some else asked


#: Put together once: every reading of a relation asks them.
_CURRENT_TIES: Final = {of_some: _ties(stands(evidence), of_some=of_some) for of_some in (False, True)}
_CURRENT_TIES_OF_TWO: Final = Prepared(
    _CURRENT_TIES[False].where(evidence.c.source.in_([bindparam("one"), bindparam("other")]))
)


def load_used_ties(connection: Connection, question: Question, patrons: Sequence[str] | None = None) -> list[Tie]:
    """Return the ties of some patrons, or all, that the question's model uses: a reference model uses none."""
    uses = question.model.spillover_share or question.model.uses_alignments
    return load_ties(connection, question, patrons) if uses else []


def load_ties(
    connection: Connection, question: Question | None = None, patrons: Sequence[str] | None = None
) -> list[Tie]:
    """Return the ties of some patrons, or all, with their turns in the order of days and of the log.

    They are those that count for a question, whatever its day; without one, those that are known now.
    """
    rows: Iterable[Any]
    of_some = patrons is not None
    if question is not None and not question.is_unfiltered:
        asked = _ties(is_counted(question), of_some=of_some, day=evidence_day(question))
        rows = connection.execute(asked, {"patrons": patrons} if of_some else {})
    elif patrons is not None and len(patrons) == 2:  # as of every pair
        rows = _CURRENT_TIES_OF_TWO.rows(connection, one=patrons[0], other=patrons[1])
    elif of_some:
        rows = connection.execute(_CURRENT_TIES[True], {"patrons": patrons})
    else:
        rows = fetch_all(connection, _CURRENT_TIES[False])
    return ties_of_rows(rows)


def ties_of_rows(rows: Iterable[Any]) -> list[Tie]:
    """Return the ties that rows of (patron, client, day, development) come to, which are in their order."""
    turns: defaultdict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for patron, client, day, development in rows:
        turns[patron, client].append((day, development != "ended"))
    return [
        Tie(patron, client, tuple(day for day, _ in reported), tuple(active for _, active in reported))
        for (patron, client), reported in sorted(turns.items())
    ]
