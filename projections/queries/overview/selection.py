"""Which of all pairs a list shows, and in which order."""

from collections.abc import Sequence, Set
from typing import Any, NamedTuple

import numpy as np

from projections.arrays import Bools, Ints
from projections.queries.relation_list import AllRelations

SortKey = tuple[Any, ...]  #: of a pair in a list: what it is sorted by, and the pair


class PairConditions(NamedTuple):
    """What the pairs of a list have to be.

    `actor` is one of the two, `region` are codes of which one has to be in it, and of each of `words` those that
    it may stand for. Pairs with one of the `hidden` are left out.
    """

    actor: str | None = None
    region: Set[str] | None = None
    words: Sequence[Set[str]] = ()
    min_tension: float | None = None
    hidden: Set[str] = frozenset()


def chosen_relations(found: AllRelations, conditions: PairConditions) -> Ints:
    """Return which of all relations are as they have to be, by index."""
    actor, region, words, least, hidden = conditions
    chosen = np.arange(len(found)) if least is None else np.flatnonzero(found.tension >= least)
    if hidden:
        chosen = chosen[~_with_any(found, chosen, hidden)]
    sides = [] if actor is None else [{actor}]
    for either in (*sides, *(() if region is None else (region,)), *words):
        chosen = chosen[_with_any(found, chosen, either)]
    return chosen


def _with_any(found: AllRelations, chosen: Ints, codes: Set[str]) -> Bools:
    """Return in which of chosen pairs either is one of some codes."""
    pairs = found.pairs if len(chosen) == len(found) else [found.pairs[index] for index in chosen.tolist()]
    is_one = np.zeros(len(pairs), np.bool_)
    is_one[[place for place, (one, other) in enumerate(pairs) if one in codes or other in codes]] = True
    return is_one


def ranked_relations(
    found: AllRelations, chosen: Ints, sort: str, after: SortKey | None, limit: int
) -> list[tuple[SortKey, int]]:
    """Return (sort key, index) of the first behind a key, in order; the pair decides between equals.

    `sort` is `pair`, or one of the columns of all relations, with `-` before it if the highest come first.
    """
    sign = -1.0 if sort.startswith("-") else 1.0
    values = np.zeros(len(found)) if sort == "pair" else getattr(found, sort.removeprefix("-"))
    keys = (sign * values[chosen]).astype(np.float64)
    if after is not None:
        behind = keys > after[0]
        equal = np.flatnonzero(keys == after[0])
        behind[equal] = [found.pairs[index] > after[1:] for index in chosen[equal]]
        chosen, keys = chosen[behind], keys[behind]
    if len(keys) > limit:  # of thousands a page is shown: only what may be on it is put in order
        first = keys <= np.partition(keys, limit - 1)[limit - 1]
        chosen, keys = chosen[first], keys[first]
    pairs = zip(keys.tolist(), chosen.tolist(), strict=True)
    return sorted(((key, *found.pairs[index]), index) for key, index in pairs)[:limit]
