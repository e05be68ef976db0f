"""States are made anew from a day on, on every kind of store: as of the whole history, whatever comes."""

import random
from itertools import combinations

import pytest

from api.running.service import Service
from domain.articles import CorrectReport, RetractArticle, RetractReport
from domain.events import Provenance
from domain.publishers.alias import AddPublisherAlias
from domain.reports import Report
from domain.rulings import LinkReports, ReportRef, WithdrawRuling
from projections.folding.states.state_runs import run_rows
from projections.queries.load_pairs import load_pairs
from projections.storage.tables import stale_states
from tests.contract.tables import rows
from tests.language import backing, clash, cooperation, post, statement

ACTORS = ("IRN", "RUS", "SYR", "TUR")
PAIRS = list(combinations(ACTORS, 2))
YEARS = range(1990, 2020)


class Life:
    """Articles over thirty years, in the order of their days but for the late ones, and what becomes of them."""

    def __init__(self, service: Service, seed: int) -> None:
        self.service = service
        self.chance = random.Random(seed)  # noqa: S311  # the same life in every run
        self.posted: list[str] = []
        self.years = [*YEARS] * 2

    def report(self, year: int) -> Report:
        source, target = self.chance.sample(ACTORS, 2)
        day = f"{year}-{self.chance.randint(1, 12):02}-{self.chance.randint(1, 28):02}"
        killed = self.chance.choice([None, 3, 400])
        development = self.chance.choice(["standing", "standing", "ended"])
        told: list[Report] = [
            clash(source, target, day, killed=killed),
            clash(source, target, day, type="COERCE"),
            statement(source, target, day),
            statement(source, target, day, type="CONSULT", reciprocal=True),
            cooperation(source, target, day),
            backing(source, target, day, development=development),
        ]
        return self.chance.choice(told)

    def post(self, year: int) -> None:
        id_ = f"a-{len(self.posted)}"
        reports = [self.report(year) for _ in range(self.chance.randint(1, 5))]
        publisher = self.chance.choice(["Reuters", "AP"])
        self.service.log.post_article(post(id_, *reports, published="2020-02-01", publisher=publisher))
        self.posted.append(id_)

    def change(self) -> None:
        by_ann = Provenance("ann", self.service.clock())
        id_ = self.chance.choice(self.posted)
        article = self.service.log.article(id_)
        if article.retracted or not article.reports:
            return
        number = self.chance.choice([*article.reports])
        act = self.chance.randrange(3)
        if act == 0:
            self.service.log.retract_article(RetractArticle(id_, None, by_ann))
        elif act == 1:
            self.service.log.retract_report(RetractReport(id_, number, None, by_ann))
        else:
            report = self.report(self.chance.choice(YEARS))
            self.service.log.correct_report(CorrectReport(id_, number, report, None, by_ann))

    def check(self) -> None:
        self.service.projector.catch_up()
        with self.service.store.reading() as connection:
            assert not connection.execute(stale_states.select()).all()
            whole = sorted(run_rows(load_pairs(connection, PAIRS)))
        assert sorted(rows(self.service.store, "state_runs")["state_runs"]) == whole
        assert len({row[3] for row in whole}) > 1


def test_states_since_a_day_are_those_of_the_whole_history(service: Service) -> None:
    life = Life(service, 1)
    for year in YEARS:
        life.post(year)
        if year % 3 == 0:
            life.post(life.chance.choice(YEARS))  # late
        if year % 4 == 0:
            life.change()
        life.check()
    for _ in range(12):
        life.change()
        life.check()


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_so_are_those_of_pages_with_much_in_them(service: Service, seed: int) -> None:
    life = Life(service, seed)
    for years in (YEARS[::10], YEARS[1::10], YEARS[:12], YEARS):
        for year in years:
            life.post(year)
        for _ in range(3):
            life.change()
        life.check()


def test_where_each_of_two_comes_to_back_the_other_the_earlier_day_counts(service: Service) -> None:
    life = Life(service, 1)
    service.log.post_article(post("a-1", clash("SYR", "TUR", "1995-04-28"), clash("IRN", "SYR", "1996-01-01")))
    life.check()
    ties = [backing("IRN", "TUR", "1995-04-26"), backing("TUR", "IRN", "1995-05-01")]
    service.log.post_article(post("a-2", *ties, clash("IRN", "SYR", "1995-04-30")))
    life.check()


def test_a_ruling_an_alias_and_a_tie_are_followed_back_to_the_first_day_that_they_change(service: Service) -> None:
    log, by_ann = service.log, Provenance("ann", service.clock())
    day, later = "1999-05-01", "2003-02-01"
    told: dict[str, Report] = {
        "one": clash("SYR", "TUR", day, killed=20),
        "other": clash("SYR", "TUR", "1999-07-09", killed=900),
        "late": statement("SYR", "TUR", later),
        "with Iran": clash("SYR", "IRN", "1999-06-01", killed=900),
        "of old": cooperation("RUS", "TUR", later),
    }
    for id_, report in told.items():
        log.post_article(post(id_, report, published="2020-02-01", publisher=id_))
    log.post_article(post("again", told["one"], published="2020-02-01", publisher="two"))
    life = Life(service, 1)
    life.check()
    log.link_reports(LinkReports((ReportRef("one", 1), ReportRef("other", 1)), "one clash", by_ann, "ruling"))
    life.check()
    log.add_publisher_alias(AddPublisherAlias("two", "one", by_ann, "one desk"))
    life.check()
    log.post_article(post("tie", backing("RUS", "SYR", "1999-06-15"), published="2020-02-01"))
    life.check()
    log.post_article(
        post("no tie", backing("RUS", "SYR", "1999-08-01", development="ended"), published="2020-02-01")
    )
    life.check()
    log.retract_article(RetractArticle("tie", None, by_ann))
    life.check()
    log.withdraw_ruling(WithdrawRuling("ruling", "two clashes", by_ann))
    life.check()
