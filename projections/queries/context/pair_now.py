"""How a pair stands now, as far as the tables have a row for it: all of them in one statement.

Every reading of a relation asks this, and a statement costs more to send than to execute.
"""

from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, distinct, exists, func, literal_column, select

from projections.pairs import Pair
from projections.publishers.actor_clashes import ACTOR_CLASHES, parse_actor_clashes
from projections.publishers.counted_as import ANY_ALIAS, counted_publisher
from projections.publishers.stale_weights import SUMS
from projections.queries.question import Question
from projections.scoring.clash_risk.clash_sums import ActorClashes
from projections.scoring.states import State
from projections.storage.connection import Connection, Prepared, Row
from projections.storage.tables import (
    actor_clashes,
    pair_publishers,
    relations,
    stale_states,
    stale_weights,
    state_runs,
)

PAIR: Final = ("a", "b")
CURRENT_SUMS: Final = ("clash_sums", *SUMS)  #: of a pair's row, what says how it stands


class PairNow(NamedTuple):
    """How a pair stands now: its state on a day and since when, its publishers, and its row of running sums.

    Its runs of states may be out of date (`is_stale`), and so may what incidents of any pair weigh (`corrects`).
    `first_day` is that of its first incident. `sums` are `CURRENT_SUMS`, None without a row; `clashes` the totals
    of those of the two actors that have any, with whomever.
    """

    is_stale: bool
    state: State
    since: int | None
    publishers: int
    corrects: bool
    first_day: int | None
    sums: Row | None
    clashes: dict[str, ActorClashes]

    def is_of_past(self, question: Question) -> bool:
        """Return whether no clash of the two, with whomever, is later than the day of a question."""
        return all(question.has_happened(found.day) for found in self.clashes.values())


def load_pair_now(connection: Connection, pair: Pair, question: Question) -> PairNow:
    """Return how a pair stands on the day of a plain question."""
    row = _PAIR_NOW.row(connection, a=pair[0], b=pair[1], day=question.day)
    is_stale, state, since, publishers, corrects, first_day, *others = row
    sums, totals = others[: len(CURRENT_SUMS)], others[len(CURRENT_SUMS) :]
    of_actors = (tuple(totals[: len(ACTOR_CLASHES)]), tuple(totals[len(ACTOR_CLASHES) :]))
    return PairNow(
        bool(is_stale),
        State(state or State.UNKNOWN),
        since,
        publishers,
        bool(corrects),
        first_day,
        None if sums[0] is None else tuple(sums),
        parse_actor_clashes(total for total in of_actors if total[0] is not None),
    )


def of_pair(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row is that of the pair of the parameters `a` and `b`."""
    return and_(table.c.a == bindparam("a"), table.c.b == bindparam("b"))


def number_of_publishers(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many publishers report of the pair, as a subquery; of rows of `pair_publishers` by conditions.

    As an alias makes of two publishers one, they are looked at one by one where there is any.
    """
    counted = func.count(distinct(counted_publisher(pair_publishers.c.publisher)))
    of_families, of_rows = (
        select(number).select_from(pair_publishers).where(of_pair(pair_publishers), *conditions).scalar_subquery()
        for number in (counted, func.count())
    )
    return case((ANY_ALIAS, of_families), else_=of_rows)


_SINCE: Final = (
    select(func.max(state_runs.c.first_day))
    .where(of_pair(state_runs), state_runs.c.first_day <= bindparam("day"))
    .correlate(None)
    .scalar_subquery()
)
_OF: Final = {name: actor_clashes.alias(f"clashes_of_{name}") for name in PAIR}
_ROWS: Final = select(literal_column("1").label("one")).subquery("always")
_PAIR_NOW: Final = Prepared(
    select(
        exists().where(of_pair(stale_states)),
        state_runs.c.state,
        state_runs.c.first_day,
        number_of_publishers(),
        exists(select(stale_weights.c.a)),
        relations.c.first_day,
        *(relations.c[name] for name in CURRENT_SUMS),
        *(_OF[name].c[column] for name in PAIR for column in ACTOR_CLASHES),
    ).select_from(
        _ROWS.outerjoin(state_runs, and_(of_pair(state_runs), state_runs.c.first_day == _SINCE))
        .outerjoin(relations, of_pair(relations))
        .outerjoin(_OF["a"], _OF["a"].c.actor == bindparam("a"))
        .outerjoin(_OF["b"], _OF["b"].c.actor == bindparam("b"))
    )
)
