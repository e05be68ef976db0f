"""Lists, which read their pages by themselves while they are gone through.

All pages tell of one state of the log. If that moves while they are read, the list is read on as it was known when
it began (`known_at`). A list that cannot be asked for so (articles, actors, publishers, suggestions) goes on with
a `MovedWarning`. A frame of a whole list is not read by pages, but comes at once as Arrow, and tells of one state,
where what reads it is installed.
"""

import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from detente_client.answers.base import Answer, Page
from detente_client.calls import page_after
from detente_client.connection.transport import AsyncConnection, Call, Connection, Request
from detente_client.errors import InvalidRequestError, ListMovedError
from detente_client.frames.arrived import ARROW, ArrivedTable
from detente_client.frames.arrow_parts import can_read_arrow, is_arrow
from detente_client.frames.columns import COLUMNS, Table
from detente_client.frames.making import arrow_table, pandas_frame, polars_frame

if TYPE_CHECKING:
    import arro3.core
    import pandas as pd
    import polars as pl

PAGE: Final = 500  #: most items of a page that is asked for
T = TypeVar("T", bound=Answer, covariant=True)  # of a list that is read: one of agreements is one of answers


class MovedWarning(UserWarning):
    """A list was read while it changed, so it is of no one position of the log."""


class PageReader:
    """What of a list was read, and which page to ask for next: the same whether one waits for pages or not."""

    def __init__(self, call: Call[Any], limit: int | None) -> None:
        if limit is not None and limit < 1:
            raise ValueError(f"limit is {limit}: give at least 1, or None for all")
        self._call = call
        self._limit = limit
        self._first: Page | None = None
        self._given = 0  # items that were given on
        self._read = 0  # items that were read, of the list as it is read now
        self._known_at: str | None = None  # by which the list is held still
        self._moved = any(name == "known_at" for name, _ in call.request.parameters)
        self.following: Call[Any] | None = self._page()

    def take(self, page: Page) -> list[Any]:
        """Return the items of a page that were not given on yet; set which page follows."""
        if self._first is None:
            self._first = page
        elif page.position != self._first.position and not self._moved:
            self._moved = True
            if self._hold_still(page.position):
                return []
        fresh = page.items[max(self._given - self._read, 0) :]
        self._read += len(page.items)
        if self._limit is not None:
            fresh = fresh[: self._limit - self._given]
        self._given += len(fresh)
        enough = self._limit is not None and self._given >= self._limit
        self.following = None if enough or page.next is None else self._page(page.next)
        if self.following is None and self._read < self._given:
            raise ListMovedError("the list has become shorter than what was read of it: begin anew")
        return fresh

    def _hold_still(self, position: int) -> bool:
        """Begin anew with what was known to the first page; return whether the list can be asked for so."""
        assert self._first is not None
        if self._first.known_at is None:
            warnings.warn(
                f"the log went from position {self._first.position} to {position} while the list was read",
                MovedWarning,
                stacklevel=4,
            )
            return False
        self._known_at = self._first.known_at.isoformat().replace("+00:00", "Z")
        self._read = 0
        self.following = self._page()
        return True

    def _page(self, cursor: str | None = None) -> Call[Any]:
        changed = {"limit": str(min(self._limit or PAGE, PAGE))}
        if cursor is not None:
            changed["cursor"] = cursor
        if self._first is not None and self._first.as_of is not None:
            changed["as_of"] = self._first.as_of.isoformat()  # today may end between two pages
        if self._known_at is not None:
            changed["known_at"] = self._known_at
        return page_after(self._call, changed)


class _Listed(Generic[T]):
    """What lists have in common: what they ask, and what a row of theirs is."""

    def __init__(self, call: Call[Any], item: type[T], limit: int | None = None) -> None:
        self._call, self._item, self._limit = call, item, limit
        PageReader(call, limit)  # complains of a limit where it is given

    def _reader(self) -> PageReader:
        return PageReader(self._call, self._limit)

    def _whole(self) -> Request | None:
        """Ask for the whole list as one table, under one snapshot; None where it is to be read by pages."""
        if self._limit is not None or not can_read_arrow():
            return None
        columns = ",".join(column.name_in_table for column in COLUMNS[self._item])
        request = page_after(self._call, {"limit": "all", "columns": columns}).request
        return replace(request, headers={**request.headers, "Accept": ARROW})

    def _arrived(self, content: bytes) -> ArrivedTable | None:
        return ArrivedTable(COLUMNS[self._item], [content]) if is_arrow(content) else None

    def __repr__(self) -> str:
        asked = urlencode(self._call.request.parameters)
        most = "" if self._limit is None else f", {self._limit} at most"
        return f"<list of {self._item.__name__}: {self._call.request.path}{'?' if asked else ''}{asked}{most}>"


