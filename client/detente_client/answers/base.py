"""What all answers of the service have in common: a newer service may say more than this client knows."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """An answer, or a part of one.

    A field that is not known here is kept, and read by its name. What is one of some words on the server (a state,
    a type) is a plain `str` here, so that a word more breaks nobody.
    """

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True, populate_by_name=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show what is there: no field that is null or empty, and how many answers are in a list."""
        for name, value in super().__repr_args__():
            if isinstance(value, list) and value and isinstance(value[0], Answer):
                yield name, _Counted(len(value), type(value[0]))
            elif value is not None and value not in ([], {}):
                yield name, value


class _Counted(NamedTuple):
    how_many: int
    kind: type

    def __repr__(self) -> str:
        return f"[{self.how_many} of {self.kind.__name__}]"


class Page(Answer):
    """A page of a list: its items, and where the next page begins.

    `position` is that of the log which the answer reflects.
    """

    items: list[Any]
    next: str | None = None
    position: int
    as_of: date | None = None
    known_at: datetime | None = None
    published_by: date | None = None
    model: str | None = None
    what_if: list[str] | None = None
