"""Actors and names that are not right: each problem says where it is, and nothing is recorded."""

from typing import Any

import pytest

from tests.e2e.support import Json
from tests.e2e.validation.support import assert_refused
from tests.server import ServerClient

pytestmark = pytest.mark.usefixtures("nothing_is_recorded")


@pytest.mark.parametrize(
    ("actor", "pointer"),
    [
        ({"code": "testland"}, "/code"),
        ({"code": "T"}, "/code"),
        ({"code": "T" * 21}, "/code"),
        ({"code": "TES T"}, "/code"),
        ({"code": "TEST\n"}, "/code"),
        ({"code": "TEST\u0000"}, "/code"),
        ({"code": "ТЕСТ"}, "/code"),
        ({"kind": "planet"}, "/kind"),
        ({"name": ""}, "/name"),
        ({"name": "!!!"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "Test\u202eland"}, "/name"),
        ({"name": None}, "/name"),
        ({"aliases": ["Good", "\u0000"]}, "/aliases/1"),
        ({"aliases": ["Good", "-"]}, "/aliases/1"),
        ({"aliases": "Test"}, "/aliases"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_an_actor_that_is_not_right_is_refused(server: ServerClient, actor: Json, pointer: str) -> None:
    sent = {"code": "TESTLAND", "kind": "state", "name": "Testland", **actor}

    assert_refused(server.post("/v1/actors", json=sent), pointer)


@pytest.mark.parametrize("name", ["", " ", "...", "x" * 201, "a\u0007b", "a\u200fb", None, 7])
def test_a_name_that_is_not_right_is_refused(server: ServerClient, name: Any) -> None:
    assert_refused(server.post("/v1/actors/RUS/names", json={"name": name}), "/name")


def test_an_unknown_actor_gets_no_name(server: ServerClient) -> None:
    assert_refused(server.post("/v1/actors/Nobodystan/names", json={"name": "Nemo"}), "actor")
