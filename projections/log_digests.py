"""Digests of the log's events: sums, which add up in whatever pieces the log is read."""

from typing import Final

DIGEST_BITS: Final = 128


def add_digests(one: str, other: str) -> str:
    """Return the digest of the events of two, in whichever order; the empty one is that of no events."""
    return format_digest(int(one or "0", 16) + int(other or "0", 16))


def format_digest(total: int) -> str:
    """Return a sum of digests as it is stored."""
    return f"{total % 2**DIGEST_BITS:x}"
