"""Incidents as the evidence comes to them that counts for a question: where the stored ones do not answer it."""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, select, union_all

from projections.publishers.counted_as import load_aliases
from projections.queries.question import Question, claim_columns, makes_incidents
from projections.scoring.incidents import NO_ALIASES, Claim, Incident, incidents_of
from projections.storage.bulk_rows import fetch_all

Aliases = Mapping[str, str]  # publishers that count as others


def known_aliases(connection: Connection, question: Question) -> Aliases:
    """Return which publishers count as which for a question whose incidents are made of evidence."""
    return NO_ALIASES if question.is_unfiltered else load_aliases(connection, question.known_at)


def clustered(
    connection: Connection, question: Question, aliases: Aliases | None, *ways: ColumnElement[bool]
) -> Iterable[Incident]:
    """Return the incidents that the evidence comes to which counts for a question.

    `ways` are conditions of which a row meets one at most: of two at once, no index knows.
    """
    counts = select(*claim_columns(question.model.incident_rules)).where(makes_incidents(question))
    asked = [counts.where(way) for way in ways] or [counts]
    rows = fetch_all(connection, union_all(*asked) if len(asked) > 1 else asked[0])
    if aliases is None:
        aliases = known_aliases(connection, question)
    return incidents_of(map(Claim._make, rows), question.model, aliases).values()
