"""What may stand in a question or in what is sent: days, numbers of numpy's, models; and what may not is said."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from detente_client import Client
from pydantic import BaseModel

from tests.e2e.support import ActorFactory, article, clash
from tests.server import ServerClient


class Clash(BaseModel):
    """A reported event as somebody models it."""

    kind: str = "clash"
    type: str = "ASSAULT"
    source: str
    target: str
    occurred: date
    killed: int | None = None


@pytest.fixture
def pair(sqlite_server: ServerClient) -> tuple[str, str]:
    return ActorFactory(sqlite_server).pair()


def test_an_article_may_be_of_days_models_and_numbers_of_numpy(client: Client, pair: tuple[str, str]) -> None:
    event = Clash(kind="clash", type="ASSAULT", source=pair[0], target=pair[1], occurred=date(2020, 1, 12))
    counted = {**clash(*pair), "occurred": date(2020, 1, 13), "killed": np.int64(3)}
    sent = article(published=datetime(2020, 1, 20, 9, tzinfo=UTC)) | {"events": [event, counted]}
    stored = client.article(client.post(sent).id)
    assert stored.published == "2020-01-20T09:00:00Z"
    assert [each.event["occurred"] for each in stored.events] == ["2020-01-12", "2020-01-13"]
    assert [each.event.get("killed") for each in stored.events] == [None, 3]


@pytest.mark.parametrize(
    ("body", "error", "why"),
    [
        ({"id": {1, 2}}, TypeError, "cannot be sent as JSON"),
        ({"killed": float("nan")}, ValueError, "not JSON compliant"),
        ({"published": datetime(2020, 1, 1, 9)}, ValueError, "without an offset"),  # noqa: DTZ001  # that is the point
        ("an article", TypeError, "give a mapping or a model, not str"),
    ],
)
def test_what_has_no_json_is_refused_before_it_is_sent(
    client: Client, body: Any, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        client.post(body)


@pytest.mark.parametrize("day", ["2020-03-06", date(2020, 3, 6), datetime(2020, 3, 6)])  # noqa: DTZ001  # as pandas has it
def test_a_day_may_be_a_text_a_date_or_midnight(client: Client, day: Any) -> None:
    assert client.at(as_of=day, published_by=day).relation("RUS", "TUR").as_of == date(2020, 3, 6)
    with pytest.raises(ValueError, match="as_of is an instant without an offset"):
        client.at(as_of=datetime(2020, 3, 6, 12))  # noqa: DTZ001  # that is the point
    with pytest.raises(TypeError, match="published_by is 20200306: give a date"):
        client.at(published_by=20200306)  # type: ignore[arg-type]  # that is the point


def test_reports_may_be_named_in_each_way_that_there_is(client: Client, pair: tuple[str, str]) -> None:
    one, other = (client.post(article(clash(*pair, occurred=f"2020-01-1{day}"))).id for day in (1, 9))
    then = client.at(as_of="2020-02-01")
    ways: list[Any] = [
        [(one, 1), (other, 1)],
        [{"article": one, "number": 1}, {"article": other, "number": 1}],
    ]
    for reports in ways:
        ruled = client.rule("link", reports, "One night")
        named = client.ruling(ruled.id).reports
        assert then.relation(*pair).incident_count == 1
        client.withdraw(ruled.id, "Two nights")
    assert client.rule("link", named, "One night, as it was").changed
    for wrong in ("ab", ("one",), ("one", 1, 2)):
        with pytest.raises(ValueError, match="is no reported event: give"):
            client.rule("link", [wrong], "no")  # type: ignore[list-item]  # that is the point


def test_a_suggestion_is_ruled_on_as_it_is(client: Client, pair: tuple[str, str]) -> None:
    """What is suggested names its reports itself."""
    for day in ("2020-01-11", "2020-01-13"):
        client.post(article(clash(*pair, occurred=day, place="Homs", killed=7)))
    relation = client.at(as_of="2020-02-01").relation(*pair)
    suggested = relation.suggestions().first()
    assert suggested is not None
    assert client.rule(suggested.ruling.ruling, suggested.ruling, suggested.ruling.reason).changed  # type: ignore[arg-type]
    assert client.at(as_of="2020-02-01").relation(*pair).incident_count == 1


def test_an_address_that_is_none_is_refused() -> None:
    for address in ("service", "ftp://service", "http://", "http://service?x=1", "http://service/#a"):
        with pytest.raises(ValueError, match="is no address of a service"):
            Client(address)
