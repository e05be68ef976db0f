"""The page on answers as tables has every column of relations and incidents, as it is defined."""

from pathlib import Path
from typing import Final

from api.http.formats.columns import Column, ColumnType, ListOf, Scalar, table_columns
from api.http.schemas.incidents import FoundIncidentOut, IncidentOut
from api.http.schemas.relations import RelationOut

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "answers.md"


def column_lines() -> list[str]:
    """Return a line of the page's table for each column, in the order of the tables."""
    columns: dict[str, Column] = {}
    for model in (RelationOut, FoundIncidentOut, IncidentOut):
        for column in table_columns(model):
            columns.setdefault(column.name, column)
    return [f"| `{it.name}` | {_type(it.type)} | {it.unit or ''} | {it.description} |" for it in columns.values()]


def _type(type_: ColumnType) -> str:
    if isinstance(type_, ListOf):
        return f"list of {_type(type_.of)}"
    return type_.value if isinstance(type_, Scalar) else "object"


def test_the_page_has_every_column_as_it_is_defined() -> None:
    text = PAGE.read_text("utf-8")
    table = text.partition("## Columns\n")[2].partition("\n## ")[0]
    assert [line for line in table.splitlines() if line.startswith("| `")] == column_lines()


def test_every_column_is_described() -> None:
    assert not [line for line in column_lines() if line.endswith("|  |")]
