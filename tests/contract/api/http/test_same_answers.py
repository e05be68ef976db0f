"""One log has one answer to a question, to the last digit, however it was folded and on whichever store."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from api.app import create_app
from api.http.middleware.response_cache import ResponseCache
from api.running.service import Service
from api.running.settings import Settings
from domain.articles import CorrectReport, RetractReport, ReviseArticle
from domain.events import Provenance
from domain.reports import Report
from domain.rulings import LinkReports, ReportRef
from projections.storage.incident_cache import IncidentCache
from tests.clock import Clock
from tests.conftest import NewDatabase
from tests.contract.projections.folding.acts import fold_in_pages_of
from tests.e2e.app_client import AppClient, client_of
from tests.language import agreement, backing, clash, cooperation, header, post, statement

PAIR: Final = "/v1/relations/SYR/TUR"
WITHOUT: Final = "what_if=without_publisher:AP&what_if=half_life_material:77"
PATHS: Final = [
    *(
        f"{path}as_of={day}{more}"
        for path in ("/v1/relations?", "/v1/relations/RUS/TUR?", "/v1/agreements?")
        for day in ("2020-02-05", "2021-01-01")
        for more in ("", "&known_at=2026-01-01T00:00:25Z")
    ),
    *(
        f"{path}as_of=2020-02-20&{more}"
        for path in ("/v1/relations?", f"{PAIR}?")
        for more in (WITHOUT, "model=goldstein-mean", "model=clash-count")
    ),
    f"{PAIR}/tension?as_of=2020-03-01",
    f"{PAIR}/tension?as_of=2020-03-01&known_at=2026-01-01T00:00:25Z&{WITHOUT}",
    "/v1/relations/RUS/TUR/incidents?as_of=2020-02-20",
    "/v1/relations/RUS/TUR/episodes?as_of=2020-06-01",
    f"{PAIR}/explanation?from=2020-02-03&to=2020-02-20&limit=100",
    f"/v1/relations/RUS/TUR/explanation?from=2020-02-03&to=2020-02-20&{WITHOUT}",
    "/v1/relations?as_of=2020-02-20&state=hostile&state=strained&state=open_conflict&sort=pair",
    *(
        f"{path}{question}"
        for path in ("/v1/map?from=2020-01-01&", "/v1/matrix?", "/v1/actors/SYR/network?", "/v1/incidents?", "/?")
        for question in ("as_of=2020-02-20", "as_of=2020-03-01&known_at=2026-01-01T00:00:25Z")
    ),
    "/v1/models/tension-bands",
    "/relations?as_of=2020-02-20",
    "/v1/pictures/relations/SYR/TUR/tension?as_of=2020-03-01&format=vl.json",
]

Answers = dict[str, tuple[str, str]]  # entity tag and body, by path


def _reports(turn: int) -> tuple[Report, ...]:
    """Return reports of which many are of other incidents, and some of those of other turns."""
    types = ("ASSAULT", "COERCE", "SANCTION", "PROTEST", "MOBILIZE")
    clashes = (
        clash("SYR", other, f"2020-02-{1 + (7 * n + turn) % 27:02}", types[(n + turn) % 5], killed=3 * n + turn)
        for n in range(5)
        for other in ("TUR", "SYR-REB")
    )
    return (
        *clashes,
        clash("TUR", "SYR", f"2020-02-{1 + turn:02}", wounded=7),
        statement("RUS", "TUR", f"2020-02-{2 + turn:02}"),
        cooperation("RUS", "TUR", f"2020-01-{3 + turn:02}"),
    )


def _commands(service: Service) -> Iterator[Callable[[], object]]:
    """Yield what is told and ruled, in its order."""

    def by_ann() -> Provenance:
        return Provenance("ann", service.clock())

    log, about = service.log, {"published": "2020-02-29"}
    ties = (backing("RUS", "SYR"), agreement(agreement="deal"), agreement(agreement="a-pact"))
    yield lambda: log.post_article(post("a-0", *ties, provenance=by_ann(), **about))
    for turn in range(6):
        publisher = ("AP", "Reuters", "AFP")[turn % 3]
        yield lambda turn=turn, publisher=publisher: log.post_article(  # type: ignore[misc]  # bound at once
            post(f"a-{turn + 1}", *_reports(turn), provenance=by_ann(), publisher=publisher, **about)
        )
    yield lambda: log.correct_report(CorrectReport("a-1", 2, _reports(9)[2], None, by_ann()))
    yield lambda: log.retract_report(RetractReport("a-2", 1, None, by_ann()))
    yield lambda: log.link_reports(LinkReports((ReportRef("a-1", 11), ReportRef("a-2", 11)), "one", by_ann()))
    revised = header("2020-02-28", "dpa")
    yield lambda: log.revise_article(ReviseArticle("a-3", revised, _reports(2)[2:], None, by_ann()))


def _ask(client: AppClient) -> Answers:
    found = {}
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        found[path] = answer.headers["etag"], answer.text
    return found


def _answers(database_url: str, page_size: int | None) -> Iterator[Answers]:
    """Yield all answers to a log, folded in pages as it grows or at once; then those after a rebuild."""
    settings = Settings(database_url=database_url, projector="none", seed=True)
    with client_of(create_app(settings, Clock())) as client:
        service: Service = client.app.state.service
        for command in _commands(service):
            command()
            if page_size is not None:
                fold_in_pages_of(page_size, service)
        fold_in_pages_of(page_size or 10_000, service)
        yield _ask(client)
        service.projector.rebuild()
        client.app.state.response_cache = ResponseCache(service, client.app.state.glances)
        service.incident_cache = IncidentCache()
        yield _ask(client)


@pytest.fixture
def urls(tmp_path: Path, new_postgres_database: NewDatabase) -> list[tuple[str, int | None]]:
    """Return databases of each kind, each with the size of pages in which it is folded."""
    return [
        (f"sqlite:///{tmp_path}/one.db", None),
        (f"sqlite:///{tmp_path}/other.db", 5),
        (new_postgres_database(), 5),
    ]


def test_one_log_has_one_answer_to_the_last_digit(urls: list[tuple[str, int | None]]) -> None:
    expected: Answers | None = None
    for database_url, page_size in urls:
        for answers in _answers(database_url, page_size):
            expected = expected or answers
            for path, answer in answers.items():
                assert answer == expected[path], path
