"""Articles that were posted before, byte for byte: they are known without being parsed and folded again.

What a post was answered with holds for the same request as long as all that is stored of its article is the same,
and so is who is who. Both are looked up in the log for each request, so nothing here can be out of date, whichever
process has written meanwhile: a revision, a redaction and a log put back from a backup are other bytes.
"""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from hashlib import blake2b
from threading import Lock
from typing import Any, Final, NamedTuple

from fastapi import Request, Response
from msgspec.structs import replace
from starlette.types import Message

from api.access.key_ring import Caller
from api.http.middleware.rationing import run_posting
from api.http.middleware.response_cache import CachedRoute
from api.http.schemas.recorded import article_recorded
from domain.actor_directory import ActorDirectory
from domain.log.application import Detente
from domain.log.article_log import Outcome

MOST_KNOWN: Final = 10_000  #: posts that are remembered, of some 600 bytes each
_LARGEST: Final = 256 * 1024  # bytes of a body that is looked up: a digest of more would hold up the others
_ALIKE: Final = frozenset({b"", b"on_conflict=refuse", b"on_conflict=revise"})  # queries, where nothing changes
_SAID: Final = (b"content-type", b"x-recorded-by", b"if-match", b"if-none-match")  # headers that have a say


class PostKey(NamedTuple):
    """What of a request has a say in its answer: who posts, the query, some headers and the body's digest."""

    caller: Caller
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class KnownPost(NamedTuple):
    """What a post came to, with which directory, and the digest of all that is stored of its article."""

    outcome: Outcome
    directory: ActorDirectory
    stored: bytes


class KnownPosts:
    """The posts that were answered last. Threads may share it."""

    def __init__(self, most: int = MOST_KNOWN) -> None:
        self._known: OrderedDict[PostKey, KnownPost] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def find(self, key: PostKey) -> KnownPost | None:
        """Return what a post came to when it was answered last, None if that is not known."""
        with self._lock:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
            return known

    def note(self, key: PostKey, log: Detente, directory: ActorDirectory, outcome: Outcome) -> None:
        """Remember a post that would be no change if it came again, and was parsed with a directory.

        After a revision that is not certain, as what an article takes depends on what stands in it.
        """
        if outcome.revised:
            return
        digest = outcome.stored
        if digest is None:
            stored = log.stored_article(outcome.id)
            if stored.version != outcome.version:  # others have changed it meanwhile
                return
            digest = stored.digest
        known = KnownPost(replace(outcome, changed=False, stored=None), directory, digest)
        with self._lock:
            self._known[key] = known
            if len(self._known) > self._most:
                self._known.popitem(last=False)


def outcome_now(known: KnownPost, log: Detente) -> Outcome | None:
    """Return what a post comes to if it is no change as it was, None if that is not certain any more."""
    if log.directory() is not known.directory:
        return None
    stored = log.stored_article(known.outcome.id)
    return replace(known.outcome, position=stored.position) if stored.digest == known.stored else None


class KnownPostRoute(CachedRoute):
    """A `CachedRoute` that answers from the app's `state.known_posts` where a post is known.

    Its function finds the key of what it is to remember as `request.state.post_key`, None if that is too large.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            body = await request.body()
            key = request.state.post_key = _key_of(request, body)
            if key is not None and (known := request.app.state.known_posts.find(key)) is not None:
                outcome = await run_posting(outcome_now, known, request.app.state.service.log)
                if outcome is not None:
                    return answer_posted(outcome)
            return await handle(_with_body(request, body))

        return answer


def answer_posted(outcome: Outcome) -> Response:
    """Return the answer to a post, without the framework's check of it, which takes a thread of its own."""
    status = 201 if outcome.changed and not outcome.revised else 200
    headers = {"Location": f"/v1/articles/{outcome.id}"}
    return Response(article_recorded(outcome).model_dump_json(), status, headers, "application/json")


def _key_of(request: Request, body: bytes) -> PostKey | None:
    if len(body) > _LARGEST:
        return None
    said = tuple(sorted(header for header in request.scope["headers"] if header[0] in _SAID))
    digest = blake2b(body, digest_size=32).digest()
    query: bytes = request.scope["query_string"]
    return PostKey(request.state.caller, b"" if query in _ALIKE else query, said, digest)


def _with_body(request: Request, body: bytes) -> Request:
    """Return a request whose body, which was read, is read again."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else await request.receive()

    return Request(request.scope, receive)
