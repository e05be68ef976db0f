"""Questions that tests ask of the projections."""

from sqlalchemy import Connection

from projections.relations import Question, Relation, relations_at, relations_of


def all_relations(connection: Connection, question: Question) -> list[Relation]:
    """Return all relations, whole."""
    found = relations_at(connection, question)
    return relations_of(connection, found, range(len(found)), question)
