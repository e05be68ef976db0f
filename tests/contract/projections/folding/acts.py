"""Acts on articles and rulings, as tests of the projections draw them, and what has to hold after them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import combinations

import pytest
from eventsourcing.persistence import Notification
from hypothesis import strategies as st

from api.running.service import Service
from api.running.settings import Settings
from domain.articles import (
    CorrectReport,
    PostArticle,
    RetractArticle,
    RetractReport,
    ReviseArticle,
)
from domain.errors import DetenteError
from domain.events import Provenance
from domain.log.application import Detente
from domain.publishers.alias import AddPublisherAlias, RemovePublisherAlias
from domain.redactions import RedactTexts
from domain.reports import PairPlaces, Report, directions, is_of_a_kind
from domain.rulings import LinkReports, ReportRef, SeparateReports, WithdrawRuling
from projections.folding.projector import Projector
from projections.queries.question import Question
from projections.queries.relation import Relation, relation_at
from projections.times import to_micros
from tests.clock import Clock
from tests.contract.asking import all_relations
from tests.contract.projections.storage.view_comparison import assert_views_agree
from tests.language import agreement, backing, clash, cooperation, header, statement

ACTORS = ("IRN", "RUS", "SYR", "SYR-REB", "TUR")
PAIRS = tuple(combinations(ACTORS, 2))

sides = st.just(("SYR", "TUR")) | st.permutations(ACTORS).map(lambda actors: (actors[0], actors[1]))
days = st.integers(1, 28).map(lambda day: f"2020-02-{day:02}")
places = st.sampled_from([None, None, "Idlib", "Saraqib", "saraqib."])
refs = st.sampled_from(["r1", "r2", None])
vague_days = days | st.sampled_from(["2020-02", "2020-02-03/2020-02-09", "2020-02-06", "2020-02-06?"])


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Return any report."""
    source, target = draw(sides)
    day, ref = draw(days), draw(refs)
    kind = draw(st.sampled_from(["clash", "statement", "talks", "agreement", "backing", "aid"]))
    if kind == "clash":
        killed = draw(st.sampled_from([None, 0, 8, 13, 40]))
        return clash(source, target, day, ref=ref, killed=killed, place=draw(places))
    if kind == "statement":
        return statement(source, target, day, ref=ref)
    if kind == "talks":
        return statement(source, target, day, type="CONSULT", reciprocal=True, ref=ref)
    if kind == "agreement":
        development = draw(st.sampled_from(["reached", "breached"]))
        return agreement(f"{source} {target}", day, agreement="deal", development=development)
    if kind == "backing":
        return backing(source, target, day, development=draw(st.sampled_from(["standing", "ended"])))
    return cooperation(source, target, day)


@st.composite
def contents(draw: st.DrawFn) -> tuple[Report, ...]:
    """Return what an article reports, each `ref` once."""
    drawn = draw(st.lists(reports(), min_size=1, max_size=4))
    seen: set[str | None] = set()
    kept = [r for r in drawn if r.ref is None or not (r.ref in seen or seen.add(r.ref))]  # type: ignore[func-returns-value]
    return tuple(kept or drawn[:1])


