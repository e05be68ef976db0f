"""A way to a PostgreSQL server's Unix socket over TCP, where options for encryption mean something."""

import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from urllib.parse import parse_qs, urlsplit


@contextmanager
def over_tcp(database_url: str) -> Iterator[str]:
    """Yield the URL by which the server behind a Unix socket is reached over TCP, with a query to add to."""
    parts = urlsplit(database_url)
    (folder,) = parse_qs(parts.query)["host"]

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as there:
                there.connect(f"{folder}/.s.PGSQL.5432")
                back = Thread(target=_copy, args=(there, self.request))
                back.start()
                _copy(self.request, there)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"postgresql://postgres@127.0.0.1:{server.server_address[1]}{parts.path}?gssencmode=disable"
        finally:
            server.shutdown()
            thread.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one end is gone, and the other one sees it
