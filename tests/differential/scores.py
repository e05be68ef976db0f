"""How actors stand, by the documented formulas: weights, pressures, scores and states. A part of the model.

Written from docs/reference/scoring.md alone; plain floats, and loops over everything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, log10, sqrt
from statistics import median
from typing import Final

from tests.differential.events import INTENSITY, TYPES, Development, Json, pairs_of
from tests.differential.incidents import Happening, Reports

Constants = Mapping[str, float]
Span = tuple[date, date | None]  # from when to when a tie stands; the end excluded, null if it stands

_COMPARED: Final = {"trend_window": 30, "trend_ratio": 1.5, "trend_least": 2.0, "usual_window": 1826}
_PRESSURE: Final = {
    "half_life_verbal": 30.0,
    "half_life_material": 90.0,
    "doubt": 0.5,
    "wounded_share": 0.25,
    "magnitude_cap": 4.0,
    "prior": 10.0,
    "damping": 0.25,
    "spillover": 0.3,
    "unknown_below": 0.5,
    "high": 50.0,
    "elevated": 25.0,
    "hysteresis": 2.0,
    "clash_window": 30,
    "clashes_for_conflict": 2,
    **_COMPARED,
}
_BOUNDS: Final = {
    "unknown_below": 0.5,
    "hysteresis": 2.0,
    "clash_window": 30,
    "clashes_for_conflict": 2,
    **_COMPARED,
}
MODELS: Final[Mapping[str, Constants]] = {
    "2026.1": _PRESSURE,
    "2026.2": {**_PRESSURE, "damping": 0.0, "quiet_window": 60},
    "2026.1-clash": {**_PRESSURE, "half_life_verbal": 45.0, "half_life_material": 105.0, "damping": 0.0},
    "goldstein-mean": {**_BOUNDS, "half_life": 90.0, "high": 75.0, "elevated": 62.5, "trend_least": 4.0},
    "clash-count": {**_BOUNDS, "prior": 3.0, "high": 50.0, "elevated": 25.0},
}
_MATERIAL: Final = {*TYPES["clash"], *TYPES["cooperation"]}
_NEARLY: Final = 1 - 1e-9  # of a bound: what is above it counts as at it
_OLDEST: Final = 20  # half-lives that an incident takes part in the interval


@dataclass(frozen=True)
class Bearing:
    """An incident that bears on a pair on a day, and how much: below 0 for conflict. `via` backs by `patron`."""

    incident: Happening
    weight: float
    via: str | None = None
    patron: str | None = None
    half_lives: float = 0.0


@dataclass(frozen=True)
class Scores:
    """A pair's figures on a day."""

    conflict: float
    cooperating: float
    spillover: float
    tension: float
    cooperation: float
    clashes: int
    own: float
    recent: bool
    aligned: bool


