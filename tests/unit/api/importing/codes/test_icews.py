"""ICEWS's own names of countries all resolve, and what is no actor says so."""

import pytest

from api.importing.codes import icews
from api.importing.rows import Reject
from tests.unit.api.importing.support import KINDS, finder

OTHERS = (
    ("Occupied Palestinian Territory", "PSE"),
    ("Cote d'Ivoire", "CIV"),
    ("Holy See", "VAT"),
    ("Russian Federation", "RUS"),
    ("Serbia and Montenegro", "SCG"),
    ("Netherlands Antilles", "ANT"),
    ("Reunion", "REU"),
    ("Macao", "MAC"),
    ("East Timor", "TLS"),
    ("Swaziland", "SWZ"),
    ("South Asia", "SAS"),
)


@pytest.mark.parametrize(("name", "code"), [*icews.COUNTRIES.items(), *OTHERS])
def test_a_country_s_name_resolves(name: str, code: str) -> None:
    assert finder().by_name(name, name).code == code
    assert finder().by_name(f"Police ({name})", name)[:2] == (code, "Police")
    assert code in KINDS


@pytest.mark.parametrize("name", sorted(icews.NOBODY))
def test_what_is_no_actor_is_none(name: str) -> None:
    for given in (name, f"Citizen ({name})"):
        with pytest.raises(Reject) as rejected:
            finder().by_name(given, "NA")
        assert rejected.value.reason == "no-actor"