class Listing(_Listed[T]):
    """A list of the service. Each time that it is gone through, it is asked for anew, a page at a time.

    `limit` is the most items that it gives, all of them by default.
    """

    def __init__(self, connection: Connection, call: Call[Any], item: type[T], limit: int | None = None) -> None:
        super().__init__(call, item, limit)
        self._connection = connection

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page

    def pages(self) -> Iterator[list[T]]:
        """Yield the items of each page."""
        reader = self._reader()
        while (call := reader.following) is not None:
            if items := reader.take(self._connection.call(call)):
                yield items

    def head(self) -> Page:
        """Return what stands above the items of a page: position, times, model, and what is of this list."""
        head: Page = self._connection.call(page_after(self._call, {"limit": "1"}))
        return head

    def first(self) -> T | None:
        """Return the first item, None of an empty list."""
        return next(iter(Listing(self._connection, self._call, self._item, 1)), None)

    def to_pandas(self) -> "pd.DataFrame":
        """Return all items as a frame of pandas. Needs `detente-client[pandas]`."""
        whole = self._at_once()
        return pandas_frame(self._gathered()) if whole is None else whole.to_pandas()

    def to_polars(self) -> "pl.DataFrame":
        """Return all items as a frame of polars. Needs `detente-client[polars]`."""
        whole = self._at_once()
        return polars_frame(self._gathered()) if whole is None else whole.to_polars()

    def to_arrow(self) -> "arro3.core.Table":
        """Return all items as a table of Arrow. Needs `detente-client[arrow]`."""
        whole = self._at_once()
        return arrow_table(self._gathered()) if whole is None else whole.to_arrow()

    def _at_once(self) -> ArrivedTable | None:
        request = self._whole()
        if request is None:
            return None
        try:
            return self._arrived(self._connection.send(request).content)
        except InvalidRequestError:  # by a service that has no such table; what else is wrong, a page says, too
            return None

    def _gathered(self) -> Table:
        table = Table.of(self._item)
        for items in self.pages():
            table.extend(items)
        return table


class AsyncListing(_Listed[T]):
    """As `Listing`, for `asyncio`: `async for item in listing`."""

    def __init__(
        self, connection: AsyncConnection, call: Call[Any], item: type[T], limit: int | None = None
    ) -> None:
        super().__init__(call, item, limit)
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page:
                yield item

    async def pages(self) -> AsyncIterator[list[T]]:
        """Yield the items of each page."""
        reader = self._reader()
        while (call := reader.following) is not None:
            if items := reader.take(await self._connection.call(call)):
                yield items

    async def head(self) -> Page:
        """Return what stands above the items of a page: position, times, model, and what is of this list."""
        head: Page = await self._connection.call(page_after(self._call, {"limit": "1"}))
        return head

    async def first(self) -> T | None:
        """Return the first item, None of an empty list."""
        async for item in AsyncListing(self._connection, self._call, self._item, 1):
            return item
        return None

    async def to_list(self) -> list[T]:
        """Return all items."""
        return [item async for item in self]

    async def to_pandas(self) -> "pd.DataFrame":
        """Return all items as a frame of pandas. Needs `detente-client[pandas]`."""
        whole = await self._at_once()
        return pandas_frame(await self._gathered()) if whole is None else whole.to_pandas()

    async def to_polars(self) -> "pl.DataFrame":
        """Return all items as a frame of polars. Needs `detente-client[polars]`."""
        whole = await self._at_once()
        return polars_frame(await self._gathered()) if whole is None else whole.to_polars()

    async def to_arrow(self) -> "arro3.core.Table":
        """Return all items as a table of Arrow. Needs `detente-client[arrow]`."""
        whole = await self._at_once()
        return arrow_table(await self._gathered()) if whole is None else whole.to_arrow()

    async def _at_once(self) -> ArrivedTable | None:
        request = self._whole()
        if request is None:
            return None
        try:
            return self._arrived((await self._connection.send(request)).content)
        except InvalidRequestError:  # as above
            return None

    async def _gathered(self) -> Table:
        table = Table.of(self._item)
        async for items in self.pages():
            table.extend(items)
        return table
