"""Reading a relation over HTTP: against a route that returns a constant of the same size."""

import asyncio
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

from benchmarks.measurement import Measurement
from benchmarks.serving import served
from benchmarks.synthetic import ACTORS

_CONNECTIONS = 8
_SECONDS = 5.0
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
        Measurement(f"{first}, {_CONNECTIONS} connections", "one", "requests/s", first_time, alone, 1.0),
        Measurement(f"{name}, {longer}", "before", "requests/s", again_of_tenfold, again, 0.85),
        Measurement(f"{first}, {longer}", "before", "requests/s", of_tenfold, first_time, 0.85),
    ]


def measure_workers(url: str) -> list[Measurement]:
    """Measure first looks of two workers against those of one. The client shares their processors."""
    one, two = (_first_looks(url, workers) for workers in (1, 2))
    name = "GET /v1/relations/{a}/{b}, each pair for the first time, two workers"
    return [Measurement(name, "one worker", "requests/s", two, one, 1.7)]


def _first_looks(url: str, workers: int) -> float:
    with served(url, workers) as client:
        address = client.base_url.host, client.base_url.port or 0
        return asyncio.run(_rate(*address, _PAIRS, once=True))


def _ours(url: str) -> tuple[float, float, float, int]:
    """Return the rates of pairs asked for the first time, by all and by one, and again; and an answer's size."""
    with served(url) as client:
        size = len(client.get(_PAIRS[0]).content)
        address = client.base_url.host, client.base_url.port or 0
        first_time = asyncio.run(_rate(*address, _PAIRS[1::2], once=True))
        alone = asyncio.run(_rate(*address, _PAIRS[2::2], once=True, connections=1))
        again = asyncio.run(_rate(*address, _PAIRS[:_ASKED_AGAIN]))
    return first_time, alone, again, size


def _constant(size: int) -> float:
    with TemporaryDirectory() as name:
        folder = Path(name)
        program = folder / "constant.py"
        program.write_text(_CONSTANT.format(path=_PEER, size=size, port=_PORT))
        with _running(program):
            return asyncio.run(_rate("127.0.0.1", _PORT, _PAIRS[:_ASKED_AGAIN]))


@contextmanager
def _running(program: Path) -> Iterator[None]:
    with program.with_suffix(".log").open("w") as log, Popen([sys.executable, program], stderr=log) as server:
        try:
            yield
        finally:
            server.terminate()


async def _rate(
    host: str, port: int, paths: Sequence[str], *, once: bool = False, connections: int = _CONNECTIONS
) -> float:
    """Return the requests answered in a second over some connections, each path once or all over and over."""
    asked = iter(paths) if once else itertools.cycle(paths)
    start = time.perf_counter()
    counts = await asyncio.gather(*(_count(host, port, asked, start + _SECONDS) for _ in range(connections)))
    return sum(counts) / (time.perf_counter() - start)


async def _count(host: str, port: int, paths: Iterator[str], until: float) -> int:
    """Ask over one connection until the time or the paths are up; return how often it was answered with 200."""
    reader, writer = await _connect(host, port)
    count = 0
    while time.perf_counter() < until and (path := next(paths, None)):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        count += 1
    writer.close()
    return count


async def _connect(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(100):
        try:
            return await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.1)
    raise ConnectionRefusedError(f"nothing answers on {host}:{port}")
