"""What all answers of the service have in common: a newer service may say more than this client knows."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """An answer, or a part of one.

    A field that is not known here is kept, and read by its name. What is one of some words on the server (a state,
    a type) is a plain `str` here, so that a word more breaks nobody.
    """

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True, populate_by_name=True)


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