@dataclass(frozen=True)
class Act:
    """What somebody does to an article, rules on some, or says of publishers, by a clock that may be behind."""

    deed: str
    article: str
    publisher: str
    number: int
    reports: tuple[Report, ...]
    then_fold: bool
    behind: int = 0

    def do(self, service: Service) -> None:
        """Do it, as far as it is allowed."""
        provenance = Provenance("ann", service.clock() - timedelta(seconds=self.behind))
        log, about = service.log, header("2020-02-29", self.publisher)
        deeds: dict[str, Callable[[], object]] = {
            "post": lambda: log.post_article(
                PostArticle(article_id=self.article, header=about, reports=self.reports, provenance=provenance)
            ),
            "revise": lambda: log.revise_article(
                ReviseArticle(self.article, about, self.reports, None, provenance)
            ),
            "correct": lambda: log.correct_report(
                CorrectReport(self.article, self.number, self.reports[0], None, provenance)
            ),
            "retract one": lambda: log.retract_report(RetractReport(self.article, self.number, None, provenance)),
            "retract": lambda: log.retract_article(RetractArticle(self.article, None, provenance)),
            "link": lambda: log.link_reports(LinkReports(tuple(self._alike(log)[:3]), "the same", provenance)),
            "separate": lambda: log.separate_reports(
                SeparateReports(tuple(self._alike(log)[:2]), "another", provenance)
            ),
            "alias": lambda: log.add_publisher_alias(
                AddPublisherAlias(self.publisher, PUBLISHERS[self.number % 3], provenance)
            ),
            "unalias": lambda: log.remove_publisher_alias(RemovePublisherAlias(self.publisher, provenance)),
            "redact": lambda: log.redact(
                RedactTexts(self.article, self.number or None, ("quote", "place"), "asked", provenance)
            ),
            "withdraw": lambda: log.withdraw_ruling(WithdrawRuling(self._ruling(log), "mistaken", provenance)),
        }
        with suppress(DetenteError):  # a refused command changes nothing
            deeds[self.deed]()

    def _alike(self, log: Detente) -> list[ReportRef]:
        """Return a report that stands, one that has others that can be one incident with it, and these."""
        standing = {
            ReportRef(article_id, number): report
            for article_id in ARTICLES
            for number, report in reports_of(log, article_id).items()
        }
        firsts = list(standing)[self.number % 3 :] + list(standing)[: self.number % 3]
        found = ([first, *others_like(first, standing)] for first in firsts)
        return max(found, key=lambda named: min(len(named), 2), default=[])

    def _ruling(self, log: Detente) -> str:
        rulings = log.ruling_register().newest_first()
        return rulings[self.number % len(rulings)].id if rulings else "none"


def others_like(first: ReportRef, standing: Mapping[ReportRef, Report]) -> Iterator[ReportRef]:
    pairs = PairPlaces(directions(standing[first]))
    for named, report in standing.items():
        same_pair = any(pairs.find(pair) is not None for pair in directions(report))
        if named != first and same_pair and is_of_a_kind(report, standing[first]):
            yield named


def reports_of(log: Detente, article_id: str) -> dict[int, Report]:
    try:
        return log.article(article_id).reports
    except DetenteError:
        return {}


DEEDS = ["post", "post", "post", "revise", "correct", "retract one", "retract"]
RULINGS = ["link", "link", "separate", "withdraw"]
ALIASES = ["alias", "alias", "unalias"]
ARTICLES = ("a-1", "a-2", "a-3")
PUBLISHERS = ("Reuters", "AP", "AFP")

acts = st.builds(
    Act,
    st.sampled_from(DEEDS + RULINGS + ALIASES),
    st.sampled_from(ARTICLES),
    st.sampled_from(PUBLISHERS),
    st.integers(1, 5),
    contents(),
    st.booleans(),
    st.sampled_from([0, 0, 5]),
)


@st.composite
def contents_alike(draw: st.DrawFn) -> tuple[Report, ...]:
    """Return what an article reports of clashes between two actors, one of them perhaps part of another."""
    whole = clash(
        day=draw(vague_days), ref="r1", killed=draw(st.sampled_from([None, 8, 13, 40])), place=draw(places)
    )
    part = clash(
        day=draw(vague_days), type="COERCE", part_of=draw(st.sampled_from(["r1", None])), place=draw(places)
    )
    return (whole, part)[: draw(st.integers(1, 2))]


@st.composite
def lives(draw: st.DrawFn) -> list[Act]:
    """Return acts one after the other, often on articles that tell of alike events."""
    drawn = draw(st.lists(contents_alike(), max_size=3))
    posted = [Act("post", id_, "AFP", 0, reported, False) for id_, reported in zip(ARTICLES, drawn, strict=False)]
    return [*posted, *draw(st.lists(acts, max_size=12))]


def on_sqlite(folder: str) -> Service:
    return Service.open(Settings(database_url=f"sqlite:///{folder}/one.db"), Clock())


def fold_in_pages_of(size: int, service: Service) -> None:
    Projector(service.log, service.store, page_size=size).catch_up()


