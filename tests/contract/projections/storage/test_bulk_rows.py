"""Many rows at once, on every kind of store."""

from hashlib import blake2b
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from api.running.service import Service
from projections.storage.bulk_rows import Row, insert_rows
from projections.storage.tables import publisher_names, state_runs
from tests.contract.tables import rows

_WRITES = Path("/proc/self/io")


def test_where_a_row_cannot_be_inserted_the_transaction_leaves_none(service: Service) -> None:
    named = [(f"p{number:02}", "P") for number in range(40)]

    with pytest.raises(IntegrityError), service.store.writing() as connection:
        insert_rows(connection, publisher_names, ("publisher", "name"), [*named, named[20]])

    assert not rows(service.store)["publisher_names"]


@pytest.mark.skipif(not _WRITES.exists(), reason="the system does not count writes")
def test_rows_in_the_middle_of_large_tables_are_not_kept_twice_in_files(service: Service) -> None:
    with service.store.writing() as connection:
        insert_rows(connection, state_runs, ("a", "b", "first_day", "state"), _scattered(0, 4000))
        before = _writes()
        insert_rows(connection, state_runs, ("a", "b", "first_day", "state"), _scattered(4000, 4800))

        assert _writes() - before < 50  # for so many statements


def _scattered(first: int, last: int) -> list[Row]:
    """Return rows in no order, so that each goes to another page of a database's file."""
    keys = (4 * blake2b(str(number).encode(), digest_size=32).hexdigest() for number in range(first, last))
    return [(key, "B", 0, "peace") for key in keys]


def _writes() -> int:
    counts = dict(line.split(": ") for line in _WRITES.read_text().splitlines())
    return int(counts["syscw"])
