"""The projections, on every kind of store: whatever the order and the pages, the same rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from api.running.service import Service
from api.running.settings import Settings
from domain.articles import (
    CorrectReport,
    PostArticle,
    ReportCorrected,
    RetractArticle,
    RetractReport,
    ReviseArticle,
)
from domain.errors import DetenteError
from domain.events import Provenance
from domain.log.application import Detente
from domain.reports import Report, directions, is_of_a_kind, is_same_pair
from domain.rulings import LinkReports, ReportRef, SeparateReports, WithdrawRuling
from projections.folding import parallel_fill
from projections.folding.projector import Projector, _open_parts
from projections.queries.question import Question
from projections.queries.relation import Relation, relation_at
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.store import OutdatedTables
from projections.storage.tables import articles, parked, progress, reported_events
from projections.times import to_micros
from tests.clock import Clock
from tests.contract.asking import all_relations
from tests.contract.tables import MEANING, rows
from tests.examples import examples
from tests.language import agreement, backing, clash, cooperation, header, post, statement

ACTORS = ("IRN", "RUS", "SYR", "SYR-REB", "TUR")
PAIRS = tuple(combinations(ACTORS, 2))

sides = st.just(("SYR", "TUR")) | st.permutations(ACTORS).map(lambda actors: (actors[0], actors[1]))
days = st.integers(1, 28).map(lambda day: f"2020-02-{day:02}")
refs = st.sampled_from(["r1", "r2", None])


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Return any report."""
    source, target = draw(sides)
    day, ref = draw(days), draw(refs)
    kind = draw(st.sampled_from(["clash", "statement", "talks", "agreement", "backing", "aid"]))
    if kind == "clash":
        return clash(source, target, day, ref=ref, killed=draw(st.sampled_from([None, 0, 8, 13])))
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
    """Something that somebody does to an article, or rules on some, by a clock that may be behind."""

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
    pairs = list(directions(standing[first]))
    for named, report in standing.items():
        same_pair = any(is_same_pair(one, pair) for one in directions(report) for pair in pairs)
        if named != first and same_pair and is_of_a_kind(report, standing[first]):
            yield named


def reports_of(log: Detente, article_id: str) -> dict[int, Report]:
    try:
        return log.article(article_id).reports
    except DetenteError:
        return {}


DEEDS = ["post", "post", "post", "revise", "correct", "retract one", "retract"]
RULINGS = ["link", "link", "separate", "withdraw"]
ARTICLES = ("a-1", "a-2", "a-3")

acts = st.builds(
    Act,
    st.sampled_from(DEEDS + RULINGS),
    st.sampled_from(ARTICLES),
    st.sampled_from(["Reuters", "AP"]),
    st.integers(1, 5),
    contents(),
    st.booleans(),
    st.sampled_from([0, 0, 5]),
)


@st.composite
def contents_alike(draw: st.DrawFn) -> tuple[Report, ...]:
    """Return what an article reports of clashes between two actors, one of them perhaps part of another."""
    whole = clash(day=draw(days), ref="r1", killed=draw(st.sampled_from([None, 8, 13])))
    part = clash(day=draw(days), type="COERCE", part_of=draw(st.sampled_from(["r1", None])))
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


@examples(20)
@given(lives(), st.integers(1, 7))
def test_a_rebuild_equals_what_was_folded_bit_by_bit(done: Sequence[Act], page: int) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        for act in done:
            act.do(service)
            if act.then_fold:
                fold_in_pages_of(page, service)
        fold_in_pages_of(page, service)
        bit_by_bit = rows(service.store)
        service.store.clear()
        fold_in_pages_of(1000, service)
        assert rows(service.store) == bit_by_bit
        assert_now_is_what_evidence_says(service)
        service.close()


