"""The peer of analytical reads: DuckDB on the same evidence in a Parquet file, asked in one SQL statement each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import select

from domain.standards.plover import INTENSITY, HalfLife, half_life_class
from projections.pairs import Pair
from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.storage.store import Store
from projections.storage.tables import evidence

_COLUMNS = ("source", "target", "reciprocal", "type", "day", "incident", "publisher", "killed", "wounded")

#: The evidence of some rows, which names no places, as incidents that are weighed as the default model does.
_WEIGHED = """
    told AS (
        SELECT incident, any_value(source) AS source, any_value(target) AS target, any_value(type) AS type,
               any_value(day) AS day, max(killed) AS killed, max(wounded) AS wounded
        FROM evidence WHERE {condition} AND (NOT reciprocal OR source < target) GROUP BY incident, publisher),
    incident AS (
        SELECT least(any_value(source), any_value(target)) AS a,
               greatest(any_value(source), any_value(target)) AS b,
               any_value(type) AS type, any_value(day) AS day, count(*) AS publishers,
               quantile_disc(killed, 0.5) AS killed, quantile_disc(wounded, 0.5) AS wounded
        FROM told GROUP BY incident),
    weighed AS (
        SELECT a, b, day, g, half_life,
               (1 - pow($doubt, publishers)) * abs(g)
               * least($cap, 1 + log10(1 + coalesce(killed, 0) + $share * coalesce(wounded, 0))) AS w
        FROM (SELECT * EXCLUDE g, coalesce(g, 0) AS g FROM incident LEFT JOIN types USING (type)))
"""
_CONSTANTS = {"doubt": MODEL.doubt, "cap": MODEL.magnitude_cap, "share": MODEL.wounded_share}


class Duck:
    """DuckDB with a view `evidence` of a Parquet file, and a table of the types."""

    def __init__(self, parquet: Path) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(f"CREATE VIEW evidence AS SELECT * FROM read_parquet('{parquet}')")  # noqa: S608  # our own path; a view takes no parameters
        self._connection.execute("CREATE TABLE types (type VARCHAR, g DOUBLE, half_life INTEGER)")
        half_lives = {HalfLife.VERBAL: MODEL.half_life_verbal, HalfLife.MATERIAL: MODEL.half_life_material}
        types = [(name, g, half_lives[half_life_class(name)]) for name, g in INTENSITY.items()]
        self._connection.executemany("INSERT INTO types VALUES (?, ?, ?)", types)

    def all_pressures(self, day: int) -> list[tuple[Any, ...]]:
        """Return (a, b, C, K) of all pairs on a day."""
        statement = f"""WITH {_WEIGHED.format(condition="day <= $day")}
            SELECT a, b, coalesce(sum(w * pow(2, (day - $day) / half_life)) FILTER (g < 0), 0),
                   coalesce(sum(w * pow(2, (day - $day) / half_life)) FILTER (g > 0), 0)
            FROM weighed GROUP BY a, b"""  # noqa: S608
        return self._connection.execute(statement, {"day": day, **_CONSTANTS}).fetchall()

    def series(self, pair: Pair, first: int, last: int) -> list[tuple[Any, ...]]:
        """Return (day, tension, C, K) of a pair for each day, by running sums over the days."""
        ours = "least(source, target) = $a AND greatest(source, target) = $b AND day <= $last"
        sums = ", ".join(
            f"""sum(coalesce(w * pow(2, (weighed.day - $first) / half_life), 0))
                FILTER (g {sign} 0 AND half_life = {half_life}) AS {name}_{half_life}"""
            for sign, name in (("<", "c"), (">", "k"))
            for half_life in (MODEL.half_life_verbal, MODEL.half_life_material)
        )
        running = ", ".join(
            " + ".join(
                f"""coalesce(sum({name}_{half_life}) OVER (ORDER BY day), 0)
                    * pow(2, ($first - day) / {half_life})"""
                for half_life in (MODEL.half_life_verbal, MODEL.half_life_material)
            )
            + f" AS {name}"
            for name in ("c", "k")
        )
        statement = f"""WITH {_WEIGHED.format(condition=ours)},
            arrived AS (SELECT days.day, {sums} FROM range($first, $last + 1) AS days(day)
                        LEFT JOIN weighed ON greatest(weighed.day, $first) = days.day GROUP BY days.day),
            standing AS (SELECT day, {running} FROM arrived)
            SELECT day, 100 * c / (c + $prior + $damping * k), c, k FROM standing ORDER BY day"""  # noqa: S608
        span = {"a": pair[0], "b": pair[1], "first": first, "last": last}
        model = {"prior": MODEL.prior, "damping": MODEL.damping}
        return self._connection.execute(statement, {**span, **model, **_CONSTANTS}).fetchall()


@contextmanager
def duck_of(store: Store, folder: Path) -> Iterator[Duck]:
    """Yield DuckDB on the evidence that stands in a store."""
    parquet = folder / "evidence.parquet"
    conditions = (evidence.c.known_to.is_(None), evidence.c.incident.is_not(None))
    with store.reading() as connection:
        asked = select(*(evidence.c[name] for name in _COLUMNS)).where(*conditions)
        rows = [tuple(row) for row in connection.execute(asked)]
    kinds = ("VARCHAR", "VARCHAR", "BOOLEAN", "VARCHAR", "INTEGER", "VARCHAR", "VARCHAR", "INTEGER", "INTEGER")
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(_COLUMNS, kinds, strict=True))
    with duckdb.connect() as writing:
        writing.execute(f"CREATE TABLE evidence ({columns})")
        by_column = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
        names = ", ".join(f"unnest(${name}) AS {name}" for name in _COLUMNS)
        writing.execute(f"INSERT INTO evidence SELECT {names}", {n: list(v) for n, v in by_column.items()})
        writing.execute(f"COPY evidence TO '{parquet}' (FORMAT parquet)")
    yield Duck(parquet)
