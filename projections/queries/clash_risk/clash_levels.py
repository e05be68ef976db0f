"""What the clash risk of pairs is made of on the day of a question: from running sums, or from incidents."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import numpy as np
from sqlalchemy import Connection

from projections.pairs import Pair
from projections.publishers.actor_clashes import fetch_clashes, load_actor_clashes
from projections.publishers.stale_weights import corrected_actor_clashes, corrected_sums, has_stale_weights
from projections.queries.load_pairs import load_clashes_of_actors
from projections.queries.question import Question
from projections.queries.stored.incidents_of_evidence import Aliases
from projections.scoring.clash_risk.clash_sums import ActorClashes, ClashSums
from projections.scoring.clash_risk.levels import ClashesByActor, clashes_by_actor, elsewhere_of, levels_of
from projections.scoring.clash_risk.risk_model import ClashLevels
from projections.scoring.incidents import Incident
from projections.scoring.pressures import IncidentColumns
from projections.scoring.running_sums import ExactSum
from projections.storage.bulk_rows import Row, select_rows
from projections.storage.tables import CLASHES_IN_ORDER, incidents, relations

_NONE: Final = ExactSum()


def levels_from_sums(
    connection: Connection,
    sums: Mapping[Pair, ClashSums],
    question: Question,
    *,
    corrects: bool,
    totals: Mapping[str, ActorClashes] | None = None,
) -> dict[Pair, ClashLevels]:
    """Return the levels of some pairs whose running sums reach no further than the day of a plain question.

    Those of their actors may: what clashes elsewhere come to is read from incidents then. `corrects` says that
    some pairs are marked as weighed before an alias, of which these may be. `totals` are those of the actors that
    have any, as they are now, if at hand.
    """
    actors = {actor for pair in sums for actor in pair}
    if totals is None:
        totals = (corrected_actor_clashes if corrects else load_actor_clashes)(connection, actors)
    if all(question.has_happened(found.day) for found in totals.values()):
        all_ = {actor: totals[actor].total if actor in totals else _NONE for actor in actors}
        return {
            pair: of_pair.levels(question.day, (all_[pair[0]], all_[pair[1]])) for pair, of_pair in sums.items()
        }
    clashes = load_clashes_by_actor(connection, actors, question)
    return {
        pair: of_pair.levels(question.day, (_NONE, _NONE))._replace(elsewhere=elsewhere_of(pair, clashes))
        for pair, of_pair in sums.items()
    }


def stored_levels(
    connection: Connection, pairs: Collection[Pair], question: Question, *, corrects: bool
) -> dict[Pair, ClashLevels]:
    """Return the levels of those of some pairs that have incidents, as `levels_from_sums`."""
    rows = select_rows(connection, relations, ("a", "b", "clash_sums"), ("a", "b"), pairs)
    texts = {(a, b): text for a, b, text in rows}
    if corrects:
        texts |= {pair: text for pair, (text,) in corrected_sums(connection, pairs, ("clash_sums",)).items()}
    sums = {pair: ClashSums.parse(text) for pair, text in texts.items()}
    return levels_from_sums(connection, sums, question, corrects=corrects)


def levels_from_incidents(
    connection: Connection, pair: Pair, own: IncidentColumns, question: Question, aliases: Aliases
) -> ClashLevels:
    """Return the levels of a pair; `own` are its incidents, of any day, by the default model."""
    clashes = load_clashes_by_actor(connection, pair, question, aliases)
    return levels_of(own, question.day, elsewhere_of(pair, clashes))


def load_clashes_by_actor(
    connection: Connection, actors: Collection[str], question: Question, aliases: Aliases | None = None
) -> ClashesByActor:
    """Return what the ASSAULTs of some actors come to on the day of a question."""
    if question.is_unfiltered and not has_stale_weights(connection):
        happened = question.has_happened(incidents.c.day)
        return _by_actor(fetch_clashes(connection, actors, CLASHES_IN_ORDER, happened), question)
    return by_actor(load_clashes_of_actors(connection, actors, question, aliases), question)


def by_actor(clashes: Iterable[Incident], question: Question) -> ClashesByActor:
    """Return what those of some ASSAULTs come to on the day of a question that had happened by then."""
    happened = (each for each in clashes if question.has_happened(each.day))
    return _by_actor(((each.a, each.b, each.day, each.weight) for each in happened), question)


def _by_actor(found: Iterable[Row], question: Question) -> ClashesByActor:
    pairs: dict[Pair, int] = {}
    rows = [(pairs.setdefault((a, b), len(pairs)), day, weight) for a, b, day, weight in found]
    pair, day, weight = zip(*rows, strict=True) if rows else ((),) * 3
    ages = question.day - np.array(day, dtype=np.int64)
    return clashes_by_actor(list(pairs), np.array(pair, dtype=np.int64), ages, np.array(weight, dtype=np.float64))
