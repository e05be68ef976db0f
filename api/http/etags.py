"""Entity tags, and requests that depend on them (RFC 9110, section 13).

Who has the answer already gets a 304. Who changes an article or a ruling may say by `If-Match` in which state it
was read: the tag of one of these is that of its state, and moves with nothing else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from importlib.metadata import version
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, FastAPI, Header, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.http.formats.negotiation import AnswerFormat, chosen_format
from api.http.problems import invalid_parameter
from api.running.service import Service
from domain.errors import PreconditionFailed
from domain.events import DomainEvent, Expectation, RecordedAggregate
from projections.storage.connection import Connection
from projections.storage.reading.snapshot import Snapshot
from projections.storage.tables import VERSION
from projections.times import to_micros

_SOFTWARE: Final = version("detente")  # another one may show the same state otherwise
_LISTED_TAG: Final = re.compile(r'[ \t]*(?:(W/)?("[!#-~\x80-\xff]*")[ \t]*)?(?:,|$)')


def is_not_modified(scope: Scope, etag: str) -> bool:
    """Return whether the reader says that it has the answer with an entity tag."""
    lists = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"]
    given = [tag.strip().removeprefix("W/") for tag in ",".join(lists).split(",")]
    return etag in given or "*" in given


def not_modified(etag: str) -> Response:
    """Return the answer that says that another one is still right."""
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept"})


def etag_of(request: Request, snapshot: Snapshot | None, *parts: object) -> str:
    """Return the entity tag of the answer to a request that depends on nothing but these parts.

    What depends on the projections may be cached for as long as they stand as in the snapshot.
    """
    mark = snapshot.mark if snapshot else None
    request.state.mark = mark
    asked = request.query_params.multi_items() if request.scope["query_string"] else ()
    query = repr(sorted(asked))  # quoted: no value can pass for two
    named = map(str, (VERSION, mark, *parts))  # tables of another version say something else
    fingerprint = "\n".join([request.scope["path"], query, chosen_format(request.scope), *named])
    return f'"{blake2b(fingerprint.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()}"'


class NotModified(HTTPException):
    """The reader has the answer already."""

    def __init__(self, etag: str) -> None:
        super().__init__(304)
        self.etag = etag


def install(app: FastAPI) -> None:
    """Answer with a 304 where a route finds that its reader has the answer."""

    @app.exception_handler(NotModified)
    async def on_not_modified(_request: Request, found: NotModified) -> Response:
        return not_modified(found.etag)


class ConditionalRead(NamedTuple):
    """The projections under one snapshot, and the entity tag of the answer that is made from them."""

    connection: Connection
    snapshot: Snapshot
    etag: str


@contextmanager
def conditional_read(request: Request, service: Service, *parts: object) -> Iterator[ConditionalRead]:
    """Yield the projections for an answer that depends on them and on these parts.

    Raises as `_check_conditions` does.
    """
    with service.store.reading_snapshot() as (connection, snapshot):
        yield ConditionalRead(connection, snapshot, conditional_etag(request, snapshot, *parts))


def conditional_etag(request: Request, snapshot: Snapshot | None, *parts: object) -> str:
    """Return the entity tag of an answer, as `etag_of`. Raises as `_check_conditions` does."""
    etag = etag_of(request, snapshot, *parts)
    _check_conditions(request, etag)
    return etag


def wants_a_state(scope: Scope) -> bool:
    """Return whether a request names the states in which it is to be answered, by `If-Match`."""
    return any(name == b"if-match" for name, _ in scope["headers"])


def _check_conditions(request: Request, etag: str) -> None:
    """Raise what stands in the way of an answer with an entity tag.

    That is `PreconditionFailed` if `If-Match` does not list it, a `Problem` (422) if that is no list, and
    `NotModified` if the reader has the answer.
    """
    if wants_a_state(request.scope):
        wanted = _listed_tags(request, "If-Match")
        if wanted is not None and not wanted.is_any and etag not in wanted.strong:
            raise PreconditionFailed(f"{request.url.path} is answered as {etag} now, which is not expected")
    if is_not_modified(request.scope, etag):
        raise NotModified(etag)


def state_etag(request: Request, history: Iterable[DomainEvent], later: Sequence[int] = ()) -> str:
    """Return the entity tag of an answer that shows the state of one aggregate, by its domain events until then.

    `later` are the versions of what came after that and shows in the answer all the same. Raises as
    `_check_conditions` does.
    """
    aggregate: RecordedAggregate | None = None
    for event in history:
        aggregate = event.mutate(aggregate)
    assert aggregate is not None
    etag = _tag_of_state(aggregate, chosen_format(request.scope), later)
    _check_conditions(request, etag)
    return etag


def tag_of_state(aggregate: RecordedAggregate) -> str:
    """Return the entity tag of an aggregate as it stands, as JSON."""
    return _tag_of_state(aggregate, AnswerFormat.JSON)


def _tag_of_state(aggregate: RecordedAggregate, form: AnswerFormat, later: Sequence[int] = ()) -> str:
    """Return the tag of a state: what it states, too, since a log from a backup may count the same again."""
    counted = (aggregate.id, aggregate.version, to_micros(aggregate.modified_on), *later)
    named = "\n".join(map(str, (VERSION, _SOFTWARE, *counted)))
    digest = blake2b(named.encode() + aggregate.content(), digest_size=12).hexdigest()
    return f'"{digest}"' if form is AnswerFormat.JSON else f'"{digest}.{form}"'


_IfMatch = Annotated[str | None, Header(description="Only in these states: the `ETag` of a GET, a list, or `*`.")]
_IfNoneMatch = Annotated[str | None, Header(description="`*`: only if it is not there; or not in these states.")]


async def get_expectation(
    request: Request, if_match: _IfMatch = None, if_none_match: _IfNoneMatch = None
) -> Expectation | None:
    """Return in which state something has to be for its change, as `If-Match` and `If-None-Match` say.

    Raises `Problem` (422) for what is no list of entity tags.
    """
    if if_match is None and if_none_match is None:
        return None
    wanted, unwanted = (_listed_tags(request, name) for name in ("If-Match", "If-None-Match"))

    def holds(aggregate: RecordedAggregate | None) -> bool:
        tags = frozenset() if aggregate is None else _tags_of(aggregate)
        is_wanted = wanted is None or _names(wanted.strong, wanted.is_any, tags)
        return is_wanted and (unwanted is None or not _names(unwanted.all, unwanted.is_any, tags))

    return holds


TheExpectation = Annotated[Expectation | None, Depends(get_expectation)]


def refuse_conditions(request: Request) -> None:
    """Refuse a request to go by a state, for a write that goes by none. Raises `Problem` (422)."""
    for name in ("If-Match", "If-None-Match"):
        if name in request.headers:
            detail = (
                "this write goes by no state, and would be done in any: leave the header out, or change what there"
                " is by a PUT or DELETE of the article, its event or the ruling"
            )
            raise invalid_parameter(name, detail, "not-conditional")


class _ListedTags(NamedTuple):
    """The entity tags that a header lists: the strong ones, and all with the weak ones taken as strong."""

    strong: frozenset[str]
    all: frozenset[str]
    is_any: bool


def _listed_tags(request: Request, name: str) -> _ListedTags | None:
    """Return what a header lists, in however many lines; None without it. Raises `Problem` (422)."""
    lines = request.headers.getlist(name)
    if not lines:
        return None
    text = ",".join(lines).strip()
    if text == "*":
        return _ListedTags(frozenset(), frozenset(), is_any=True)
    found: list[tuple[str | None, str]] = []
    at = 0
    while at < len(text):
        listed = _LISTED_TAG.match(text, at)
        if listed is None:
            break
        if listed[2]:
            found.append((listed[1], listed[2]))
        at = listed.end()
    if at < len(text) or not found:
        raise invalid_parameter(name, 'is neither * nor a list of entity tags, such as "5f1c" with its quotes')
    strong = frozenset(tag for weak, tag in found if weak is None)
    return _ListedTags(strong, frozenset(tag for _, tag in found), is_any=False)


def _tags_of(aggregate: RecordedAggregate) -> frozenset[str]:
    """Return the tags of the answers that show an aggregate as it stands, one for each format."""
    return frozenset(_tag_of_state(aggregate, form) for form in AnswerFormat)


def _names(listed: frozenset[str], is_any: bool, tags: frozenset[str]) -> bool:
    return bool(tags) if is_any else not listed.isdisjoint(tags)
