"""Gzip is unpacked the same however it arrives, a bounded piece at a time."""

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.middleware.content_encoding import GzipUnpacker
from api.http.problems import Problem

MEMBERS = st.lists(st.one_of(st.binary(max_size=50), st.integers(0, 300_000).map(lambda n: b"x" * n)), min_size=1)
MOST = 64 * 1024


def _unpacked(packed: bytes, size: int) -> Iterator[bytes]:
    unpacker = GzipUnpacker()
    for start in range(0, len(packed), size):
        unpacker.feed(packed[start : start + size])
        while unpacker.has_more:
            yield unpacker.next_piece()
    unpacker.finish()


@given(MEMBERS, st.integers(1, 5000))
def test_members_are_unpacked_one_after_another_in_bounded_pieces(members: list[bytes], size: int) -> None:
    pieces = list(_unpacked(b"".join(map(gzip.compress, members)), size))

    assert b"".join(pieces) == b"".join(members)
    assert max(map(len, pieces)) <= MOST


@given(MEMBERS, st.integers(1, 5000), st.data())
def test_what_breaks_off_is_refused_unless_it_does_so_between_members(
    members: list[bytes], size: int, data: st.DataObject
) -> None:
    packed = list(map(gzip.compress, members))
    whole = b"".join(packed)
    ends = {sum(map(len, packed[:n])) for n in range(1, len(packed) + 1)}
    cut = data.draw(st.integers(0, len(whole)).filter(lambda length: length not in ends))

    with pytest.raises(Problem, match="breaks off"):
        list(_unpacked(whole[:cut], size))


@pytest.mark.parametrize("garbage", [b"\0", b"garbage", b"\x1f\x8b garbage", b"{}\n"])
@pytest.mark.parametrize("size", [1, 1000])
def test_what_follows_the_last_member_is_refused(garbage: bytes, size: int) -> None:
    with pytest.raises(Problem) as refused:
        list(_unpacked(gzip.compress(b"{}") + garbage, size))
    assert refused.value.details.type == "urn:detente:problem:malformed-gzip"


@given(st.binary(min_size=30, max_size=200), st.data())
def test_a_changed_byte_of_the_content_is_noticed(content: bytes, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(content))
    packed[data.draw(st.integers(10, len(packed) - 1))] ^= 0x55  # behind the header, whose time is not checked

    with pytest.raises(Problem):
        list(_unpacked(bytes(packed), 1000))