@examples(15)
@given(st.lists(contents(), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_any_order_of_arrival_comes_to_the_same(written: list[tuple[Report, ...]], random: object) -> None:
    commands = [(f"a-{n}", reported) for n, reported in enumerate(written)]
    shuffled = list(commands)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert meaning_of(shuffled) == meaning_of(commands)


@examples(15)
@given(contents(), contents(), st.booleans())
def test_retracted_is_as_if_never_posted(
    kept: tuple[Report, ...], retracted: tuple[Report, ...], one_by_one: bool
) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        by_ann = Provenance("ann", service.clock())
        service.log.post_article(post("wrong", *retracted, published="2020-02-29", publisher="AP"))
        service.log.post_article(post("right", *kept, published="2020-02-29"))
        fold_in_pages_of(3, service)
        if one_by_one:
            for number in range(1, len(retracted) + 1):
                service.log.retract_report(RetractReport("wrong", number, None, by_ann))
        else:
            service.log.retract_article(RetractArticle("wrong", None, by_ann))
        fold_in_pages_of(3, service)
        assert rows(service.store, *MEANING) == meaning_of([("right", kept)])
        service.close()


def meaning_of(commands: Sequence[tuple[str, tuple[Report, ...]]]) -> object:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        for article_id, reported in commands:
            service.log.post_article(post(article_id, *reported, published="2020-02-29"))
        fold_in_pages_of(4, service)
        found = rows(service.store, *MEANING)
        service.close()
        return found


def assert_now_is_what_evidence_says(service: Service) -> None:
    """Hold what running sums and stored runs of states say against what the evidence itself says."""
    everything = to_micros(service.clock())
    with service.store.reading() as connection:
        for day in (18270, 18300, 18321, 18700):
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
    for mine, theirs in zip(one.scores.directed, other.scores.directed, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-9)


LIFE = [
    Act("post", "a-1", "Reuters", 0, (clash(day="2020-02-03/2020-02-10", killed=13, ref="r1"), backing()), False),
    Act("post", "a-2", "AP", 0, (clash(day="2020-02-06", killed=9), statement("RUS", "TUR", "2020-02-07")), True),
    Act("post", "a-3", "AFP", 0, (agreement("RUS TUR", "2020-01", agreement="deal", title="The deal"),), True),
    Act("correct", "a-1", "Reuters", 1, (clash(day="2020-02-03", killed=14, ref="r1"),), True),
    Act("revise", "a-2", "AP", 0, (clash("TUR", "SYR", "2020-02-09"), clash(day="2020-02-06", killed=9)), False),
    Act("retract", "a-3", "AFP", 0, (), True),
    Act("revise", "a-3", "AFP", 0, (agreement("RUS TUR", "2020-01", agreement="deal"),), True),
    Act("link", "a-1", "AFP", 1, (), True),
    Act("correct", "a-1", "Reuters", 1, (clash(day="2020-02-04", killed=15, ref="r1"),), True),
    Act("retract one", "a-2", "AP", 3, (), True),
    Act("withdraw", "a-1", "AFP", 0, (), False),
    Act("separate", "a-1", "AFP", 1, (), True),
]


@pytest.fixture
def lived(service: Service) -> Service:
    """Return a service on which a life of articles has been lived and folded."""
    for act in LIFE:
        act.do(service)
        if act.then_fold:
            fold_in_pages_of(2, service)
    fold_in_pages_of(2, service)
    return service


def test_a_rebuild_equals_the_projections_on_every_store(lived: Service) -> None:
    before = rows(lived.store)
    lived.store.clear()
    assert lived.store.position() == 0
    fold_in_pages_of(1000, lived)
    assert rows(lived.store) == before
    assert_now_is_what_evidence_says(lived)


def test_a_rebuild_by_several_processes_equals_the_projections(
    lived: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(lived.store)
    monkeypatch.setattr("projections.folding.projector.WORTH_WORKERS", 1)
    progress: list[tuple[int, int]] = []
    end = lived.projector.rebuild(lambda position, end: progress.append((position, end)))
    assert rows(lived.store) == before
    assert end == lived.log.position()
    assert progress == sorted(progress)
    assert progress[-1] == (end, end)


@examples(15)
@given(lives(), st.integers(1, 7))
def test_a_log_folded_at_once_equals_what_was_folded_page_by_page(done: Sequence[Act], stretch: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as small:
        for name, size in (("STRETCH", stretch), ("_GROUP", 2), ("_PAIRS", 1)):
            small.setattr(parallel_fill, name, size)
        service = on_sqlite(folder)
        for act in done:
            act.do(service)
        fold_in_pages_of(3, service)
        page_by_page = rows(service.store)
        with service.store.rebuilding() as new:
            opening = partial(_open_parts, service.store.url, new.number)
            parallel_fill.fill(new, opening, service.log.position(), pool_of=one_thread)
            service.store.swap(new)
        assert rows(service.store) == page_by_page
        service.close()


def one_thread(opening: parallel_fill.Opening) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, initializer=parallel_fill.begin_worker, initargs=(opening,))


def test_two_projectors_fold_each_page_once(lived: Service) -> None:
    before = rows(lived.store)
    lived.store.clear()
    one, other = (Projector(lived.log, lived.store, page_size=1) for _ in range(2))
    while one._fold_next_page() or other._fold_next_page():
        pass
    late = lived.log.read_log(0, 5)
    one._write(0, late)  # a page that another has written already
    fold_in_pages_of(1, lived)
    assert rows(lived.store) == before


def test_what_was_known_is_shown_as_it_was_known(lived: Service) -> None:
    """The toll of 14 came with a correction; before it, both papers' reports were one incident of 13."""
    history = lived.log.article_history("a-1")
    corrected = to_micros(next(event.timestamp for event in history if isinstance(event, ReportCorrected)))
    day = Question(18304)  # 2020-02-12
    with lived.store.reading() as connection:
        before = relation_at(connection, ("SYR", "TUR"), day._replace(known_at=corrected - 1))
        after = relation_at(connection, ("SYR", "TUR"), day._replace(known_at=corrected))
        a_moment_later = relation_at(connection, ("SYR", "TUR"), day._replace(known_at=corrected + 1))
    assert (before.incidents, before.publishers) == (1, 2)
    assert (after.incidents, after.publishers) == (2, 2)
    assert after.scores.tension > before.scores.tension
    assert after == a_moment_later


def test_a_poison_event_is_parked_and_the_rest_goes_on(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    service.projector.catch_up()
    poison = service.log.recorder.select_events(service.log.article("a-1").id)[-1]
    stored = type(poison)(service.log.article("a-1").id, 3, "detente.war-declared", poison.state)
    service.log.recorder.insert_events([stored])
    service.log.post_article(post("a-2", statement()))
    service.projector.catch_up()
    with service.store.reading() as connection:
        (event,) = connection.execute(select(parked)).all()
        known = connection.execute(select(articles.c.article_id).order_by(articles.c.article_id)).scalars().all()
    assert (event.topic, event.aggregate_version) == ("detente.war-declared", 3)
    assert "TopicError" in event.error
    assert known == ["a-1", "a-2"]
    assert service.store.position() == service.log.position()


def test_an_event_that_cannot_be_written_is_parked_with_its_error(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    stumbling = {
        "article": service.log.read_log(0, 1)[0].id,
        "number": 1,
        "version": 2,
        "position": 0,
        "recorded": 0,
        "content": "{}",
    }
    with service.store.writing() as connection:
        connection.execute(insert(reported_events).values(stumbling))
    service.projector.catch_up()
    with service.store.reading() as connection:
        (event,) = connection.execute(select(parked)).all()
    assert event.topic == "detente.clash-reported"
    assert "IntegrityError" in event.error
    assert service.store.position() == service.log.position()


def test_tables_of_another_version_are_neither_read_nor_written(service: Service) -> None:
    with service.store.writing() as connection:
        connection.execute(update(progress).values(version=0))
    with pytest.raises(OutdatedTables, match="detente rebuild"), service.store.reading():
        pass
    service.log.post_article(post("a-1", clash()))
    with pytest.raises(OutdatedTables, match="detente rebuild"):
        service.projector.catch_up()
    service.store.clear()
    with service.store.reading():
        pass


def test_a_log_and_its_projections_live_side_by_side(tmp_path: Path) -> None:
    service = Service.open(Settings(database_url=f"sqlite:///{tmp_path}/news.db"), Clock())
    service.close()
    assert {file.name for file in tmp_path.glob("*.db")} == {
        "news.db",
        "news.projections.db",
        "news.projections-1.db",
    }


def test_the_default_model_is_the_one_that_the_tables_hold() -> None:
    assert Question(0).model is DEFAULT_MODEL
    assert Question(0).is_plain
    assert not Question(0, model=DEFAULT_MODEL.with_constants("other", prior=5.0)).is_plain
