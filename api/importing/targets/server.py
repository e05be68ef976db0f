"""A server as the target of an import, by HTTP."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import httpx
import msgspec
from msgspec.structs import replace

from api.importing.names.new_actors import NewActor
from api.importing.rows import CodedArticle, DeletedEvent, Entry, Reject, SentArticle
from api.importing.seeds import read_actors, register_what_is_free
from api.importing.targets.target import RECORDED_BY, PostResult, TargetFailed, posted_result, registration
from api.parsing.articles import as_sent
from api.parsing.imports import as_posted
from api.running.service import utc_now
from domain.actor_directory import ActorDirectory
from domain.actors import RegisterActor
from domain.administration.imports import RecordImport
from domain.deliveries.delivery import Fate
from domain.errors import Fault, NameTaken
from domain.events import Provenance
from domain.reports import id_in_data_set

_TIMEOUT: Final = 300
_WAITS: Final = 20  # until the server has folded what was sent: each lasts as long as it lets a reader wait
_Params = tuple[tuple[str, str], ...]
_POINTER: Final = re.compile(r"/events/(\d+)(/|$)")


class ServerTarget:
    """A server, anywhere, by its public interface."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        try:
            self._client = httpx.Client(base_url=url, timeout=_TIMEOUT, headers=headers)
        except (httpx.InvalidURL, ValueError) as error:
            raise TargetFailed(f"{url} is not the URL of a server: {error}") from None
        self.directory = ActorDirectory()
        self._load()
        response = self._call("GET", "/v1/events", params={"limit": 1})
        _check(response)
        self._position = int(response.json()["position"])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def seed(self) -> None:
        """Register the seeds' actors, if there are no actors. They share names, which takes an administrator."""
        if not self.directory.names:
            for actor in read_actors(_local()):
                _check(self._register(actor, {"share": "true"}))

    def register(self, actors: Sequence[NewActor]) -> dict[str, str]:
        """Register actors; return the codes of those that are refused, and why."""
        commands = {actor.code: registration(actor, _local()) for actor in actors}
        whys = {code: register_what_is_free(command, self._register_one) for code, command in commands.items()}
        return {code: why for code, why in whys.items() if why}

    def _register_one(self, command: RegisterActor) -> None:
        if taken := _name_taken(self._register(command)):
            raise taken

    def post(self, entries: Sequence[Entry]) -> list[PostResult]:
        """Send articles, and which events are deleted, in their order; return what became of each."""
        results: list[PostResult] = []
        for is_deletion, run in groupby(entries, lambda entry: isinstance(entry, DeletedEvent)):
            group = list(run)
            results += self._delete(group) if is_deletion else self._post_articles(group)
        return results

    def _delete(self, entries: Sequence[Entry]) -> list[PostResult]:
        events = [{"id": it.article_id, "ref": it.ref} for it in entries if isinstance(it, DeletedEvent)]
        response = self._call("POST", "/v1/imports/deleted-events", json={"events": events})
        _check(response)
        answer = response.json()
        self._position = max(self._position, answer["position"])
        return [PostResult([_fate(event)]) for event in answer["events"]]

    def _post_articles(self, entries: Sequence[Entry]) -> list[PostResult]:
        """Send articles, those of each data set and coverage as one batch."""
        results: dict[int, PostResult] = {}
        all_params = [_delivery_params(entry) for entry in entries]
        for params in dict.fromkeys(all_params):
            chosen = [index for index, its in enumerate(all_params) if its == params]
            answers = self._post_batch([entries[index] for index in chosen], params)
            results |= dict(zip(chosen, answers, strict=True))
        return [results[index] for index in range(len(entries))]

    def _post_batch(self, entries: Sequence[Entry], params: _Params) -> list[PostResult]:
        response = self._send_batch(entries, dict(params))
        results = {result["line"]: result for result in map(msgspec.json.decode, response.iter_lines())}
        self._position = max(self._position, *(result.get("position") or 0 for result in results.values()))
        try:
            return [self._settled(entry, results[line]) for line, entry in enumerate(entries, 1)]
        except KeyError as error:
            raise TargetFailed(f"the server answered nothing to line {error}") from None

    def keep(self, command: RecordImport) -> None:
        """Keep that a file was imported."""
        _check(self._call("POST", "/v1/imports", json=as_posted(command)))

    def _send_batch(self, entries: Sequence[Entry], params: Mapping[str, str]) -> httpx.Response:
        """Send a batch; what has ids of its own only once the server finds what was sent before by these."""
        if any(_has_ids(entry) for entry in entries):
            params = {**params, "min_position": str(self._position)}
        for _ in range(_WAITS):
            response = self._call(
                "POST",
                "/v1/articles/batch",
                content=_lines(entries),
                headers={"Content-Type": "application/x-ndjson"},
                params=params,
            )
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or not _is_behind(response):
                break
        _check(response)
        return response

    def _settled(self, entry: Entry, result: Mapping[str, Any]) -> PostResult:
        """Return what became of an article; one that is refused for some events is sent again without these."""
        wrong = _wrong_events(result) if isinstance(entry, CodedArticle) else {}
        if not isinstance(entry, CodedArticle) or not wrong:
            return _post_result(entry, result)
        rest = [index for index in range(len(entry.rows)) if index not in wrong]
        sent = PostResult()
        if rest:
            reports, rows = (tuple(all_[index] for index in rest) for all_ in (entry.reports, entry.rows))
            (sent,) = self._post_batch([replace(entry, reports=reports, rows=rows)], _delivery_params(entry))
            if sent.failed:
                return sent
        fates = {**wrong, **dict(zip(rest, sent.rows, strict=True))}
        return PostResult(
            [fates[index] for index in range(len(entry.rows))], sent.new_articles, redacted=sent.redacted
        )

    def _load(self) -> None:
        following: str | None = ""
        while following is not None:
            params = {"regions": "true", **({"cursor": following} if following else {})}
            response = self._call("GET", "/v1/actors", params=params)
            _check(response)
            answer = response.json()
            for item in answer["items"]:
                self.directory.add(item["code"], item["name"], item["aliases"])
            following = answer.get("next")

    def _register(self, actor: RegisterActor, params: Mapping[str, str] | None = None) -> httpx.Response:
        body = {"code": actor.code, "kind": actor.kind, "name": actor.name, "aliases": actor.aliases}
        response = self._call("POST", "/v1/actors", json=body, params=params)
        if response.status_code != httpx.codes.CONFLICT:
            _check(response)
        elif _name_taken(response):
            return response
        self.directory.add(actor.code, actor.name, actor.aliases)  # perhaps under another name by now: better
        return response

    def _call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **arguments)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TargetFailed(f"{self._client.base_url} does not answer: {error}") from None


