"""Questions that tests ask of the projections."""

from sqlalchemy import Connection

from projections.queries.question import Question
from projections.queries.relation import Relation
from projections.queries.relation_list import relations_at, relations_of


def all_relations(connection: Connection, question: Question) -> list[Relation]:
    """Return all relations, whole."""
    found = relations_at(connection, question)
    return relations_of(connection, found, range(len(found)), question)
