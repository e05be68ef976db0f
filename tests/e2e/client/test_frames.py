"""Frames have real types in each library, and the same values in all."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import httpx
import pandas as pd
import polars as pl
import pytest
from detente_client import Client, InvalidRequestError, listing
from detente_client.connection.transport import Connection, Request
from detente_client.frames import arrived
from detente_client.frames.columns import COLUMNS, Kind

from tests.e2e.support import ActorFactory, article, clash
from tests.patience import PATIENCE
from tests.server import ServerClient, running_server

LISTS: dict[str, Any] = {
    "relations": lambda client: client.relations(),
    "incidents of a pair": lambda client: client.relation("RUS", "TUR").incidents(),
    "episodes": lambda client: client.relation("RUS", "TUR").episodes(),
    "incidents": lambda client: client.incidents(actor="Syria"),
    "agreements": lambda client: client.agreements(),
    "articles": lambda client: client.articles(5),
    "actors": lambda client: client.actors(50),
    "publishers": lambda client: client.publishers(),
    "rulings": lambda client: client.rulings(5),
    "suggestions": lambda client: client.suggestions(5),
    "series": lambda client: client.relation("RUS", "TUR").series("2019-12-01", "2020-03-06", "day"),
    "many series": lambda client: client.series([("RUS", "TUR"), ("SYR", "TUR")], "2019-12-01", None, "week"),
}
PANDAS = {"datetime64[s]", "datetime64[us, UTC]", "category", "string", "Int64", "float64", "boolean"}
POLARS = {pl.Date, pl.Datetime, pl.Categorical, pl.String, pl.Int64, pl.Float64, pl.Boolean}


@pytest.mark.parametrize("ask", LISTS.values(), ids=LISTS)
def test_the_three_libraries_have_the_same_values_in_real_types(ask: Any, idlib: Client) -> None:
    listed = ask(idlib)
    pandas, polars, arrow = listed.to_pandas(), listed.to_polars(), listed.to_arrow()
    assert {str(kind) for kind in pandas.dtypes} <= PANDAS
    assert {kind.base_type() for kind in polars.schema.values()} <= POLARS
    assert list(pandas.columns) == polars.columns == list(arrow.column_names)
    assert polars.equals(pl.DataFrame(arrow).cast(dict(polars.schema)), null_equal=True)
    assert _plain(pandas) == _plain(polars)
    assert not any(isinstance(cell, str) and cell.startswith(("{", "[")) for row in polars.rows() for cell in row)


def _plain(frame: Any) -> list[list[Any]]:
    """Return the values of a frame as plain ones, those that are missing as None."""
    if isinstance(frame, pl.DataFrame):
        return [list(row) for row in frame.rows()]
    return [[_value(cell) for cell in row] for row in frame.itertuples(index=False)]


def _value(cell: Any) -> Any:
    if pd.isna(cell):
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.to_pydatetime() if cell.tzinfo else cell.date()
    return cell


WHOLE: dict[str, Any] = {
    "relations": lambda client: client.relations(),
    "incidents of a pair": lambda client: client.relation("RUS", "TUR").incidents(),
    "suggestions of a pair": lambda client: client.relation("RUS", "TUR").suggestions(),
    "episodes": lambda client: client.relation("RUS", "TUR").episodes(),
    "incidents": lambda client: client.incidents(actor="Syria"),
    "agreements": lambda client: client.agreements(),
    "articles": lambda client: client.articles(),
    "actors": lambda client: client.actors(q="republic"),
    "publishers": lambda client: client.publishers(),
    "rulings": lambda client: client.rulings(),
    "suggestions": lambda client: client.suggestions(),
}


@pytest.fixture(scope="module")
def various(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Yield a client of a server whose lists have what few have: nulls and many parts, corrected and withdrawn."""
    folder = tmp_path_factory.mktemp("various")
    with (
        running_server(f"sqlite:///{folder}/various.db", folder / "server.log", "--seed") as served,
        Client(str(served.base_url), recorded_by="ada", timeout=PATIENCE) as client,
    ):
        deal = {"kind": "agreement", "purpose": "ceasefire", "development": "reached", "parties": ["RUS", "TUR"]}
        truces = [{**deal, "agreement": f"truce-{each}", "occurred": "2020-01-03"} for each in (1, 2)]
        client.post(article(*truces, clash("RUS", "TUR", occurred="2020-01-10", place="=1+1"), id="first"))
        client.post(article(clash("RUS", "TUR", occurred="2020-01-11", place="NA"), id="second"))
        client.post(article(clash("TUR", "RUS", occurred="2020-01-12", killed=3), id="third", publisher="Ünal"))
        for other in ("second", "third"):
            ruled = client.rule("separate", [(other, 1)], "not the same")
        client.withdraw(ruled.id, "it was")
        client.retract("second", reason="made up")
        yield client.at(as_of="2020-03-06")


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_list_comes_at_once_as_it_does_by_pages(
    name: str, various: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = WHOLE[name](various)
    with monkeypatch.context() as patched:
        patched.setattr(Connection, "call", None)  # which is asked for a page
        at_once = found.to_pandas(), found.to_polars(), found.to_arrow()
    monkeypatch.setattr(listing, "can_read_arrow", lambda: False)
    pandas, polars, arrow = found.to_pandas(), found.to_polars(), found.to_arrow()
    assert len(pandas) or name == "suggestions of a pair"
    pd.testing.assert_frame_equal(at_once[0], pandas)
    assert at_once[1].equals(polars)
    assert at_once[1].schema == polars.schema
    assert pl.DataFrame(at_once[2]).equals(pl.DataFrame(arrow))


def test_a_service_that_has_pages_alone_is_asked_for_pages(idlib: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    found = idlib.incidents(actor="Syria")
    at_once, send = found.to_pandas(), Connection.send

    def without_whole_lists(connection: Connection, request: Request) -> httpx.Response:
        limits = [("limit", "everything") if each == ("limit", "all") else each for each in request.parameters]
        return send(connection, replace(request, parameters=tuple(limits)))

    monkeypatch.setattr(Connection, "send", without_whole_lists)
    pd.testing.assert_frame_equal(found.to_pandas(), at_once)
    with pytest.raises(InvalidRequestError):
        idlib.incidents(actor="nobody of that name").to_pandas()


def test_a_series_as_a_frame_is_the_series(idlib: Client) -> None:
    series = idlib.relation("RUS", "TUR").series("2020-01-01", "2020-03-06", "day", how_sure=True)
    frame = series.to_polars()
    assert frame["day"].to_list() == [point.day for point in series]
    assert frame["tension"].to_list() == [point.tension for point in series]
    assert frame["tension_high"].to_list() == [
        point.tension_interval[1] if point.tension_interval else None for point in series
    ]
    assert frame["usual_weeks"].to_list() == [point.usual.weeks if point.usual else None for point in series]
    assert series.is_complete


@pytest.mark.parametrize("name", ["series", "many series"])
def test_a_series_as_arrow_is_what_it_is_as_csv(
    name: str, client: Client, sqlite_server: ServerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = ActorFactory(sqlite_server).pair()
    names = [f"{'-'.join(pair)}-{number}".lower() for number in (1, 2)]
    deal = {"kind": "agreement", "purpose": "ceasefire", "development": "reached", "parties": list(pair)}
    truces = [{**deal, "agreement": each, "occurred": "2020-01-03"} for each in names]
    client.post(article(*truces, clash(*pair, occurred="2020-01-20"), published="2020-02-01"))

    def asked() -> Any:
        first, last = "2019-12-01", "2020-03-01"
        if name == "series":
            return client.relation(*pair).series(first, last, "day")
        return client.series([pair], first, last, "day")

    by_arrow = asked()
    assert by_arrow.to_polars()["ceasefire"][-1] == "; ".join(names)
    monkeypatch.setattr(arrived, "can_read_arrow", lambda: False)
    by_csv = asked()
    pd.testing.assert_frame_equal(by_arrow.to_pandas(), by_csv.to_pandas())
    assert by_arrow.to_polars().schema == by_csv.to_polars().schema
    assert by_arrow.to_polars().equals(by_csv.to_polars())
    assert by_arrow.to_arrow().schema == by_csv.to_arrow().schema
    assert pl.DataFrame(by_arrow.to_arrow()).equals(pl.DataFrame(by_csv.to_arrow()))


@pytest.mark.parametrize("way", ["to_pandas", "to_polars", "to_arrow"])
def test_an_empty_list_has_its_columns(way: str, idlib: Client) -> None:
    empty, full = idlib.relation("ISL", "FJI"), idlib.relation("RUS", "TUR")
    for name in ("incidents", "episodes", "series"):
        frames = [getattr(getattr(relation, name)(), way)() for relation in (empty, full)]
        columns = [frame.column_names if way == "to_arrow" else list(frame.columns) for frame in frames]
        assert columns[0] == columns[1]
        if name == "incidents":
            assert (frames[0].num_rows if way == "to_arrow" else len(frames[0])) == 0


def test_days_long_ago_are_days(client: Client, sqlite_server: ServerClient) -> None:
    """Nanoseconds, in which pandas would count, begin in 1677."""
    pair = ActorFactory(sqlite_server).pair()
    client.post(article(clash(*pair, occurred="1521-04-18"), published="1521-04-19"))
    found = client.relation(*pair).incidents()
    (day,) = found.to_pandas()["day"].dt.date
    assert day == found.to_polars()["day"][0] == date(1521, 4, 18)
    series = client.relation(*pair).series("1521-04-18", "1521-05-01", "day")
    assert series.to_pandas()["day"].dt.date.iloc[0] == series.to_polars()["day"][0] == date(1521, 4, 18)


def test_a_text_that_reads_as_missing_or_as_a_formula_stays(client: Client, sqlite_server: ServerClient) -> None:
    pair = ActorFactory(sqlite_server).pair()
    for place in ("=1+1", "NA"):
        client.post(article(clash(*pair, place=place, occurred="2020-01-15")))
    client.post(article(clash(*pair, occurred="2020-01-15", place='"Homs", {a}')))
    places = set(client.relation(*pair).incidents().to_pandas()["place"])
    assert places == set(client.relation(*pair).incidents().to_polars()["place"])
    assert {"=1+1", "NA"} <= places


def test_many_pairs_come_in_groups_and_each_once(idlib: Client) -> None:
    codes = [actor.code for actor in idlib.actors(kind="state")][:40]
    pairs = [(one, other) for one in codes[:15] for other in codes[15:25]]
    many = idlib.series([*pairs, ("Russia", "Turkey"), ("RUS", "TUR")], "2020-01-01", "2020-03-01", "day")
    found = [series.pair for series in many]
    assert repr(many).startswith("<series of ")
    assert repr(idlib.series([("RUS", "TUR"), ("SYR", "TUR")])) == "<series of RUS-TUR, SYR-TUR>"
    assert len(found) == len(set(found)) == 151
    frame = many.to_polars()
    assert frame.height == 151 * 61
    assert frame.select("a", "b").unique().height == 151


def test_the_series_of_no_pairs_are_none(idlib: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def shapes() -> list[Any]:
        none, some = idlib.series([]), idlib.series([("RUS", "TUR")], interval="month")
        assert list(none) == []
        assert none.to_arrow().schema == some.to_arrow().schema
        assert none.to_polars().schema == some.to_polars().schema
        assert list(none.to_pandas().columns) == list(some.to_pandas().columns)
        return [none.to_pandas().shape, none.to_polars().shape, none.to_arrow().shape]

    by_arrow = shapes()
    assert {rows for rows, _ in by_arrow} == {0}
    monkeypatch.setattr(arrived, "can_read_arrow", lambda: False)
    assert shapes() == by_arrow


def test_a_series_is_told_in_a_notebook_and_says_what_it_is(idlib: Client) -> None:
    series = idlib.relation("RUS", "TUR").series("2020-01-01", "2020-03-06", "week")
    assert series._repr_html_().startswith("<svg")
    assert (len(series), series.interval) == (len(list(series)), "week")
    assert repr(series) == "<series: /v1/relations/RUS/TUR/tension>"


def test_a_list_without_what_reads_arrow_is_read_by_pages(
    various: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "can_read_arrow", lambda: False)
    found = various.relations()
    assert len(found.to_pandas()) == found.to_polars().height == found.to_arrow().num_rows > 3


def test_what_is_no_pair_is_refused(idlib: Client) -> None:
    with pytest.raises(ValueError, match="'RUS' is no pair"):
        idlib.series(["RUS", "TUR"])  # type: ignore[list-item]  # that is the point


def test_every_list_has_columns_of_a_known_kind() -> None:
    assert len(COLUMNS) > 12
    for columns in COLUMNS.values():
        assert len({column.name for column in columns}) == len(columns)
        assert all(isinstance(column.kind, Kind) for column in columns)


@pytest.mark.parametrize(
    ("way", "missing", "extra"),
    [("to_pandas", "pandas", "pandas"), ("to_polars", "polars", "polars"), ("to_arrow", "arro3", "arrow")],
)
def test_a_library_that_is_not_installed_is_named_and_the_others_work_without_it(
    way: str, missing: str, extra: str, sqlite_server: ServerClient
) -> None:
    """pyarrow is never needed: it is not installed here."""
    program = f"""
import sys
sys.modules["pyarrow"] = sys.modules[{missing!r}] = sys.modules["{missing}.core"] = None
from detente_client import Client, errors
listing = Client("{sqlite_server.base_url}").actors(3)
for way in ("to_pandas", "to_polars", "to_arrow"):
    try:
        getattr(listing, way)()
        print(way)
    except errors.MissingExtraError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    said = done.stdout.splitlines()
    assert f"'detente-client[{extra}]'" in "".join(said), done.stderr
    assert {each for each in said if each.startswith("to_")} == {"to_pandas", "to_polars", "to_arrow"} - {way}


def test_instants_have_their_offset(client: Client) -> None:
    recorded = client.articles(1).to_polars()["recorded"][0]
    assert isinstance(recorded, datetime)
    assert recorded.utcoffset() is not None
