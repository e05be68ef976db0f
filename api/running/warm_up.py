"""What the first reader after a start would otherwise wait for, and all who come at the same time with it."""

import logging

from api.running.service import Service
from projections.queries.agreements import agreements_naming
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.storage.damage import DamagedTables
from projections.storage.database_errors import DATABASE_ERRORS
from projections.storage.reading.tables_state import OutdatedTables
from projections.times import to_day

_log = logging.getLogger(__name__)

_NOBODY = ("", "")


def warm_up(service: Service) -> None:
    """Read who is who from the log, and have the statements compiled by which a relation is read.

    What stands in the way is said in the log: a server starts all the same, and does what it still can.
    """
    try:
        service.log.directory()
        with service.store.reading() as connection:
            relation_at(connection, _NOBODY, Question(to_day(service.clock().date())))
            agreements_naming(connection, _NOBODY)
    except (DamagedTables, OutdatedTables, *DATABASE_ERRORS) as error:
        _log.warning("not all could be read before the first reader comes: %s", error)
