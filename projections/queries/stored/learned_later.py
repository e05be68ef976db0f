"""What was learned about pairs after an instant: most incidents stand as they were known then.

So whoever asks how a pair stood in the past of what is known reads the stored incidents, and makes only those anew
of which evidence came or ended since.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, or_, select, union_all

from projections.pairs import Pair
from projections.publishers.counted_as import load_aliases
from projections.publishers.stale_weights import has_stale_weights
from projections.queries.question import Question, has_happened, is_between, is_in_incidents
from projections.queries.stored.incidents_of_evidence import Aliases, clustered
from projections.scoring.incidents import Incident
from projections.storage.bulk_rows import fetch_all, is_one_of, select_rows
from projections.storage.tables import evidence, incidents, is_report_of_clash

_MOST: Final = 5_000  # incidents that are made anew; behind that all are
_KEY: Final = tuple(evidence.primary_key.columns)
_DAY_AND_ID: Final = attrgetter("day", "id")


class LearnedLater(NamedTuple):
    """The stored incidents, by id, that were not known as they are, and what was known instead, until a day.

    Those of `then` are in the order of days and ids.
    """

    upto: int
    ids: frozenset[str]
    then: Mapping[Pair, Sequence[Incident]]

    def as_known(self, stored: Iterable[Incident], pair: Pair | None = None) -> Iterator[Incident]:
        """Yield stored incidents that were known as they are, and what was known instead: all, or of a pair."""
        yield from (incident for incident in stored if incident.id not in self.ids)
        yield from chain.from_iterable(self.then.values() if pair is None else [self.then.get(pair, ())])


def learned_about_pairs(
    connection: Connection, pairs: Collection[Pair], question: Question, aliases: Aliases
) -> LearnedLater | None:
    """Return what was learned about pairs until the day of a question after its record time.

    None if that is too much, or if the stored incidents count publishers otherwise.
    """
    ways = [way for pair in pairs for way in (pair, pair[::-1])]
    ended = ended_after(question)
    between = is_one_of(connection, (ended.c.source, ended.c.target), ways)
    asked = _changed(
        question,
        _came_after(question, is_between(connection, pairs), has_happened(evidence, question)),
        select(ended).where(between),
    )
    return _learned(connection, question, aliases, asked)


def learned_about_clashes(
    connection: Connection, actors: Collection[str], pairs: Collection[Pair], question: Question, aliases: Aliases
) -> LearnedLater | None:
    """Return the same of the clashes of some actors with whomever; `pairs` are those of them with incidents now.

    What came is looked for pair by pair, as the index of pairs tells its day, too.
    """
    ended = ended_after(question)
    came = _came_after(question, is_between(connection, pairs), has_happened(evidence, question))
    theirs = select(ended).where(or_(ended.c.source.in_(actors), ended.c.target.in_(actors)))
    return _learned(connection, question, aliases, _changed(question, came, theirs).where(is_report_of_clash))


def _came_after(question: Question, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the query for the keys of evidence that came after the record time: they are in every index."""
    return select(*_KEY).where(*conditions, evidence.c.known_from > question.known_at)


def ended_after(question: Question) -> CTE:
    """Return the query for the keys of evidence that ended after the record time: little, and found first."""
    ended = select(*_KEY).where(evidence.c.known_to > question.known_at)
    return ended.cte("ended").prefix_with("MATERIALIZED")


def _changed(question: Question, *keys: Select[Any]) -> Select[Any]:
    """Return the query for the incidents, until the day of a question, of evidence with some keys."""
    changed = union_all(*keys).cte("changed").prefix_with("MATERIALIZED")
    same = and_(*(column == changed.c[column.name] for column in _KEY))
    return select(evidence.c.incident).join(changed, same).where(has_happened(evidence, question))


def _learned(
    connection: Connection, question: Question, aliases: Aliases, asked: Select[Any]
) -> LearnedLater | None:
    if has_stale_weights(connection) or load_aliases(connection) != aliases:
        return None
    changed = frozenset(id_ for (id_,) in fetch_all(connection, asked.limit(_MOST + 1)) if id_ is not None)
    if len(changed) > _MOST:
        return None
    beside = select_rows(connection, incidents, ("id",), ("beside",), [(id_,) for id_ in changed])
    then: defaultdict[Pair, list[Incident]] = defaultdict(list)
    if changed:
        of_changed = is_in_incidents(connection, changed, question.model.incident_rules)
        for incident in sorted(clustered(connection, question, aliases, of_changed), key=_DAY_AND_ID):
            then[incident.a, incident.b].append(incident)
    return LearnedLater(question.day, changed.union(id_ for (id_,) in beside), then)