class Standing:
    """How any two actors stand, under one model, by some reports."""

    def __init__(self, reports: Reports, model: str, constants: Constants) -> None:
        self.reports = reports
        self._name, self._c = model, constants
        self._own: dict[frozenset[str], list[Happening]] = {}
        for one in reports.incidents():
            self._own.setdefault(frozenset(one.pair[:2]), []).append(one)
        self._spans = _spans_of(reports.ties()) if self._spills else {}

    @property
    def _spills(self) -> bool:
        return self._name not in ("goldstein-mean", "clash-count")

    @property
    def _of_own_deeds(self) -> bool:
        return self._name == "2026.2"

    def pairs(self, day: date) -> list[tuple[str, str]]:
        """Return the pairs that have an incident by a day, or a spill-over or a tie between the two on it."""
        tied = {actor for tie in self._spans for actor in tie}
        actors = sorted({actor for pair in self._own for actor in pair} | tied)
        both = [(a, b) for a in actors for b in actors if a < b]
        return [pair for pair in both if self.bearing(*pair, day) or self._aligned(*pair, day)]

    def _aligned(self, a: str, b: str, day: date) -> bool:
        """Return whether one of two backs the other on a day, where that makes a state."""
        spans = [span for tie in ((a, b), (b, a)) for span in self._spans.get(tie, ())]
        stands = any(began <= day and (ended is None or day < ended) for began, ended in spans)
        return stands and self._of_own_deeds

    def own(self, a: str, b: str, day: date) -> list[Happening]:
        """Return the incidents between two actors by a day."""
        return [one for one in self._own.get(frozenset((a, b)), ()) if one.day <= day]

    def bearing(self, a: str, b: str, day: date) -> list[Bearing]:
        """Return all incidents that bear on a pair on a day, with their weights."""
        found = [
            Bearing(one, self._weight(one, day), half_lives=self._age(one, day)) for one in self.own(a, b, day)
        ]
        for patron, client, other, spans in self._through(a, b):
            if any(began <= day and (ended is None or day < ended) for began, ended in spans):
                found += [
                    Bearing(one, weight * self._c["spillover"], client, patron, self._age(one, day))
                    for one in self.own(client, other, day)
                    if (weight := self._weight(one, day)) < 0
                ]
        return found

    def _noted(self, a: str, b: str) -> list[date]:
        """Return the days on which something that bears on a pair happens, or begins to."""
        days = [one.day for one in self.own(a, b, date.max)]
        for _, client, other, spans in self._through(a, b):
            of_client = [
                one.day for one in self.own(client, other, date.max) if one.type and INTENSITY[one.type] < 0
            ]
            for began, ended in spans:
                days += [max(day, began) for day in of_client if ended is None or max(day, began) < ended]
        if self._of_own_deeds:
            spans = [span for tie in ((a, b), (b, a)) for span in self._spans.get(tie, ())]
            days += [day for span in spans for day in span if day is not None]
        return days

    def _through(self, a: str, b: str) -> Iterator[tuple[str, str, str, list[Span]]]:
        """Yield by whom what spills over to a pair: patron, client, the other, and when the tie stands."""
        for patron, other in ((a, b), (b, a)):
            for (backing, client), spans in self._spans.items():
                if backing == patron and client != other:
                    yield patron, client, other, spans

    # Weights

    def _half_life(self, one: Happening) -> float:
        if self._name == "goldstein-mean":
            return self._c["half_life"]
        return self._c["half_life_material" if one.type in _MATERIAL else "half_life_verbal"]

    def _age(self, one: Happening, day: date) -> float:
        """Return the age of an incident, in half-lives."""
        return 0.0 if self._name == "clash-count" else (day - one.day).days / self._half_life(one)

    def _weight(self, one: Happening, day: date) -> float:
        g = INTENSITY.get(one.type or "", 0.0)
        if self._name == "clash-count":
            counts = one.type in TYPES["clash"] and (day - one.day).days < self._c["clash_window"]
            return -1.0 if counts else 0.0
        left = 2.0 ** -self._age(one, day)
        if self._name == "goldstein-mean":
            return float(g * left)
        confidence = 1 - self._c["doubt"] ** len(one.publishers)
        people = (one.killed or 0) + self._c["wounded_share"] * (one.wounded or 0)
        return float(confidence * min(self._c["magnitude_cap"], 1 + log10(1 + people)) * g * left)

    # The risk of a clash

    def clash_risk(self, a: str, b: str, day: date) -> float | None:
        """Return the probability of an ASSAULT within 30 days; null without an incident of the two."""
        if not self.own(a, b, day):
            return None
        hazard = 0.0020 + 0.00065 * sqrt(self._elsewhere(a, b, day) * self._elsewhere(b, a, day))
        for one in self.own(a, b, day):
            if one.type == "ASSAULT":
                lives = ((0.118, 7), (0.029, 90), (0.0155, 365))
                hazard += sum(each / 4.5 * _faded(one, day, half_life) for each, half_life in lives)
            else:
                hazard += 0.0031 / 0.5 * _faded(one, day, 90)
        return 1 - exp(-hazard)

    def _elsewhere(self, actor: str, other: str, day: date) -> float:
        """Return what the ASSAULTs of an actor with others than one come to."""
        happened = [
            one for pair, found in self._own.items() if actor in pair and other not in pair for one in found
        ]
        return sum(_faded(one, day, 30) for one in happened if one.type == "ASSAULT" and one.day <= day)

    # Scores

    def scores(self, a: str, b: str, day: date) -> Scores:
        """Return a pair's figures on a day."""
        bearing = self.bearing(a, b, day)
        conflict = sum(-each.weight for each in bearing if each.weight < 0)
        cooperating = sum(each.weight for each in bearing if each.weight > 0)
        spilled = sum(-each.weight for each in bearing if each.via is not None)
        of_window = [each for each in bearing if (day - each.incident.day).days < self._c["clash_window"]]
        clashes = sum(each.via is None and each.incident.type == "ASSAULT" for each in of_window)
        heads = sum(2.0**-each.half_lives for each in bearing)
        tension, cooperation = self.quotients(conflict, cooperating, heads)
        mine = [each for each in bearing if each.via is None and each.weight < 0]
        own = sum(-each.weight for each in mine)
        recent = any((day - each.incident.day).days < self._c.get("quiet_window", 0) for each in mine)
        aligned = self._aligned(a, b, day)
        return Scores(conflict, cooperating, spilled, tension, cooperation, clashes, own, recent, aligned)

    def quotients(self, conflict: float, cooperating: float, heads: float) -> tuple[float, float]:
        """Return tension and cooperation; `heads` is what a mean divides by."""
        if self._name == "goldstein-mean":
            mean = (cooperating - conflict) / heads if heads else 0.0
            return 50 - 5 * mean, 50 + 5 * mean
        if self._name == "clash-count":
            return 100 * conflict / (conflict + self._c["prior"]), 0.0
        prior, damping = self._c["prior"], self._c["damping"]
        return (
            100 * conflict / (conflict + prior + damping * cooperating),
            100 * cooperating / (cooperating + prior + damping * conflict),
        )

    def contribution(self, each: Bearing, scores: Scores, heads: float) -> float:
        """Return how many points of a score an incident makes up."""
        if self._name == "goldstein-mean":
            return 5 * abs(each.weight) / heads
        if self._name == "clash-count":
            return abs(each.weight) * 100 / (scores.conflict + self._c["prior"])
        one, other = (scores.conflict, scores.cooperating)[:: 1 if each.weight < 0 else -1]
        return 100 * abs(each.weight) / (one + self._c["prior"] + self._c["damping"] * other)

    def directed(self, a: str, b: str, day: date) -> dict[str, dict[str, float]]:
        """Return the pressures of each direction."""
        found = {}
        for source, target in ((a, b), (b, a)):
            weights = [
                self._weight(one, day) for one in self.own(a, b, day) if one.pair[2] or one.pair[0] == source
            ]
            found[f"{source}>{target}"] = {
                "conflict_pressure": sum(-w for w in weights if w < 0),
                "cooperation_pressure": sum(w for w in weights if w > 0),
            }
        return found

    def effective(self, a: str, b: str, day: date) -> float:
        """Return how many incidents of equal weight would be as good as those there are."""
        weights = [abs(each.weight) for each in self.bearing(a, b, day) if each.half_lives <= _OLDEST]
        squares = sum(w * w for w in weights)
        return sum(weights) ** 2 / squares if squares else 0.0

    # What goes with a state

    def trend(self, a: str, b: str, day: date) -> tuple[str, float, float]:
        """Return where a pair is heading: the word, the change, and what the last days brought."""
        window = timedelta(days=self._c["trend_window"])
        news, before = self._news(a, b, day), self._news(a, b, day - window)
        change, ratio = news - before, self._c["trend_ratio"] * _NEARLY
        if abs(change) >= self._c["trend_least"] * _NEARLY:
            if news >= ratio * before:
                return "worsening", change, news
            if before >= ratio * news:
                return "improving", change, news
        return "steady", change, news

    def usual(self, a: str, b: str, day: date) -> Json | None:
        """Return how a day compares with a pair's own Sundays; null if none has gone by."""
        window = int(self._c["usual_window"])
        own = self.own(a, b, day)
        days = [day - timedelta(days=n) for n in range(1, window + 1)]
        sundays = [each for each in days if each.isoweekday() == 7 and any(one.day <= each for one in own)]
        if not sundays:
            return None
        found: Json = {"weeks": len(sundays)}
        for name, figure in (("", self._pressure), ("new_", self._fresh)):
            past = [figure([o for o in own if self._age(o, each) <= _OLDEST], each) for each in sundays]
            today = figure(own, day)
            slack = 1e-9 * max(today, 1.0)
            less = sum(each < today - slack for each in past)
            as_much = sum(abs(each - today) <= slack for each in past)
            middle = median(past)
            found[f"{name}percentile"] = 100 * (less + as_much / 2) / len(past)
            found[f"{name}ratio"] = today / middle if middle >= self._c["unknown_below"] else None
        return found

    def _news(self, a: str, b: str, day: date) -> float:
        return self._fresh(self.own(a, b, day), day)

    def _fresh(self, own: Iterable[Happening], day: date) -> float:
        return self._pressure([one for one in own if (day - one.day).days < self._c["trend_window"]], day)

    def _pressure(self, own: Iterable[Happening], day: date) -> float:
        return sum(max(-self._weight(one, day), 0.0) for one in own if one.day <= day)

    # States

    def runs(self, a: str, b: str, last: date) -> list[tuple[str, date]]:
        """Return the runs of a pair's states until a day, once it is known, as (state, first day)."""
        runs: list[tuple[str, date]] = []
        noted = sorted(set(self._noted(a, b)))
        day = noted[0] if noted else None
        while day is not None and day <= last:
            state = self._next(runs[-1][0] if runs else None, self.scores(a, b, day))
            if (not runs and state != "unknown") or (runs and runs[-1][0] != state):
                runs.append((state, day))
            # Pressures only fade until something happens, so that what is unknown stays so.
            following = day + timedelta(days=1)
            silent = state in ("unknown", "aligned")
            day = next((each for each in noted if each > day), None) if silent else following
        return runs

    def _next(self, state: str | None, scores: Scores) -> str:
        first = next(rule for rule in _RULES if self._holds(rule, scores, 0.0))
        if state is None or _RULES.index(first) <= _RULES.index(state):
            return first
        return state if self._holds(state, scores, self._c["hysteresis"]) else first

    def _holds(self, state: str, scores: Scores, less: float) -> bool:
        def tense(bound: str) -> bool:
            return scores.tension >= (self._c[bound] - less) * _NEARLY

        def friendly(bound: str) -> bool:
            return scores.cooperation >= (self._c[bound] - less) * _NEARLY

        if state in ("unknown", "aligned"):
            known = scores.own if self._of_own_deeds else scores.conflict
            silent = known + scores.cooperating < self._c["unknown_below"] * _NEARLY
            return silent and scores.aligned == (state == "aligned")
        if self._name == "goldstein-mean" and state == "strained_cooperation":
            return False
        if self._name == "clash-count" and state in ("strained_cooperation", "cooperative", "cordial"):
            return False
        enough = scores.clashes >= self._c["clashes_for_conflict"]
        hostile, fighting = tense("high"), tense("high")
        if self._of_own_deeds:
            net, _ = self.quotients(max(scores.own - scores.cooperating, 0.0), scores.cooperating, 0.0)
            fighting = net >= (self._c["high"] - less) * _NEARLY
            outweighing = net >= scores.cooperation - less - 1e-9 * abs(scores.cooperation - less)
            hostile = fighting and outweighing and scores.recent
        return {
            "open_conflict": fighting and enough,
            "hostile": hostile,
            "strained_cooperation": tense("elevated") and friendly("elevated"),
            "strained": tense("elevated"),
            "cooperative": friendly("high"),
            "cordial": friendly("elevated"),
            "neutral": True,
        }[state]


