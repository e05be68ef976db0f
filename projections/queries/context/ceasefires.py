"""Ceasefires in force between the two of each of some pairs, on a day and on each of many."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Ints, Recurring
from projections.evidence.agreements import AgreementEntry, DatedEntry, dated_entries, entry_on
from projections.pairs import Pair
from projections.queries.agreements import (
    AgreementHistory,
    agreements_on,
    load_ceasefires_naming,
    load_clashes_among,
    load_developments,
)
from projections.queries.question import Question

CEASEFIRE: Final = "ceasefire"


def ceasefires_among(agreements: Iterable[AgreementHistory]) -> tuple[AgreementHistory, ...]:
    """Return the ceasefires in force among some agreements, violated or not."""
    return tuple(each for each in agreements if _is_ceasefire(each.entry))


def _is_ceasefire(entry: AgreementEntry) -> bool:
    return entry.is_in_force and entry.purpose == CEASEFIRE


def load_ceasefires(
    connection: Connection, pairs: Sequence[Pair], question: Question
) -> dict[Pair, tuple[AgreementHistory, ...]]:
    """Return the ceasefires in force that name both of a pair, by id, for those of some pairs that have any."""
    named = load_ceasefires_naming(connection, pairs)
    found = ceasefires_among(agreements_on(connection, question, named)) if named else ()
    wanted, by_pair = frozenset(pairs), defaultdict[Pair, list[AgreementHistory]](list)
    for each in found:
        for pair in wanted.intersection(combinations(each.entry.parties, 2)):
            by_pair[pair].append(each)
    return {pair: tuple(of_pair) for pair, of_pair in by_pair.items()}


# Over time


@dataclass(frozen=True, slots=True)
class CeasefireHistory:
    """How the ceasefires between the two of a pair stood over time, by their ids."""

    pair: Pair
    lives: Sequence[Sequence[DatedEntry]] = ()

    def over(self, days: Ints) -> Recurring[tuple[DatedEntry, ...]]:
        """Return the ceasefires in force that name both, by id, on each of some days, which are in order."""
        turns = np.unique(np.array([each.day for life in self.lives for each in life], dtype=np.int64))
        at = np.searchsorted(turns, days, side="right")
        columns = [self._over(life, turns) for life in self.lives]
        shown = [tuple(filter(None, row)) for row in zip(*columns, strict=True)]
        return Recurring([(), *shown], at)

    def _over(self, life: Sequence[DatedEntry], days: Ints) -> list[DatedEntry | None]:
        at = np.searchsorted([each.day for each in life], days, side="right").tolist()
        shown = [None, *(each if self._shows(each.entry) else None for each in life)]
        return [shown[index] for index in at]

    def _shows(self, entry: AgreementEntry) -> bool:
        return _is_ceasefire(entry) and set(self.pair) <= set(entry.parties)


def load_ceasefire_histories(
    connection: Connection, pairs: Sequence[Pair], question: Question
) -> list[CeasefireHistory]:
    """Return how ceasefires between the two of each of some pairs stood over time, until the day of a question."""
    named = load_ceasefires_naming(connection, pairs)
    reported = load_developments(connection, question, named) if named else {}
    lives = [[each.development for each in of_one] for of_one in reported.values()]
    latest = {
        entry: life
        for life in lives
        if (entry := entry_on(question.day, life)) and any(set(pair) <= set(entry.parties) for pair in pairs)
    }
    clashes = load_clashes_among(connection, {entry: entry.since for entry in latest}, question)
    found = {entry: dated_entries(life, clashes[entry], question.day) for entry, life in latest.items()}
    return [
        CeasefireHistory(pair, [found[entry] for entry in found if set(pair) <= set(entry.parties)])
        for pair in pairs
    ]
