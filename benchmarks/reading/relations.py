"""Reading a relation over HTTP: against a route that returns a constant of the same size."""

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

from benchmarks.measurement import Measurement
from benchmarks.reading.request_rate import request_rate
from benchmarks.serving import served
from benchmarks.synthetic import ACTORS
from tests.server import ServerClient

_TURNS = 3
_PORT = 18555  # of the peer
_PEER = "/v1/relations/{a}/{b}"
_PAIRS = [f"/v1/relations/B{one:03}/B{other:03}" for one, other in itertools.combinations(range(ACTORS), 2)]
_ASKED_AGAIN = 500  # pairs that a desk looks at, over and over
_CONSTANT = """
import uvicorn
from fastapi import FastAPI, Response
from api.http.uvicorn_protocol import server_options
app = FastAPI(docs_url=None, redoc_url=None)
@app.get("{path}")
async def constant(a: str, b: str) -> Response:
    return Response(b"x" * {size}, media_type="application/json")
uvicorn.run(app, port={port}, access_log=False, log_config=None, **server_options(30))
"""


def measure_relation(url: str, url_of_tenfold: str) -> list[Measurement]:
    """Measure how many relations are answered in a second, on kept-alive connections to one worker."""
    first_time, alone, again, size = _ours(url)
    of_tenfold, _, again_of_tenfold, _ = _ours(url_of_tenfold)
    peer = _constant(size)
    name, constant = "GET /v1/relations/{a}/{b}", "an async route returning a constant"
    first, longer = f"{name}, each pair for the first time", "log ten times as long"
    return [
        Measurement(name, constant, "requests/s", again, peer, 0.6),
        Measurement(first, constant, "requests/s", first_time, peer, 0.15),
        Measurement(f"{first}, eight connections", "one", "requests/s", first_time, alone, 1.0),
        Measurement(f"{name}, {longer}", "before", "requests/s", again_of_tenfold, again, 0.85),
        Measurement(f"{first}, {longer}", "before", "requests/s", of_tenfold, first_time, 0.85),
    ]


def measure_workers(url: str) -> list[Measurement]:
    """Measure first looks of two workers against those of one. The client shares their processors."""
    turns = [(_first_looks(url, 1), _first_looks(url, 2)) for _ in range(_TURNS)]
    one, two = (max(rates) for rates in zip(*turns, strict=True))
    name = "GET /v1/relations/{a}/{b}, each pair for the first time, two workers"
    return [Measurement(name, "one worker", "requests/s", two, one, 1.7)]


def _first_looks(url: str, workers: int) -> float:
    with served(url, workers) as client:
        return request_rate(*_address(client), _PAIRS, once=True)


def _ours(url: str) -> tuple[float, float, float, int]:
    """Return the rates of pairs asked for the first time, by all and by one, and again; and an answer's size.

    Each is the best of several, from servers that were just started: what else the machine does only adds to it.
    """
    turns = [_turn(url) for _ in range(_TURNS)]
    first_time, alone, again, size = (max(figures) for figures in zip(*turns, strict=True))
    return first_time, alone, again, int(size)


def _turn(url: str) -> tuple[float, float, float, int]:
    with served(url) as client:
        size = len(client.get(_PAIRS[0]).content)
        first_time = request_rate(*_address(client), _PAIRS[1::2], once=True)
        alone = request_rate(*_address(client), _PAIRS[2::2], once=True, connections=1)
        again = request_rate(*_address(client), _PAIRS[:_ASKED_AGAIN])
    return first_time, alone, again, size


def _address(client: ServerClient) -> tuple[str, int]:
    return client.base_url.host, client.base_url.port or 0


def _constant(size: int) -> float:
    with TemporaryDirectory() as name:
        folder = Path(name)
        program = folder / "constant.py"
        program.write_text(_CONSTANT.format(path=_PEER, size=size, port=_PORT))
        with _running(program):
            return max(request_rate("127.0.0.1", _PORT, _PAIRS[:_ASKED_AGAIN]) for _ in range(_TURNS))


@contextmanager
def _running(program: Path) -> Iterator[None]:
    with program.with_suffix(".log").open("w") as log, Popen([sys.executable, program], stderr=log) as server:
        try:
            yield
        finally:
            server.terminate()
