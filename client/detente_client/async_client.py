"""The client for `asyncio`: whatever can be asked of the service, and what can be told it."""

from collections.abc import AsyncIterable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from detente_client import calls
from detente_client.answers.incidents import FoundIncident, SuggestedRuling, Suggestion
from detente_client.answers.log import (
    Actor,
    Agreement,
    Health,
    ListedArticle,
    Model,
    Publisher,
    Ruling,
    StoredArticle,
)
from detente_client.answers.recorded import Recorded, RecordedArticle
from detente_client.answers.relations import ListedRelation
from detente_client.calls import Body, W
from detente_client.citing import Citation, citation_of, named_pair
from detente_client.connection.retries import Retries
from detente_client.connection.transport import AsyncConnection, Call
from detente_client.listing import AsyncListing
from detente_client.options import (
    AgreementFilters,
    IncidentFilters,
    OnConflict,
    RelationFilters,
    Report,
    RulingKind,
    http_settings,
    incident_parameters,
    named_reports,
)
from detente_client.posting import BATCH, AsyncPosting, PostOptions
from detente_client.question import Day, Instant, Question
from detente_client.relation import Asked, AsyncRelation, Interval
from detente_client.series import AsyncManySeries, series_parameters


class AsyncClient:
    """As `Client`, for `asyncio`.

    `key` is sent with each request; `recorded_by` says who records, where there are no keys. `timeout` is in
    seconds, for each step of a request. Reads reflect what this client wrote before. Use it as a context, or
    close it.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        recorded_by: str | None = None,
        timeout: float = 60.0,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        settings = http_settings(base_url, key, recorded_by, timeout)
        http = httpx.AsyncClient(transport=transport, **settings)
        self._connection = AsyncConnection(http, retries or Retries())
        self.question = Question()

    def at(
        self,
        *,
        as_of: Day | None = None,
        known_at: Instant | None = None,
        published_by: Day | None = None,
        model: str | None = None,
    ) -> Self:
        """Return a client of the same connection whose reads hold to this question; what is not given stays."""
        other = type(self).__new__(type(self))
        other._connection = self._connection
        other.question = self.question.changed(as_of, known_at, published_by, model)
        return other

    @property
    def base_url(self) -> str:
        """The address of the service."""
        return str(self._connection.http.base_url)

    @property
    def position(self) -> int:
        """The position of the log that reads wait for: that of the last write, or what `wait_for` was given."""
        return self._connection.session.position

    def wait_for(self, position: int) -> None:
        """Let reads from now on reflect at least a position, such as that of somebody else's write."""
        self._connection.session.saw(position)

    # Reading

    async def relation(self, a: str, b: str, *, what_if: Sequence[str] = ()) -> AsyncRelation:
        """Return how two actors stand; each is named by its code or any of its names."""
        asked = Asked(self.question, tuple(what_if))
        answer = await self._connection.call(calls.get_relation(self.question, a, b, asked.what_if))
        return AsyncRelation(self._connection, answer, asked)

    def relations(
        self, limit: int | None = None, **filters: Unpack[RelationFilters]
    ) -> AsyncListing[ListedRelation]:
        """Return how all pairs stand, the most tense first; see `RelationFilters`."""
        return AsyncListing(
            self._connection, calls.list_relations(self.question, **filters), ListedRelation, limit
        )

    def series(
        self,
        pairs: Iterable[tuple[str, str]],
        start: Day | None = None,
        end: Day | None = None,
        interval: Interval | None = None,
        *,
        what_if: Sequence[str] = (),
    ) -> AsyncManySeries:
        """Return tension over time of many pairs, however many."""
        parameters = series_parameters(self.question, (start, end), interval, what_if=what_if)
        return AsyncManySeries(self._connection, list(pairs), parameters)

    def incidents(
        self, limit: int | None = None, **filters: Unpack[IncidentFilters]
    ) -> AsyncListing[FoundIncident]:
        """Return the incidents of all pairs that are looked for, the latest first; see `IncidentFilters`."""
        call = calls.find_incidents(self.question, **incident_parameters(filters))
        return AsyncListing(self._connection, call, FoundIncident, limit)

    def agreements(self, limit: int | None = None, **filters: Unpack[AgreementFilters]) -> AsyncListing[Agreement]:
        """Return the agreements, by id; see `AgreementFilters`."""
        return AsyncListing(self._connection, calls.list_agreements(self.question, **filters), Agreement, limit)

    def articles(self, limit: int | None = None) -> AsyncListing[ListedArticle]:
        """Return the articles, the latest recorded first."""
        return AsyncListing(self._connection, calls.list_articles(), ListedArticle, limit)

    async def article(self, article_id: str) -> StoredArticle:
        """Return an article as it stands, and its history."""
        return await self._connection.call(calls.get_article(self.question, article_id))

    def actors(
        self, limit: int | None = None, *, kind: str | None = None, q: str | None = None
    ) -> AsyncListing[Actor]:
        """Return the actors by code: of a kind, or with words in their names."""
        return AsyncListing(self._connection, calls.list_actors(kind=kind, q=q), Actor, limit)

    async def actor(self, name: str) -> Actor:
        """Return the actor that a code or a name means."""
        return await self._connection.call(calls.get_actor(name))

    def publishers(self, limit: int | None = None) -> AsyncListing[Publisher]:
        """Return the publishers by name."""
        return AsyncListing(self._connection, calls.list_publishers(), Publisher, limit)

    def rulings(
        self, limit: int | None = None, *, article: str | None = None, status: str | None = None
    ) -> AsyncListing[Ruling]:
        """Return the rulings, the newest first: of an article, or those that are `standing` or `withdrawn`."""
        call = calls.list_rulings(self.question, article=article, status=status)
        return AsyncListing(self._connection, call, Ruling, limit)

    async def ruling(self, ruling_id: str) -> Ruling:
        """Return a ruling as it stands."""
        return await self._connection.call(calls.get_ruling(self.question, ruling_id))

    def suggestions(self, limit: int | None = None) -> AsyncListing[Suggestion]:
        """Return incidents that may be one, of all pairs, as it is known now."""
        return AsyncListing(self._connection, calls.list_suggestions(None), Suggestion, limit)

    async def models(self) -> list[Model]:
        """Return the scoring models."""
        return (await self._connection.call(calls.list_models())).items

    async def health(self) -> Health:
        """Return how the service is."""
        return await self._connection.call(calls.get_health())

    async def cite(self, a: "AsyncRelation | str", b: str | None = None) -> Citation:
        """Return the citation of a relation, or of two actors by this client's question."""
        relation = a if isinstance(a, AsyncRelation) else await self.relation(*named_pair(a, b))
        names = {code: (await self.actor(code)).name for code in relation.pair}
        return citation_of(relation.answer, names, self.base_url)

    # Writing

    async def post(
        self, article: Body, *, on_conflict: OnConflict = "refuse", reason: str | None = None
    ) -> RecordedArticle:
        """Record an article with its events. The same again is no change, other content a conflict."""
        return await self._record(calls.post_article(article, on_conflict, reason))

    def post_many(
        self,
        articles: "Iterable[Body | str | bytes] | AsyncIterable[Body | str | bytes] | Any",
        *,
        on_conflict: OnConflict = "refuse",
        reason: str | None = None,
        batch_size: int = BATCH,
    ) -> AsyncPosting:
        """Record articles, or the rows of a frame, as they come, each by itself; go through it for the results.

        An article is a mapping, or a line of JSON. A frame has the columns of the service's table of events, a
        row an event. Nothing is sent before the results are gone through, or `run()` is called.
        """
        return AsyncPosting(self._connection, articles, PostOptions(on_conflict, reason, batch_size))

    async def revise(
        self, article_id: str, article: Body, *, reason: str | None = None, if_match: str | None = None
    ) -> RecordedArticle:
        """Make an article say what its publisher says now; `if_match` is the `etag` of the state that was read."""
        return await self._record(calls.put_article(article_id, article, reason, if_match))

    async def correct(
        self, article_id: str, number: int, event: Body, *, reason: str | None = None, if_match: str | None = None
    ) -> Recorded:
        """Correct one reported event."""
        return await self._record(calls.put_event(article_id, number, event, reason, if_match))

    async def retract(
        self, article_id: str, number: int | None = None, *, reason: str | None = None, if_match: str | None = None
    ) -> Recorded:
        """Retract an article with all that it reported, or one of its events."""
        return await self._record(calls.delete_article(article_id, number, reason, if_match))

    async def rule(
        self,
        ruling: RulingKind,
        reports: Iterable[Report] | SuggestedRuling,
        reason: str,
        *,
        ruling_id: str | None = None,
    ) -> Recorded:
        """Rule that reported events are one incident (`link`), or one apart from all others (`separate`)."""
        return await self._record(calls.post_ruling(ruling, named_reports(reports), reason, ruling_id))

    async def withdraw(self, ruling_id: str, reason: str, *, if_match: str | None = None) -> Recorded:
        """Withdraw a ruling."""
        return await self._record(calls.delete_ruling(ruling_id, reason, if_match))

    async def register(self, code: str, kind: str, name: str, aliases: Iterable[str] = ()) -> Recorded:
        """Register an actor, or add aliases to one that is registered."""
        actor = {"code": code, "kind": kind, "name": name, "aliases": list(aliases)}
        return await self._record(calls.post_actor(actor))

    async def _record(self, call: Call[W]) -> W:
        recorded = await self._connection.call(call)
        self._connection.session.saw(recorded.position)
        return recorded

    async def aclose(self) -> None:
        """Close the connections, those of clients that were made by `at`, too."""
        await self._connection.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AsyncClient of {self.base_url}, {self.question}>"
