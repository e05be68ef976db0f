"""The older dictionaries of KEDS, from before CAMEO: of the Balkans, the Gulf, Central Asia and the Levant.

Facts from the data sets of the Kansas Event Data System and their descriptions (1994 to 2005; also in R's package
`events`), and, for states of the Cold War, from the nation codes of WEIS (McClelland, ICPSR 5211). Many of these
are the abbreviations of the Correlates of War's list of states: those are here that no other list has otherwise. A
code that the two generations use for different actors, and no description tells apart, is rejected.
"""

from collections.abc import Mapping
from typing import Final

#: The Correlates of War's abbreviations of states that CAMEO has no such code for, and what WEIS has beside them.
_STATES: Final = """\
ALG DZA|ANG AGO|BAR BRB|BFO BFA|BHU BTN|BNG BGD|BOT BWA|BUI BDI|BUL BGR|CAM KHM|CAO CMR|CDI CIV|CEN CAF|CEY LKA
COS CRI|CZR CZE|DAH BEN|DEN DNK|DRC COD|DRV VNM|ELS SLV|EQG GNQ|FRG DEU|GAM GMB|GDR DDR|GFR DEU|GRG GEO|GUA GTM
GUI GIN|HAI HTI|HON HND|ICE ISL|IRE IRL|IVO CIV|KYR KGZ|KZK KAZ|LAT LVA|LES LSO|LIT LTU|MAG MDG|MAL MYS|MAW MWI
MLD MDA|MOR MAR|MYA MMR|MZM MOZ|NEP NPL|NEW NZL|NIG NGA|NIR NER|NTH NLD|OMA OMN|PAR PRY|PHI PHL|POR PRT|RHO RHD
RUM ROU|SAL SLV|SIE SLE|SIN SGP|SPN ESP|SRI LKA|SUD SDN|SWD SWE|TAJ TJK|TAZ TZA|THI THA|TRI TTO|UKG GBR|URU URY
ZAM ZMB|ZIM ZWE"""

#: Countries and peoples of whole codes: what CAMEO has otherwise, or not at all.
COUNTRIES: Final[Mapping[str, str]] = {
    "AUL": "AUS",
    "AUS": "AUT",
    "BOS": "BIH",
    "BRD": "DEU",
    "CRO": "HRV",
    "FRN": "FRA",
    "GER": "DEU",
    "JAP": "JPN",
    "KON": "PRK",
    "KOS": "KOR",
    "KUW": "KWT",
    "LEB": "LBN",
    "MAC": "MKD",
    "ROK": "KOR",
    "SER": "SRB",
    "SWZ": "CHE",
    "TAW": "TWN",
    "UAE": "ARE",
    "UK": "GBR",
    "UNK": "GBR",
    "US": "USA",
    "VTN": "VNM",
    "VTS": "RVN",
    **dict(entry.split(" ", 1) for line in _STATES.splitlines() for entry in line.split("|")),
}

#: Organisations of whole codes.
ORGANISATIONS: Final[Mapping[str, str]] = {
    "ARL": "LAS",
    "COE": "COE",
    "CSC": "OSCE",
    "EC": "EU",
    "EEC": "EU",
    "EU": "EU",
    "GCC": "GCC",
    "ICRC": "ICRC",
    "IMF": "IMF",
    "NAT": "NATO",
    "NATO": "NATO",
    "OAS": "OAS",
    "OAU": "AU",
    "OIC": "OIC",
    "OPC": "OPEC",
    "OPEC": "OPEC",
    "OSCE": "OSCE",
    "UN": "UN",
    "UNO": "UN",
    "WEU": "WEU",
}

#: Parties that have a code of their own.
PARTIES: Final[Mapping[str, str]] = {
    "KLA": "KLA",
    "PLO": "PLO",
    "PKK": "PKK",
    "HEZ": "HEZBOLLAH",
    "HMS": "HAMAS",
    "HAMAS": "HAMAS",
}

#: Peoples behind ETH, by CAMEO's code for them.
PEOPLES: Final[Mapping[str, str]] = {
    "ALB": "ABN",
    "CRO": "CRO",
    "HRV": "CRO",
    "KUR": "KUR",
    "MOS": "MOS",
    "SER": "SER",
    "TUR": "TRK",
}

#: Codes that mean one actor in CAMEO, and in older data perhaps another.
DOUBTFUL: Final[Mapping[str, str]] = {
    "CHE": "Switzerland (as in ISO 3166) or Chechnya",
    "ISL": "Iceland (as in ISO 3166) or Islamic groups",
    "SAF": "Southern Africa (as in CAMEO) or South Africa",
    "SLO": "Slovenia or Slovakia",
}

#: Codes read as CAMEO has them, of which the descriptions at hand do not say what they were in older data.
UNSAID: Final[Mapping[str, str]] = {
    "CZE": "before 1993 it is Czechoslovakia",
}