def _faded(one: Happening, day: date, half_life: int) -> float:
    """Return what is left of the weight of conflict under the default constants, without sign; 0 for the rest."""
    people = (one.killed or 0) + 0.25 * (one.wounded or 0)
    weight = (
        (1 - 0.5 ** len(one.publishers)) * min(4.0, 1 + log10(1 + people)) * -INTENSITY.get(one.type or "", 0.0)
    )
    return float(max(weight, 0.0) * 2.0 ** (-(day - one.day).days / half_life))


def _spans_of(ties: Iterable[Development]) -> dict[tuple[str, str], list[Span]]:
    """Return when each tie stands, by patron and client; reports come in the order in which they count."""
    spans: dict[tuple[str, str], list[Span]] = {}
    for each in ties:
        for patron, client, _ in pairs_of(each.event):
            of_tie = spans.setdefault((patron, client), [])
            stands = bool(of_tie) and of_tie[-1][1] is None
            if each.event["development"] == "ended":
                if stands:
                    of_tie[-1] = (of_tie[-1][0], each.day)
            elif not stands:
                of_tie.append((each.day, None))
    return spans


_RULES: Final = (
    "unknown",
    "aligned",
    "open_conflict",
    "hostile",
    "strained_cooperation",
    "strained",
    "cooperative",
    "cordial",
    "neutral",
)
