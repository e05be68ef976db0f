"""The older codes of KEDS and WEIS, read by their own dictionary."""

import pytest

from api.importing.codes import keds
from api.importing.codes.keds_actors import KedsActors, is_disputed, is_older_only
from api.importing.rows import Reject
from tests.unit.api.importing.support import KINDS

ACTORS = KedsActors(lambda code: KINDS.get(code) in ("state", "territory"))


@pytest.mark.parametrize(
    ("code", "actor", "role"),
    [
        ("UNO", "UN", ""),
        ("EEC", "EU", ""),
        ("UAE", "ARE", ""),
        ("ROK", "KOR", ""),
        ("GCC", "GCC", ""),
        ("MAC", "MKD", ""),
        ("MACMIL", "MKD", "MIL"),
        ("AUS", "AUT", ""),
        ("AUL", "AUS", ""),
        ("SWZ", "CHE", ""),
        ("ETHALB", "ABN", ""),
        ("ETHALBREB", "ABN", "REB"),
        ("ETHTAM", "TAM", ""),
        ("ETHCHR", "CHR", ""),
        ("ETHGOV", "ETH", "GOV"),
        ("ETH", "ETH", ""),
        ("YUG", "YUG", ""),
        ("SER", "SRB", ""),
        ("SERMIL", "SRB", "MIL"),
        ("KSV", "XKX", ""),
        ("BOS", "BIH", ""),
        ("BOSSER", "REPUBLIKA-SRPSKA", ""),
        ("ZAR", "COD", ""),
        ("UK", "GBR", ""),
        ("SPN", "ESP", ""),
        ("NIRGOV", "NER", "GOV"),
        ("GDR", "DDR", ""),
        ("RHO", "RHD", ""),
        ("NATO", "NATO", ""),
        ("ISRMIL", "ISR", "MIL"),
    ],
)
def test_an_older_code_is_read_by_its_dictionary(code: str, actor: str, role: str) -> None:
    meaning = ACTORS.read(code)
    assert (meaning.actor, meaning.role, meaning.is_doubtful) == (actor, role, False)


@pytest.mark.parametrize("code", sorted(keds.UNSAID))
def test_what_no_description_says_is_read_as_cameo_has_it_and_doubtful(code: str) -> None:
    for role in ("", "MIL"):
        meaning = ACTORS.read(code + role)
        assert (meaning.actor, meaning.role, meaning.is_doubtful) == (code, role, True)
        assert keds.UNSAID[code] in meaning.why


@pytest.mark.parametrize("code", sorted(keds.DOUBTFUL))
def test_a_code_that_may_be_either_of_two_is_rejected(code: str) -> None:
    with pytest.raises(Reject, match="do not tell which") as rejected:
        ACTORS.read(code)
    assert rejected.value.reason == "ambiguous-actor"


def test_a_people_that_no_dictionary_has_is_doubtful_and_never_a_state() -> None:
    for code, actor in (("ETHXYZ", "ETH-XYZ"), ("ETHORMREB", "ETH-ORM")):
        meaning = ACTORS.read(code)
        assert (meaning.actor, meaning.is_doubtful) == (actor, True)


@pytest.mark.parametrize("code", ["NATOS", "UKMIL", "UA"])
def test_a_code_of_another_length_is_not_cut(code: str) -> None:
    with pytest.raises(Reject, match="three capital letters"):
        ACTORS.read(code)


def test_all_that_the_dictionary_names_is_an_actor_of_the_seeds() -> None:
    assert {*keds.COUNTRIES.values(), *keds.ORGANISATIONS.values(), *keds.PARTIES.values()} <= KINDS.keys()


def test_which_codes_tell_the_dictionaries_apart() -> None:
    codes = (
        "UNO",
        "ETHALB",
        "ETHTAM",
        "ETHCHR",
        "ETHMIL",
        "ROKGOV",
        "USA",
        "MAC",
        "AUSGOV",
        "CHE",
        "PLO",
        "IGOUNO",
    )
    assert [code for code in codes if is_older_only(code)] == ["UNO", "ETHALB", "ETHTAM", "ROKGOV"]
    assert [code for code in codes if is_disputed(code)] == ["MAC", "AUSGOV", "CHE"]
