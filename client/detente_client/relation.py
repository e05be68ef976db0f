"""A relation: how two actors stand, and what else can be asked of the two, by the same question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, TypedDict, Unpack

from detente_client import calls
from detente_client.answers.incidents import Incident, Suggestion
from detente_client.answers.relations import ClashRisk, Episode, Explanation, RelationAnswer, TensionPoint
from detente_client.connection.transport import AsyncConnection, Call, Connection
from detente_client.errors import DetenteClientError
from detente_client.listing import AsyncListing, Listing, PageReader
from detente_client.notebook import curve_failed, curve_svg, relation_html
from detente_client.question import Day, Instant, Question
from detente_client.series import AsyncSeries, Series, pair_call, series_parameters

Interval = Literal["day", "week", "month"]
PictureFormat = Literal["svg", "png", "vl.json"]

_SHOWN: Final = timedelta(days=730)  #: what the curve in a notebook shows, up to the day of the relation


class ExplanationOptions(TypedDict, total=False):
    """What the two sides of an explanation may differ in besides days; `limit` is of incidents in each part."""

    known_from: Instant
    known_to: Instant
    model_from: str
    model_to: str
    limit: int


class PictureOptions(TypedDict, total=False):
    """What a picture shows, and how large: pixels, a PNG has twice as many."""

    start: Day
    end: Day
    interval: Interval
    theme: Literal["light", "dark", "print"]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a relation: whatever is asked of it further holds to the same."""

    question: Question
    what_if: tuple[str, ...] = ()


class _AnsweredPair:
    """How two actors stand, as it was answered: `answer` has all of it."""

    def __init__(self, answer: RelationAnswer, asked: Asked) -> None:
        self.answer = answer
        self.asked = asked
        self._curve: str | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """The codes of the two, in code order."""
        return self.answer.pair

    @property
    def state(self) -> str:
        """`open_conflict`, `hostile`, `strained`, `cooperative`, `unknown` and others."""
        return self.answer.state

    @property
    def since(self) -> date | None:
        """The first day of the state."""
        return self.answer.since

    @property
    def tension(self) -> float:
        """0 to 100."""
        return self.answer.tension

    @property
    def tension_interval(self) -> tuple[float, float] | None:
        """Where tension would be in 8 of 10 cases, if each incident counted a little more or less."""
        return self.answer.tension_interval

    @property
    def cooperation(self) -> float:
        """0 to 100."""
        return self.answer.cooperation

    @property
    def trend(self) -> str | None:
        """`worsening`, `improving` or `steady`."""
        return self.answer.trend

    @property
    def clash_risk(self) -> float | None:
        """The probability of an ASSAULT within 30 days, 0 to 1; null where nothing is known."""
        return self.answer.clash_risk

    @property
    def incident_count(self) -> int:
        """How many incidents between the two there are by the day."""
        return self.answer.incidents

    @property
    def summary(self) -> str:
        """All of it as a paragraph."""
        return self.answer.summary

    @property
    def empty_because(self) -> str | None:
        """Why there is nothing of the two; null where there is something."""
        return self.answer.empty_because

    @property
    def as_of(self) -> date:
        """The day that it is of."""
        return self.answer.as_of

    @property
    def known_at(self) -> datetime | None:
        """What was known: with this as `known_at`, the same can be had again."""
        return self.answer.known_at

    @property
    def model(self) -> str:
        """The scoring model."""
        return self.answer.model

    @property
    def position(self) -> int:
        """The position of the log that it reflects."""
        return self.answer.position

    def _series_call(
        self, start: Day | None, end: Day | None, interval: Interval | None, how_sure: bool
    ) -> Call[Any]:
        others = {"how_sure": True if how_sure else None, "what_if": self.asked.what_if}
        return pair_call(self.pair, series_parameters(self.asked.question, (start, end), interval, **others))

    def _curve_call(self) -> Call[Any]:
        """Ask for the curve of a notebook, of what this answer is of."""
        question = self.asked.question.changed(as_of=self.as_of, model=self.model)
        asked = series_parameters(question, (self.as_of - _SHOWN, self.as_of), "week", what_if=self.asked.what_if)
        return pair_call(self.pair, asked)

    def _draw(self, points: Sequence[TensionPoint]) -> None:
        self._curve = curve_svg(points, " – ".join(self.pair))

    def __repr__(self) -> str:
        one, other = self.pair
        return (
            f"<{one} – {other} on {self.as_of}: {self.state}, tension {self.tension:.1f}, "
            f"cooperation {self.cooperation:.1f}>"
        )


