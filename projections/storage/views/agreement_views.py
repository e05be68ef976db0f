"""`agreement_status`: where each agreement stands today, by what was said of it, and by clashes since.

The rules are those of `projections.evidence.agreements`, to which a test holds this.
"""

from projections.storage.views.sql_dialects import SqlDialect

# ruff: noqa: S608  # the statements are made of constants


def agreement_status(sql: SqlDialect) -> str:
    """Return the query of a row for each agreement that has begun."""
    parties = f"SELECT DISTINCT named.value FROM told, {_each(sql)} AS named WHERE told.agreement = last.agreement"
    return f"""
WITH told AS {sql.once}(
    SELECT said.agreement, said.development, said.day, said.title, said.purpose, said.parties,
        CASE WHEN said.development IN ('breached', 'suspended', 'terminated', 'expired') THEN said.development
            ELSE 'in_force' END AS status,
        row_number() OVER (PARTITION BY said.agreement ORDER BY said.day, stated.position, said.number) AS place
    FROM agreement_developments AS said JOIN reported_events AS stated ON stated.article = said.article
        AND stated.number = said.number AND stated.version = said.version
    WHERE said.known_to IS NULL AND said.day <= {sql.today}
), last AS (
    SELECT told.agreement, told.status, (SELECT min(run.day) FROM told AS run WHERE run.agreement = told.agreement
        AND run.place > coalesce((SELECT max(other.place) FROM told AS other
            WHERE other.agreement = told.agreement AND other.status <> told.status), 0)) AS since
    FROM told WHERE told.place = (
        SELECT max(other.place) FROM told AS other WHERE other.agreement = told.agreement)
), affirmed AS (
    SELECT agreement, day, lag(day) OVER (PARTITION BY agreement ORDER BY day) AS before FROM (
        SELECT agreement, since AS day FROM last WHERE status = 'in_force'
        UNION
        SELECT told.agreement, told.day FROM told JOIN last ON last.agreement = told.agreement
        WHERE last.status = 'in_force' AND told.day > last.since AND told.development IN ('reached', 'reaffirmed')
    ) AS days
), described AS (
    SELECT last.agreement, last.status, last.since AS status_since,
        (SELECT min(day) FROM told WHERE told.agreement = last.agreement) AS since,
        (SELECT title FROM told WHERE told.agreement = last.agreement AND title IS NOT NULL
            ORDER BY place LIMIT 1) AS title,
        (SELECT purpose FROM told WHERE told.agreement = last.agreement AND purpose IS NOT NULL
            ORDER BY place LIMIT 1) AS purpose,
        {sql.joined_list(parties)} AS parties,
        (SELECT max(day) FROM affirmed WHERE affirmed.agreement = last.agreement) AS affirmed,
        (SELECT count(*) FROM told WHERE told.agreement = last.agreement) AS developments
    FROM last
), clashes AS {sql.once}(
    SELECT described.agreement, clash.day FROM described JOIN incidents AS clash ON clash.type = 'ASSAULT'
        AND clash.a IN {_parties(sql)} AND clash.b IN {_parties(sql)} AND clash.day <= {sql.today}
    WHERE described.status = 'in_force' AND described.purpose IN ('ceasefire', 'peace')
), judged AS (
    SELECT described.*, (SELECT min(day) FROM clashes WHERE clashes.agreement = described.agreement
            AND clashes.day > described.affirmed) AS violated_since,
        (SELECT count(*) FROM clashes WHERE clashes.agreement = described.agreement
            AND clashes.day > described.affirmed) AS clashes,
        (SELECT max(affirmed.day) FROM affirmed WHERE affirmed.agreement = described.agreement AND EXISTS (
            SELECT 1 FROM clashes WHERE clashes.agreement = affirmed.agreement AND clashes.day > affirmed.before
                AND clashes.day < affirmed.day)) AS mended
    FROM described
)
SELECT agreement AS id, title, purpose, parties,
    CASE WHEN violated_since IS NULL THEN status ELSE 'violated' END AS status,
    {sql.date("since")} AS since, {sql.date("coalesce(violated_since, mended, status_since)")} AS status_since,
    {sql.date("affirmed")} AS affirmed, clashes, developments
FROM judged
"""


def _each(sql: SqlDialect) -> str:
    """Return what lists the parties of a row of `told`, which stands before it."""
    return "json_each(told.parties)" if sql.once == "" else "json_array_elements_text(told.parties::json)"


def _parties(sql: SqlDialect) -> str:
    """Return the parties of an agreement as a list to be looked up in."""
    named = "SELECT named.value FROM told, " + _each(sql) + " AS named"
    return f"({named} WHERE told.agreement = described.agreement)"
