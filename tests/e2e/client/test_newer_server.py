"""An older client goes on with a newer server: fields that it does not know, and words that it has never heard."""

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from arro3.core import Array, ChunkedArray, DataType, Field
from arro3.io import read_ipc_stream, write_ipc_stream
from detente_client import Client

from tests.e2e.support import ActorFactory, article, clash
from tests.patience import PATIENCE
from tests.server import ServerClient

WORDS = {"state", "trend", "type", "cause", "part", "status", "kind", "outcome", "empty_because", "interval"}


class NewerService(httpx.HTTPTransport):
    """The real service, whose answers have a field more in each object, and other words."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        content = response.read()
        kind = response.headers["content-type"].partition(";")[0]
        headers = {"content-type": kind, "date": "today"}
        if kind in ("application/json", "application/problem+json"):
            content = json.dumps(_newer(json.loads(content), is_problem="problem" in kind)).encode()
        elif kind == "text/csv":
            first, *others = content.decode().splitlines()
            content = "\n".join([f"mood,{first}", *(f"calm,{line}" for line in others), ""]).encode()
        elif kind == "application/vnd.apache.arrow.stream":
            table = read_ipc_stream(io.BytesIO(content)).read_all()
            if request.url.path == "/v1/relations":
                state = table.column_names.index("state")
                table = table.set_column(
                    state, Field("state", DataType.string()), _always("frozen", table.num_rows)
                )
            mood = _always("calm", table.num_rows)
            written = io.BytesIO()
            write_ipc_stream(
                table.add_column(0, Field("mood", DataType.string()), mood), written, compression=None
            )
            content = written.getvalue()
        return httpx.Response(response.status_code, headers=headers, content=content, request=request)


def _always(word: str, rows: int) -> ChunkedArray:
    return ChunkedArray([Array([word] * rows, DataType.string())])


def _newer(value: Any, *, is_problem: bool) -> Any:
    if isinstance(value, list):
        return [_newer(each, is_problem=is_problem) for each in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _newer(each, is_problem=is_problem) for name, each in value.items()}
    if not is_problem:
        changed |= {name: "frozen" for name in WORDS & changed.keys() if isinstance(changed[name], str)}
    is_map = bool(changed) and all(">" in name for name in changed)  # by direction: its names are data
    return changed if is_map else {**changed, "mood": {"of": "calm"}}


@pytest.fixture(scope="module")
def older(sqlite_server: ServerClient) -> Iterator[Client]:
    with Client(str(sqlite_server.base_url), timeout=PATIENCE, transport=NewerService()) as client:
        yield client.at(as_of="2020-03-06")


def test_reads(older: Client, idlib: Client) -> None:
    relation, same = older.relation("RUS", "TUR"), idlib.relation("RUS", "TUR")
    assert (relation.state, relation.tension) == ("frozen", same.tension)
    assert relation.answer.model_extra == {"mood": {"of": "calm"}}
    assert relation.explain("2020-02-01").items[0].part == "frozen"
    assert relation.risk().clash_risk == same.clash_risk
    assert {each.type for each in relation.incidents()} == {"frozen"}
    assert "polyline" in relation._repr_html_()
    assert older.health().status == "frozen"


def test_frames(older: Client, idlib: Client) -> None:
    series, same = (each.relation("RUS", "TUR").series("2020-01-01") for each in (older, idlib))
    assert series.to_pandas().equals(same.to_pandas())
    assert series.to_polars().equals(same.to_polars())
    assert list(older.relations().to_pandas().columns) == list(idlib.relations().to_pandas().columns)
    assert list(older.relations().to_pandas()["state"].cat.categories) == ["frozen"]


def test_writes(older: Client, sqlite_server: ServerClient) -> None:
    pair = ActorFactory(sqlite_server).pair()
    assert older.post(article(clash(*pair))).outcome == "frozen"
    assert older.post_many([article(clash(*pair))]).run().recorded == 1