class Relation(_AnsweredPair):
    """How two actors stand. `series`, `incidents` and the others are asked for when they are called."""

    def __init__(self, connection: Connection, answer: RelationAnswer, asked: Asked) -> None:
        super().__init__(answer, asked)
        self._connection = connection

    def series(
        self,
        start: Day | None = None,
        end: Day | None = None,
        interval: Interval | None = None,
        *,
        how_sure: bool = False,
    ) -> Series:
        """Return tension over time; `how_sure` asks for the interval of each point, of at most 400."""
        return Series(self._connection, self._series_call(start, end, interval, how_sure))

    def incidents(self, limit: int | None = None) -> Listing[Incident]:
        """Return the incidents that make up the relation, the largest contribution first."""
        call = calls.list_pair_incidents(self.asked.question, self.pair, self.asked.what_if)
        return Listing(self._connection, call, Incident, limit)

    def explain(
        self, start: Day | None = None, end: Day | None = None, **options: Unpack[ExplanationOptions]
    ) -> Explanation:
        """Return why tension is another on the day `end` than on the day `start`; see `ExplanationOptions`."""
        return self._connection.call(explanation_call(self, (start, end), options))

    def episodes(self, limit: int | None = None) -> Listing[Episode]:
        """Return the runs of one state, the latest first."""
        call = calls.list_episodes(self.asked.question, self.pair, self.asked.what_if)
        return Listing(self._connection, call, Episode, limit)

    def risk(self) -> ClashRisk:
        """Return what the risk of a clash is made of, with all shares as `items`."""
        reader, head, shares = PageReader(_risk_call(self), None), None, []
        while (call := reader.following) is not None:
            page: ClashRisk = self._connection.call(call)
            head = head or page
            shares += reader.take(page)
        assert head is not None
        return head.model_copy(update={"items": shares, "next": None})

    def suggestions(self, limit: int | None = None) -> Listing[Suggestion]:
        """Return incidents of the two that may be one, as it is known now."""
        return Listing(self._connection, calls.list_suggestions(self.pair), Suggestion, limit)

    def picture(self, picture_format: PictureFormat = "svg", **options: Unpack[PictureOptions]) -> bytes:
        """Return the picture of the relation over time: SVG, PNG, or its Vega-Lite definition."""
        return self._connection.send(_picture_request(self, picture_format, options)).content

    def _repr_html_(self) -> str:
        if self._curve is None:
            try:
                self._draw(self._connection.call(self._curve_call()).items)
            except DetenteClientError as error:
                return relation_html(self.answer, curve_failed(error))
        return relation_html(self.answer, self._curve or "")


class AsyncRelation(_AnsweredPair):
    """As `Relation`, for `asyncio`. A notebook shows its curve after `await relation.load_curve()`."""

    def __init__(self, connection: AsyncConnection, answer: RelationAnswer, asked: Asked) -> None:
        super().__init__(answer, asked)
        self._connection = connection

    def series(
        self,
        start: Day | None = None,
        end: Day | None = None,
        interval: Interval | None = None,
        *,
        how_sure: bool = False,
    ) -> AsyncSeries:
        """Return tension over time; `how_sure` asks for the interval of each point, of at most 400."""
        return AsyncSeries(self._connection, self._series_call(start, end, interval, how_sure))

    def incidents(self, limit: int | None = None) -> AsyncListing[Incident]:
        """Return the incidents that make up the relation, the largest contribution first."""
        call = calls.list_pair_incidents(self.asked.question, self.pair, self.asked.what_if)
        return AsyncListing(self._connection, call, Incident, limit)

    async def explain(
        self, start: Day | None = None, end: Day | None = None, **options: Unpack[ExplanationOptions]
    ) -> Explanation:
        """Return why tension is another on the day `end` than on the day `start`; see `ExplanationOptions`."""
        return await self._connection.call(explanation_call(self, (start, end), options))

    def episodes(self, limit: int | None = None) -> AsyncListing[Episode]:
        """Return the runs of one state, the latest first."""
        call = calls.list_episodes(self.asked.question, self.pair, self.asked.what_if)
        return AsyncListing(self._connection, call, Episode, limit)

    async def risk(self) -> ClashRisk:
        """Return what the risk of a clash is made of, with all shares as `items`."""
        reader, head, shares = PageReader(_risk_call(self), None), None, []
        while (call := reader.following) is not None:
            page: ClashRisk = await self._connection.call(call)
            head = head or page
            shares += reader.take(page)
        assert head is not None
        return head.model_copy(update={"items": shares, "next": None})

    def suggestions(self, limit: int | None = None) -> AsyncListing[Suggestion]:
        """Return incidents of the two that may be one, as it is known now."""
        return AsyncListing(self._connection, calls.list_suggestions(self.pair), Suggestion, limit)

    async def picture(self, picture_format: PictureFormat = "svg", **options: Unpack[PictureOptions]) -> bytes:
        """Return the picture of the relation over time: SVG, PNG, or its Vega-Lite definition."""
        return (await self._connection.send(_picture_request(self, picture_format, options))).content

    async def load_curve(self) -> "AsyncRelation":
        """Ask for the curve that a notebook shows, since showing it cannot wait; return the relation."""
        self._draw((await self._connection.call(self._curve_call())).items)
        return self

    def _repr_html_(self) -> str:
        return relation_html(self.answer, self._curve or "")


def explanation_call(
    relation: _AnsweredPair, days: tuple[Day | None, Day | None], options: Mapping[str, Any]
) -> Call[Explanation]:
    """Ask for an explanation by a relation's question."""
    others = {**options, "what_if": relation.asked.what_if}
    return calls.get_explanation(relation.asked.question, relation.pair, days, others)


def _risk_call(relation: _AnsweredPair) -> Call[ClashRisk]:
    return calls.list_risk_shares(relation.asked.question, relation.pair, relation.asked.what_if)


def _picture_request(relation: _AnsweredPair, picture_format: str, options: Mapping[str, Any]) -> Any:
    others = {**options, "what_if": relation.asked.what_if}
    return calls.get_picture(relation.asked.question, relation.pair, picture_format, others)
