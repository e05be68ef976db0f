"""Where articles are imported to: a database, by the write side's own commands, or a server, by HTTP."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, Literal, NamedTuple, Protocol

import httpx
import msgspec
from eventsourcing.persistence import PersistenceError
from pydantic import ValidationError

from api.importing.rows import CodedArticle, Entry, SentArticle
from api.requests import ArticleIn
from api.seeding import read_actors, seed_actors
from api.service import Service, utc_now
from api.understanding import as_sent, understand_article
from domain.actor import Actor, ActorEvent, ActorKind
from domain.application import Outcome, PostArticle
from domain.article import ReportCorrected, ReportedEvent
from domain.directory import ActorDirectory
from domain.errors import (
    ActorDiffers,
    ArticleDiffers,
    ArticleIsRetracted,
    ArticleNotFound,
    DetenteError,
    Fault,
    InvalidFacts,
)
from domain.events import Provenance
from domain.reports import Report

RECORDED_BY: Final = "import"
_TIMEOUT: Final = 300
_POINTER = re.compile(r"/events/(\d+)(/|$)")


class TargetFailed(Exception):
    """Nothing more can be recorded there; the message is a sentence for a person."""


class Verdict(NamedTuple):
    """What became of an article. `events` are those that stood in its way, where it was refused for them alone.

    `failed`: the target has, and the article is as good as ever.
    """

    status: Literal["new", "known", "differs", "refused", "failed"]
    reason: str = ""
    detail: str = ""
    events: Mapping[int, tuple[str, str]] = {}


class Target(Protocol):
    """What the importer needs of a place to import to."""

    @property
    def directory(self) -> ActorDirectory:
        """Who is who there, always the same object."""

    def seed(self) -> None:
        """Register the seeds' actors, if nothing is there yet."""

    def register(self, codes: Sequence[str]) -> None:
        """Register actors of which no more is known than their codes."""

    def post(self, entries: Sequence[Entry]) -> list[Verdict]:
        """Record articles, each by itself; return what became of each."""

    def stated(self, article_id: str) -> Counter[bytes]:
        """Return all that an article ever stated, each report as `canonical` writes it."""


def canonical(report: Report) -> bytes:
    """Return what a report states, the same for equal ones."""
    return msgspec.json.encode(as_sent(report), order="sorted")


class DatabaseTarget:
    """The log of a service of this process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._looks_first = False
        self.directory = service.log.directory()

    def seed(self) -> None:
        """Register the seeds' actors, if the log is empty."""
        if self._service.log.position() == 0:
            seed_actors(self._service, self._provenance())
        self._service.log.directory()

    def register(self, codes: Sequence[str]) -> None:
        """Register actors of which no more is known than their codes."""
        actors = [_bare_actor(code, self._provenance()) for code in codes]
        with _of_the_database():
            try:
                self._service.log.register_actors(actors)
            except ActorDiffers:  # another process imports too
                for code in codes:
                    self._register_one(code)
            self._service.log.directory()

    def _register_one(self, code: str) -> None:
        with suppress(ActorDiffers):  # it is known under a name by now: better
            self._service.log.register_actor(code, ActorKind.OTHER, code, (), self._provenance())

    def post(self, entries: Sequence[Entry]) -> list[Verdict]:
        """Record articles, each by itself; return what became of each."""
        provenance = self._provenance()
        understood = [self._understand(entry, provenance) for entry in entries]
        if self._looks_first:
            with _of_the_database():
                understood = [item if isinstance(item, Verdict) else self._look(item) for item in understood]
        commands = [item for item in understood if isinstance(item, PostArticle)]
        outcomes = iter(self._service.log.post_articles(commands))
        verdicts = [item if isinstance(item, Verdict) else _verdict(next(outcomes)) for item in understood]
        self._looks_first = all(verdict.status in ("known", "differs") for verdict in verdicts)
        return verdicts

    def _look(self, command: PostArticle) -> PostArticle | Verdict:
        """Return what is recorded of an article, or else the command: faster where most is recorded already."""
        try:
            article = self._service.log.article(command.article_id)
        except ArticleNotFound:
            return command
        if article.retracted:
            return command
        return Verdict("known" if article.says(command.header, command.reports) else "differs")

    def stated(self, article_id: str) -> Counter[bytes]:
        """Return all that an article ever stated."""
        with _of_the_database():
            history = self._service.log.article_history(article_id)
        reports = [event.report for event in history if isinstance(event, ReportedEvent | ReportCorrected)]
        return Counter(map(canonical, reports))

    def _understand(self, entry: Entry, provenance: Provenance) -> PostArticle | Verdict:
        if isinstance(entry, CodedArticle):
            return PostArticle(
                article_id=entry.article_id, header=entry.header, reports=entry.reports, provenance=provenance
            )
        try:
            return understand_article(ArticleIn.model_validate_json(entry.body), self.directory, provenance)
        except ValidationError as error:
            first = error.errors()[0]
            where = "/".join(map(str, first["loc"]))
            return Verdict("refused", "not-an-article", f"{where}: {first['msg']}" if where else first["msg"])
        except InvalidFacts as error:
            return _refusal(error.faults)

    def _provenance(self) -> Provenance:
        return Provenance(RECORDED_BY, self._service.clock())


@contextmanager
def _of_the_database() -> Iterator[None]:
    try:
        yield
    except PersistenceError as error:
        raise TargetFailed(_failure(error)) from error


def _failure(error: PersistenceError) -> str:
    return f"the database fails: {error}"


