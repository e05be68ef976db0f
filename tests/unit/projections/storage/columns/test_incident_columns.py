"""Given the incidents of some pairs as columns, then those of them that are asked for."""

import numpy as np

from projections.scoring.pressures import IncidentColumns
from projections.storage.columns.incident_columns import AllIncidentColumns

SYR_TUR, RUS_TUR, RUS_UKR = ("SYR", "TUR"), ("RUS", "TUR"), ("RUS", "UKR")
ROWS = [  # of a pair: day, weight, whether it is a deed, direction, whether it is an ASSAULT
    (0, 10, -5.0, True, 0, True),
    (0, 12, 2.0, False, 1, False),
    (0, 12, -1.0, False, 2, False),
    (0, 15, -4.0, True, 1, True),
    (1, 9, 3.0, False, 0, False),
    (1, 30, -3.0, False, 0, False),
]
COLUMNS = AllIncidentColumns.of([SYR_TUR, RUS_TUR], ROWS)


def rows(found: IncidentColumns) -> list[tuple[object, ...]]:
    columns = (found.day, found.weight, found.material, found.direction, found.assault)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_the_conflict_of_some_pairs_until_a_day_is_told_pair_by_pair() -> None:
    for day in range(8, 32):
        of_none, of_rus, of_syr = COLUMNS.conflict_until(day, [RUS_UKR, RUS_TUR, SYR_TUR])
        expected = [
            [row[1:] for row in ROWS if row[0] == pair and row[1] <= day and row[2] < 0] for pair in range(2)
        ]
        assert [rows(of_syr), rows(of_rus)] == expected
        assert rows(of_none) == []


def test_a_column_of_no_conflict_has_the_types_of_the_others() -> None:
    (none,) = COLUMNS.conflict_until(9, [SYR_TUR])
    (some,) = COLUMNS.conflict_until(20, [SYR_TUR])
    for name in ("day", "weight", "material", "direction", "assault"):
        assert getattr(none, name).dtype == getattr(some, name).dtype
    assert none.day.dtype == np.int64
