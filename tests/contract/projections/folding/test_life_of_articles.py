"""Whatever is done to articles, in whatever order, and however it is folded: the answers are the naive model's."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from api.running.service import Service
from api.running.settings import Settings
from domain.articles import CorrectReport, Header, PostArticle, RetractArticle, RetractReport, ReviseArticle
from domain.errors import DetenteError
from domain.events import Provenance
from domain.log.article_log import Outcome
from domain.reports import Report
from projections.folding.projector import Projector
from projections.queries.question import Question
from projections.storage.tables import parked
from projections.times import to_day, to_micros
from tests.clock import Clock
from tests.conftest import NewDatabase
from tests.contract.naive import Meaning
from tests.contract.naive_facts import Facts
from tests.contract.naive_incidents import Pair
from tests.contract.projections.folding.comparison import ACTORS, PAIRS, Comparison
from tests.examples import FUZZ_EXAMPLES
from tests.language import agreement, backing, clash, cooperation, header, statement

IDS = st.sampled_from(["a-1", "a-2", "a-3"])
NUMBERS = st.integers(1, 5)
#: Before anything, in the midst of it, at its end, and long after.
DAYS = ("2020-01-31", "2020-02-05", "2020-02-12", "2020-02-25", "2020-04-01", "2021-01-01")

KINDS = ("clash", "clash", "statement", "plain", "agreement", "sides", "backing", "backing", "aid")


@st.composite
def occurred(draw: st.DrawFn) -> str:
    first, length = draw(st.integers(1, 25)), draw(st.sampled_from([0, 0, 0, 1, 2, 3]))
    start = date(2020, 2, first)
    return f"{start}/{start + timedelta(days=length)}" if length else str(start)


@st.composite
def reports(draw: st.DrawFn, refs: Sequence[str]) -> Report:
    """Return any report; it may be part of one that `refs` name."""
    source, target, third = draw(st.permutations(ACTORS))[:3]
    day, toll = draw(occurred()), st.sampled_from([None, 0, 3, 40, 100_000])
    mutual, is_part = draw(st.booleans()), draw(st.booleans())
    joins: dict[str, Any] = {}
    if refs and is_part:
        joins[draw(st.sampled_from(["part_of", "same_as"]))] = draw(st.sampled_from(refs))
    if several := draw(st.integers(0, 3)) == 0:
        target = f"{target} {third}"
    kind = draw(st.sampled_from(KINDS))
    joins["place"] = draw(st.sampled_from([None, "Idlib", "Saraqib", "IDLIB"]))
    if kind == "clash":
        type_ = draw(st.sampled_from(["ASSAULT", "ASSAULT", "SANCTION"]))
        tolls = {"killed": draw(toll), "wounded": draw(toll)}
        return clash(source, target, day, type_, reciprocal=mutual, **tolls, **joins)
    if kind == "statement":
        type_ = draw(st.sampled_from(["CONSULT", "ACCUSE", "REQUEST"]))
        return statement(source, target, day, type_, reciprocal=mutual, **joins)
    if kind == "plain":
        return statement(source, target, day, None, cameo="010", **joins)
    if kind == "aid":
        return cooperation(source, target, day, reciprocal=mutual, **joins)
    if kind == "backing":
        return backing(
            source, target, day, development=draw(st.sampled_from(["standing", "begun", "ended"])), **joins
        )
    deal = {
        "agreement": draw(st.sampled_from(["deal", "pact"])),
        "title": draw(st.sampled_from([None, "The deal"])),
        "purpose": draw(st.sampled_from([None, "ceasefire", "trade"])),
    }
    deal["development"] = draw(st.sampled_from(["reached", "reaffirmed", "breached", "terminated", "expired"]))
    if kind == "agreement":
        return agreement(f"{source} {target}", day, **deal, **joins)
    sides = {"source": (source,), "target": tuple(target.split()), "reciprocal": mutual and not several}
    return agreement("", day, **sides, **deal, **joins)


@st.composite
def contents(draw: st.DrawFn) -> tuple[Report, ...]:
    """Return what an article reports: some of it part of other parts."""
    refs: list[str] = []
    content: list[Report] = []
    for number in range(draw(st.integers(1, 4))):
        report = draw(reports(refs))
        if draw(st.booleans()):
            refs.append(f"r{number}")
            report = type(report)(**{**{f: getattr(report, f) for f in report.__struct_fields__}, "ref": refs[-1]})
        content.append(report)
    return tuple(content)


headers = st.builds(
    header,
    published=st.sampled_from(["2020-02-28", "2020-02-28", "2020-03-05"]),
    publisher=st.sampled_from(["Reuters", "REUTERS", "AP", "AFP"]),
)


class Life(RuleBasedStateMachine):
    """Does things to articles, folds, restarts and rebuilds; and compares."""

    new_database: Callable[[str], str]

    @initialize(about=headers, first=contents(), second=contents())
    def begin(self, about: Header, first: tuple[Report, ...], second: tuple[Report, ...]) -> None:
        """Open a log, and post two articles."""
        self.folder = mkdtemp()
        self.url = type(self).new_database(self.folder)
        self.clock = Clock()
        self.facts = Facts()
        self.last: dict[str, PostArticle] = {}
        self.service = self._open()
        self._post("a-1", about, first)
        self._post("a-2", about, second)

    def _open(self) -> Service:
        return Service.open(Settings(database_url=self.url), self.clock)

    def teardown(self) -> None:
        """Compare once more, and close everything."""
        if not hasattr(self, "service"):
            return
        try:
            for turn, day in enumerate(DAYS):
                self._compare(day, known_of=turn if turn % 2 else None, chosen=PAIRS[turn % len(PAIRS)])
        finally:
            self.service.close()
            shutil.rmtree(self.folder)

    def _do(self, command: Callable[[Provenance], Outcome]) -> tuple[Outcome | None, Any]:
        """Give a command; return its outcome, None if it is refused, and the instant of record."""
        by_ann = Provenance("ann", self.clock())
        with suppress(DetenteError):
            return command(by_ann), by_ann.recorded
        return None, by_ann.recorded

    @rule(article=IDS, about=headers, content=contents())
    def post(self, article: str, about: Header, content: tuple[Report, ...]) -> None:
        """Post an article: a new one, or other content under an id that is taken."""
        self._post(article, about, content)

    @precondition(lambda self: self.last)
    @rule(article=IDS)
    def post_again(self, article: str) -> None:
        """Post once more what was posted."""
        if again := self.last.get(article):
            self._post(article, again.header, again.reports)

    def _post(self, article: str, about: Header, content: tuple[Report, ...]) -> None:
        def give(by_ann: Provenance) -> Outcome:
            command = PostArticle(article_id=article, header=about, reports=content, provenance=by_ann)
            outcome = self.service.log.post_article(command)
            self.last[article] = command
            return outcome

        outcome, recorded = self._do(give)
        if outcome is not None:
            assert outcome.changed == (article not in self.facts.articles)
        if outcome is not None and outcome.changed:
            self.facts.post(article, about, content, recorded)

    @precondition(lambda self: self.facts.articles)
    @rule(article=IDS, about=headers, content=contents())
    def revise(self, article: str, about: Header, content: tuple[Report, ...]) -> None:
        """Revise an article altogether."""
        self._revise(article, about, content)

    @precondition(lambda self: self.facts.articles)
    @rule(article=IDS, about=headers, more=contents(), number=NUMBERS)
    def revise_a_part(self, article: str, about: Header, more: tuple[Report, ...], number: int) -> None:
        """Revise an article: something goes, something comes, the rest stays."""
        if article in self.facts.articles:
            standing = {n: stated.report for n, stated in self.facts.standing(article).items() if n != number}
            fresh = [r for r in more[:1] if r.ref not in {s.ref for s in standing.values()}]
            self._revise(article, about, (*standing.values(), *fresh))

    def _revise(self, article: str, about: Header, content: tuple[Report, ...]) -> None:
        outcome, recorded = self._do(
            lambda by_ann: self.service.log.revise_article(ReviseArticle(article, about, content, "why", by_ann))
        )
        if outcome is not None and outcome.changed:
            self.facts.revise(article, about, content, recorded)

    @precondition(lambda self: self.facts.articles)
    @rule(article=IDS, number=NUMBERS, content=reports([]), keeps_ref=st.booleans())
    def correct(self, article: str, number: int, content: Report, keeps_ref: bool) -> None:
        """Correct a report, under its `ref` or without."""
        before = self.facts.standing(article).get(number) if article in self.facts.articles else None
        if before is not None and keeps_ref:
            fields = {name: getattr(content, name) for name in content.__struct_fields__}
            content = type(content)(**{**fields, "ref": before.report.ref})
        outcome, recorded = self._do(
            lambda by_ann: self.service.log.correct_report(CorrectReport(article, number, content, None, by_ann))
        )
        if outcome is not None and outcome.changed:
            self.facts.correct(article, number, content, recorded)

    @precondition(lambda self: self.facts.articles)
    @rule(article=IDS, number=st.one_of(NUMBERS, st.none()))
    def retract(self, article: str, number: int | None) -> None:
        """Take back a report, or the article."""
        log = self.service.log
        outcome, recorded = self._do(
            lambda by_ann: (
                log.retract_article(RetractArticle(article, None, by_ann))
                if number is None
                else log.retract_report(RetractReport(article, number, None, by_ann))
            )
        )
        if outcome is not None and outcome.changed:
            self.facts.retract(article, number, recorded)

    @rule(size=st.integers(1, 9), pages=st.integers(1, 3))
    def fold_a_little(self, size: int, pages: int) -> None:
        """Fold some pages, of some size."""
        projector = Projector(self.service.log, self.service.store, page_size=size)
        for _ in range(pages):
            projector._fold_next_page()

    @rule()
    def restart(self) -> None:
        """Close the log and the projections, and open them again."""
        self.service.close()
        self.service = self._open()

    @rule()
    def rebuild(self) -> None:
        """Empty the projections."""
        self.service.store.clear()

    @precondition(lambda self: self.facts.articles)
    @rule(
        day=st.sampled_from(DAYS),
        size=st.integers(1, 50),
        is_refreshed=st.booleans(),
        pick=st.integers(0, 1000),
        then=st.booleans(),
    )
    def compare(self, day: str, size: int, is_refreshed: bool, pick: int, then: bool) -> None:
        """Fold all there is, with or without making states anew, and compare all answers of a day."""
        projector = Projector(self.service.log, self.service.store, page_size=size)
        if is_refreshed:
            projector.catch_up()
        self._compare(day, known_of=pick if then else None, chosen=PAIRS[pick % len(PAIRS)], size=size)

    def _compare(self, day: str, known_of: int | None, chosen: Pair, size: int = 100) -> None:
        """Compare all answers of a day, from what was known at one of the instants of record, or is known now."""
        projector = Projector(self.service.log, self.service.store, page_size=size)
        while projector._fold_next_page():
            pass
        instants = sorted({e.recorded for editions in self.facts.articles.values() for e in editions})
        known_at = None if known_of is None or not instants else instants[known_of % len(instants)]
        question = Question(to_day(date.fromisoformat(day)), None if known_at is None else to_micros(known_at))
        note(f"as of {day}, known at {known_at}")
        with self.service.store.reading() as connection:
            assert connection.execute(select(parked)).all() == []
            Comparison(connection, Meaning(self.facts, known_at), question).run(chosen)


def _on(new_database: Callable[[str], str]) -> type[Life]:
    return type("LifeHere", (Life,), {"new_database": staticmethod(new_database)})


def _settings(examples: int) -> settings:
    skipped = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        derandomize=FUZZ_EXAMPLES is None,
        phases=(Phase.generate,),  # to look into a failure, add Phase.shrink, which takes minutes
        suppress_health_check=skipped,
    )


def test_a_life_on_sqlite() -> None:
    run_state_machine_as_test(
        _on(lambda folder: f"sqlite:///{Path(folder)}/one.db"), settings=_settings(int(FUZZ_EXAMPLES or 5))
    )


def test_a_life_on_postgresql(new_postgres_database: NewDatabase) -> None:
    run_state_machine_as_test(_on(lambda _folder: new_postgres_database()), settings=_settings(2))
