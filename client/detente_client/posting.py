"""Many articles: sent in batches as they come, with a result for each, in flat memory."""

import csv
import io
import json
import warnings
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from detente_client.answers.problems import ProblemDetails, ProblemError
from detente_client.answers.recorded import BatchResult
from detente_client.calls import encoded
from detente_client.connection.transport import AsyncConnection, Connection, Request
from detente_client.errors import DetenteClientError, UnexpectedAnswerError
from detente_client.frames.cells import guarded
from detente_client.question import given_parameters

BATCH: Final = 500  #: most articles, or rows of a frame, of one request
_BATCH_BYTES: Final = 1_000_000
_NDJSON: Final = "application/x-ndjson"
_NOT_JSON: Final = "urn:detente:problem:malformed-json"


class UnsentWarning(RuntimeWarning):
    """Articles were given to `post_many`, and not all of its results were read: those behind were not sent."""


class _Batch:
    """Lines of one request, each with its number among all that was given."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.lines: list[bytes] = []
        self.unsent: list[BatchResult] = []
        self._bytes = 0

    def add(self, number: int, article: object) -> None:
        """Add an article; one that has no JSON gets its result here."""
        try:
            line = article.encode() if isinstance(article, str) else article
            line = line if isinstance(line, bytes) else encoded(line)  # type: ignore[arg-type]  # it complains itself
            if not line.strip() or b"\n" in line.strip():
                line = json.dumps(json.loads(line), ensure_ascii=False).encode()
        except (TypeError, ValueError) as error:
            self.unsent.append(_unsent(number, str(error)))
            return
        self.numbers.append(number)
        self.lines.append(line.strip())
        self._bytes += len(line)

    def is_full(self, size: int) -> bool:
        """Return whether it is time to send it."""
        return len(self.lines) + len(self.unsent) >= size or self._bytes >= _BATCH_BYTES

    def request(self, options: "PostOptions") -> Request | None:
        """Return the request, None if no line is left to be sent."""
        return options.request(b"\n".join(self.lines) + b"\n", _NDJSON) if self.lines else None

    def results(self, content: bytes) -> list[BatchResult]:
        """Return the result of each line by its number, those that were not sent among them."""
        answered = _read_results(content)
        missing = [number for line, number in enumerate(self.numbers, 1) if line not in answered]
        if missing:
            raise UnexpectedAnswerError(f"the service has no result for line {missing[0]}, of {len(missing)}")
        told = [answered[line].model_copy(update={"line": number}) for line, number in enumerate(self.numbers, 1)]
        return sorted([*told, *self.unsent], key=lambda result: result.line)


class PostOptions:
    """How many articles are posted: what becomes of one that is recorded with other content, and why."""

    def __init__(self, on_conflict: str, reason: str | None, size: int) -> None:
        if size < 1:
            raise ValueError(f"batch_size is {size}: give at least 1")
        self.size = size
        self._revises = on_conflict != "refuse"
        self._parameters = given_parameters(on_conflict=on_conflict if self._revises else None, reason=reason)

    def request(self, content: bytes, media_type: str) -> Request:
        """Return the request of a batch."""
        headers = {"Content-Type": media_type, "Accept": _NDJSON}
        path = "/v1/articles/batch"
        return Request("POST", path, self._parameters, content, headers, repeatable=not self._revises)


class _PostedSoFar:
    """What was posted so far: how many were recorded and refused, and the position of the last of them."""

    def __init__(self) -> None:
        self.recorded = 0  #: articles, or rows, that stand in the log now
        self.changed = 0  #: of these, those that were not there before
        self.refused = 0
        self.position = 0  #: of the log, after the last of them; 0 if none was recorded
        self._is_over = False

    def _count(self, result: BatchResult) -> None:
        if result.is_recorded:
            self.recorded += 1
            self.changed += bool(result.changed)
        else:
            self.refused += 1
        self.position = max(self.position, result.position or 0)

    def __repr__(self) -> str:
        counts = f"{self.recorded} recorded ({self.changed} changed), {self.refused} refused"
        return f"<{counts}, position {self.position}>"

    def __del__(self) -> None:
        if not self._is_over:
            warnings.warn(
                "not all results of post_many were read, so not all was sent: go through them, or call run()",
                UnsentWarning,
                stacklevel=2,
            )


class Posting(_PostedSoFar):
    """Articles that are posted while its results are gone through, once; `run()` goes through them for you."""

    def __init__(self, connection: Connection, articles: object, options: PostOptions) -> None:
        self._is_over = True  # until there is something to send
        requests = _requests(articles, options)
        super().__init__()
        self._results = self._send(connection, requests)

    def __iter__(self) -> Iterator[BatchResult]:
        return self

    def __next__(self) -> BatchResult:
        try:
            result = next(self._results)
        except BaseException:
            self._is_over = True
            raise
        self._count(result)
        return result

    def run(self) -> "Posting":
        """Post all that is left; return this, with its counts and its position."""
        for _ in self:
            pass
        return self

    @staticmethod
    def _send(connection: Connection, requests: "Iterator[_Sendable]") -> Iterator[BatchResult]:
        for batch, request in requests:
            try:
                content = connection.send(request).content if request else b""
            except DetenteClientError as error:
                raise _with_note(error, batch) from error.__cause__
            results = batch.results(content)
            connection.session.saw(max((result.position or 0 for result in results), default=0))
            yield from results


class AsyncPosting(_PostedSoFar):
    """As `Posting`, for `asyncio`; articles may come from an asynchronous generator, too."""

    def __init__(self, connection: AsyncConnection, articles: object, options: PostOptions) -> None:
        self._is_over = True
        requests = _async_requests(articles, options)
        super().__init__()
        self._results = self._send(connection, requests)

    def __aiter__(self) -> AsyncIterator[BatchResult]:
        return self

    async def __anext__(self) -> BatchResult:
        try:
            result = await anext(self._results)
        except BaseException:
            self._is_over = True
            raise
        self._count(result)
        return result

    async def run(self) -> "AsyncPosting":
        """Post all that is left; return this, with its counts and its position."""
        async for _ in self:
            pass
        return self

    @staticmethod
    async def _send(
        connection: AsyncConnection, requests: "AsyncIterator[_Sendable]"
    ) -> AsyncIterator[BatchResult]:
        async for batch, request in requests:
            try:
                content = (await connection.send(request)).content if request else b""
            except DetenteClientError as error:
                raise _with_note(error, batch) from error.__cause__
            results = batch.results(content)
            connection.session.saw(max((result.position or 0 for result in results), default=0))
            for result in results:
                yield result


class _Rows(_Batch):
    """Rows of a frame, in one request: whole articles."""

    def __init__(self, numbers: list[int], content: bytes) -> None:
        super().__init__()
        self.numbers, self._content = numbers, content

    def request(self, options: PostOptions) -> Request:
        return options.request(self._content, "text/csv; charset=utf-8")

    def results(self, content: bytes) -> list[BatchResult]:
        by_line = _read_results(content)
        ordered = [by_line[line] for line in sorted(by_line)]
        if len(ordered) != len(self.numbers):
            raise UnexpectedAnswerError(f"the service has {len(ordered)} results for {len(self.numbers)} rows")
        pairs = zip(self.numbers, ordered, strict=True)
        told = [result.model_copy(update={"line": number}) for number, result in pairs]
        return sorted(told, key=lambda result: result.line)


_Sendable = tuple[_Batch, Request | None]


def _requests(articles: object, options: PostOptions) -> Iterator[_Sendable]:
    if is_frame(articles):
        return ((rows, rows.request(options)) for rows in rows_of(articles, options.size))
    if isinstance(articles, Mapping | str | bytes) or not isinstance(articles, Iterable):
        raise TypeError("give an iterable of articles, or a frame; for one article there is post()")
    return _batches(articles, options)


def _batches(articles: Iterable[object], options: PostOptions) -> Iterator[_Sendable]:
    """Yield batches; if the articles end with an exception, what came before it is sent first."""
    batch = _Batch()
    failed: BaseException | None = None
    source = enumerate(articles, 1)
    while True:
        try:
            number, article = next(source)
        except StopIteration:
            break
        except Exception as error:  # whatever it is, it is raised below
            failed = error
            break
        batch.add(number, article)
        if batch.is_full(options.size):
            yield batch, batch.request(options)
            batch = _Batch()
    if batch.lines or batch.unsent:
        yield batch, batch.request(options)
    if failed is not None:
        raise failed


async def _async_requests(articles: object, options: PostOptions) -> AsyncIterator[_Sendable]:
    if not isinstance(articles, AsyncIterable):
        for sendable in _requests(articles, options):
            yield sendable
        return
    batch, number = _Batch(), 0
    failed: BaseException | None = None
    source = aiter(articles)
    while True:
        try:
            article = await anext(source)
        except StopAsyncIteration:
            break
        except Exception as error:  # whatever it is, it is raised below
            failed = error
            break
        number += 1
        batch.add(number, article)
        if batch.is_full(options.size):
            yield batch, batch.request(options)
            batch = _Batch()
    if batch.lines or batch.unsent:
        yield batch, batch.request(options)
    if failed is not None:
        raise failed


def _read_results(content: bytes) -> dict[int, BatchResult]:
    try:
        results = [BatchResult.model_validate_json(line) for line in content.splitlines() if line.strip()]
    except ValidationError as error:
        raise UnexpectedAnswerError(f"a result of a batch is none: {error.errors()[0]['msg']}") from error
    return {result.line: result for result in results}


def _unsent(number: int, why: str) -> BatchResult:
    error = ProblemError(code="not-json", detail=why)
    problem = ProblemDetails(
        type=_NOT_JSON, title="The article was not sent", status=400, detail=f"not sent: {why}", errors=[error]
    )
    return BatchResult(line=number, status=0, problem=problem)


def _with_note(error: DetenteClientError, batch: _Batch) -> DetenteClientError:
    if batch.numbers:
        error.add_note(
            f"lines {min(batch.numbers)} to {max(batch.numbers)} have no result; those before have, those behind "
            "were not sent; posting them again is safe, as what is recorded is not recorded twice"
        )
    return error


def is_frame(value: object) -> bool:
    """Return whether something is a frame of pandas or polars, without importing either."""
    return hasattr(value, "columns") and (hasattr(value, "itertuples") or hasattr(value, "iter_rows"))


def rows_of(frame: Any, size: int) -> Iterator[_Rows]:
    """Yield the rows of a frame in groups of whole articles, each group as a table of the service's own form.

    Columns are those of the service's table of events; rows of one `id`, or else of one `url`, are an article.
    """
    names = [str(name) for name in frame.columns]
    rows = frame.iter_rows() if hasattr(frame, "iter_rows") else frame.itertuples(index=False, name=None)
    articles: dict[object, list[tuple[int, Sequence[object]]]] = {}
    keys = [index for index, name in enumerate(names) if name.strip().lower() in ("id", "article")]
    keys += [index for index, name in enumerate(names) if name.strip().lower() == "url"]
    for number, row in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        key = next(((index, cells[index]) for index in keys if cells[index]), number)
        articles.setdefault(key, []).append((number, cells))
    group: list[tuple[int, Sequence[object]]] = []
    for article in articles.values():
        if group and len(group) + len(article) > size:
            yield _as_rows(names, group)
            group = []
        group += article
    if group:
        yield _as_rows(names, group)


def _as_rows(names: Sequence[str], group: Sequence[tuple[int, Sequence[object]]]) -> _Rows:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows(cells for _, cells in group)
    return _Rows([number for number, _ in group], text.getvalue().encode())


def _cell(value: object) -> str:
    """Return a value as the service's table has it; what is missing is empty."""
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):  # NaN
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and value.time() == datetime.min.time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, list | tuple):
        return ";".join(map(_cell, value))
    return guarded(str(value))
