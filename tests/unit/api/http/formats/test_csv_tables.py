"""Columns as CSV has them."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from api.http.formats.columns import Column, ColumnType, ColumnValues, ListOf, Scalar
from api.http.formats.csv_tables import write_csv
from projections.arrays import DayNumbers, Numbers, Recurring


def written(type_: ColumnType, values: Sequence[Any], digits: int | None = None) -> list[str]:
    """Return the cells of a column of CSV."""
    column = Column("c", type_, lambda item: item)
    file = io.BytesIO()
    write_csv([column], [ColumnValues([values])], file, digits=digits)
    return file.getvalue().decode().split("\r\n")[1:-1]


def test_cells_of_columns_that_are_at_hand_are_what_they_are_one_by_one() -> None:
    numbers = Numbers(np.array([1.25, 2.0]), np.array([False, True]))
    assert written(Scalar.NUMBER, numbers) == ["1.25", '""']
    assert written(Scalar.NUMBER, numbers, 1) == ["1.2", '""']
    assert written(Scalar.NUMBER, [1.25, None], 1) == ["1.2", '""']
    assert written(Scalar.CODE, Recurring(["=1", "b"], np.array([0, 1, 0]))) == ["'=1", "b", "'=1"]
    assert written(Scalar.TEXT, ["=1", "b", None]) == ["'=1", "b", '""']
    assert written(Scalar.DATE, DayNumbers(np.array([0, 366]))) == ["1970-01-01", "1971-01-02"]
    assert written(Scalar.INTEGER, [1, 2]) == ["1", "2"]
    assert written(ListOf(Scalar.TEXT), [["a", "b;c"], [], None]) == [r"a;b\;c", '""', '""']
