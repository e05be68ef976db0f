"""Many articles in one request: a result for each of them, in flat memory whatever the size.

The results are written to a temporary file until the last line is read: a client that sends everything before it
reads anything would else wait for us while we wait for it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Final, NamedTuple

import msgspec
from eventsourcing.persistence import PersistenceError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from api.http.batch.array_items import array_items
from api.http.batch.body_lines import GROUP, BatchLine, body_lines, grouped
from api.http.database_errors import problem_of
from api.http.middleware.rationing import run_posting
from api.http.problems import Problem, ProblemDetails, from_domain, in_body, pointer, status_in_body
from api.http.schemas.recorded import (
    ArticleUnderstood,
    BatchResult,
    article_outcome,
    article_understood,
    delivered_out,
)
from api.importing.formats.event_table import TableArticle, articles_of_table
from api.parsing.articles import Suggesting, parse_article
from api.parsing.json_bodies import parse_json
from api.parsing.requests import ArticleIn
from api.running.event_places import DeliveredDocument, EventPlaces
from api.running.service import Service
from domain.articles import PostArticle
from domain.deliveries.coverage import Coverage
from domain.deliveries.delivery import Delivered, Delivery
from domain.errors import DetenteError, Fault, InvalidFacts
from domain.events import Provenance
from domain.log.article_log import Outcome
from domain.posting import PostingRule

_SPOOL_BYTES: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
_PROBLEM_BYTES: Final = 256 * 1024  # of the problems of a batch, beside the ratio
_PROBLEM_RATIO: Final = 5  # bytes of problems for a byte of a line: those of an article are about three
_LEAST_TOLD: Final = 200  # bytes of a problem at length: no text of one has fewer

MOST_REFUSED: Final = 10_000  #: lines of a batch that are refused, beside as many as are recorded
_NAMED: Final = 10  # lines of an article in what is wrong with it

_Refusal = ValidationError | DetenteError | Problem
_LineOutcome = Outcome | tuple[str, Delivered] | ArticleUnderstood | _Refusal | PersistenceError


class Delivering(NamedTuple):
    """The data set that delivers documents: its name, where its events are, and what its file has columns for."""

    data_set: str
    places: EventPlaces
    coverage: Coverage


class Batch(NamedTuple):
    """What holds for all lines of a batch. `answered` is called with the status of each result.

    Where a data set is `delivering`, the lines are documents as it delivers them.
    """

    service: Service
    provenance: Provenance
    rule: PostingRule
    dry_run: bool
    answered: Callable[[int], None]
    delivering: Delivering | None = None


async def post_batch(batch: Batch, body: AsyncIterator[bytes], *, is_array: bool = False) -> IO[bytes]:
    """Record the articles of a body, each by itself; return the results, a JSON object a line.

    The body has an article a line, or is a JSON array of them. A dry run says what would become of each, compared
    with what is recorded and not with lines before it. Raises `Problem` (400) if no array begins.
    """
    results = _Results()
    lines = (array_items if is_array else body_lines)(body, batch.service.settings.max_body_bytes)
    try:
        async for group in grouped(lines):
            await run_posting(_post_group, batch, group, results)
            if results.refused > MOST_REFUSED:
                results.end(group[-1].number + 1)
                break
        async for _ in body:
            pass  # of what ended early: many clients send all of it before they read anything
        await run_in_threadpool(results.file.seek, 0)
    except BaseException:
        results.file.close()
        raise
    return results.file


async def post_table(batch: Batch, body: AsyncIterator[bytes]) -> IO[bytes]:
    """Record the articles of a table in CSV, each by itself; return the results, a JSON object a row.

    Raises `InvalidFacts` for what is wrong with the table as a whole, `Problem` (413) if it is too long.
    """
    longest = batch.service.settings.max_body_bytes
    content = bytearray()
    async for piece in body:
        content += piece
        if len(content) > longest:
            detail = f"the table is longer than {longest} bytes: send it in parts, each with the header"
            raise Problem(413, "body-too-large", "The table is too long", detail)
    articles = await run_posting(articles_of_table, bytes(content), longest)
    results = _RowResults(articles, len(content))
    try:
        lines = [
            BatchLine(article.rows[0], msgspec.json.encode(article.body))
            for article in articles
            if not article.faults
        ]
        following = None
        for start in range(0, len(lines), GROUP):
            if results.refused > MOST_REFUSED:
                following = lines[start].number
                break
            await run_posting(_post_group, batch, lines[start : start + GROUP], results)
        await run_posting(results.write_in_order, following)
        await run_in_threadpool(results.file.seek, 0)
    except BaseException:
        results.file.close()
        raise
    return results.file


class _Results:
    """The results of a batch, in a temporary file. What is told at length is so as long as it is in proportion."""

    def __init__(self) -> None:
        self.file: IO[bytes] = SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115  # closed by read_results
        self._room = _PROBLEM_BYTES
        self.suggesting = Suggesting()
        self.refused = 0  #: lines, less those that were recorded

    def add(self, result: BatchResult, sent: int) -> None:
        """Write the result of a line of `sent` bytes: of what there is no room for at length, the status."""
        self.refused = max(self.refused + (1 if _is_refused(result) else -1), 0)
        text = result.model_dump_json(exclude_none=True).encode() + b"\n"
        self._room += _PROBLEM_RATIO * sent
        if result.problem is not None or result.understood is not None:
            if len(text) > self._room:
                result = result.model_copy(update={"problem": None, "understood": None})
                text = result.model_dump_json(exclude_none=True).encode() + b"\n"
            else:
                self._room -= len(text)
        self.file.write(text)

    def may_tell(self, sent: int) -> bool:
        """Return whether there may be room for what is wrong with the next line, which has `sent` bytes."""
        return self._room + _PROBLEM_RATIO * sent >= _LEAST_TOLD

    def end(self, line: int, left_out: str = "nothing from there on") -> None:
        """Write what was not looked at, from a line on."""
        problem = _too_many_refused(line, left_out)
        result = BatchResult(line=line, status=problem.details.status, problem=problem.details)
        self.file.write(result.model_dump_json(exclude_none=True).encode() + b"\n")


class _RowResults(_Results):
    """The results of a table, by rows: an article's is that of each of its rows."""

    def __init__(self, articles: Sequence[TableArticle], sent: int) -> None:
        super().__init__()
        self._articles = {article.rows[0]: article for article in articles}
        self._by_row: dict[int, BatchResult] = {}
        self._sent = sent // max(sum(len(article.rows) for article in articles), 1)  # bytes of a row
        self._understood: dict[int, int] = {}  # bytes of articles, by their first rows
        for article in articles:
            if article.faults:
                self._refuse(article)

    def add(self, result: BatchResult, sent: int) -> None:
        """Keep the result of an article for each of its rows; of a problem, what is about the row.

        How it was understood stands with the first of them alone.
        """
        if result.understood:
            self._understood[result.line] = sent
        rows = self._articles[result.line].rows
        self.refused = max(self.refused + (len(rows) if _is_refused(result) else -len(rows)), 0)
        for index, row in enumerate(rows):
            problem = result.problem and _of_event(result.problem, index)
            understood = result.understood if index == 0 else None
            self._by_row[row] = result.model_copy(
                update={"line": row, "problem": problem, "understood": understood}
            )

    def _refuse(self, article: TableArticle) -> None:
        wrong = ", ".join(map(str, sorted(article.faults)[:_NAMED]))
        more = f" and {len(article.faults) - _NAMED} more" if len(article.faults) > _NAMED else ""
        other = Fault((), "row-refused", f"the article is not recorded for what is wrong in line {wrong}{more}")
        for row in article.rows:
            problem = from_domain(InvalidFacts(article.faults.get(row, [other]))).details
            self._by_row[row] = BatchResult(line=row, status=problem.status, problem=problem)

    def write_in_order(self, following: int | None) -> None:
        """Write the results of all rows; `following` begins the first article that was not looked at, if any."""
        for row in sorted(self._by_row):
            super().add(self._by_row[row], self._understood.get(row, self._sent))
        if following is not None:
            self.end(following, "no article that begins there or behind it")


