"""The seed list of actors: its form, its completeness against ISO 3166-1, and what its names mean."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pycountry
import pytest

SEED = Path(__file__).resolve().parents[3] / "seeds" / "actors.csv"
FORMER_STATES = SEED.with_name("former_states.csv")

KINDS = ("state", "territory", "organisation", "group", "region")
COUNTRY_KINDS = frozenset({"state", "territory"})

# Sovereign or widely treated as such, without being a UN member or observer.
STATES_OUTSIDE_THE_UN = frozenset({"COK", "NIU", "TWN", "XKX"})

# (actor, normalised name) pairs that equal the code of another actor; the code wins over the name.
SHADOWED: frozenset[tuple[str, str]] = frozenset()

# Two-letter names that happen to be an ISO 3166-1 alpha-2 code, and are wanted all the same.
TWO_LETTER_NAMES = frozenset({("USA", "us"), ("ISIS", "is")})

# Names that honestly mean more than one actor. Anything else that turns up twice is a mistake.
AMBIGUOUS: dict[str, frozenset[str]] = {
    "brussels": frozenset({"BEL", "EU"}),
    "congo": frozenset({"COD", "COG"}),
    "congolese": frozenset({"COD", "COG"}),
    "dominican": frozenset({"DMA", "DOM"}),
    "dominicans": frozenset({"DMA", "DOM"}),
    "guinea": frozenset({"GIN", "GNB", "GNQ", "PNG"}),
    "islamic emirate of afghanistan": frozenset({"AFG", "TALIBAN"}),
    "korea": frozenset({"KOR", "PRK"}),
    "korean": frozenset({"KOR", "PRK"}),
    "koreans": frozenset({"KOR", "PRK"}),
    "red cross": frozenset({"ICRC", "IFRC"}),
    "sadr": frozenset({"ESH", "POLISARIO"}),
    "sahrawi arab democratic republic": frozenset({"ESH", "POLISARIO"}),
    "saint martin": frozenset({"MAF", "SXM"}),
    "samoa": frozenset({"ASM", "WSM"}),
    "st martin": frozenset({"MAF", "SXM"}),
    "syrian kurdish forces": frozenset({"SDF", "YPG"}),
    "syrian kurds": frozenset({"SDF", "YPG"}),
    "virgin islander": frozenset({"VGB", "VIR"}),
    "virgin islanders": frozenset({"VGB", "VIR"}),
    "virgin islands": frozenset({"VGB", "VIR"}),
}

# Names news uses clearly: each must mean this one actor and no other.
CLEAR_NAMES = (
    # seats of government and other metonyms
    ("Kremlin", "RUS"),
    ("White House", "USA"),
    ("Pentagon", "USA"),
    ("State Department", "USA"),
    ("Downing Street", "GBR"),
    ("Whitehall", "GBR"),
    ("Westminster", "GBR"),
    ("Elysee Palace", "FRA"),
    ("Élysée", "FRA"),
    ("Quai d\u2019Orsay", "FRA"),
    ("Bundestag", "DEU"),
    ("Zhongnanhai", "CHN"),
    ("Blue House", "KOR"),
    ("Bankova", "UKR"),
    ("South Block", "IND"),
    ("Rashtrapati Bhavan", "IND"),
    ("Bestepe", "TUR"),
    ("Baabda", "LBN"),
    ("Planalto", "BRA"),
    ("Casa Rosada", "ARG"),
    ("Miraflores", "VEN"),
    ("Los Pinos", "MEX"),
    ("La Moneda", "CHL"),
    ("Casa de Narino", "COL"),
    ("Palazzo Chigi", "ITA"),
    ("Moncloa", "ESP"),
    ("Binnenhof", "NLD"),
    ("The Hague", "NLD"),
    ("Kasumigaseki", "JPN"),
    ("Malacanang", "PHL"),
    ("Putrajaya", "MYS"),
    ("Aso Rock", "NGA"),
    ("Villa Somalia", "SOM"),
    ("Holy See", "VAT"),
    ("Turtle Bay", "UN"),
    ("Berlaymont", "EU"),
    # capitals
    ("Abu Dhabi", "ARE"),
    ("Addis Ababa", "ETH"),
    ("Ankara", "TUR"),
    ("Astana", "KAZ"),
    ("Beijing", "CHN"),
    ("Bogota", "COL"),
    ("Brasília", "BRA"),
    ("Brazzaville", "COG"),
    ("Canberra", "AUS"),
    ("Chisinau", "MDA"),
    ("Damascus", "SYR"),
    ("Gitega", "BDI"),
    ("Islamabad", "PAK"),
    ("Jerusalem", "ISR"),
    ("Khartoum", "SDN"),
    ("Kiev", "UKR"),
    ("Kinshasa", "COD"),
    ("La Paz", "BOL"),
    ("London", "GBR"),
    ("Mbabane", "SWZ"),
    ("Moscow", "RUS"),
    ("N'Djamena", "TCD"),
    ("Naypyidaw", "MMR"),
    ("Nicosia", "CYP"),
    ("Nuku\u2019alofa", "TON"),
    ("Ottawa", "CAN"),
    ("Panama City", "PAN"),
    ("Pristina", "XKX"),
    ("Pyongyang", "PRK"),
    ("Ramallah", "PSE"),
    ("Reykjavik", "ISL"),
    ("Riyadh", "SAU"),
    ("Sana'a", "YEM"),
    ("Taipei", "TWN"),
    ("Tegucigalpa", "HND"),
    ("Tehran", "IRN"),
    ("Tel Aviv", "ISR"),
    ("Tripoli", "LBY"),
    ("Vienna", "AUT"),
    ("Washington", "USA"),
    ("Yaounde", "CMR"),
    # short, former and other names, demonyms
    ("America", "USA"),
    ("Americans", "USA"),
    ("Burma", "MMR"),
    ("China", "CHN"),
    ("Dominica", "DMA"),
    ("East Timor", "TLS"),
    ("Gaza", "PSE"),
    ("Georgia", "GEO"),
    ("Holland", "NLD"),
    ("Indian", "IND"),
    ("Ireland", "IRL"),
    ("Macedonia", "MKD"),
    ("Niger", "NER"),
    ("Nigerien", "NER"),
    ("Nigerian", "NGA"),
    ("Palestinian Authority", "PSE"),
    ("Palestinians", "PSE"),
    ("Republic of the Congo", "COG"),
    ("Sudan", "SDN"),
    ("Sudanese", "SDN"),
    ("South Sudanese", "SSD"),
    ("Swaziland", "SWZ"),
    ("Turkiye", "TUR"),
    ("U.K.", "GBR"),
    ("U.S.", "USA"),
    ("Zaire", "COD"),
    ("Upper Volta", "BFA"),
    ("USSR", "SUN"),
    ("Soviet Union", "SUN"),
    ("Yugoslavia", "YUG"),
    ("GDR", "DDR"),
    ("East Germany", "DDR"),
    ("Czechoslovakia", "CSK"),
    ("South Yemen", "YMD"),
    ("Rhodesia", "RHD"),
    ("South Vietnam", "RVN"),
    ("Serbia and Montenegro", "SCG"),
    ("Middle East", "MEA"),
    # organisations and groups
    ("Arab League", "LAS"),
    ("Council of Europe", "COE"),
    ("Doctors Without Borders", "MSF"),
    ("European Commission", "EU"),
    ("European Council", "EU"),
    ("Security Council", "UNSC"),
    ("World Court", "ICJ"),
    ("Ansar Allah", "HOUTHIS"),
    ("Daesh", "ISIS"),
    ("Hamas", "HAMAS"),
    ("Houthis", "HOUTHIS"),
    ("Idlib rebels", "SYR-REB"),
    ("Islamic Jihad", "PIJ"),
    ("Pakistani Taliban", "TTP"),
    ("Revolutionary Guards", "IRGC"),
    ("Turkish Cypriots", "TRNC"),
)

# What older event data, or a reader, may write for a code that is not the ISO one.
FOREIGN_CODES = (("PAL", "PSE"), ("ROM", "ROU"), ("UAE", "ARE"), ("DRC", "COD"), ("DPRK", "PRK"))

# Names that stand for no actor, or for too many to say.
NOBODY = ("Geneva", "Kurdish", "Kurds", "European", "Arab", "African")


class Actor(NamedTuple):
    """One line of the seed file."""

    code: str
    kind: str
    name: str
    aliases: tuple[str, ...]

    def names(self) -> tuple[str, ...]:
        """The name and every alias."""
        return (self.name, *self.aliases)


def normalise(text: str) -> str:
    """Fold case, accents and punctuation as the service's lookup does."""
    decomposed = unicodedata.normalize("NFKD", text)
    folded = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    return " ".join("".join(char if char.isalnum() else " " for char in folded).split())


