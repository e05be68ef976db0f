"""The sockets that a server listens on: bound once, by the process that hands connections over."""

import socket
from collections.abc import Sequence
from typing import Final

_BACKLOG: Final = 2048  # connections that wait to be accepted, as of a server of one process


def bind_all(host: str, port: int) -> Sequence[socket.socket]:
    """Return listening sockets on all addresses of a host, of one port; 0 takes a free one. Raises `OSError`."""
    found = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
    )
    bound: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
            bound.append(_bind(family, address, bound[0].getsockname()[1] if bound else port))
    except BaseException:
        for each in bound:
            each.close()
        raise
    return bound


def address_served(host: str, listener: socket.socket) -> str:
    """Return the address of a server on a host, as a browser takes it."""
    named = f"[{host}]" if ":" in host else host or "0.0.0.0"  # noqa: S104  # as it was asked for
    return f"http://{named}:{listener.getsockname()[1]}"


def _bind(family: socket.AddressFamily, address: tuple[object, ...], port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # else it takes IPv4's port, too
        host, _, *rest = address
        bound.bind((host, port, *rest))
        bound.listen(_BACKLOG)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound
