"""What was reported, as it stands: `incident`, `incident_report`, `article`, `reported_event`, `actor`."""

from typing import Final

from projections.storage.views.sql_dialects import SqlDialect

# ruff: noqa: S608  # the statements are made of constants

#: Evidence that stands, each report of an incident once: what is reciprocal has a row each way.
_ONCE: Final = "told.known_to IS NULL AND (NOT told.reciprocal OR told.source < told.target{by_code})"


def incident(sql: SqlDialect) -> str:
    """Return the query of a row for each incident that stands."""
    as_first_written = f"""CASE WHEN place IS NOT NULL THEN (
        SELECT {sql.field("stated.content", "place")} FROM (
            SELECT told.*, {_at_place(sql)} AS at_place FROM evidence AS told
            WHERE told.incident = coalesce(incidents.beside, incidents.id) AND told.place = incidents.place
            AND {_ONCE.format(by_code=sql.by_code)}
        ) AS told JOIN reported_events AS stated
            ON stated.article = told.article AND stated.number = told.number AND stated.version = told.version
        WHERE told.at_place = told.place ORDER BY stated.position, told.number LIMIT 1
    ) END"""
    return f"""
SELECT id, a, b,
    CASE WHEN direction = 1 THEN b ELSE a END AS source, CASE WHEN direction = 1 THEN a ELSE b END AS target,
    direction = 2 AS reciprocal, type, {sql.date("day")} AS day, {sql.date("first_day")} AS first_day,
    {sql.date("last_day")} AS last_day, CAST({as_first_written} AS VARCHAR) AS place,
    publishers, reports, killed, killed_low, killed_high, wounded, wounded_low, wounded_high,
    coalesce(killed_high > 2 * killed, {_FALSE}) OR coalesce(wounded_high > 2 * wounded, {_FALSE}) AS disputed,
    material, weight,
    NOT EXISTS (SELECT 1 FROM stale_weights AS stale
        WHERE stale.a = incidents.a AND stale.b = incidents.b) AS settled, place AS compared_place
FROM incidents
"""


def incident_report(sql: SqlDialect) -> str:
    """Return the query of a row for each report of an incident: by which event of which article."""
    return f"""
SELECT coalesce((SELECT apart.id FROM incidents AS apart WHERE apart.beside = told.at_incident
        AND apart.id = told.at_incident || '@' || replace(told.at_place, ' ', '-')), told.at_incident) AS incident,
    article.article_id, told.number, {sql.lesser("told.source", "told.target")} AS a,
    {sql.greater("told.source", "told.target")} AS b, told.source, told.target, told.reciprocal, told.type,
    {sql.date("told.day")} AS day, {sql.date("told.first_day")} AS first_day,
    {sql.date("told.last_day")} AS last_day, told.place, told.killed, told.wounded, article.publisher,
    (SELECT names.name FROM publisher_aliases AS alias JOIN publisher_names AS names
        ON names.publisher = alias.counts_as WHERE alias.publisher = told.publisher AND alias.known_to IS NULL
        AND alias.counts_as <> alias.publisher) AS counts_as,
    {sql.date_of_text("article.published")} AS published_day, {sql.instant("told.known_from")} AS known_from
FROM (
    SELECT told.*, told.incident AS at_incident, {_at_place(sql)} AS at_place
    FROM evidence AS told WHERE told.incident IS NOT NULL AND {_ONCE.format(by_code=sql.by_code)}
) AS told JOIN articles AS article ON article.article = told.article
"""


def article(sql: SqlDialect) -> str:
    """Return the query of a row for each article, as it stands."""
    return f"""
SELECT article_id AS id, url, headline, publisher, published, {sql.date_of_text("published")} AS published_day,
    language, retracted, version, {sql.instant("recorded")} AS recorded, {sql.instant("changed")} AS changed,
    {sql.joined_list(f"SELECT value FROM {sql.texts('redacted')} AS fields")} AS redacted
FROM articles
"""


def reported_event(sql: SqlDialect) -> str:
    """Return the query of a row for each reported event that stands, between whomever it makes evidence."""
    words = ", ".join(f"{sql.field('content', name)} AS {name}" for name in _WORDS)
    lists = ", ".join(f"{_listed(sql, name)} AS {shown}" for name, shown in _LISTS)
    figures = ", ".join(f"{sql.number('content', name)} AS {name}" for name in ("killed", "wounded"))
    return f"""
SELECT article.article_id, stated.number, {lists}, {words}, {figures}, {_listed(sql, "redacted")} AS redacted,
    {sql.instant("stated.recorded")} AS recorded
FROM reported_events AS stated JOIN articles AS article ON article.article = stated.article
WHERE EXISTS (SELECT 1 FROM evidence AS told WHERE told.article = stated.article AND told.number = stated.number
    AND told.version = stated.version AND told.known_to IS NULL)
"""


def actor(sql: SqlDialect) -> str:
    """Return the query of a row for each actor."""
    aliases = sql.joined_list(f"SELECT value FROM {sql.texts('aliases')} AS names")
    return f"""
SELECT code, kind, name, {aliases} AS aliases, {sql.instant("recorded")} AS recorded FROM actors
"""


def _at_place(sql: SqlDialect) -> str:
    """Return the place that a report counts at: of those that are joined the one that most of them name."""
    return f"""CASE WHEN told.joined IS NULL THEN told.place ELSE (
        SELECT most.place FROM evidence AS most WHERE most.incident = told.incident
        AND most.joined = told.joined AND most.place IS NOT NULL AND most.known_to IS NULL
        AND (NOT most.reciprocal OR most.source < most.target{sql.by_code})
        GROUP BY most.place ORDER BY count(*) DESC, most.place{sql.by_code} LIMIT 1) END"""


def _listed(sql: SqlDialect, name: str) -> str:
    """Return the texts in a field of a report, in one."""
    return sql.joined_list(f"SELECT value FROM {sql.texts(sql.member('content', name))} AS listed")


_FALSE: Final = "(1 = 0)"
_WORDS: Final = (
    "kind", "type", "occurred", "development", "agreement", "title", "purpose", "mode", "place", "speaker",
    "summary", "quote", "cameo", "source_role", "target_role", "ref",
)  # fmt: skip
_LISTS: Final = (("source", "sources"), ("target", "targets"), ("parties", "parties"))
