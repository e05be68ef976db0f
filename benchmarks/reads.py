"""Reading a relation: against a route that returns a constant of the same size."""

import asyncio
import sys
import time
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

from benchmarks.row import Row
from tests.server import running_server

_CONNECTIONS = 8
_SECONDS = 5.0
_PATH = "/v1/relations/RUS/TUR"
_CONSTANT = """
from fastapi import FastAPI, Response
app = FastAPI(docs_url=None, redoc_url=None)
@app.get("{path}")
async def constant() -> Response:
    return Response(b"x" * {size}, media_type="application/json")
"""


def measure_relation() -> Row:
    """Measure how many relations are answered in a second, on kept-alive connections to one worker."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/one.db"
        with running_server(url, Path(folder) / "server.log", "--seed") as client:
            size = len(client.get(_PATH).content)
            ours = asyncio.run(_rate(client.base_url.host, client.base_url.port or 0))
        Path(folder, "constant.py").write_text(_CONSTANT.format(path=_PATH, size=size))
        peer = _rate_of_constant(Path(folder))
    return Row("GET /v1/relations/{a}/{b}", "a route returning a constant", "requests/s", ours, peer, 0.6)


def _rate_of_constant(folder: Path) -> float:
    port = 18555
    command = [sys.executable, "-m", "uvicorn", "constant:app", "--port", str(port), "--no-access-log"]
    with (folder / "constant.log").open("w") as log, Popen(command, cwd=folder, stderr=log) as server:
        try:
            return asyncio.run(_rate("127.0.0.1", port))
        finally:
            server.terminate()


async def _rate(host: str, port: int) -> float:
    counts = await asyncio.gather(*(_count(host, port) for _ in range(_CONNECTIONS)))
    return sum(counts) / _SECONDS


async def _count(host: str, port: int) -> int:
    """Ask over one connection until the time is up; return how often it was answered with 200."""
    reader, writer = await _connect(host, port)
    request = f"GET {_PATH} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    until, count = time.perf_counter() + _SECONDS, 0
    while time.perf_counter() < until:
        writer.write(request)
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
