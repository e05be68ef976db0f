"""`relation_now` and `tension_daily`: how pairs stand today, and on each day, under the default model.

What a pair's own incidents come to is in `daily_levels`, and decays from there. What spills over is looked up in
the levels of clients' pairs, by the ties that stand: docs/reference/scoring.md has the rules.
"""

from typing import Final

from projections.scoring.models import DEFAULT_MODEL
from projections.storage.views.sql_dialects import SqlDialect

# ruff: noqa: S608  # the statements are made of constants

_LEVEL: Final = (
    "{t}.a = {a} AND {t}.b = {b} AND {t}.day = (SELECT max(earlier.day) FROM daily_levels AS earlier"
    " WHERE earlier.a = {a} AND earlier.b = {b} AND earlier.day <= {day})"
)
#: The periods in which a patron backs a client: a later report of the same day has the last word.
_TIES: Final = """
(SELECT patron, client, first_day, end_day FROM (
    SELECT source AS patron, target AS client, day AS first_day, development,
        lead(day) OVER (PARTITION BY source, target ORDER BY day, known_from, article, number) AS end_day
    FROM evidence WHERE kind = 'alignment' AND known_to IS NULL
) AS turns WHERE coalesce(development, '') <> 'ended')
"""
_EVER: Final = """
(SELECT DISTINCT source AS patron, target AS client FROM evidence WHERE kind = 'alignment' AND known_to IS NULL)
"""


def tension_daily(sql: SqlDialect) -> str:
    """Return the query of a row for each pair and day, from its first incident, or one that may spill over, on."""
    days = sql.all_days("(SELECT min(first_day) FROM relations)", sql.today)
    return f"""
SELECT a, b, {sql.date("day")} AS day, {_scores()}, {_SETTLED} AS settled
FROM (
    SELECT pairs.a, pairs.b, days.day, {_own(sql, "days.day")},
        {_spillover(sql, "pairs", "days.day")} AS spillover
    FROM {days} AS days CROSS JOIN {_pairs(sql)} AS pairs
    LEFT JOIN daily_levels AS own ON {_LEVEL.format(t="own", a="pairs.a", b="pairs.b", day="days.day")}
    WHERE pairs.first_day <= days.day
) AS pressures
"""


def relation_now(sql: SqlDialect) -> str:
    """Return the query of a row for each pair that has an incident, a spill-over or a tie between its two."""
    run = (
        "run.a = pairs.a AND run.b = pairs.b AND run.first_day = (SELECT max(earlier.first_day) FROM state_runs AS"
        " earlier WHERE earlier.a = pairs.a AND earlier.b = pairs.b AND earlier.first_day <= pairs.today)"
    )
    return f"""
SELECT a, (SELECT name FROM actors WHERE code = a) AS a_name,
    b, (SELECT name FROM actors WHERE code = b) AS b_name,
    {sql.date("today")} AS day, coalesce(state, 'unknown') AS state, {sql.date("since")} AS since, {_scores()},
    incidents, publishers, {sql.date("first_incident")} AS first_incident,
    {sql.date("last_incident")} AS last_incident,
    {_SETTLED} AND NOT EXISTS (SELECT 1 FROM stale_states AS stale WHERE stale.a = pressures.a
        AND stale.b = pressures.b) AS settled
FROM (
    SELECT pairs.a, pairs.b, pairs.today, pairs.aligned, run.state, run.first_day AS since,
        {_own(sql, "pairs.today")},
        {_spillover(sql, "pairs", "pairs.today")} AS spillover,
        CASE WHEN own.day IS NULL THEN 0 WHEN relation.day <= pairs.today THEN relation.incidents
            ELSE (SELECT count(*) FROM incidents WHERE incidents.a = pairs.a AND incidents.b = pairs.b
                AND incidents.day <= pairs.today) END AS incidents,
        (SELECT count(DISTINCT coalesce(alias.counts_as, known.publisher)) FROM pair_publishers AS known
            LEFT JOIN publisher_aliases AS alias ON alias.publisher = known.publisher AND alias.known_to IS NULL
            WHERE known.a = pairs.a AND known.b = pairs.b AND known.first_day <= pairs.today) AS publishers,
        CASE WHEN own.day IS NOT NULL THEN relation.first_day END AS first_incident, own.day AS last_incident
    FROM (SELECT a, b, {sql.today} AS today, max(aligned) AS aligned FROM (
            SELECT a, b, 0 AS aligned FROM {_pairs(sql)} AS known
            UNION ALL
            SELECT {sql.lesser("patron", "client")}, {sql.greater("patron", "client")}, 1
            FROM {_TIES} AS ties WHERE first_day <= {sql.today} AND (end_day IS NULL OR end_day > {sql.today})
        ) AS every GROUP BY a, b) AS pairs
    LEFT JOIN relations AS relation ON relation.a = pairs.a AND relation.b = pairs.b
    LEFT JOIN daily_levels AS own ON {_LEVEL.format(t="own", a="pairs.a", b="pairs.b", day="pairs.today")}
    LEFT JOIN state_runs AS run ON {run}
) AS pressures
WHERE incidents > 0 OR spillover > 0 OR aligned = 1
"""


