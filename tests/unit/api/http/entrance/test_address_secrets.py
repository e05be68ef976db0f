"""What is secret in a query is taken out of it, however it is written, and all else stays as it is."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.entrance.address_secrets import AddressSecrets, take_secrets

KEY: Final = "detente_" + "0" * 12 + "_" + "a" * 64
READ: Final = "detente_read_" + "0" * 12 + "_" + "b" * 64


@pytest.mark.parametrize(
    ("query", "kept", "tokens", "misplaced"),
    [
        (f"token={READ}", "", (READ,), ()),
        (f"as_of=2020-01-01&token={READ}&format=csv", "as_of=2020-01-01&format=csv", (READ,), ()),
        (f"%74oken={READ}&a=%41", "a=%41", (READ,), ()),
        (f"token={READ}&token=", "", (READ, ""), ()),
        ("token", "", ("",), ()),
        ("token=my%20password", "", ("my password",), ()),
        (f"key={KEY}", "", (), (KEY,)),
        (f"key={KEY.upper()}", "", (), (KEY.upper(),)),
        (f"to=%2Frelations%3Fkey%3D{KEY.replace('_', '%5F')}", "", (), (KEY,)),
        (f"q={KEY.replace('_', '%255F')}", "", (), (KEY,)),
        (f"to=%2Fa%3Fto%3D%252Fb%253Fq%253D{READ.replace('_', '%25255f')}", "", (), (READ,)),
        (f"{KEY}", "", (), (KEY,)),
        (f"q=see {KEY}, please", "", (), (KEY,)),
        (f"q=x&access_token={READ}", "q=x", (), (READ,)),
        (f"q={KEY[:40]}", "", (), (KEY[:40],)),
    ],
)
def test_secrets_are_taken_out(query: str, kept: str, tokens: tuple[str, ...], misplaced: tuple[str, ...]) -> None:
    assert take_secrets(query.encode()) == (kept.encode(), AddressSecrets(tokens, misplaced))


@given(st.binary(max_size=40))
def test_a_query_without_any_stays_as_it_is(query: bytes) -> None:
    kept, secrets = take_secrets(query)
    assert kept == query or secrets is not None


@given(st.lists(st.sampled_from(["a=1", f"token={READ}", f"k={KEY}", "b=%2B", ""]), max_size=6))
def test_nothing_secret_stays(parts: list[str]) -> None:
    kept, _ = take_secrets("&".join(parts).encode())
    assert kept.decode() == "&".join(part for part in parts if "detente" not in part)