def _bare_actor(code: str, provenance: Provenance) -> Actor:
    return Actor.register(code, ActorKind.OTHER, code, (), provenance)


def _verdict(outcome: Outcome | DetenteError | PersistenceError) -> Verdict:
    if isinstance(outcome, Outcome):
        return Verdict("new" if outcome.changed else "known")
    if isinstance(outcome, PersistenceError):
        return Verdict("failed", "not-recorded", _failure(outcome))
    if isinstance(outcome, ArticleDiffers):
        return Verdict("differs", "article-differs", str(outcome))
    if isinstance(outcome, InvalidFacts):
        return _refusal(outcome.faults)
    reason = "article-retracted" if isinstance(outcome, ArticleIsRetracted) else "refused"
    return Verdict("refused", reason, str(outcome))


def _refusal(faults: Sequence[Fault]) -> Verdict:
    where = ["/" + "/".join(map(str, fault.path)) for fault in faults]
    return _refused([(at, fault.code, fault.detail) for at, fault in zip(where, faults, strict=True)])


def _refused(errors: Sequence[tuple[str, str, str]]) -> Verdict:
    """Return the verdict of (pointer, code, detail)s."""
    events: dict[int, tuple[str, str]] = {}
    for pointer, code, detail in errors:
        found = _POINTER.match(pointer)
        if found is None:
            return Verdict("refused", code, detail)
        events.setdefault(int(found[1]), (code, detail))
    return Verdict("refused", errors[0][1], errors[0][2], events)


class ServerTarget:
    """A server, anywhere, by its public interface."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        try:
            self._client = httpx.Client(base_url=url, timeout=_TIMEOUT, headers=headers)
        except (httpx.InvalidURL, ValueError) as error:
            raise TargetFailed(f"{url} is not the URL of a server: {error}") from None
        self.directory = ActorDirectory()
        self._load()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def seed(self) -> None:
        """Register the seeds' actors, if there are no actors."""
        if not self.directory.names:
            for actor in read_actors(_local()):
                self._register(actor)

    def register(self, codes: Sequence[str]) -> None:
        """Register actors of which no more is known than their codes."""
        for code in codes:
            self._register(_bare_actor(code, _local()))

    def post(self, entries: Sequence[Entry]) -> list[Verdict]:
        """Send articles as one batch; return what became of each."""
        response = self._call(
            "POST",
            "/v1/articles/batch",
            content=_lines(entries),
            headers={"Content-Type": "application/x-ndjson"},
        )
        _check(response)
        results = {result["line"]: result for result in map(msgspec.json.decode, response.iter_lines())}
        try:
            return [_verdict_of(results[line]) for line in range(1, len(entries) + 1)]
        except KeyError as error:
            raise TargetFailed(f"the server answered nothing to line {error}") from None

    def stated(self, article_id: str) -> Counter[bytes]:
        """Return all that an article ever stated."""
        response = self._call("GET", f"/v1/articles/{article_id}")
        _check(response)
        events = (entry.get("event") for entry in response.json()["history"])
        return Counter(msgspec.json.encode(event, order="sorted") for event in events if event)

    def _load(self) -> None:
        following: str | None = ""
        while following is not None:
            params = {"cursor": following} if following else {}
            response = self._call("GET", "/v1/actors", params=params)
            _check(response)
            answer = response.json()
            for item in answer["items"]:
                self._know(
                    Actor.register(item["code"], ActorKind(item["kind"]), item["name"], item["aliases"], _local())
                )
            following = answer.get("next")

    def _register(self, actor: Actor) -> None:
        body = {"code": actor.code, "kind": actor.kind, "name": actor.name, "aliases": actor.aliases}
        response = self._call("POST", "/v1/actors", json=body)
        if response.status_code != httpx.codes.CONFLICT:  # then it is known under a name by now: better
            _check(response)
        self._know(actor)

    def _know(self, actor: Actor) -> None:
        for event in actor.pending_events:
            if isinstance(event, ActorEvent):
                self.directory.apply(event)

    def _call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **arguments)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TargetFailed(f"{self._client.base_url} does not answer: {error}") from None


def _local() -> Provenance:
    return Provenance(RECORDED_BY, utc_now())


def _lines(entries: Sequence[Entry]) -> Iterator[bytes]:
    for entry in entries:
        yield (entry.body if isinstance(entry, SentArticle) else msgspec.json.encode(_as_posted(entry))) + b"\n"


def _as_posted(article: CodedArticle) -> dict[str, Any]:
    header = msgspec.to_builtins(article.header)
    return {"id": article.article_id, **header, "events": [as_sent(report) for report in article.reports]}


def _check(response: httpx.Response) -> None:
    if response.is_success:
        return
    try:
        detail = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = response.reason_phrase
    raise TargetFailed(f"the server answers {response.status_code} to {response.request.url}: {detail}")


def _verdict_of(result: Mapping[str, Any]) -> Verdict:
    problem = result.get("problem")
    if problem is None:
        return Verdict("new" if result["changed"] else "known")
    reason = str(problem["type"]).rsplit(":", 1)[-1]
    if httpx.codes.is_server_error(result["status"]):
        return Verdict("failed", reason, f"the server answers {result['status']}: {problem['detail']}")
    if reason == "article-differs":
        return Verdict("differs", reason, problem["detail"])
    if errors := problem.get("errors"):
        return _refused([(error.get("pointer") or "", error["code"], error["detail"]) for error in errors])
    return Verdict("refused", reason, problem["detail"])
