"""Many rows at once, on every kind of store."""

from hashlib import blake2b
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from api.running.service import Service
from projections.storage.bulk_rows import Row, insert_new_rows, insert_rows, select_rows
from projections.storage.connection import written_array
from projections.storage.tables import publisher_names, state_runs
from tests.contract.tables import rows

_WRITES = Path("/proc/self/io")


def test_where_a_row_cannot_be_inserted_the_transaction_leaves_none(service: Service) -> None:
    named = [(f"p{number:02}", "P") for number in range(40)]

    with pytest.raises(IntegrityError), service.store.writing() as connection:
        insert_rows(connection, publisher_names, ("publisher", "name"), [*named, named[20]])

    assert not rows(service.store)["publisher_names"]


def test_rows_are_inserted_once_and_found_by_texts_of_any_characters(service: Service) -> None:
    texts = [
        '"',
        "\\",
        "a\\b",
        "{a,b}",
        ",",
        "",
        " ",
        "NULL",
        "null",
        "l\nl",
        "\x7f",
        "é",
        "\u2028",
        "Ω" * 300,
        "'",
    ]
    named = [(text, f"{text}.") for text in sorted(texts)]
    columns, key = ("publisher", "name"), ("publisher",)
    others = [(f"p{number}", "P") for number in range(40)]

    with service.store.writing() as connection:
        insert_new_rows(connection, publisher_names, columns, named[::2], key)
        insert_new_rows(connection, publisher_names, columns, [(text, "again") for text, _ in named[::2]], key)
        insert_new_rows(connection, publisher_names, columns, [*named[1::2], *others], key)
        found = select_rows(connection, publisher_names, columns, key, [(text,) for text in texts])

    assert sorted(map(tuple, found)) == named
    assert len(rows(service.store)["publisher_names"]) == len(named) + len(others)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5) | st.integers() | st.none()
    )
)
def test_an_array_is_written_as_one_text_where_both_read_it_alike(values: list[str | int | None]) -> None:
    array = written_array(values)

    if isinstance(array, str):
        assert msgspec.json.decode(f"[{array[1:-1]}]") == values
        assert "\\" not in array
    else:
        assert array == values


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