def act_and_look(done: Iterable[Act], service: Service, look: Callable[[], None]) -> None:
    """Do acts, fold in small pages where they say so and at the end, and look each time."""
    for act in done:
        act.do(service)
        if act.then_fold:
            fold_in_pages_of(3, service)
            look()
    fold_in_pages_of(3, service)
    look()


def assert_now_is_what_evidence_says(service: Service) -> None:
    """Hold what running sums and stored runs of states say against what the evidence itself says."""
    everything = to_micros(service.clock())
    with service.store.reading() as connection:
        for day in (18270, 18300, 18321, 18700):
            assert_views_agree(connection, day, [("SYR", "TUR"), ("RUS", "TUR")] if day == 18321 else [])
            listed = {r.pair: r for r in all_relations(connection, Question(day))}
            listed_known = {r.pair: r for r in all_relations(connection, Question(day, everything))}
            for pair in PAIRS:
                plain = relation_at(connection, pair, Question(day))
                known = relation_at(connection, pair, Question(day, everything))
                for other in (known, listed.get(pair, plain), listed_known.get(pair, plain)):
                    assert_same(plain, other)
                    assert plain.incidents == other.incidents
                    assert plain.publishers == other.publishers


def assert_same(one: Relation, other: Relation) -> None:
    assert (one.state, one.since) == (other.state, other.since)
    for name in ("conflict", "cooperation_pressure", "spillover", "tension", "cooperation"):
        assert getattr(one.scores, name) == pytest.approx(getattr(other.scores, name), abs=1e-9)
    for my_level, their_level in zip(one.clash_levels or (), other.clash_levels or (), strict=True):
        assert my_level == pytest.approx(their_level, abs=1e-9)
    for mine, theirs in zip(one.scores.directed, other.scores.directed, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-9)


#: A life of articles with something of each kind.
LIFE = [
    Act("post", "a-1", "Reuters", 0, (clash(day="2020-02-03/2020-02-10", killed=13, ref="r1"), backing()), False),
    Act("post", "a-2", "AP", 0, (clash(day="2020-02-06", killed=9), statement("RUS", "TUR", "2020-02-07")), True),
    Act("post", "a-3", "AFP", 0, (agreement("RUS TUR", "2020-01", agreement="deal", title="The deal"),), True),
    Act("correct", "a-1", "Reuters", 1, (clash(day="2020-02-03", killed=14, ref="r1"),), True),
    Act("revise", "a-2", "AP", 0, (clash("TUR", "SYR", "2020-02-09"), clash(day="2020-02-06", killed=9)), False),
    Act("revise", "a-2", "AFP", 0, (clash("TUR", "SYR", "2020-02-09"), clash(day="2020-02-06", killed=9)), False),
    Act("retract", "a-3", "AFP", 0, (), True),
    Act("revise", "a-3", "AFP", 0, (agreement("RUS TUR", "2020-01", agreement="deal"),), True),
    Act("link", "a-1", "AFP", 1, (), True),
    Act("correct", "a-1", "Reuters", 1, (clash(day="2020-02-04", killed=15, ref="r1"),), True),
    Act("retract one", "a-2", "AP", 3, (), True),
    Act("withdraw", "a-1", "AFP", 0, (), False),
    Act("separate", "a-1", "AFP", 1, (), True),
    Act("alias", "", "Reuters", 1, (), True),
    Act("alias", "", "AP", 2, (), False),
    Act("unalias", "", "Reuters", 1, (), True),
]


def stumble_at(monkeypatch: pytest.MonkeyPatch, log: Detente, positions: Set[int], error: Exception) -> None:
    """Let some positions of a log raise an error, in whichever way they are read."""
    for reader, name in ((log, "decode"), (log.mapper, "fields_of")):
        monkeypatch.setattr(reader, name, partial(_stumble, getattr(reader, name), positions, error))


def _stumble(
    read: Callable[[Notification], object], positions: Set[int], error: Exception, stored: Notification
) -> object:
    if stored.id in positions:
        raise error
    return read(stored)