def load() -> tuple[Actor, ...]:
    """Read the seed file."""
    with SEED.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        assert reader.fieldnames == ["code", "kind", "name", "aliases"]
        return tuple(
            Actor(row["code"], row["kind"], row["name"], tuple(filter(None, row["aliases"].split("|"))))
            for row in reader
        )


def load_former() -> dict[str, tuple[str, list[str]]]:
    """Read the years of former states, and what came after them."""
    with FORMER_STATES.open(encoding="utf-8", newline="") as handle:
        return {row["code"]: (row["existed"], row["successors"].split("|")) for row in csv.DictReader(handle)}


ACTORS = load()
FORMER = load_former()
BY_CODE = {actor.code: actor for actor in ACTORS}
ISO_ALPHA_3 = frozenset(country.alpha_3 for country in pycountry.countries)


def index() -> dict[str, set[str]]:
    """Every normalised name or alias, with the codes of the actors that carry it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for actor in ACTORS:
        for name in actor.names():
            found[normalise(name)].add(actor.code)
    return dict(found)


INDEX = index()


def test_codes_are_unique_and_well_formed() -> None:
    assert len(BY_CODE) == len(ACTORS)
    for actor in ACTORS:
        pattern = r"[A-Z]{3}" if actor.kind in COUNTRY_KINDS else r"[A-Z][A-Z0-9-]{1,19}"
        assert re.fullmatch(pattern, actor.code), actor.code
    assert len({normalise(actor.code) for actor in ACTORS}) == len(ACTORS)


def test_kinds_are_known_and_lines_are_sorted() -> None:
    assert {actor.kind for actor in ACTORS} == set(KINDS)
    block = {"state": 0, "territory": 0, "organisation": 1, "group": 2, "region": 3}
    order = [(block[actor.kind], actor.code) for actor in ACTORS]
    assert order == sorted(order)


def test_fields_are_trimmed_composed_and_not_empty() -> None:
    for actor in ACTORS:
        for name in actor.names():
            assert name == " ".join(name.split()), (actor.code, name)
            assert name == unicodedata.normalize("NFC", name), (actor.code, name)
            assert normalise(name), (actor.code, name)


def test_every_iso_country_and_kosovo_is_there() -> None:
    countries = {actor.code for actor in ACTORS if actor.kind in COUNTRY_KINDS}
    assert countries == ISO_ALPHA_3 | {"XKX"} | FORMER.keys()


def test_states_are_the_un_members_the_observers_and_a_few_more() -> None:
    states = {actor.code for actor in ACTORS if actor.kind == "state"}
    assert states >= STATES_OUTSIDE_THE_UN | {"PSE", "VAT"}
    assert len(states - FORMER.keys()) == 193 + 2 + len(STATES_OUTSIDE_THE_UN)
    assert BY_CODE["HKG"].kind == BY_CODE["ESH"].kind == BY_CODE["GRL"].kind == "territory"


def test_iso_names_find_their_country() -> None:
    for country in pycountry.countries:
        for attribute in ("name", "common_name", "official_name"):
            name = getattr(country, attribute, None)
            if name:
                assert country.alpha_3 in INDEX.get(normalise(name), set()), (country.alpha_3, name)


def test_codes_of_organisations_and_groups_are_not_iso_codes() -> None:
    others = {actor.code for actor in ACTORS if actor.kind not in COUNTRY_KINDS}
    assert not others & (ISO_ALPHA_3 | {"XKX"})


def test_every_state_has_a_capital_and_a_demonym() -> None:
    states = [actor for actor in ACTORS if actor.kind == "state" and actor.code not in FORMER]
    assert [actor.code for actor in states if len(actor.aliases) < 2] == []


def test_former_states_have_their_years_and_what_came_after_them() -> None:
    for code, (existed, successors) in FORMER.items():
        begin, end = map(date.fromisoformat, existed.split("/"))
        assert begin < end, code
        assert successors, code
        assert set(successors) <= BY_CODE.keys(), code
        assert BY_CODE[code].kind in COUNTRY_KINDS


def test_no_alias_repeats_within_an_actor() -> None:
    for actor in ACTORS:
        aliases = [normalise(alias) for alias in actor.aliases]
        assert len(aliases) == len(set(aliases)), actor.code
        assert not {normalise(actor.name), normalise(actor.code)} & set(aliases), actor.code


def test_no_name_is_the_code_of_another_actor() -> None:
    codes = {normalise(actor.code): actor.code for actor in ACTORS}
    shadowed = {
        (actor.code, normalise(name))
        for actor in ACTORS
        for name in actor.names()
        if codes.get(normalise(name), actor.code) != actor.code
    }
    assert shadowed == SHADOWED


def test_no_alias_is_a_two_letter_iso_code() -> None:
    alpha_2 = {country.alpha_2.casefold() for country in pycountry.countries}
    found = {
        (actor.code, normalise(alias))
        for actor in ACTORS
        for alias in actor.aliases
        if normalise(alias) in alpha_2
    }
    assert found == TWO_LETTER_NAMES


def test_ambiguous_names_are_exactly_the_honest_ones() -> None:
    assert {name: frozenset(codes) for name, codes in INDEX.items() if len(codes) > 1} == AMBIGUOUS


@pytest.mark.parametrize(("name", "code"), CLEAR_NAMES + FOREIGN_CODES)
def test_name_means_one_actor(name: str, code: str) -> None:
    assert INDEX.get(normalise(name)) == {code}


@pytest.mark.parametrize("name", NOBODY)
def test_name_means_nobody(name: str) -> None:
    assert normalise(name) not in INDEX


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("U.S.", "u s"),
        ("US", "us"),
        ("Élysée  Palace", "elysee palace"),
        ("N\u2019Djamena", "n djamena"),
        ("ß", "ss"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected
