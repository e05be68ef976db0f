"""CAMEO's codes of actors, read by its dictionary."""

import pytest

from api.importing.codes import cameo, cameo_parties
from api.importing.codes.cameo_actors import CameoActors, name_of_people, party_of
from api.importing.rows import Reject
from tests.unit.api.importing.support import KINDS

COUNTRY_KINDS = ("state", "territory")
ACTORS = CameoActors(lambda code: KINDS.get(code) in COUNTRY_KINDS)


@pytest.mark.parametrize(
    ("code", "actor", "role"),
    [
        ("ISRMIL", "ISR", "MIL"),
        ("PALCVL", "PSE", "CVL"),
        ("USRGOV", "SUN", "GOV"),
        ("GMW", "DEU", ""),
        ("GME", "DDR", ""),
        ("ZAR", "COD", ""),
        # places in the list of countries
        ("GZSMIL", "PSE", "MIL"),
        ("WSB", "PSE", ""),
        ("BAGCOP", "IRQ", "COP"),
        ("PSEREBGZS", "PSE", "REBGZS"),
        # organisations, with a region, a role or another organisation before them
        ("IGOEUREEC", "EU", ""),
        ("IGOEUREECLEG", "EU", "LEG"),
        ("IGOEEC", "EU", ""),
        ("IGOWSTNAT", "NATO", ""),
        ("IGOMEAARL", "LAS", ""),
        ("IGOUNO", "UN", ""),
        ("IGOUNOPKO", "UN", "PKO"),
        ("IGOUNOHLHWHO", "WHO", ""),
        ("IGOUNOREFHCR", "UNHCR", ""),
        ("IGOUNODEV", "UN", "DEV"),
        ("IGOAFRAFU", "AU", ""),
        ("IGOWAFBUSWAS", "ECOWAS", ""),
        ("NGOHRIAMN", "AMNESTY", ""),
        ("NGOHLHIRC", "ICRC", ""),
        # armed groups
        ("IMGMUSALQ", "AL-QAEDA", ""),
        ("IMGMOSALQUAF", "AL-QAEDA", "UAF"),
        ("IMGSEAMOSJMA", "JI", ""),
        ("TURREBPKK", "PKK", ""),
        ("AFGREBTAL", "TALIBAN", ""),
        ("UGAREBLRA", "LRA", ""),
        ("MARREBPLS", "POLISARIO", ""),
        ("PSEGOVHMS", "HAMAS", ""),
        ("PSEREBHMS", "HAMAS", ""),
        ("PALHMS", "HAMAS", ""),
        ("CYPTRK", "TRNC", ""),
        ("LBNREBHEZMIL", "HEZBOLLAH", "MIL"),
        # parts of former countries
        ("SRBKSV", "XKX", ""),
        ("SCGKSVREB", "XKX", "REB"),
        ("YUGBSN", "BIH", ""),
        # regions, peoples, religions
        ("EURMED", "EUR", "MED"),
        ("WST", "WST", ""),
        ("MOSREB", "MOS", "REB"),
        ("MUSGOV", "MUS", "GOV"),
        ("IMGSASMUS", "MOS", "IMGSAS"),
        ("KURREB", "KUR", "REB"),
        ("tib", "ETH-TIB", ""),
        # roles of someone
        ("MNCUSA", "USA", "MNC"),
        ("NGOISR", "ISR", "NGO"),
        ("UAFMOS", "MOS", "UAF"),
    ],
)
def test_a_code_is_read_by_the_dictionary(code: str, actor: str, role: str) -> None:
    meaning = ACTORS.read(code)
    assert (meaning.actor, meaning.role, meaning.is_doubtful) == (actor, role, False)
    assert meaning.why


@pytest.mark.parametrize("role", sorted(cameo.ROLES))
def test_a_role_is_no_actor(role: str) -> None:
    with pytest.raises(Reject) as rejected:
        ACTORS.read(role)
    assert rejected.value.reason == "no-actor"


@pytest.mark.parametrize(("code", "actor"), [("XQZGOV", "XQZ"), ("IGOXQZ", "IGOXQZ")])
def test_what_the_dictionary_lacks_is_doubtful(code: str, actor: str) -> None:
    meaning = ACTORS.read(code)
    assert (meaning.actor, meaning.is_doubtful) == (actor, True)


