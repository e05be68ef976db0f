"""What the projections should say, worked out the slow way: all facts, each time.

The formulas are those of docs/reference/scoring.md. It is written apart from the production folds, and shares
no more with them than the reports themselves: no arrays, no running sums, no evidence rows; plain floats and loops
over everything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations, permutations, product

from domain.reports import Agreement, Alignment
from tests.contract.naive_facts import Edition, Facts
from tests.contract.naive_incidents import Incident, Pair, day_of, day_of_its_own, incidents_of


@dataclass(frozen=True)
class Standing:
    """How a pair stands on a day."""

    conflict: float
    cooperation_pressure: float
    spillover: float

    @property
    def tension(self) -> float:
        """Points, 0 to 100."""
        return 100 * self.conflict / (self.conflict + 10)

    @property
    def cooperation(self) -> float:
        """Points, 0 to 100."""
        return 100 * self.cooperation_pressure / (self.cooperation_pressure + 10)

    @property
    def own(self) -> float:
        """The conflict pressure without what spills over."""
        return self.conflict - self.spillover

    @property
    def net_tension(self) -> float:
        """The tension of own conflict with cooperation taken off it."""
        left = max(self.own - self.cooperation_pressure, 0.0)
        return 100 * left / (left + 10)


@dataclass(frozen=True)
class Deal:
    """An agreement on a day."""

    agreement: str
    title: str | None
    parties: tuple[str, ...]
    status: str
    since: date
    status_since: date


STATUS = {"reached": "in_force", "reaffirmed": "in_force", "implemented": "in_force"}


class Meaning:
    """What the facts meant to somebody who knew what was recorded by an instant, or knows everything."""

    def __init__(self, facts: Facts, known_at: datetime | None) -> None:
        self.facts = facts
        self.known_at = known_at
        self.incidents = incidents_of(facts, known_at)
        self.turns_of_ties = list(self._ties())

    def _ties(self) -> Iterator[tuple[Pair, tuple[object, ...], date, bool]]:
        """Yield (patron, client), what decides between turns of a day, the day, and whether the tie stands."""
        for position, (article, edition) in enumerate(self.facts.known(self.known_at)):
            for number, stated in edition.stated.items():
                if isinstance(stated.report, Alignment):
                    day = day_of(stated.report, edition)
                    order = (self._known_since(article, number), position, number)
                    for pair in product(stated.report.source, stated.report.target):
                        yield pair, (day, *order), day, stated.report.development != "ended"

    def _known_since(self, article: str, number: int) -> datetime:
        """Return since when an article has said this without a break, under this publisher, of this day."""

        def said(edition: Edition) -> tuple[object, ...] | None:
            stated = edition.stated.get(number)
            if stated is None:
                return None
            return stated.turn, edition.header.publisher.casefold(), day_of(stated.report, edition)

        until = [e for e in self.facts.articles[article] if self.known_at is None or e.recorded <= self.known_at]
        since = until[-1]
        for edition in reversed(until):
            if said(edition) != said(until[-1]):
                break
            since = edition
        return since.recorded

    def backs(self, patron: str, client: str, day: date) -> bool:
        """Return whether a patron backs a client on a day."""
        mine = [turn for turn in self.turns_of_ties if turn[0] == (patron, client)]
        turns = [(order, stands) for _, order, on, stands in mine if on <= day]
        return bool(turns) and max(turns, key=lambda turn: turn[0])[1]

    def own(self, pair: Pair, day: date) -> list[Incident]:
        """Return a pair's own incidents until a day."""
        return [incident for incident in self.incidents if incident.pair == pair and incident.day <= day]

    def clients(self, pair: Pair, day: date) -> Iterator[tuple[str, Pair]]:
        """Yield each client from which conflict spills over to a pair, with the pair that it stands in."""
        for patron, other in permutations(pair):
            clients = {client for (backer, client), *_ in self.turns_of_ties if backer == patron}
            for client in sorted(clients - set(pair)):
                if self.backs(patron, client, day):
                    yield client, (min(client, other), max(client, other))

    def standing(self, pair: Pair, day: date) -> Standing:
        """Return how a pair stands on a day."""
        weights = [incident.weight(day) for incident in self.own(pair, day)]
        direct = -sum(weight for weight in weights if weight < 0)
        spilled = sum(
            -0.3 * min(incident.weight(day), 0.0)
            for _, clients in self.clients(pair, day)
            for incident in self.own(clients, day)
        )
        return Standing(direct + spilled, sum(weight for weight in weights if weight > 0), spilled)

    def directed(self, pair: Pair, day: date) -> list[tuple[float, float]]:
        """Return the conflict and the cooperation of each direction; what is mutual stands in both."""
        return [
            (-sum(w for w in weights if w < 0), sum(w for w in weights if w > 0))
            for source in pair
            for weights in [[i.weight(day) for i in self.own(pair, day) if i.mutual or i.source == source]]
        ]

    def publishers(self, pair: Pair, day: date) -> int:
        """Return how many publishers report a pair."""
        return len({publisher for incident in self.own(pair, day) for publisher in incident.publishers})

    def state(self, pair: Pair, day: date) -> tuple[str, date | None]:
        """Return the state on a day, and since when; None while nothing has ever been known."""
        clients = [
            clients for patron, other in permutations(pair) for clients in self._ever_clients(patron, other)
        ]
        days = [incident.day for incident in self.incidents if incident.pair in (pair, *clients)]
        days += [day for tie, _, day, _ in self.turns_of_ties if set(tie) == set(pair)]
        state, since = "unknown", None
        today = min(days, default=day + timedelta(days=1))
        while today <= day:
            following = self._state_after(state, pair, today)
            if following != state:
                state, since = following, today
            today += timedelta(days=1)
        return state, since

    def _ever_clients(self, patron: str, other: str) -> Iterator[Pair]:
        for (backer, client), *_ in self.turns_of_ties:
            if backer == patron and client != other:
                yield min(client, other), max(client, other)

    def _state_after(self, before: str, pair: Pair, day: date) -> str:
        standing = self.standing(pair, day)
        first_day = day - timedelta(days=29)
        assaults = sum(i.type == "ASSAULT" and i.day >= first_day for i in self.own(pair, day))
        quiet_since = day - timedelta(days=59)
        recent = any(i.weight(i.day) < 0 and i.day >= quiet_since for i in self.own(pair, day))
        aligned = self.aligned(pair, day)
        strict, slack = (_rules(standing, assaults >= 2, recent, aligned, by) for by in (0.0, 2.0))
        order = list(strict)
        now = next(state for state in order if strict[state])
        return before if slack[before] and order.index(before) < order.index(now) else now

    def aligned(self, pair: Pair, day: date) -> bool:
        """Return whether one of two backs the other."""
        return any(self.backs(*way, day) for way in (pair, pair[::-1]))

    def pairs(self, actors: Sequence[str], day: date) -> set[Pair]:
        """Return the pairs that anything bears on."""
        return {
            pair
            for pair in combinations(sorted(actors), 2)
            if self.own(pair, day) or self.standing(pair, day).spillover > 0 or self.aligned(pair, day)
        }

    def deals(self, day: date) -> list[Deal]:
        """Return the agreements that had begun by a day."""
        by_agreement: dict[str, list[tuple[date, int, Agreement]]] = {}
        for _, edition in self.facts.known(self.known_at):
            for stated in edition.stated.values():
                if isinstance(stated.report, Agreement) and stated.report.agreement is not None:
                    on = day_of_its_own(stated.report, edition)
                    if on <= day:
                        by_agreement.setdefault(stated.report.agreement, []).append(
                            (on, stated.turn, stated.report)
                        )
        return [_deal(name, sorted(stated, key=lambda t: t[:2])) for name, stated in sorted(by_agreement.items())]