def _is_refused(result: BatchResult) -> bool:
    return result.status >= HTTPStatus.BAD_REQUEST


def _of_event(problem: ProblemDetails, index: int) -> ProblemDetails:
    """Return a problem with no errors of other events of its article, if there are any of this one."""
    at = f"/events/{index}/"
    own = [error for error in problem.errors or () if (error.pointer or "").startswith(at)]
    return problem.model_copy(update={"errors": own, "detail": own[0].detail}) if own else problem


def read_results(results: IO[bytes], *, as_array: bool = False) -> Iterator[bytes]:
    """Yield the results in pieces, a JSON object a line or all as one array, then let go of them."""
    with results:
        pieces = iter(lambda: results.read(_CHUNK), b"")
        yield from _as_array(pieces) if as_array else pieces


def _as_array(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines, which come in pieces of any size, as the items of an array."""
    yield b"["
    ended = b""  # the end of a line, which becomes a comma once another one follows
    for piece in pieces:
        text = (ended + piece).removesuffix(b"\n")
        ended = piece[-1:] if piece.endswith(b"\n") else b""
        yield text.replace(b"\n", b",\n")
    yield b"]\n"


def _post_group(batch: Batch, group: list[BatchLine], results: _Results) -> None:
    provenance = msgspec.structs.replace(batch.provenance, recorded=batch.service.clock())
    outcomes: Sequence[_LineOutcome]
    try:
        parsed = _parse_group(batch, group, provenance, results.suggesting)
        take = _preview if batch.dry_run else _deliver if batch.delivering else _record
        outcomes = take(batch, parsed)
    except PersistenceError as error:
        outcomes = [error for _ in group]
    for line, outcome in zip(group, outcomes, strict=True):
        sent = len(line.content or b"")
        result = _result(line.number, outcome, told=results.may_tell(sent))
        results.add(result, sent)
        batch.answered(result.status)
    if any(isinstance(outcome, Outcome | tuple) for outcome in outcomes):
        batch.service.wake.set()


def _parse_group(
    batch: Batch, group: list[BatchLine], provenance: Provenance, suggesting: Suggesting
) -> list[PostArticle | _Refusal]:
    directory = batch.service.log.directory()
    parsed: list[PostArticle | _Refusal] = []
    for line in group:
        try:
            if line.problem is not None:
                raise line.problem
            if line.content is None:
                raise _too_long(batch.service)
            sent = parse_json(ArticleIn, line.content)
            parsed.append(parse_article(sent, directory, provenance, suggesting))
        except (ValidationError, DetenteError, Problem) as error:
            parsed.append(error)
    return parsed


def _record(batch: Batch, parsed: Sequence[PostArticle | _Refusal]) -> Sequence[_LineOutcome]:
    commands = [item for item in parsed if isinstance(item, PostArticle)]
    outcomes = iter(batch.service.log.post_articles(commands, batch.rule))
    return [next(outcomes) if isinstance(item, PostArticle) else item for item in parsed]


def _deliver(batch: Batch, parsed: Sequence[PostArticle | _Refusal]) -> Sequence[_LineOutcome]:
    """Record the documents that a data set delivers."""
    assert batch.delivering is not None
    name, places, coverage = batch.delivering
    posts = [item for item in parsed if isinstance(item, PostArticle)]
    others = places.other_documents([DeliveredDocument.of(name, post.article_id, post.reports) for post in posts])
    deliveries = [
        Delivery(post.article_id, post.header, post.reports, post.provenance, name, also_in, coverage)
        for post, also_in in zip(posts, others, strict=True)
    ]
    outcomes = zip(posts, batch.service.log.deliver(deliveries), strict=True)
    return [_named(*next(outcomes)) if isinstance(item, PostArticle) else item for item in parsed]


def _named(post: PostArticle, outcome: Delivered | DetenteError | PersistenceError) -> _LineOutcome:
    return (post.article_id, outcome) if isinstance(outcome, Delivered) else outcome


def _preview(batch: Batch, parsed: Sequence[PostArticle | _Refusal]) -> Sequence[_LineOutcome]:
    def previewed(command: PostArticle) -> _LineOutcome:
        try:
            return article_understood(batch.service.log.preview_article(command, batch.rule))
        except DetenteError as error:
            return error

    return [previewed(item) if isinstance(item, PostArticle) else item for item in parsed]


def _result(line: int, outcome: _LineOutcome, *, told: bool) -> BatchResult:
    """Return the result of a line; what its shape is wrong in is not worked out if it is not to be told."""
    if isinstance(outcome, ArticleUnderstood):
        return BatchResult(line=line, status=200, id=outcome.id, outcome=outcome.outcome, understood=outcome)
    if isinstance(outcome, Outcome):
        return BatchResult(
            line=line,
            status=201 if outcome.changed and not outcome.revised else 200,
            id=outcome.id,
            outcome=article_outcome(outcome.changed, outcome.revised),
            changed=outcome.changed,
            position=outcome.position,
            left_out=[pointer(path) for path in outcome.left_out] or None,
        )
    if isinstance(outcome, tuple):
        return delivered_out(line, *outcome)
    if isinstance(outcome, ValidationError) and not told:
        return BatchResult(line=line, status=status_in_body(outcome))
    problem = _as_problem(outcome)
    return BatchResult(line=line, status=problem.details.status, problem=problem.details)


def _as_problem(error: ValidationError | DetenteError | PersistenceError | Problem) -> Problem:
    if isinstance(error, PersistenceError):
        if (problem := problem_of(error)) is None:
            raise error
        return problem
    if isinstance(error, ValidationError):
        return in_body(error)
    return from_domain(error) if isinstance(error, DetenteError) else error


def _too_many_refused(line: int, left_out: str) -> Problem:
    detail = (
        f"more than {MOST_REFUSED} lines of the batch were refused before line {line}; {left_out} was looked at or"
        " recorded: mend the lines, and send them again"
    )
    return Problem(422, "too-many-refused", "Too many lines are refused", detail)


def _too_long(service: Service) -> Problem:
    detail = f"the line is longer than {service.settings.max_body_bytes} bytes: post fewer events in one article"
    return Problem(413, "body-too-large", "The line is too long", detail)