def _local() -> Provenance:
    return Provenance(RECORDED_BY, utc_now())


def _lines(entries: Sequence[Entry]) -> Iterator[bytes]:
    for entry in entries:
        if isinstance(entry, SentArticle):
            yield entry.body + b"\n"
        elif isinstance(entry, CodedArticle):
            yield msgspec.json.encode(_as_posted(entry)) + b"\n"


def _delivery_params(entry: Entry) -> _Params:
    """Return the parameters that say which data set delivers an article, and what its file has columns for."""
    if not isinstance(entry, CodedArticle):
        return ()
    coverage = entry.coverage
    unsaid = (("silent", coverage.silent), ("partial", coverage.partial))
    return (("data_set", entry.data_set), *((name, ",".join(sorted(fields))) for name, fields in unsaid if fields))


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


def _has_ids(entry: Entry) -> bool:
    return isinstance(entry, CodedArticle) and any(id_in_data_set(report) for report in entry.reports)


def _is_behind(response: httpx.Response) -> bool:
    return _reason(response.json()) == "projections-behind"


def _wrong_events(result: Mapping[str, Any]) -> dict[int, Fate | Reject]:
    """Return which events an article was refused for, if it was for these alone, and why."""
    wrong: dict[int, Fate | Reject] = {}
    for error in result.get("problem", {}).get("errors", ()):
        found = _POINTER.match(error.get("pointer") or "")
        if found is None:
            return {}
        wrong.setdefault(int(found[1]), Reject(error["code"], error["detail"]))
    return wrong


def _post_result(entry: Entry, result: Mapping[str, Any]) -> PostResult:
    problem = result.get("problem")
    if problem is None:
        left_out = result.get("left_out") or ()
        if (events := result.get("events")) is None:
            return posted_result(is_new=result["changed"], is_redacted=bool(left_out))
        redacted = len({found[1] for pointer in left_out if (found := _POINTER.search(pointer))})
        return PostResult([_fate(event) for event in events], result["new_articles"], redacted=redacted)
    if httpx.codes.is_server_error(result["status"]):
        return PostResult(failed=f"the server answers {result['status']}: {problem['detail']}")
    first, *_ = problem.get("errors") or [{"code": _reason(problem), "detail": problem["detail"]}]
    return PostResult([Reject(first["code"], first["detail"])] * len(entry.rows))


def _fate(event: Mapping[str, Any]) -> Fate | Reject:
    return Reject(event["code"], event["detail"]) if event.get("code") else Fate(event["fate"])


def _name_taken(response: httpx.Response) -> NameTaken | None:
    """Return that an actor was refused a name of another, None if it was not."""
    if response.status_code != httpx.codes.CONFLICT:
        return None
    problem: dict[str, Any] = response.json()
    if _reason(problem) != "name-taken":
        return None
    errors = problem.get("errors") or [{"detail": problem["detail"]}]
    return NameTaken([Fault(_path(it.get("pointer") or ""), "name-taken", str(it["detail"])) for it in errors])


def _path(pointer: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdecimal() else step for step in pointer.split("/")[1:])


def _reason(problem: Mapping[str, Any]) -> str:
    return str(problem["type"]).rsplit(":", 1)[-1]
