"""An actor: how it stands with others, whom it backs, who backs it, and what it has agreed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from api.http.schemas.actors import ActorOut, actor_out
from api.http.schemas.agreements import AgreementOut, agreement_out
from api.http.schemas.relations import relation_fields
from projections.pairs import other_of
from projections.queries.actors import all_actors
from projections.queries.agreements import agreements_with
from projections.queries.question import Question
from projections.queries.relation_list import AllRelations, relations_at, relations_of
from projections.scoring.spillover import Tie
from projections.storage.connection import Connection
from projections.storage.incident_cache import ReadAllColumns
from projections.times import to_date

MOST_NEIGHBOURS: Final = 50  #: whose relations with an actor its page shows, the most tense first


class Tied(NamedTuple):
    """Another actor that is backed or backs, and since when without a break."""

    actor: str
    since: date


@dataclass(frozen=True, slots=True)
class ActorView:
    """An actor on a day. `neighbours` are the fields of its relations under the code of the other actor."""

    actor: ActorOut
    day: date
    neighbours: Sequence[tuple[str, dict[str, Any]]]
    others: int
    backs: Sequence[Tied]
    backed_by: Sequence[Tied]
    agreements: Sequence[AgreementOut]


def view_actor(
    connection: Connection,
    code: str,
    question: Question,
    read_columns: ReadAllColumns,
) -> ActorView:
    """Return an actor on the day of a question; `read_columns` is that of `relations_at`."""
    found = relations_at(connection, question, read_columns)
    mine = sorted(_with_actor(found, code), key=lambda index: (-found.tension[index], found.pairs[index]))
    relations = relations_of(connection, found, mine[:MOST_NEIGHBOURS], question)
    entry = next(entry for entry in all_actors(connection) if entry.code == code)
    backs, backed_by = _tied(found.ties, code, question.day)
    return ActorView(
        actor=actor_out(entry),
        day=to_date(question.day),
        neighbours=[(other_of(each.pair, code), relation_fields(each, question, ())) for each in relations],
        others=len(mine) - len(relations),
        backs=backs,
        backed_by=backed_by,
        agreements=list(map(agreement_out, agreements_with(connection, question, {code}, None))),
    )


def _with_actor(found: AllRelations, code: str) -> list[int]:
    return [index for index, pair in enumerate(found.pairs) if code in pair]


def _tied(ties: Sequence[Tie], code: str, day: int) -> tuple[list[Tied], list[Tied]]:
    """Return whom an actor backs on a day, and who backs it."""
    active = [(tie, since) for tie in ties if (since := tie.active_since(day)) is not None]
    backs = [Tied(tie.client, to_date(since)) for tie, since in active if tie.patron == code]
    return backs, [Tied(tie.patron, to_date(since)) for tie, since in active if tie.client == code]
