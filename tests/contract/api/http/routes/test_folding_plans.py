"""How SQLite finds what the projector reads, changes and deletes: it goes through no table that grows."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.http.routes.test_query_plans import scans
from tests.contract.api.http.routes.test_statements import transactions
from tests.e2e.app_client import AppClient, app_client
from tests.e2e.support import article, clash

FIRST = clash("RUS", "TUR", "2020-01-03")
LATER = clash("RUS", "TUR", "2020-01-05")
DEAL = {"kind": "agreement", "parties": ["RUS", "TUR"], "agreement": "plan-1", "occurred": "2019-01-01"}
TIE = {"kind": "alignment", "source": "TUR", "target": "SYR-REB", "occurred": "2012"}
LINK = {
    "id": "plan-link",
    "ruling": "link",
    "reason": "One happening.",
    "reports": [{"article": "plan-1", "number": 1}, {"article": "plan-2", "number": 2}],
}
WHY = {"reason": "It was wrong."}
#: What changes what is recorded, in an order in which each is taken.
CHANGES: list[tuple[str, str, Any]] = [
    ("POST", "/v1/articles", article(FIRST, LATER, DEAL, TIE, id="plan-1", publisher="One")),
    ("POST", "/v1/articles", article(FIRST, LATER, id="plan-2", publisher="Two")),
    ("POST", "/v1/rulings", LINK),
    ("DELETE", "/v1/rulings/plan-link?reason=No.", None),
    ("PUT", "/v1/articles/plan-1/events/1", {**WHY, "event": {**FIRST, "occurred": "2020-01-04"}}),
    ("PUT", "/v1/articles/plan-2", article(FIRST, id="plan-2", publisher="Three")),
    ("POST", "/v1/articles/plan-1/redactions", {**WHY, "fields": ["place", "summary"]}),
    ("DELETE", "/v1/articles/plan-1/events/2?reason=No.", None),
    ("DELETE", "/v1/articles/plan-1?reason=No.", None),
    ("DELETE", "/v1/articles/plan-2?reason=No.", None),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    with app_client(tmp_path_factory.mktemp("plans"), settings={"projector": "none"}) as client:
        client.app.state.service.projector.catch_up()
        yield client


def test_what_is_folded_goes_through_no_table_that_grows(app: AppClient) -> None:
    service = app.app.state.service
    found: dict[str, dict[str, str]] = {}
    for method, path, body in CHANGES:
        answered = app.request(method, path, json=body)
        assert answered.is_success, answered.text
        with transactions() as seen:
            service.projector.catch_up()
        statements = {each for one in seen for each in one if _reads(each)}
        assert statements
        with service.store.reading() as connection:
            found |= {each: steps for each in statements if (steps := scans(connection, each))}
    assert found == {}


def _reads(statement: str) -> bool:
    return statement.lstrip().startswith(("SELECT", "WITH", "DELETE", "UPDATE", "INSERT"))
