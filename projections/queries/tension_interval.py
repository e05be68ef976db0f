"""What bears on some pairs on a day, weighed: their own incidents and what spills over, as far back as it counts.

A page of a list asks as often as a single relation does: once for each few hundred pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from sqlalchemy import Connection, select

from projections.pairs import Pair
from projections.queries.filters import CLAIM, Exclusions, between, told
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty, uncertainty
from projections.scoring.incidents import Claim, Incident, incidents_of, reweighed
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.scoring.spillover import Tie, Weights, clients_on, with_spillover
from projections.storage.tables import evidence

_CHUNK: Final = 200  # pairs in one statement
_NO_WEIGHTS: Final = Weights(np.zeros(0), np.zeros(0))
_Weighed = tuple[str, str, int, float, bool]  # pair, day, weight on that day, whether it is a deed


#: What stands now, straight from the driver: it is read with every relation. `wanted` comes first so that SQLite
#: looks each pair up in its index; words are forgotten sooner than deeds, so their rows are not read as far back.
_STANDING: Final = """
WITH wanted (a, b) AS (VALUES {pairs})
SELECT {columns} FROM wanted CROSS JOIN incidents
WHERE incidents.a = wanted.a AND incidents.b = wanted.b AND day >= {mark} AND day <= {mark}
AND (material OR day >= {mark})
"""


def load_uncertainty(
    connection: Connection,
    pairs: Sequence[Pair],
    day: int,
    known_at: int | None,
    model: Model,
    left_out: Exclusions,
    ties: Sequence[Tie],
) -> dict[Pair, Uncertainty]:
    """Return how sure the tension of each of some pairs is. `ties` are those of their actors that bear on it."""
    active = [tie for tie in ties if tie.active_on(day)]
    clients = {pair: clients_on(day, pair, active) if active else [] for pair in pairs}
    wanted = {*pairs, *(client for of_pair in clients.values() for client in of_pair)}
    found = _load(connection, wanted, day, known_at, model, left_out)
    return {pair: _uncertainty(found, pair, clients[pair], model) for pair in pairs}


def _uncertainty(found: dict[Pair, Weights], pair: Pair, clients: list[Pair], model: Model) -> Uncertainty:
    of_clients = [found[client] for client in clients if client in found]
    if pair not in found and not of_clients:
        return NO_UNCERTAINTY
    return uncertainty(*with_spillover(found.get(pair, _NO_WEIGHTS), of_clients, model), model)


def _load(
    connection: Connection, pairs: set[Pair], day: int, known_at: int | None, model: Model, left_out: Exclusions
) -> dict[Pair, Weights]:
    """Return the weights of the incidents of some pairs on a day, and what is left of each, by pair."""
    by_pair: defaultdict[Pair, list[_Weighed]] = defaultdict(list)
    ordered = sorted(pairs)
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        if known_at is not None or left_out:
            rows = _clustered(connection, chunk, day, known_at, model, left_out)
        else:
            rows = _standing(connection, chunk, day, model)
        for row in rows:
            by_pair[row[0], row[1]].append(row)
    return {pair: _on_day(rows, day, model) for pair, rows in by_pair.items()}


def _standing(connection: Connection, pairs: list[Pair], day: int, model: Model) -> Iterable[_Weighed]:
    alike = model.weighs_like(DEFAULT_MODEL)
    names = ("a", "b", "day", "weight", "material") if alike else Incident._fields
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    statement = _STANDING.format(
        pairs=", ".join([f"({mark}, {mark})"] * len(pairs)),
        columns=", ".join(f"incidents.{name}" for name in names),
        mark=mark,
    )
    of_words, of_deeds = model.window
    days = (day - max(of_words, of_deeds), day, day - of_words)
    rows = connection.exec_driver_sql(statement, (*(actor for pair in pairs for actor in pair), *days)).all()
    return rows if alike else _as_weighed(reweighed(map(Incident._make, rows), model))


def _clustered(
    connection: Connection, pairs: list[Pair], day: int, known_at: int | None, model: Model, left_out: Exclusions
) -> Iterable[_Weighed]:
    days = evidence.c.day.between(day - max(model.window), day)
    conditions = (between(pairs), days, evidence.c.incident.is_not(None), told(known_at, left_out))
    rows = connection.execute(select(*CLAIM).where(*conditions))
    return _as_weighed(incidents_of((Claim._make(row) for row in rows), model).values())


def _as_weighed(found: Iterable[Incident]) -> list[_Weighed]:
    return [(i.a, i.b, i.day, i.weight, i.material) for i in found]


def _on_day(rows: list[_Weighed], day: int, model: Model) -> Weights:
    _, _, days, weights, material = zip(*rows, strict=True)
    ages, deeds = day - np.array(days), np.array(material, dtype=np.bool_)
    of_words, of_deeds = model.window
    left = np.where(ages <= np.where(deeds, of_deeds, of_words), model.remaining(ages, deeds), 0.0)
    return Weights(np.array(weights) * left, left)