_SETTLED: Final = "NOT EXISTS (SELECT 1 FROM stale_weights)"


def _scores() -> str:
    prior, damping, conflict = DEFAULT_MODEL.prior, DEFAULT_MODEL.damping, "(conflict + spillover)"
    return (
        f"100.0 * {conflict} / ({conflict} + {prior} + {damping} * cooperation) AS tension,"
        f" 100.0 * cooperation / (cooperation + {prior} + {damping} * {conflict}) AS cooperation,"
        f" {conflict} AS conflict_pressure, cooperation AS cooperation_pressure, spillover AS spillover_pressure"
    )


def _own(sql: SqlDialect, day: str) -> str:
    return ", ".join(f"{_pressure(sql, 'own', sign, day)} AS {sign}" for sign in ("conflict", "cooperation"))


def _pressure(sql: SqlDialect, level: str, sign: str, day: str) -> str:
    """Return what a row of `daily_levels` comes to on a day; 0 where there is none."""
    age = f"({day} - {level}.day)"
    words = f"{level}.{sign}_verbal * {sql.left_after(age, DEFAULT_MODEL.half_life_verbal)}"
    deeds = f"{level}.{sign}_material * {sql.left_after(age, DEFAULT_MODEL.half_life_material)}"
    return f"coalesce({words} + {deeds}, 0.0)"


def _spillover(sql: SqlDialect, pair: str, day: str) -> str:
    """Return the conflict pressure that spills over to a pair on a day, by the ties of either of the two."""
    return " + ".join(
        _spilled_to(sql, f"{pair}.{patron}", f"{pair}.{other}", day) for patron, other in (("a", "b"), ("b", "a"))
    )


def _spilled_to(sql: SqlDialect, patron: str, other: str, day: str) -> str:
    a, b = sql.lesser("tie.client", other), sql.greater("tie.client", other)
    return f"""coalesce((
        SELECT sum({DEFAULT_MODEL.spillover} * {_pressure(sql, "level", "conflict", day)})
        FROM {_TIES} AS tie JOIN daily_levels AS level ON {_LEVEL.format(t="level", a=a, b=b, day=day)}
        WHERE tie.patron = {patron} AND tie.client <> {other} AND tie.first_day <= {day}
        AND (tie.end_day IS NULL OR tie.end_day > {day})
    ), 0.0)"""


def _pairs(sql: SqlDialect) -> str:
    """Return a subquery of all pairs with incidents, own or such as may spill over, and the day of the first."""
    spilled = " UNION ALL ".join(
        f"SELECT {sql.lesser('tie.patron', f'met.{other}')}, {sql.greater('tie.patron', f'met.{other}')},"
        f" met.first_day FROM {_EVER} AS tie JOIN relations AS met ON met.{client} = tie.client"
        f" WHERE met.{other} <> tie.patron"
        for client, other in (("a", "b"), ("b", "a"))
    )
    every = f"SELECT a, b, first_day FROM relations UNION ALL {spilled}"
    return f"(SELECT a, b, min(first_day) AS first_day FROM ({every}) AS found GROUP BY a, b)"