def _rules(standing: Standing, clashes: bool, recent: bool, aligned: bool, slack: float) -> dict[str, bool]:
    """Return whether the rule of each state holds, its thresholds lowered by some points, in order."""
    tense, friendly, net = standing.tension, standing.cooperation, standing.net_tension
    known = standing.own + standing.cooperation_pressure >= 0.5
    return {
        "unknown": not known and not aligned,
        "aligned": not known and aligned,
        "open_conflict": net >= 50 - slack and clashes,
        "hostile": net >= 50 - slack and net >= friendly - slack and recent,
        "strained_cooperation": tense >= 25 - slack and friendly >= 25 - slack,
        "strained": tense >= 25 - slack,
        "cooperative": friendly >= 50 - slack,
        "cordial": friendly >= 25 - slack,
        "neutral": True,
    }


def _deal(name: str, stated: list[tuple[date, int, Agreement]]) -> Deal:
    statuses = [STATUS.get(report.development, report.development) for _, _, report in stated]
    since = len(statuses) - 1
    while since and statuses[since - 1] == statuses[-1]:
        since -= 1
    return Deal(
        agreement=name,
        title=next((report.title for _, _, report in stated if report.title), None),
        parties=tuple(sorted({p for _, _, r in stated for p in (*r.parties, *r.source, *r.target)})),
        status=statuses[-1],
        since=stated[0][0],
        status_since=stated[since][0],
    )
