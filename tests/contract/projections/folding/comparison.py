"""The projections' answers beside those of the naive model."""

from itertools import combinations
from typing import Any

import pytest

from projections.queries.agreements import agreements_on
from projections.queries.question import Question
from projections.queries.relation import (
    Relation,
    contribution_page,
    contributions_at,
    relation_at,
    relation_at_a_glance,
    risk_shares_at,
)
from projections.queries.stored import history_of_pair
from projections.queries.tension_series import Interval, tension_points
from projections.scoring.clash_risk.risk_model import DEFAULT_RISK_MODEL
from projections.times import to_date, to_day
from tests.contract import naive_risk
from tests.contract.asking import all_relations
from tests.contract.naive import Meaning
from tests.contract.naive_incidents import Pair
from tests.contract.projections.storage.view_comparison import assert_views_agree

ACTORS = ("RUS", "SYR", "SYR-REB", "TUR")
PAIRS = tuple(combinations(ACTORS, 2))
close = pytest.approx


class Comparison:
    """All answers to one question, against those of the model."""

    def __init__(self, connection: Any, meaning: Meaning, question: Question) -> None:
        self.connection = connection
        self.meaning = meaning
        self.question = question
        self.day = to_date(question.day)

    def run(self, chosen: Pair) -> None:
        """Compare: each pair, the list of all, the agreements; and what takes longer, for a chosen pair."""
        for pair in PAIRS:
            self.relation(pair)
        self.all_relations()
        self.agreements()
        self.incidents(chosen)
        self.risk(chosen)
        self.state(chosen)
        self.series(chosen)
        if self.question.is_plain:
            assert_views_agree(self.connection, self.question.day, [chosen])

    def relation(self, pair: Pair) -> None:
        found, expected = relation_at(self.connection, pair, self.question), self.meaning.standing(pair, self.day)
        assert relation_at_a_glance(self.connection, pair, self.question) in (None, found)
        assert found.scores.conflict == close(expected.conflict, abs=1e-9)
        assert found.scores.cooperation_pressure == close(expected.cooperation_pressure, abs=1e-9)
        assert found.scores.spillover == close(expected.spillover, abs=1e-9)
        assert found.scores.tension == close(expected.tension, abs=1e-9)
        assert found.scores.cooperation == close(expected.cooperation, abs=1e-9)
        for mine, theirs in zip(found.scores.directed, self.meaning.directed(pair, self.day), strict=True):
            assert tuple(mine) == close(theirs, abs=1e-9)
        assert found.incidents == len(self.meaning.own(pair, self.day))
        assert found.publishers == self.meaning.publishers(pair, self.day)
        assert _hazard(found) == close(naive_risk.hazard(self.meaning, pair, self.day), abs=1e-9)

    def all_relations(self) -> None:
        found = all_relations(self.connection, self.question)
        assert {listed.pair for listed in found} == self.meaning.pairs(ACTORS, self.day)
        for listed in found:
            pair = listed.pair
            alone = relation_at(self.connection, pair, self.question)
            assert listed.scores.tension == close(self.meaning.standing(pair, self.day).tension, abs=1e-9)
            assert listed.scores.cooperation == close(alone.scores.cooperation, abs=1e-9)
            assert (listed.state, listed.since) == (alone.state, alone.since)
            assert (listed.incidents, listed.publishers) == (alone.incidents, alone.publishers)
            assert _hazard(listed) == close(_hazard(alone), abs=1e-12)

    def state(self, pair: Pair) -> None:
        found = relation_at(self.connection, pair, self.question)
        state, since = self.meaning.state(pair, self.day)
        assert found.state == state
        if since is not None:
            assert found.since == to_day(since)

    def agreements(self) -> None:
        found = agreements_on(self.connection, self.question)
        expected = self.meaning.deals(self.day)
        assert [
            (e.agreement, e.title, e.parties, e.status.value, to_date(e.since), to_date(e.status_since))
            for e in (agreement.entry for agreement in found)
        ] == [(d.agreement, d.title, d.parties, d.status, d.since, d.status_since) for d in expected]

    def incidents(self, pair: Pair) -> None:
        expected, found = contributions_at(self.connection, pair, self.question)
        standing = self.meaning.standing(pair, self.day)
        assert sum(c.contribution for c in found if c.weight < 0) == close(standing.tension, abs=1e-9)
        assert sum(c.contribution for c in found if c.weight > 0) == close(standing.cooperation, abs=1e-9)
        assert sorted((_shown(c) for c in found), key=repr) == sorted(self._expected_incidents(pair), key=repr)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(history_of_pair, "_FEW", 0)  # as of a pair with many, of which some are read
            scores, items, total = contribution_page(self.connection, pair, self.question, 1, 2)
        assert (scores, items, total) == (expected, found[1:3], len(found))

    def risk(self, pair: Pair) -> None:
        levels, found = risk_shares_at(self.connection, pair, self.question, DEFAULT_RISK_MODEL)
        assert levels == relation_at(self.connection, pair, self.question).clash_levels
        shown = [
            (
                each.via,
                (each.incident.a, each.incident.b),
                each.incident.type,
                to_date(each.incident.day),
                each.share,
            )
            for each in found
        ]
        expected = naive_risk.shares(self.meaning, pair, self.day)
        assert sorted(map(_rounded, shown), key=repr) == sorted(map(_rounded, expected), key=repr)
        if levels is not None:
            total = DEFAULT_RISK_MODEL.constant + sum(each.share for each in found)
            assert DEFAULT_RISK_MODEL.hazard(levels.terms) == close(total, abs=1e-9)

    def _expected_incidents(self, pair: Pair) -> list[tuple[Any, ...]]:
        own = [(incident, None, 1.0) for incident in self.meaning.own(pair, self.day)]
        spilled = [
            (incident, client, 0.3)
            for client, clients in self.meaning.clients(pair, self.day)
            for incident in self.meaning.own(clients, self.day)
            if incident.weight(self.day) < 0
        ]
        return [
            (
                *(via, i.pair, 2 if i.mutual else int(i.source != i.pair[0]), i.type, to_day(i.day)),
                *(len(i.publishers), len(i.reports), i.killed, i.wounded),
                round(share * i.weight(self.day), 9) + 0.0,
            )
            for i, via, share in (*own, *spilled)
        ]

    def series(self, pair: Pair) -> None:
        last = self.question.day
        points = tension_points(self.connection, pair, self.question, last - 40, Interval.WEEK).points
        for point in points[:: max(len(points) - 1, 1)]:
            expected = self.meaning.standing(pair, to_date(point.day))
            assert point.tension == close(expected.tension, abs=1e-9)
            assert point.cooperation == close(expected.cooperation, abs=1e-9)
            assert point.spillover == close(expected.spillover, abs=1e-9)
        week = [self.meaning.standing(pair, to_date(last - back)).tension for back in range(7)]
        peak = tension_points(self.connection, pair, self.question, last - 6, Interval.MONTH).points
        assert max(point.peak for point in peak) == close(max(week), abs=1e-9)


def _hazard(relation: Relation) -> float | None:
    levels = relation.clash_levels
    return None if levels is None else DEFAULT_RISK_MODEL.hazard(levels.terms)


def _rounded(share: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*share[:-1], round(share[-1], 9))


def _shown(contribution: Any) -> tuple[Any, ...]:
    i = contribution.incident
    return (
        *(contribution.via, (i.a, i.b), i.direction, i.type, i.day),
        *(i.publishers, i.reports, i.killed, i.wounded, round(contribution.weight, 9) + 0.0),
    )
