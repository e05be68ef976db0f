"""The columns of every table of the API, as the page about them has them.

`python -m tests.docs.tables.columns` renews the page. It refuses where a column would go or have another type:
names of columns stay. Where the version says so, take its line off the page first.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from api.http.formats.cells.flat_cells import shape_of_cell
from api.http.formats.columns import Column, ColumnType, ListOf, Scalar, item_type_of, table_columns
from api.http.schemas.relations import PairTensionPoint
from api.running.settings import Settings

PAGE: Final = Path(__file__).parents[3] / "docs" / "reference" / "columns.md"
_HEAD: Final = "| column | type | unit | what it is |\n|---|---|---|---|"
_ROWS: Final[Mapping[str, Any]] = {"/v1/series": PairTensionPoint}  # of which an item of JSON holds several


def tables() -> Mapping[str, Sequence[Column]]:
    """Return the columns of each address of the API that answers with tables."""
    app = create_app(Settings())
    paths = app.openapi()["paths"]
    found: dict[str, Sequence[Column]] = {}
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, str(context.path)
        read = paths.get(path, {}).get("get", {})
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and _has_columns(read):
            answer = route.response_model
            is_list = "items" in answer.model_fields
            found[path] = table_columns(_ROWS.get(path) or (item_type_of(answer) if is_list else answer))
    return dict(sorted(found.items()))


def _has_columns(operation: Mapping[str, Any]) -> bool:
    return any(parameter.get("name") == "columns" for parameter in operation.get("parameters", ()))


def sections() -> Iterator[str]:
    """Yield the page's section of each table. Tables with the same columns are one."""
    named: dict[tuple[str, ...], list[str]] = {}
    for path, columns in tables().items():
        named.setdefault(tuple(_line(column) for column in columns), []).append(path)
    for lines, paths in named.items():
        yield "\n".join([f"## {', '.join(f'`{path}`' for path in paths)}", "", _HEAD, *lines, ""])


def _line(column: Column) -> str:
    said = [f"in CSV and XLSX of each `{shape}`"] if (shape := shape_of_cell(column.type)) else []
    said += ["only where `columns` names it"] if column.by_name else []
    more = f" ({'; '.join(said)})" if said else ""
    return f"| `{column.name}` | {_type(column.type)} | {column.unit or ''} | {_sentence(column)}{more} |"


def _sentence(column: Column) -> str:
    """Return what is said of a column, as a sentence begins and without its end."""
    text = column.description.removesuffix(".")
    return text[:1].upper() + text[1:] if not text.startswith("`") else text


def _type(type_: ColumnType) -> str:
    if isinstance(type_, ListOf):
        return f"list of {_type(type_.of)}"
    return type_.value if isinstance(type_, Scalar) else f"objects: {', '.join(it.name for it in type_.fields)}"


def lost(before: str, after: str) -> list[str]:
    """Return the columns of one state of the page that another has not, or with another type."""
    return sorted(_named(before) - _named(after))


def _named(page: str) -> set[str]:
    found = set[str]()
    paths: list[str] = []
    for line in page.splitlines():
        if line.startswith("## "):
            paths = line.removeprefix("## ").split(", ")
        elif line.startswith("| `"):
            name, type_ = line.split(" | ")[:2]
            found.update(f"{path} {name.removeprefix('| ')} {type_}" for path in paths)
    return found


def introduction(page: str) -> str:
    """Return what a page says before its first table."""
    return page.partition("\n## ")[0].rstrip() + "\n"


def main() -> None:
    """Renew the page. Ends with status 1, and leaves it, where a column would be lost."""
    before = PAGE.read_text("utf-8")
    after = "\n".join([introduction(before), *sections()])
    if gone := lost(before, after):
        sys.exit("Names of columns stay, and so do their types: " + ", ".join(gone))
    PAGE.write_text(after, "utf-8")


if __name__ == "__main__":
    main()
