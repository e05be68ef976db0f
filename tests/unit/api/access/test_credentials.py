"""Credentials: their form, and what is stored of them."""

from typing import NamedTuple

import pytest

from api.access.credentials import credential_id_of, find_stored, new_credential


class Stored(NamedTuple):
    hash: str


@pytest.mark.parametrize("prefix", ["", "detente_"])
def test_a_credential_is_found_by_its_text_alone(prefix: str) -> None:
    made, other = new_credential(prefix), new_credential(prefix)
    stored = {made.id: Stored(made.hash), other.id: Stored(other.hash)}
    secret = made.text.rpartition("_")[2]

    assert find_stored(stored, made.text, prefix) is stored[made.id]
    assert find_stored(stored, f"{prefix}{other.id}_{secret}", prefix) is None
    assert secret not in made.hash


def test_a_credential_of_one_use_is_none_of_another() -> None:
    key, token = new_credential("detente_"), new_credential()
    assert credential_id_of(key.text, "detente_") == key.id
    assert credential_id_of(token.text) == token.id
    assert credential_id_of(key.text) is None
    assert credential_id_of(token.text, "detente_") is None
    assert credential_id_of(f"detente_{key.text}", "detente_") is None
