"""The regions of the world and the countries in each: the United Nations' standard M49, by ISO 3166 codes.

Groups, organisations and states that are no more are in none.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Region(StrEnum):
    """The sub-regions of M49, by their names in lower case."""

    NORTHERN_AFRICA = "northern-africa"
    EASTERN_AFRICA = "eastern-africa"
    MIDDLE_AFRICA = "middle-africa"
    SOUTHERN_AFRICA = "southern-africa"
    WESTERN_AFRICA = "western-africa"
    CARIBBEAN = "caribbean"
    CENTRAL_AMERICA = "central-america"
    SOUTH_AMERICA = "south-america"
    NORTHERN_AMERICA = "northern-america"
    CENTRAL_ASIA = "central-asia"
    EASTERN_ASIA = "eastern-asia"
    SOUTH_EASTERN_ASIA = "south-eastern-asia"
    SOUTHERN_ASIA = "southern-asia"
    WESTERN_ASIA = "western-asia"
    EASTERN_EUROPE = "eastern-europe"
    NORTHERN_EUROPE = "northern-europe"
    SOUTHERN_EUROPE = "southern-europe"
    WESTERN_EUROPE = "western-europe"
    AUSTRALIA_AND_NEW_ZEALAND = "australia-and-new-zealand"
    MELANESIA = "melanesia"
    MICRONESIA = "micronesia"
    POLYNESIA = "polynesia"


_CODES: Final[Mapping[Region, str]] = {
    Region.NORTHERN_AFRICA: "DZA EGY LBY MAR SDN TUN ESH",
    Region.EASTERN_AFRICA: (
        "IOT BDI COM DJI ERI ETH ATF KEN MDG MWI MUS MYT MOZ REU RWA SYC SOM SSD UGA TZA ZMB ZWE"
    ),
    Region.MIDDLE_AFRICA: "AGO CMR CAF TCD COG COD GNQ GAB STP",
    Region.SOUTHERN_AFRICA: "BWA SWZ LSO NAM ZAF",
    Region.WESTERN_AFRICA: "BEN BFA CPV CIV GMB GHA GIN GNB LBR MLI MRT NER NGA SHN SEN SLE TGO",
    Region.CARIBBEAN: (
        "AIA ATG ABW BHS BRB BES VGB CYM CUB CUW DMA DOM GRD GLP HTI JAM MTQ MSR PRI BLM KNA LCA MAF VCT SXM TTO"
        " TCA VIR"
    ),
    Region.CENTRAL_AMERICA: "BLZ CRI SLV GTM HND MEX NIC PAN",
    Region.SOUTH_AMERICA: "ARG BOL BVT BRA CHL COL ECU FLK GUF GUY PRY PER SGS SUR URY VEN",
    Region.NORTHERN_AMERICA: "BMU CAN GRL SPM USA",
    Region.CENTRAL_ASIA: "KAZ KGZ TJK TKM UZB",
    Region.EASTERN_ASIA: "CHN HKG MAC PRK JPN MNG KOR TWN",
    Region.SOUTH_EASTERN_ASIA: "BRN KHM IDN LAO MYS MMR PHL SGP THA TLS VNM",
    Region.SOUTHERN_ASIA: "AFG BGD BTN IND IRN MDV NPL PAK LKA",
    Region.WESTERN_ASIA: "ARM AZE BHR CYP GEO IRQ ISR JOR KWT LBN OMN QAT SAU PSE SYR TUR ARE YEM",
    Region.EASTERN_EUROPE: "BLR BGR CZE HUN POL MDA ROU RUS SVK UKR",
    Region.NORTHERN_EUROPE: "ALA DNK EST FRO FIN GGY ISL IRL IMN JEY LVA LTU NOR SJM SWE GBR",
    Region.SOUTHERN_EUROPE: "ALB AND BIH HRV GIB GRC VAT ITA XKX MLT MNE MKD PRT SMR SRB SVN ESP",
    Region.WESTERN_EUROPE: "AUT BEL FRA DEU LIE LUX MCO NLD CHE",
    Region.AUSTRALIA_AND_NEW_ZEALAND: "AUS CXR CCK HMD NZL NFK",
    Region.MELANESIA: "FJI NCL PNG SLB VUT",
    Region.MICRONESIA: "GUM KIR MHL FSM NRU MNP PLW UMI",
    Region.POLYNESIA: "ASM COK PYF NIU PCN WSM TKL TON TUV WLF",
}

#: The codes of the countries and areas in each region; Kosovo and Taiwan, which M49 does not name, by their place.
COUNTRIES: Final[Mapping[Region, frozenset[str]]] = {
    region: frozenset(codes.split()) for region, codes in _CODES.items()
}
