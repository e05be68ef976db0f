"""A server as the target of an import, by HTTP."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import httpx
import msgspec

from api.importing.names.new_actors import NewActor
from api.importing.rows import CodedArticle, Entry, SentArticle
from api.importing.seeds import read_actors, without_names
from api.importing.targets.target import RECORDED_BY, PostResult, TargetFailed, refused, registration
from api.parsing.articles import as_sent
from api.parsing.imports import as_posted
from api.running.service import utc_now
from domain.actor_directory import ActorDirectory
from domain.actors import RegisterActor
from domain.administration.imports import RecordImport
from domain.events import Provenance

_TIMEOUT: Final = 300


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
        """Register the seeds' actors, if there are no actors. They share names, which takes an administrator."""
        if not self.directory.names:
            for actor in read_actors(_local()):
                _check(self._register(actor, {"share": "true"}))

    def register(self, actors: Sequence[NewActor]) -> dict[str, str]:
        """Register actors; return the codes of those that are refused, and why."""
        commands = {actor.code: registration(actor, _local()) for actor in actors}
        return {code: why for code, command in commands.items() if (why := self._register_what_is_free(command))}

    def _register_what_is_free(self, command: RegisterActor) -> str | None:
        """Register an actor without the names that others have; return why it is refused, if it is."""
        while problem := _name_taken(self._register(command)):
            paths = [_path(error.get("pointer") or "") for error in problem.get("errors", ())]
            free = without_names(command, paths, problem["detail"])
            if free is None or free == command:
                return str(problem["detail"])
            command = free
        return None

    def post(self, entries: Sequence[Entry]) -> list[PostResult]:
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
            return [_post_result(results[line]) for line in range(1, len(entries) + 1)]
        except KeyError as error:
            raise TargetFailed(f"the server answered nothing to line {error}") from None

    def keep(self, command: RecordImport) -> None:
        """Keep that a file was imported."""
        _check(self._call("POST", "/v1/imports", json=as_posted(command)))

    def stated(self, article_id: str) -> Counter[bytes]:
        """Return all that an article ever stated."""
        response = self._call("GET", f"/v1/articles/{article_id}")
        _check(response)
        events = (entry.get("event") for entry in response.json()["history"])
        return Counter(msgspec.json.encode(event, order="sorted") for event in events if event)

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


def _post_result(result: Mapping[str, Any]) -> PostResult:
    problem = result.get("problem")
    if problem is None:
        return PostResult("new" if result["changed"] else "known")
    reason = _reason(problem)
    if httpx.codes.is_server_error(result["status"]):
        return PostResult("failed", reason, f"the server answers {result['status']}: {problem['detail']}")
    if reason == "article-differs":
        return PostResult("differs", reason, problem["detail"])
    if errors := problem.get("errors"):
        return refused([(error.get("pointer") or "", error["code"], error["detail"]) for error in errors])
    return PostResult("refused", reason, problem["detail"])


def _name_taken(response: httpx.Response) -> dict[str, Any] | None:
    """Return the problem of an actor that was refused a name of another, None if it was not."""
    if response.status_code != httpx.codes.CONFLICT:
        return None
    problem: dict[str, Any] = response.json()
    return problem if _reason(problem) == "name-taken" else None


def _path(pointer: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdecimal() else step for step in pointer.split("/")[1:])


def _reason(problem: Mapping[str, Any]) -> str:
    return str(problem["type"]).rsplit(":", 1)[-1]
