"""Records of CSV (RFC 4180): a field in quotes may have separators and line breaks in it."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import Final

from api.importing.text_files import TextLine

MOST_LINES: Final = 1000  #: of a record
MOST_CHARACTERS: Final = 1_000_000  #: of a record of several lines
_QUOTE: Final = '"'
_TOO_MANY: Final = 1_000_000_000  # separators
_TO_CLOSING = re.compile(r'[^"]*+(?:""[^"]*+)*+"')


def column_name(text: str) -> str:
    """Return the name of a column as names are compared: in small letters, with single spaces."""
    return " ".join(text.strip().lower().replace("_", " ").replace(".", " ").split())


def split_record(text: str, separator: str, fields: int | None = None) -> list[str]:
    """Return the fields of a record, with or without quotes. Raises `csv.Error`.

    Where tabs part a line into as many `fields` as it has to have, they do, whatever the quotes in it.
    """
    if _is_parted_by_tabs(text, separator, fields) and "\n" not in text:
        return [unquoted(field) for field in text.split("\t")] if _QUOTE in text else text.split("\t")
    return next(csv.reader([text], delimiter=separator), [])


def _is_parted_by_tabs(text: str, separator: str, fields: int | None) -> bool:
    return separator == "\t" and text.count("\t") + 1 == fields


def unquoted(field: str) -> str:
    """Return a field without the quotes that stand around it, once or twice."""
    if field[:1] != _QUOTE:
        return field
    inner = field.lstrip(_QUOTE)
    around = min(len(field) - len(inner), len(field) - len(field.rstrip(_QUOTE)))
    inner = field[around : len(field) - around]
    return field if _QUOTE in inner.replace('""', "") else inner.replace('""', _QUOTE)


def join_records(lines: Iterator[TextLine], separator: str, fields: int) -> Iterator[TextLine]:
    """Yield records of so many fields as lines, numbered by where they begin.

    Lines are one record as long as a quote is open. Where it is not closed in good time, or makes another number
    of fields, it is a stray one: the line that it stands in is rejected, unless tabs part it into so many fields
    as it is; those behind it are read anew.
    """
    joining = _Joining(lines, separator, fields)
    while (line := joining.take()) is not None:
        yield line if line.text is None or _QUOTE not in line.text else joining.join(line)


class _Joining:
    def __init__(self, lines: Iterator[TextLine], separator: str, fields: int) -> None:
        self._lines = lines
        self._separator = separator
        self._fields = fields
        self._again: deque[TextLine] = deque()

    def take(self) -> TextLine | None:
        """Return the next line, None where there is none."""
        return self._again.popleft() if self._again else next(self._lines, None)

    def join(self, first: TextLine) -> TextLine:
        """Return the record that a line begins, or the line as one to be rejected."""
        assert first.text is not None
        taken, pieces, length = [first], [first.text], len(first.text)
        separators, is_open = _scan(first.text, self._separator, is_open=False)
        while is_open and separators < self._fields and len(taken) < MOST_LINES and length <= MOST_CHARACTERS:
            line = self.take()
            if line is None:
                break
            taken.append(line)
            if line.text is None:
                break
            pieces += [
                "\n" * (line.number - taken[-2].number),
                line.text,
            ]  # lines without text are left out before
            length += len(line.text)
            more, is_open = _scan(line.text, self._separator, is_open=True)
            separators += more
        if len(taken) == 1 and not is_open:
            return first
        if is_open or separators + 1 != self._fields:
            self._again.extendleft(reversed(taken[1:]))
            if _is_parted_by_tabs(first.text, self._separator, self._fields):
                return first
            return TextLine(
                first.number, None, "unclosed-quote\ta quote is opened in this line, and nowhere closed"
            )
        return first._replace(text="".join(pieces), is_cp1252=any(line.is_cp1252 for line in taken))


def _scan(text: str, separator: str, *, is_open: bool) -> tuple[int, bool]:
    """Return how many separators of fields are in a line, and whether a quote is open at its end."""
    count, at, continues = 0, 0, is_open
    if not is_open and text.startswith(_QUOTE):
        is_open, at = True, 1
    while True:
        if is_open:
            closing = _TO_CLOSING.match(text, at)
            if closing is None:
                return count, True
            at = closing.end()
            if continues and text[at : at + 1] not in ("", separator):
                return _TOO_MANY, True  # this quote opens or stands within a field: the one before was a stray one
            continues = False
        opening = text.find(separator + _QUOTE, at)
        if opening < 0:
            return count + text.count(separator, at), False
        count += text.count(separator, at, opening) + 1
        at, is_open = opening + 2, True
