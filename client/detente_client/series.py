"""Tension over time, of a pair or of many: as points, or at once as a frame.

A series is asked for when it is used: once for its points and what stands above them, once for its frames.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from detente_client.answers.relations import (
    PairSeries,
    RelationPage,
    SeriesList,
    TensionPoint,
    TensionSeries,
)
from detente_client.calls import ALL, TIMES, page_after, reading
from detente_client.connection.transport import AsyncConnection, Call, Connection, Request
from detente_client.errors import InvalidRequestError
from detente_client.frames.arrived import ArrivedTable, accepted
from detente_client.frames.columns import POINT, POINT_OF_PAIR
from detente_client.notebook import curve_svg
from detente_client.question import Day, Parameters, Question, day_text, given_parameters, path_of

if TYPE_CHECKING:
    import arro3.core
    import pandas as pd
    import polars as pl

_MOST_PAIRS: Final = 100  #: of one request
_MOST_POINTS: Final = 40_000  #: of one series
_NAMED: Final = 3  # pairs, where series are shown


class IncompleteWarning(UserWarning):
    """A series has as many points as one may have, so that it may begin later than there is something to tell."""


def series_parameters(
    question: Question, days: tuple[Day | None, Day | None], interval: str | None, **others: object
) -> Parameters:
    """Return the parameters that the series of one pair and of several have in common."""
    asked = {"from_": day_text(days[0], "start"), "to": day_text(days[1], "end"), "interval": interval, **others}
    return question.parameters(*ALL) + given_parameters(**asked)


def pair_call(pair: Sequence[str], parameters: Parameters) -> Call[TensionSeries]:
    """Ask for the series of a pair."""
    return Call(reading(path_of("v1", "relations", *pair, "tension"), parameters), TensionSeries)


def _as_table(request: Request) -> Request:
    return Request(
        "GET",
        request.path,
        request.parameters,
        headers={"Accept": accepted()},
        repeatable=True,
        waits=request.waits,
    )


def _arrived(request: Request, content: bytes) -> ArrivedTable:
    table = ArrivedTable(POINT, [content])
    if table.rows() >= _MOST_POINTS and not any(name == "from" for name, _ in request.parameters):
        warnings.warn(
            f"the series has {_MOST_POINTS} points, the most there are: name its start, or a longer interval",
            IncompleteWarning,
            stacklevel=3,
        )
    return table


class _Frames(ABC):
    """What is to be had as a frame: the points, of several pairs with their pair as `a` and `b`."""

    def to_pandas(self) -> "pd.DataFrame":
        """Return the points as a frame of pandas. Needs `detente-client[pandas]`."""
        return self._arrived().to_pandas()

    def to_polars(self) -> "pl.DataFrame":
        """Return the points as a frame of polars. Needs `detente-client[polars]`."""
        return self._arrived().to_polars()

    def to_arrow(self) -> "arro3.core.Table":
        """Return the points as a table of Arrow. Needs `detente-client[arrow]`."""
        return self._arrived().to_arrow()

    @abstractmethod
    def _arrived(self) -> ArrivedTable:
        """Return the points as they arrived, asked for once."""


class _AsyncFrames(ABC):
    """As `_Frames`, for `asyncio`."""

    async def to_pandas(self) -> "pd.DataFrame":
        """Return the points as a frame of pandas. Needs `detente-client[pandas]`."""
        return (await self._arrived()).to_pandas()

    async def to_polars(self) -> "pl.DataFrame":
        """Return the points as a frame of polars. Needs `detente-client[polars]`."""
        return (await self._arrived()).to_polars()

    async def to_arrow(self) -> "arro3.core.Table":
        """Return the points as a table of Arrow. Needs `detente-client[arrow]`."""
        return (await self._arrived()).to_arrow()

    @abstractmethod
    async def _arrived(self) -> ArrivedTable:
        """Return the points as they arrived, asked for once."""


class Series(_Frames):
    """Tension over time between two actors: iterate over its points, or take them as a frame."""

    def __init__(self, connection: Connection, call: Call[TensionSeries]) -> None:
        self._connection, self._call = connection, call
        self._answer: TensionSeries | None = None
        self._table: ArrivedTable | None = None

    @property
    def answer(self) -> TensionSeries:
        """The whole answer, with the interval, the first day, and whether it is complete."""
        if self._answer is None:
            self._answer = self._connection.call(self._call)
        return self._answer

    def __iter__(self) -> Iterator[TensionPoint]:
        return iter(self.answer.items)

    def __len__(self) -> int:
        return len(self.answer.items)

    @property
    def is_complete(self) -> bool:
        """Whether it reaches back to the first day that there is something to tell of, or to the day asked for."""
        return self.answer.complete

    @property
    def interval(self) -> str:
        """The interval that was chosen: `day`, `week` or `month`."""
        return self.answer.interval

    def _arrived(self) -> ArrivedTable:
        if self._table is None:
            request = _as_table(self._call.request)
            self._table = _arrived(request, self._connection.send(request).content)
        return self._table

    def _repr_html_(self) -> str:
        return curve_svg(self.answer.items, " – ".join(self.answer.pair))

    def __repr__(self) -> str:
        return f"<series: {self._call.request.path}>"


class AsyncSeries(_AsyncFrames):
    """As `Series`, for `asyncio`."""

    def __init__(self, connection: AsyncConnection, call: Call[TensionSeries]) -> None:
        self._connection, self._call = connection, call
        self._answer: TensionSeries | None = None
        self._table: ArrivedTable | None = None

    async def answer(self) -> TensionSeries:
        """Return the whole answer, with the interval, the first day, and whether it is complete."""
        if self._answer is None:
            self._answer = await self._connection.call(self._call)
        return self._answer

    async def __aiter__(self) -> AsyncIterator[TensionPoint]:
        for point in (await self.answer()).items:
            yield point

    async def _arrived(self) -> ArrivedTable:
        if self._table is None:
            request = _as_table(self._call.request)
            self._table = _arrived(request, (await self._connection.send(request)).content)
        return self._table

    def _repr_html_(self) -> str | None:
        return curve_svg(self._answer.items, " – ".join(self._answer.pair)) if self._answer else None

    def __repr__(self) -> str:
        return f"<series: {self._call.request.path}>"


class _ManyPairs:
    """Pairs in groups that the service answers at once, all of one state of the log."""

    def __init__(self, pairs: Sequence[Sequence[str]], parameters: Parameters) -> None:
        for pair in pairs:
            if isinstance(pair, str) or len(pair) != 2:  # a pair
                raise ValueError(f"{pair!r} is no pair: give two actors, as ('Russia', 'Turkey')")
        self.pairs = list(dict.fromkeys(f"{a},{b}" for a, b in pairs))
        self._parameters = parameters

    def __repr__(self) -> str:
        named = [pair.replace(",", "-") for pair in self.pairs[:_NAMED]]
        rest = len(self.pairs) - len(named)
        return f"<series of {', '.join(named)}{f' and {rest} more' if rest else ''}>"

    def head(self) -> Call[RelationPage]:
        """Ask for the day and the state of the log that all groups are asked for."""
        names = {*TIMES, "model"}
        asked = tuple(parameter for parameter in self._parameters if parameter[0] in names)
        return Call(reading("/v1/relations", (*asked, ("limit", "1"))), RelationPage)

    def groups(self, head: RelationPage | None) -> "Generator[Call[SeriesList], bool, None]":
        """Yield the call of each group; send whether it was too large."""
        fixed = {}
        if head is not None and head.as_of is not None and head.known_at is not None:
            known_at = head.known_at.isoformat().replace("+00:00", "Z")
            fixed = {"as_of": head.as_of.isoformat(), "known_at": known_at}
        size, start = _MOST_PAIRS, 0
        while start < len(self.pairs):
            group = tuple(("pair", pair) for pair in self.pairs[start : start + size])
            call = Call(reading("/v1/series", (*group, *self._parameters)), SeriesList)
            if (yield page_after(call, fixed)):
                size = max(min(size, len(group)) // 2, 1)
            else:
                start += size


def _is_too_large(error: InvalidRequestError, call: Call[Any]) -> bool:
    pairs = sum(name == "pair" for name, _ in call.request.parameters)
    return pairs > 1 and bool(error.codes & {"too-many-points", "too-many-pairs"})


class ManySeries(_ManyPairs, _Frames):
    """Tension over time of many pairs: iterate over the series of each, or take all points as one frame."""

    def __init__(self, connection: Connection, pairs: Sequence[Sequence[str]], parameters: Parameters) -> None:
        super().__init__(pairs, parameters)
        self._connection = connection
        self._table: ArrivedTable | None = None

    def __iter__(self) -> Iterator[PairSeries]:
        given = set[tuple[str, str]]()
        for call, content in self._contents(as_table=False):
            for series in call.answer.model_validate_json(content).items:
                if series.pair not in given:
                    given.add(series.pair)
                    yield series

    def _arrived(self) -> ArrivedTable:
        if self._table is None:
            contents = [content for _, content in self._contents(as_table=True)]
            self._table = ArrivedTable(POINT_OF_PAIR, contents)
        return self._table

    def _contents(self, *, as_table: bool) -> Iterator[tuple[Call[SeriesList], bytes]]:
        groups = self.groups(self._connection.call(self.head()))
        call = next(groups, None)
        while call is not None:
            try:
                content = self._connection.send(_as_table(call.request) if as_table else call.request).content
            except InvalidRequestError as error:
                if not _is_too_large(error, call):
                    raise
                call = groups.send(True)
                continue
            yield call, content
            call = next(groups, None)


class AsyncManySeries(_ManyPairs, _AsyncFrames):
    """As `ManySeries`, for `asyncio`."""

    def __init__(
        self, connection: AsyncConnection, pairs: Sequence[Sequence[str]], parameters: Parameters
    ) -> None:
        super().__init__(pairs, parameters)
        self._connection = connection
        self._table: ArrivedTable | None = None

    async def __aiter__(self) -> AsyncIterator[PairSeries]:
        given = set[tuple[str, str]]()
        async for call, content in self._contents(as_table=False):
            for series in call.answer.model_validate_json(content).items:
                if series.pair not in given:
                    given.add(series.pair)
                    yield series

    async def _arrived(self) -> ArrivedTable:
        if self._table is None:
            contents = [content async for _, content in self._contents(as_table=True)]
            self._table = ArrivedTable(POINT_OF_PAIR, contents)
        return self._table

    async def _contents(self, *, as_table: bool) -> AsyncIterator[tuple[Call[SeriesList], bytes]]:
        groups = self.groups(await self._connection.call(self.head()))
        call = next(groups, None)
        while call is not None:
            try:
                response = await self._connection.send(_as_table(call.request) if as_table else call.request)
            except InvalidRequestError as error:
                if not _is_too_large(error, call):
                    raise
                call = groups.send(True)
                continue
            yield call, response.content
            call = next(groups, None)
