"""What a tension meant in a log of two years, as data and as a page."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.e2e.app_client import AppClient, app_client
from tests.e2e.support import article, clash, read

PAIRS = (("RUS", "UKR", 20), ("SYR", "TUR", 60), ("IND", "PAK", 90))  # and days between clashes


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """Return a client of an app on whose log three pairs clash for two years, each in its own rhythm."""
    with app_client(tmp_path_factory.mktemp("long"), settings={"projector": "none"}) as client:
        days = {(a, b): [date(2018, 1, 1) + timedelta(n) for n in range(0, 730, step)] for a, b, step in PAIRS}
        events = [clash(a, b, str(day)) for (a, b), on in days.items() for day in on]
        assert client.post("/v1/articles", json=article(*events)).status_code == 201
        client.app.state.service.projector.catch_up()
        yield client


def test_all_cases_are_in_a_band(long_log: AppClient) -> None:
    found = read(long_log, "/v1/models/tension-bands")
    assert found["pairs"] == len(PAIRS) + 1  # and one of the seeds
    assert sum(band["cases"] for band in found["items"]) == found["cases"]
    followed = sum(band["cases"] * band["clash_followed"] for band in found["items"])
    assert followed / found["cases"] == pytest.approx(found["base_rate"])
    assert found["horizon"] == 30
    assert found["model"] == "2026.2"


def test_the_page_says_the_same(long_log: AppClient) -> None:
    found = read(long_log, "/v1/models/tension-bands")
    page = long_log.get("/models/tension-bands", headers={"Accept": "text/html"}).text
    assert page.count("<rect") == len(found["items"])
    for band in found["items"]:
        assert f'<th scope="row">{band["low"]:.0f} to {band["high"]:.0f}</th>' in page
        assert f'<td class="number">{band["cases"]:,}</td>' in page
    assert long_log.get("/models/tension-bands.csv").text.startswith("low,high,cases,clash_followed")
