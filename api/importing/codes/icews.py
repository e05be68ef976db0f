"""ICEWS's names of countries and of actors that are none.

Facts from the ICEWS coded event data and its dictionaries (Harvard Dataverse, doi:10.7910/DVN/28075 and 28118).
"""

from collections.abc import Mapping
from typing import Final

#: Names by which ICEWS means one country, where the registry knows several, or has it under another name.
COUNTRIES: Final[Mapping[str, str]] = {
    "Congo": "COG",
    "Guinea": "GIN",
    "Samoa": "WSM",
    "Cook Island": "COK",
    "Palestinian Territory, Occupied": "PSE",
    "Occupied Palestinian Territory": "PSE",
    "the former Yugoslav Republic of Macedonia": "MKD",
    "Macedonia, the Former Yugoslav Republic of": "MKD",
    "Democratic Republic of Congo": "COD",
    "Dominican Republic": "DOM",
    "Korea": "KOR",
    "Virgin Islands": "VIR",
    "United States Virgin Islands": "VIR",
    "Saint Martin": "MAF",
    "Burma": "MMR",
    "Pitcairn Island": "PCN",
    "Faeroe Islands": "FRO",
    "Svalbard and Jan Mayen Islands": "SJM",
    "Wallis and Futuna Islands": "WLF",
    "Cocos Island": "CCK",
    "Sao Tome and Principe": "STP",
    "Saint Pierre-Miquelon": "SPM",
    "Saint Kitts-Nevis": "KNA",
    "Vatican City": "VAT",
    "Macedonia": "MKD",
    "Tibet": "CHN",
}

#: Names of what is no actor, as they stand alone or in brackets.
NOBODY: Final = frozenset(
    {
        "International",
        "International Government Organizations",
        "Multinational Corporation",
        "Multi-National Corporation",
        "Non-Governmental Organizations",
        "Non-Governmental Organization International",
        "Unidentified State Actor",
        "Unspecified Actor",
    }
)
