"""A log in which everything happens that a fold has to get right, some of it often; the same in every run."""

import random
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from typing import Final

from api.running.service import Service
from api.running.settings import Settings
from benchmarks.lifelike.chronicle import Plan
from benchmarks.lifelike.making import make_region, untold
from domain.articles import CorrectReport, RetractArticle, RetractReport, ReviseArticle
from domain.errors import DetenteError
from domain.events import Provenance
from domain.publishers.alias import AddPublisherAlias, RemovePublisherAlias
from domain.redactions import RedactTexts
from domain.reports import Report
from domain.rulings import LinkReports, ReportRef, SeparateReports, WithdrawRuling
from tests.clock import Clock
from tests.contract.api.history.builds import record_something_of_each_kind
from tests.contract.projections.folding.acts import others_like, reports_of
from tests.language import agreement, backing, clash, cooperation, header, post, statement

LIFELIKE: Final = Plan(events=30_000, developments=600, alignments=60, last=date(2026, 6, 30))
_ARTICLES: Final = 400
_ACTS: Final = 1_500
_ACTORS: Final = ("IRN", "IRQ", "RUS", "SYR", "SYR-REB", "TUR", "USA")
_PUBLISHERS: Final = ("Reuters", "AP", "AFP", "Anadolu", "SANA", "TASS")
_DAYS: Final = ("2020-02-03", "2020-02-11", "2020-02", "2020-03-05/2020-03-09", "2020-03-06?", "2020-03-20")
_SINCE: Final = datetime(2026, 7, 1, tzinfo=UTC)


def make_eventful_log(url: str) -> None:
    """Fill an empty database: years of what looks like life, what is special, and many acts of every kind."""
    make_region(url, LIFELIKE, untold)
    with closing(Service.open(Settings(database_url=url), Clock(_SINCE))) as service:
        record_something_of_each_kind(service)
        acts = _Acts(service)
        for number in range(_ARTICLES):
            acts.post(f"x-{number}")
        for _ in range(_ACTS):
            acts.do_any()


class _Acts:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._log = service.log
        self._chance = random.Random(15)  # noqa: S311  # the same log in every run

    def post(self, article_id: str) -> None:
        """Post an article of some reports."""
        article = post(
            article_id,
            *self._reports(),
            provenance=self._by_ann(),
            publisher=self._chance.choice(_PUBLISHERS),
            published="2020-03-29",
            headline=f"What {article_id} tells",
        )
        self._log.post_article(article)

    def do_any(self) -> None:
        """Do something, as far as it is allowed: a refused command changes nothing."""
        acts: list[Callable[[], object]] = [
            self._revise,
            self._correct,
            self._retract_report,
            self._retract_article,
            self._link,
            self._separate,
            self._withdraw,
            self._alias,
            self._redact,
        ]
        weights = [3, 4, 3, 1, 6, 2, 1, 1, 1]
        (act,) = self._chance.choices(acts, weights)
        with suppress(DetenteError):
            act()

    def _revise(self) -> None:
        about = header("2020-03-30", self._chance.choice(_PUBLISHERS), headline="Revised")
        self._log.revise_article(ReviseArticle(self._article(), about, self._reports(), None, self._by_ann()))

    def _correct(self) -> None:
        article, number = self._article(), self._chance.randint(1, 4)
        self._log.correct_report(CorrectReport(article, number, self._report(), "A slip.", self._by_ann()))

    def _retract_report(self) -> None:
        number = self._chance.randint(1, 4)
        self._log.retract_report(RetractReport(self._article(), number, "Not so.", self._by_ann()))

    def _retract_article(self) -> None:
        self._log.retract_article(RetractArticle(self._article(), None, self._by_ann()))

    def _link(self) -> None:
        self._log.link_reports(LinkReports(self._alike(3), "the same", self._by_ann()))

    def _separate(self) -> None:
        self._log.separate_reports(SeparateReports(self._alike(2), "another", self._by_ann()))

    def _withdraw(self) -> None:
        rulings = self._log.ruling_register().newest_first()
        self._log.withdraw_ruling(WithdrawRuling(self._chance.choice(rulings).id, "mistaken", self._by_ann()))

    def _alias(self) -> None:
        alias, publisher = self._chance.sample(_PUBLISHERS, 2)
        if self._chance.random() < 0.3:
            self._log.remove_publisher_alias(RemovePublisherAlias(alias, self._by_ann()))
        else:
            self._log.add_publisher_alias(AddPublisherAlias(alias, publisher, self._by_ann()))

    def _redact(self) -> None:
        fields = ("quote", "place", "headline")
        self._log.redact(RedactTexts(self._article(), None, fields, "asked", self._by_ann()))

    def _alike(self, most: int) -> tuple[ReportRef, ...]:
        """Return reports that can be one incident, of several articles where there are such."""
        articles = [self._article() for _ in range(12)]
        standing = {
            ReportRef(article, number): report
            for article in articles
            for number, report in reports_of(self._log, article).items()
        }
        first = self._chance.choice(list(standing))
        return (first, *others_like(first, standing))[:most]

    def _reports(self) -> tuple[Report, ...]:
        return tuple(self._report() for _ in range(self._chance.randint(1, 4)))

    def _report(self) -> Report:
        source, target = self._chance.sample(_ACTORS, 2)
        day = self._chance.choice(_DAYS)
        one = self._chance.random()
        if one < 0.4:
            killed = self._chance.choice([None, 0, 8, 40])
            place = self._chance.choice([None, "Idlib", "Saraqib"])
            return clash(source, target, day, killed=killed, place=place, quote="They fired.")
        if one < 0.6:
            return statement(source, target, day, quote="We condemn it.")
        if one < 0.7:
            return statement(source, target, day, type="CONSULT", reciprocal=True)
        if one < 0.8:
            return cooperation(source, target, day)
        if one < 0.9:
            development = self._chance.choice(["reached", "breached", "terminated"])
            return agreement(f"{source} {target}", day, agreement=f"deal-{source}", development=development)
        return backing(source, target, day, development=self._chance.choice(["standing", "ended"]))

    def _article(self) -> str:
        return f"x-{self._chance.randrange(_ARTICLES)}"

    def _by_ann(self) -> Provenance:
        return Provenance("ann", self._service.clock())
