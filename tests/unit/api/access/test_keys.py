"""What keys are made of: their form, their hash, their names, their scopes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from api.access.key_ring import Caller
from api.access.keys import Key, KeyRefused, NewKey, Scope, check_name, find_key, id_of, make_key
from api.http.middleware.guard import identify
from api.http.problems import Problem

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def made(scope: Scope = Scope.READ, name: str = "desk") -> NewKey:
    return make_key(name, scope, NOON)


def test_a_key_has_an_id_to_be_seen_and_a_secret_of_256_bits() -> None:
    new = made()

    found = re.fullmatch(r"detente_([0-9a-f]{12})_([0-9a-f]{64})", new.text)

    assert found is not None
    assert found[1] == new.key.id == id_of(new.text)
    assert found[2] not in repr(new.key)


def test_no_two_keys_are_alike() -> None:
    keys = [made() for _ in range(1000)]

    assert len({new.key.id for new in keys}) == len({new.key.hash for new in keys}) == 1000


def test_a_key_is_found_by_its_text_alone() -> None:
    one, other = made(), made()
    keys = {new.key.id: new.key for new in (one, other)}

    assert find_key(keys, one.text) == one.key
    assert find_key(keys, other.text) == other.key
    assert find_key({other.key.id: other.key}, one.text) is None
    assert find_key({one.key.id: one.key}, other.text.replace(other.key.id, one.key.id)) is None


@settings(deadline=None)
@given(st.integers(0, 84), st.characters(exclude_categories=["Cs"]) | st.sampled_from("0123456789abcdef_"))
def test_a_key_with_one_character_changed_is_no_key(place: int, other: str) -> None:
    new = made()
    assume(new.text[place] != other)

    changed = new.text[:place] + other + new.text[place + 1 :]

    assert find_key({new.key.id: new.key}, changed) is None


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_other_text_is_a_key(text: str) -> None:
    new = made()

    assert find_key({new.key.id: new.key}, text) is None
    assert isinstance(identify({new.key.id: new.key}, text, NOON), Problem)


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER "])
def test_a_header_is_of_whom_the_key_is(scheme: str) -> None:
    new = made(Scope.POST, "Şule Öz")

    assert identify({new.key.id: new.key}, scheme + new.text, NOON) == Caller("Şule Öz", Scope.POST)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer  {}", "Bearer {} ", "Bearer {},{}", "Bearer\t{}"]
)
def test_a_header_of_another_form_is_of_nobody(header: str) -> None:
    new = made()

    refused = identify({new.key.id: new.key}, header.replace("{}", new.text), NOON)

    assert isinstance(refused, Problem)
    assert refused.details.status == 401
    assert new.text[-64:] not in str(refused.as_dict())


def test_who_holds_a_revoked_key_is_told_so_and_others_are_not() -> None:
    new = made()
    keys = {new.key.id: new.key._replace(revoked=NOON)}

    revoked = identify(keys, f"Bearer {new.text}", NOON)
    guessed = identify(keys, f"Bearer detente_{new.key.id}_{'0' * 64}", NOON)

    assert isinstance(revoked, Problem)
    assert isinstance(guessed, Problem)
    assert "desk was revoked" in revoked.details.detail
    assert "revoked" not in guessed.details.detail


def test_scopes_grow() -> None:
    allowed = {(scope, needed) for scope in Scope for needed in Scope if scope.covers(needed)}

    assert allowed == {
        (Scope.READ, Scope.READ),
        (Scope.POST, Scope.READ),
        (Scope.POST, Scope.POST),
        (Scope.ADMIN, Scope.READ),
        (Scope.ADMIN, Scope.POST),
        (Scope.ADMIN, Scope.ADMIN),
    }


@pytest.mark.parametrize(
    ("name", "kept"),
    [("desk", "desk"), ("  News desk ", "News desk"), ("Şule Öz (Ankara)", "Şule Öz (Ankara)"), ("x" * 100,) * 2],
)
def test_a_name_is_in_any_script(name: str, kept: str) -> None:
    assert check_name(name) == kept


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "-",
        "x" * 101,
        "a\nb",
        "a\tb",
        "a\u202eb",
        "a\u200bb",
        "a\x00b",
        "seeds",
        "Anonymous",
        "IMPORT",
        "0123456789ab",
        "ABCDEF012345",
        f"detente_{'0' * 12}_{'0' * 64}",
    ],
)
def test_a_name_that_misleads_is_refused_without_being_repeated(name: str) -> None:
    with pytest.raises(KeyRefused) as refused:
        check_name(name)

    assert not name.strip() or name == "-" or name not in str(refused.value)


def test_a_key_that_expires_is_of_use_until_then() -> None:
    until = NOON + timedelta(days=1)
    new = make_key("desk", Scope.READ, NOON, expires=until)
    keys = {new.key.id: new.key}

    assert identify(keys, f"Bearer {new.text}", until - timedelta(microseconds=1)) == Caller("desk", Scope.READ)
    refused = identify(keys, f"Bearer {new.text}", until)
    assert isinstance(refused, Problem)
    assert f"the key desk expired at {until:%Y-%m-%d}T" in refused.details.detail
    with pytest.raises(KeyRefused, match="later than it is made"):
        make_key("desk", Scope.READ, NOON, expires=NOON)


def test_a_key_keeps_no_secret() -> None:
    new = made()

    assert Key._fields == ("id", "name", "scope", "hash", "created", "revoked", "is_token", "expires")
    assert new.text[-64:] not in str(new.key)
    assert len(bytes.fromhex(new.key.hash)) == 32
