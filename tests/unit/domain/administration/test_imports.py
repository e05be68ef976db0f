"""An import of a file: what is kept of it, and what may not be said of it."""

import msgspec
import pytest

from domain.administration.imports import (
    MAX_COUNTS,
    MAX_OVERRIDES,
    FileImported,
    FileReading,
    Import,
    ImportCounts,
    ImportIndex,
    ImportOutcome,
    KeptOverride,
    RecordImport,
    UsedMap,
)
from domain.errors import InvalidFacts
from tests.language import BY_ANN

COMMAND = RecordImport(
    import_id="i-1",
    file="levant.tsv",
    digest="0" * 64,
    reading=FileReading(formats=("keds",), codes=("cameo",)),
    outcome=ImportOutcome.COMPLETE,
    counts=ImportCounts(rows={"read": 2, "imported": 1, "rejected": 1}, reasons={"no-actor": 1}),
    provenance=BY_ANN,
)


def test_an_import_is_one_domain_event() -> None:
    made = Import.record(COMMAND)
    (event,) = made.collect_events()
    assert isinstance(event, FileImported)
    assert (event.import_id, event.file, event.outcome) == ("i-1", "levant.tsv", ImportOutcome.COMPLETE)
    assert (event.reading, event.counts) == (COMMAND.reading, COMMAND.counts)
    assert made.is_of(COMMAND)
    assert not made.is_of(msgspec.structs.replace(COMMAND, outcome=ImportOutcome.FAILED))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"counts": ImportCounts(rows={"read": -1})}, "not-counts"),
        ({"counts": ImportCounts(reasons={str(n): 1 for n in range(MAX_COUNTS + 1)})}, "not-counts"),
        (
            {
                "reading": FileReading(
                    actors=UsedMap("map.csv", "0" * 64, 9999, (KeptOverride("A"),) * (MAX_OVERRIDES + 1))
                )
            },
            "too-many-overrides",
        ),
        (
            {"reading": FileReading(actors=UsedMap("map.csv", "0" * 64, 0, (KeptOverride("A"),)))},
            "too-many-overrides",
        ),
    ],
)
def test_what_is_kept_of_it_has_bounds(changes: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidFacts) as refused:
        Import.record(msgspec.structs.replace(COMMAND, **changes))
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_copy_of_the_index_is_one_of_its_own() -> None:
    (event,) = Import.record(COMMAND).collect_events()
    assert isinstance(event, FileImported)
    index = ImportIndex()
    copy = index.copy()
    copy.apply(7, event)
    assert (copy.positions, copy.by_id, index.positions) == ((7,), {"i-1": 7}, ())
