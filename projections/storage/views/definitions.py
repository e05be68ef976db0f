"""All views by name. A column that was once in a view stays in it, under its name and in its place.

New ones go behind. Whoever uses them wrote their names down: docs/reference/views.md is what they go by.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

from projections.storage.views.agreement_views import agreement_status
from projections.storage.views.fact_views import actor, article, incident, incident_report, reported_event
from projections.storage.views.sql_dialects import SqlDialect
from projections.storage.views.tension_views import relation_now, tension_daily

VIEWS: Final[Mapping[str, Callable[[SqlDialect], str]]] = {
    view.__name__: view
    for view in (
        relation_now,
        tension_daily,
        incident,
        incident_report,
        agreement_status,
        article,
        reported_event,
        actor,
    )
}


def definitions_in(sql: SqlDialect) -> dict[str, str]:
    """Return the queries of all views in the words of a database, by name."""
    return {name: view(sql).strip() for name, view in VIEWS.items()}


def digest_of_definitions(definitions: Mapping[str, str]) -> str:
    """Return what tells these definitions from others."""
    return sha256(repr(sorted(definitions.items())).encode()).hexdigest()[:16]