@pytest.mark.parametrize("code", ["ISRM", "ISRMI", "IS", "isr mil", "xqz", "ISR-", "ISRMILx"])
def test_a_code_that_is_none_is_rejected_and_never_cut(code: str) -> None:
    with pytest.raises(Reject) as rejected:
        ACTORS.read(code)
    assert rejected.value.reason == "unknown-actor"


def test_all_that_the_dictionary_names_is_an_actor_of_the_seeds() -> None:
    named = {*cameo.COUNTRIES.values(), *cameo.REGIONS.values(), *cameo_parties.ORGANISATIONS.values()}
    named |= {*cameo_parties.NONGOVERNMENTAL.values(), *cameo_parties.INTERNATIONAL_GROUPS.values()}
    for of_country in (*cameo.PARTS.values(), *cameo_parties.GROUPS.values(), cameo_parties.GROUPS_ALONE):
        named |= set(of_country.values())
    assert named - KINDS.keys() == set()
    assert {KINDS[code] for code in cameo.REGIONS.values()} == {"region"}


def test_a_code_of_one_kind_is_of_no_other() -> None:
    countries = {code for code, kind in KINDS.items() if kind in COUNTRY_KINDS} | cameo.COUNTRIES.keys()
    assert not cameo.ROLES & (countries | cameo.REGIONS.keys() | cameo.COMMUNITIES.keys())
    assert not cameo.REGIONS.keys() & (countries | cameo.COMMUNITIES.keys())
    assert not cameo.COMMUNITIES.keys() & countries


def test_names_of_peoples_and_known_groups() -> None:
    assert (name_of_people("KUR"), name_of_people("ETH-TIB"), name_of_people("TIB")) == ("Kurds", "Tibetans", None)
    assert (party_of("EEC"), party_of("ALQ"), party_of("LRA"), party_of("LKD")) == ("EU", "AL-QAEDA", "LRA", None)


@pytest.mark.parametrize(
    ("code", "actor", "role"),
    [
        ("ETH", "ETH", ""),
        ("ETHMIL", "ETH", "MIL"),
        ("ETHMOSREB", "ETH", "MOSREB"),
        ("ETHorm", "ETH", "orm"),
        ("ETHALQ", "AL-QAEDA", ""),
        ("ETHTAM", "TAM", ""),
        ("ETHKURREB", "KUR", "REB"),
    ],
)
def test_a_people_behind_eth_is_not_ethiopia(code: str, actor: str, role: str) -> None:
    meaning = ACTORS.read(code)
    assert (meaning.actor, meaning.role, meaning.is_doubtful) == (actor, role, False)


@pytest.mark.parametrize(
    ("code", "actor", "role", "doubtful"),
    [
        ("SOMREBSHB", "SOM", "REBSHB", True),
        ("COLINSXYZMIL", "COL", "INSXYZMIL", True),
        ("SDNXYZ", "SDN", "XYZ", True),
        ("GBROPPLBA", "GBR", "OPPLBA", False),
        ("LBNCHRMRN", "LBN", "CHRMRN", False),
        ("SYRREBMOS", "SYR", "REBMOS", False),
        ("IRQREBkur", "IRQ", "REBkur", False),
        ("PSEREBGZS", "PSE", "REBGZS", False),
        ("SYRREBMIL", "SYR", "REBMIL", False),
        ("LKAREBTGR", "LTTE", "", False),
        ("DZAREBPLS", "POLISARIO", "", False),
    ],
)
def test_an_armed_group_that_nobody_knows_is_told(code: str, actor: str, role: str, doubtful: bool) -> None:
    meaning = ACTORS.read(code)
    assert (meaning.actor, meaning.role, meaning.is_doubtful) == (actor, role, doubtful)


def test_what_may_be_a_people_behind_eth_is_doubtful_and_no_state() -> None:
    known, unknown = ACTORS.read("ETHARM"), ACTORS.read("ETHXYZREB")
    assert (known.actor, known.is_doubtful, "Armenians" in known.why) == ("ETH-ARM", True, True)
    assert (unknown.actor, unknown.role, unknown.is_doubtful) == ("ETH-XYZ", "REB", True)
