"""CAMEO's dictionary: places, communities and roles. Codes are of three letters, and stand one behind the other.

Facts from the CAMEO codebook (Schrodt, Gerner, Yilmaz; version 1.1b3, March 2012), chapters 3, 6 and 7, from
GDELT's lists (`CAMEO.country`, `CAMEO.type`, `CAMEO.religion`), and from ISO 3166-3 for former states.
"""

from collections.abc import Mapping
from typing import Final

#: Countries that the registry has under another code. The others have that of ISO 3166, and so has the registry.
COUNTRIES: Final[Mapping[str, str]] = {
    "PAL": "PSE",
    "ROM": "ROU",
    "TMP": "TLS",
    "MTN": "MNE",
    "KSV": "XKX",
    "IMY": "IMN",
    "ZAR": "COD",
    "BUR": "MMR",
    "HVO": "BFA",
    "USR": "SUN",
    "CZA": "CSK",
    "FRY": "SCG",
    "GME": "DDR",
    "GMW": "DEU",
    "YMN": "YAR",
    "YMS": "YMD",
    # places that GDELT's list of countries has
    "BAG": "IRQ",
    "GZS": "PSE",
    "WSB": "PSE",
}

#: Parts of a former or wider country that are actors of their own.
PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "SRB": {"KSV": "XKX"},
    "SCG": {"KSV": "XKX", "MTN": "MNE", "SRB": "SRB"},
    "FRY": {"KSV": "XKX", "MTN": "MNE", "SRB": "SRB"},
    "YUG": {
        "KSV": "XKX",
        "MTN": "MNE",
        "SRB": "SRB",
        "BSN": "BIH",
        "BIH": "BIH",
        "CTA": "HRV",
        "HRV": "HRV",
        "MCD": "MKD",
        "MKD": "MKD",
        "SLN": "SVN",
        "SVN": "SVN",
    },
    "BIH": {"SRP": "REPUBLIKA-SRPSKA", "SER": "REPUBLIKA-SRPSKA"},
    "CYP": {"TRK": "TRNC", "GRK": "CYP"},
    "CHN": {"HKG": "HKG", "MAC": "MAC"},
}

#: Regions, by the registry's code for them.
REGIONS: Final[Mapping[str, str]] = {
    "AFR": "AFR",
    "ASA": "ASA",
    "BLK": "BLK",
    "CRB": "CRB",
    "CAU": "CAU",
    "CFR": "CFR",
    "CAS": "CAS",
    "CEU": "CEU",
    "EIN": "EIN",
    "EAF": "EAF",
    "EEU": "E-EUROPE",
    "EUR": "EUR",
    "LAM": "LAM",
    "MEA": "MEA",
    "MDE": "MEA",
    "MDT": "MDT",
    "NAF": "NAF",
    "NMR": "NMR",
    "PGS": "PGS",
    "SCN": "SCN",
    "SAM": "SAM",
    "SAS": "SAS",
    "SEA": "SEA",
    "SAF": "SAF",
    "WAF": "WAF",
    "WEU": "W-EUROPE",
    "WST": "WST",
}

#: Religions, and peoples that the codebook names, with the name under which the registry gets to know them.
COMMUNITIES: Final[Mapping[str, str]] = {
    "ABN": "Ethnic Albanians",
    "ARB": "Arabs",
    "ATH": "Atheists and agnostics",
    "BAH": "Bahá'ís",
    "BED": "Bedouins",
    "BSQ": "Basques",
    "BUD": "Buddhists",
    "CHR": "Christians",
    "CNY": "Chechens",
    "CON": "Confucians",
    "CRO": "Ethnic Croats",
    "CTH": "Catholics",
    "DOX": "Orthodox Christians",
    "DRZ": "Druzes",
    "GYP": "Roma",
    "HIN": "Hindus",
    "HUT": "Hutu",
    "JAN": "Jains",
    "JEW": "Jews",
    "KAS": "Kashmiris",
    "KUR": "Kurds",
    "MOS": "Muslims",
    "PAG": "Animists and pagans",
    "SER": "Ethnic Serbs",
    "SFI": "Sufis",
    "SHI": "Shia Muslims",
    "SIK": "Sikhs",
    "SLA": "Slavs",
    "TAM": "Tamils",
    "TAO": "Taoists",
    "TRG": "Tuareg",
    "TRK": "Ethnic Turks",
    "TUT": "Tutsi",
    "UIG": "Uighurs",
    "ZRO": "Zoroastrians",
}

#: Those of them that are religions, as they stand behind any country.
_RELIGIONS: Final = "ATH BAH BUD CHR CON CTH DOX HIN JAN JEW MOS PAG SFI SHI SIK TAO ZRO"
RELIGIONS: Final = frozenset(_RELIGIONS.split())

#: Other codes of the same communities.
COMMUNITY_CODES: Final[Mapping[str, str]] = {"MUS": "MOS", "ADR": "PAG"}

#: Roles. Where one stands first, no country is given.
_ROLES: Final = """\
AGR BUS COP CRM CVL DEV EDU ELI ENV GOV HLH HRI IGO IMG INS INT JUD LAB LEG MED MIL MNC MOD NGM NGO
OPP PKO PPL PRE PTY RAD REB REF REL SEP SET SPY UAF UIS"""
ROLES: Final = frozenset(_ROLES.split())

#: Roles behind which the code of an armed group stands, if one does.
ARMED: Final = frozenset(["INS", "RAD", "REB", "SEP", "UAF"])

#: Places within a country, which are neither actors nor groups.
PLACES: Final = frozenset(["GZS", "WBN", "WSB"])

#: Roles behind which a country, a people or a religion may stand: of whom they are.
ROLES_OF_SOMEONE: Final = frozenset(["IMG", "INS", "MNC", "NGM", "NGO", "RAD", "REB", "SEP", "UAF"])
