"""What was pasted: articles as JSON, one or several, or a table of events from a spreadsheet or in CSV."""

import json
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from api.http.problems import Problem, from_domain
from api.importing.formats.event_table import TableArticle, articles_of_table
from api.parsing.json_bodies import refuse_too_many_values
from domain.errors import Fault, InvalidFacts

MOST_PASTED: Final = 100  #: articles at once: more are imported
MOST_LINES: Final = 5_000  #: of a table: a longer one is imported
_BYTE_ORDER_MARK: Final = "\ufeff"  # with which some editors begin a file


class PastedArticle(NamedTuple):
    """An article as it was sent, as JSON, and where it stands: a number of a line, or of an article.

    Of one that cannot be read as such there is the problem alone.
    """

    where: int
    body: bytes = b""
    problem: Problem | None = None


def articles_pasted(text: str) -> Sequence[PastedArticle]:
    """Return the articles of a text. Raises `InvalidFacts` for what is wrong with all of it."""
    stripped = text.strip().removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not stripped:
        raise _nothing("paste articles as JSON, or a table of events")
    if stripped[0] in "{[":
        found = list(_of_json(stripped))
    else:
        content = text.encode()
        found = [_of_table(article) for article in articles_of_table(content, len(content) + 1, MOST_LINES)]
    if not found:
        raise _nothing("there is no article in it")
    if len(found) > MOST_PASTED:
        detail = f"has {len(found)} articles, and at most {MOST_PASTED} are looked at here: import them as a file"
        raise InvalidFacts([Fault(("pasted",), "too-many-articles", detail)])
    return found


def _nothing(detail: str) -> InvalidFacts:
    return InvalidFacts([Fault(("pasted",), "nothing-pasted", detail)])


def _of_json(text: str) -> Iterator[PastedArticle]:
    """Yield the articles of a JSON text: one, a list of them, or one a line."""
    refuse_too_many_values(text.encode())
    try:
        value = json.loads(text)
    except RecursionError:
        raise InvalidFacts([Fault(("pasted",), "not-json", "is nested too deeply")]) from None
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise InvalidFacts([Fault(("pasted",), "not-json", f"is not JSON: {error}")]) from None
        yield from (PastedArticle(number, line.encode()) for number, line in enumerate(lines, start=1))
        return
    if isinstance(value, list):
        yield from (PastedArticle(number, each.encode()) for number, each in enumerate(_items(text), start=1))
    else:
        yield PastedArticle(1, text.encode())


def _items(text: str) -> Iterator[str]:
    """Yield the items of a list as they stand in its text: a key that is repeated in one has to be seen."""
    decoder, at = json.JSONDecoder(), 1
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if text[at] == "]":
            return
        _, end = decoder.raw_decode(text, at)
        yield text[at:end]
        at = end


def _of_table(article: TableArticle) -> PastedArticle:
    row = article.rows[0]
    if not article.faults:
        return PastedArticle(row, json.dumps(article.body).encode())
    faults = [
        Fault(fault.path, fault.code, f"line {line}: {'/'.join(map(str, fault.path))} {fault.detail}", ())
        for line, of_row in sorted(article.faults.items())
        for fault in of_row
    ]
    return PastedArticle(row, problem=from_domain(InvalidFacts(faults)))
