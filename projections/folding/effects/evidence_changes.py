"""The evidence that domain events would end and begin were they recorded: by the fold that all go through."""

from collections.abc import Iterable, Mapping, Sequence, Set
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from domain.events import DomainEvent
from domain.log.application import Detente
from projections.evidence.evidence import Evidence
from projections.evidence.rulings import Rulings
from projections.folding.article_changes import ArticleChange
from projections.folding.effects.log_ahead import LogAhead
from projections.folding.fold_page import fold_page
from projections.folding.read_rulings import bring_to
from projections.pairs import Pair, pair_of
from projections.publishers.counted_as import load_aliases
from projections.queries.load_pairs import ties_of_rows
from projections.queries.question import stands
from projections.scoring.incidents import Claim, Incident, incidents_of
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.spillover import Tie
from projections.storage.bulk_rows import fetch_all, is_one_of, select_rows
from projections.storage.tables import articles, evidence, is_alignment

RowKey = tuple[int, int, str, str]  #: article, number, source, target
_TURN: Final = ("source", "target", "day", "development")
_CLAIMED: Final = [Evidence._fields.index(name) for name in Claim._fields]


class EvidenceChanges(NamedTuple):
    """The rows of evidence that would end and begin, and the keys of their articles, by their aggregates."""

    ended: Mapping[RowKey, Evidence]
    begun: Mapping[RowKey, Evidence]
    keys: Mapping[str, int]

    def keeps(self, *key: Any) -> bool:
        """Return whether a stored row of a key stays as it is."""
        return key not in self.ended and key not in self.begun

    def then(self, later: "EvidenceChanges") -> "EvidenceChanges":
        """Return these changes and those that follow them as one."""
        ended = {key: row for key, row in later.ended.items() if key not in self.begun}
        begun = {key: row for key, row in self.begun.items() if key not in later.ended}
        return EvidenceChanges({**self.ended, **ended}, {**begun, **later.begun}, {**self.keys, **later.keys})

    @property
    def rows(self) -> Iterable[Evidence]:
        """All rows that end or begin."""
        return (*self.ended.values(), *self.begun.values())

    @property
    def pairs(self) -> set[Pair]:
        """The pairs whose incidents may be others."""
        return {pair_of(row.source, row.target) for row in self.rows if row.incident is not None}

    @property
    def incidents(self) -> set[str]:
        """The incidents that may be others, whatever their places."""
        return {row.incident for row in self.rows if row.incident is not None}

    @property
    def turned(self) -> set[tuple[str, str]]:
        """The ties, as (patron, client), that may be others."""
        return {(row.source, row.target) for row in self.rows if row.kind == "alignment"}


class EvidenceAhead:
    """Evidence as it would be, while domain events are taken in that are not recorded, command after command.

    Has to see the log and the tables at one position.
    """

    def __init__(self, log: Detente, connection: Connection) -> None:
        self._connection = connection
        self._position = log.position()
        self._rulings = Rulings(log.article_aggregate)
        if log.ruling_register().entries:
            bring_to(self._rulings, log, self._position)
        self.log = LogAhead(log)
        self.changes = EvidenceChanges({}, {}, {})

    def take(self, events: Sequence[DomainEvent]) -> EvidenceChanges:
        """Return what the domain events of a command would change, beyond all that was taken in before."""
        at = [(self._position + index, event) for index, event in enumerate(events, start=1)]
        page = fold_page(at, self.log, self._rulings)
        self._position += len(events)
        self.log.take(events)
        keys = _keys(self._connection, page.articles, self.changes.keys)
        found = EvidenceChanges({}, {}, keys)
        for change in page.articles:
            for step in change.steps:
                ended, begun = (_by_key(rows, keys[change.aggregate]) for rows in (step.ended, step.begun))
                found = found.then(EvidenceChanges(ended, begun, keys))
        self.changes = self.changes.then(found)
        return found


def _by_key(rows: Iterable[Evidence], article: int) -> dict[RowKey, Evidence]:
    return {(article, row.number, row.source, row.target): row for row in rows}


def _keys(connection: Connection, changes: Iterable[ArticleChange], known: Mapping[str, int]) -> dict[str, int]:
    """Return the keys of articles by their aggregates. `known` are those of articles that are not recorded."""
    new = {change.aggregate: change.posted_at for change in changes if change.posted_at is not None}
    old = [(change.aggregate,) for change in changes if change.posted_at is None]
    stored = select_rows(connection, articles, ("aggregate", "article"), ("aggregate",), old)
    return {**new, **dict(map(tuple, stored)), **{each: known[each] for (each,) in old if each in known}}


def incidents_after(connection: Connection, ids: Set[str], changes: EvidenceChanges) -> dict[str, Incident]:
    """Return some incidents as they would be after changes, by id; `ids` are theirs whatever their places."""
    wanted = is_one_of(connection, (evidence.c.incident,), [(id_,) for id_ in sorted(ids)])
    columns = [evidence.c[name] for name in ("article", "number", *Claim._fields)]
    rows = fetch_all(connection, select(*columns).where(stands(evidence), wanted)) if ids else ()
    claims = [(row[0], row[1], Claim._make(row[2:])) for row in rows]
    kept = [it for article, number, it in claims if changes.keeps(article, number, it.source, it.target)]
    come = [
        Claim._make([row[index] for index in _CLAIMED]) for row in changes.begun.values() if row.incident in ids
    ]
    return incidents_of((*kept, *come), DEFAULT_MODEL, load_aliases(connection))


def ties_after(connection: Connection, ties: Iterable[Tie], changes: EvidenceChanges) -> list[Tie]:
    """Return ties as they would be after changes: those that turned anew, and the others as they are."""
    if not changes.turned:
        return list(ties)
    columns = [evidence.c[name] for name in ("known_from", "article", "number", *_TURN)]
    wanted = is_one_of(connection, (evidence.c.source, evidence.c.target), sorted(changes.turned))
    asked = select(*columns).where(is_alignment, stands(evidence), wanted)
    rows: list[tuple[Any, Any]] = [
        ((turn.day, 0, turn.known_from, turn.article, turn.number), turn[3:])
        for turn in connection.execute(asked)
        if changes.keeps(turn.article, turn.number, turn.source, turn.target)
    ]
    for (article, number, *_), row in changes.begun.items():
        if row.kind == "alignment":  # of a day, what is recorded last counts last
            rows.append(((row.day, 1, 0, article, number), tuple(getattr(row, name) for name in _TURN)))
    rows.sort(key=itemgetter(0))
    new = ties_of_rows(turn for _, turn in rows)
    return [*(tie for tie in ties if (tie.patron, tie.client) not in changes.turned), *new]
