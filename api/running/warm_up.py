"""What the first reader after a start would otherwise wait for, and all who come at the same time with it."""

from api.running.service import Service
from projections.queries.agreements import agreements_naming
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.storage.store import OutdatedTables
from projections.times import to_day

_NOBODY = ("", "")


def warm_up(service: Service) -> None:
    """Read who is who from the log, and have the statements compiled by which a relation is read."""
    service.log.directory()
    try:
        with service.store.reading() as connection:
            relation_at(connection, _NOBODY, Question(to_day(service.clock().date())))
            agreements_naming(connection, _NOBODY)
    except OutdatedTables:
        return  # readers are told so, and health is
