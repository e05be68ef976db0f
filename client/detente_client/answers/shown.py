"""How an answer looks where it is shown: as a few lines, or as a table in a notebook, with all texts escaped."""

from collections.abc import Sequence
from html import escape
from typing import Final

_MOST: Final = 10  # rows of a table


def lines(heading: str, rows: Sequence[str]) -> str:
    """Return a heading with the first rows under it, and how many more there are."""
    return "\n".join([heading, *(f"  {row}" for row in rows[:_MOST]), *_more(len(rows), "  ... and {} more")])


def table_html(heading: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a heading and a table of the first rows as HTML."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows[:_MOST])
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else ""
    more = "".join(f"<p>{text}</p>" for text in _more(len(rows), "... and {} more"))
    return f'<div class="detente-answer"><p>{escape(heading)}</p>{table}{more}</div>'


def signed(change: float, digits: int) -> str:
    """Return a change with its sign; what rounds to nothing has none."""
    text = f"{change:+.{digits}f}"
    return text if float(text) else text[1:]


def _more(rows: int, text: str) -> list[str]:
    return [text.format(rows - _MOST)] if rows > _MOST else []


def _cell(value: object) -> str:
    return f"<td>{'' if value is None else escape(str(value))}</td>"
