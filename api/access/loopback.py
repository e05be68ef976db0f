"""What is on this machine alone: addresses, names, and requests that come from here and were meant to."""

import socket
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

_LOCALHOST: Final = "localhost"


@lru_cache(maxsize=256)
def is_loopback(address: str) -> bool:
    """Return whether an address is one that only this machine reaches; a name is no address."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        return ip.ipv4_mapped.is_loopback
    return ip.is_loopback


def binds_loopback(host: str) -> bool:
    """Return whether a server on `host`, an address or a name, is reached by this machine alone.

    A name has to lead to loopback addresses only. No host at all means every address.
    """
    if not host:
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return all(is_loopback(str(address[0])) for *_, address in found)


def why_not_local(scope: Scope, own_host: str) -> str | None:
    """Return why a request is not one of this machine, None if it is.

    A browser's also has to be meant for us: a page from elsewhere can send requests here, across sites (then
    `Origin` is that page's) or under a name of its own that was made to lead here (then `Host` is that name).
    """
    server, client = scope.get("server"), scope.get("client")
    if not server or not is_loopback(server[0]):
        return "it came in at an address that others can reach"
    if not client or not is_loopback(client[0]):
        return "it came from another machine"
    host, origin = b"", None
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value
    if not _is_ours("//" + host.decode("latin-1"), own_host):
        return "its Host is not a name of this machine, such as localhost"
    if origin is not None and not _is_ours(origin.decode("latin-1"), own_host):
        return "it was sent by a page of another origin"
    return None


@lru_cache(maxsize=256)
def _is_ours(url: str, own_host: str) -> bool:
    """Return whether the host in a URL is this machine: a loopback address, localhost, or what we serve on."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return bool(host) and (host in (_LOCALHOST, own_host.lower()) or is_loopback(host))
