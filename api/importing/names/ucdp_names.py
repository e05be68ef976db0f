"""Reads the names that UCDP gives the sides of a conflict: governments by their numbers, groups, civilians.

Facts from Gleditsch and Ward's lists of independent states and of microstates, and from UCDP's list of actors.
Their numbers are not those of the Correlates of War for Germany, Yemen, and four states of the Pacific.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from api.importing.actors.actor_finder import ActorFinder
from api.importing.actors.actor_table import ImportedActor
from api.importing.names.party_names import PartyNames
from api.importing.rows import Reject
from api.importing.seeds import former_states
from domain.actors import ActorKind

_STATES: Final = """\
2 USA|20 CAN|31 BHS|40 CUB|41 HTI|42 DOM|51 JAM|52 TTO|53 BRB|54 DMA|55 GRD|56 LCA|57 VCT|58 ATG|60 KNA
70 MEX|80 BLZ|90 GTM|91 HND|92 SLV|93 NIC|94 CRI|95 PAN|100 COL|101 VEN|110 GUY|115 SUR|130 ECU|135 PER
140 BRA|145 BOL|150 PRY|155 CHL|160 ARG|165 URY|200 GBR|205 IRL|210 NLD|211 BEL|212 LUX|220 FRA|221 MCO
223 LIE|225 CHE|230 ESP|232 AND|235 PRT|260 DEU|265 DDR|290 POL|305 AUT|310 HUN|315 CSK|316 CZE|317 SVK
325 ITA|331 SMR|338 MLT|339 ALB|340 SRB|341 MNE|343 MKD|344 HRV|345 SRB|346 BIH|347 XKX|349 SVN|350 GRC
352 CYP|355 BGR|359 MDA|360 ROU|365 RUS|366 EST|367 LVA|368 LTU|369 UKR|370 BLR|371 ARM|372 GEO|373 AZE
375 FIN|380 SWE|385 NOR|390 DNK|395 ISL|402 CPV|403 STP|404 GNB|411 GNQ|420 GMB|432 MLI|433 SEN|434 BEN
435 MRT|436 NER|437 CIV|438 GIN|439 BFA|450 LBR|451 SLE|452 GHA|461 TGO|471 CMR|475 NGA|481 GAB|482 CAF
483 TCD|484 COG|490 COD|500 UGA|501 KEN|510 TZA|516 BDI|517 RWA|520 SOM|522 DJI|530 ETH|531 ERI|540 AGO
541 MOZ|551 ZMB|552 ZWE|553 MWI|560 ZAF|565 NAM|570 LSO|571 BWA|572 SWZ|580 MDG|581 COM|590 MUS|591 SYC
600 MAR|615 DZA|616 TUN|620 LBY|625 SDN|626 SSD|630 IRN|640 TUR|645 IRQ|651 EGY|652 SYR|660 LBN|663 JOR
666 ISR|670 SAU|678 YEM|680 YMD|690 KWT|692 BHR|694 QAT|696 ARE|698 OMN|700 AFG|701 TKM|702 TJK|703 KGZ
704 UZB|705 KAZ|710 CHN|712 MNG|713 TWN|731 PRK|732 KOR|740 JPN|750 IND|760 BTN|770 PAK|771 BGD|775 MMR
780 LKA|781 MDV|790 NPL|800 THA|811 KHM|812 LAO|816 VNM|817 RVN|820 MYS|830 SGP|835 BRN|840 PHL|850 IDN
860 TLS|900 AUS|910 PNG|920 NZL|935 VUT|940 SLB|950 FJI|970 KIR|971 NRU|972 TON|973 TUV|983 MHL|986 PLW
987 FSM|990 WSM"""
_BY_NUMBER: Final[Mapping[str, str]] = {
    number: code
    for line in _STATES.splitlines()
    for number, code in (entry.split(" ") for entry in line.split("|"))
}

#: What a state was before, by the code of what it is now: UCDP has one number for both.
_BEFORE: Final[Mapping[str, Sequence[str]]] = {"RUS": ("SUN",), "SRB": ("YUG", "SCG"), "YEM": ("YAR",)}

#: Names of governments that the registry does not have, or has for others.
_COUNTRIES: Final[Mapping[str, str]] = {
    "Yugoslavia": "SRB",
    "Soviet Union": "RUS",
    "North Yemen": "YEM",
    "South Yemen": "YMD",
    "Macedonia, FYR": "MKD",
    "Rumania": "ROU",
    "Kingdom of eSwatini": "SWZ",
    "Zimbabwe (Rhodesia)": "ZWE",
}

#: Groups that UCDP has under names that the registry does not have, or under acronyms.
_GROUPS: Final = """\
IS ISIS|PKK PKK|FARC FARC|ELN ELN|LTTE LTTE|LRA LRA|UNITA UNITA|AQIM AQIM|AQAP AQAP|JNIM JNIM|TTP TTP
M23 M23|FDLR FDLR|ADF ADF|RUF RUF|NPFL NPFL|LURD LURD|ULIMO ULIMO|GIA GIA|AIS FIS|GSPC GSPC|MFDC MFDC
PIJ PIJ|PFLP PFLP|DFLP DFLP|PLO PLO|SPLM/A SPLM|SPLM/A-North SPLM-N|SPLM/A-IO SPLM-IO|RSF RSF|TPLF TPLF
OLA OLA|KNU KNU|KIO KIA|ULA AA|UWSA UWSA|ARSA ARSA|MILF MILF|MNLF MNLF|ASG ABU-SAYYAF|CPP NPA|NSCN-IM NSCN
SDF SDF|YPG YPG|PYD YPG|HTS HTS|MEK MEK|KDP KDP-IRQ|ETA ETA|PIRA IRA|UCK KLA|BLA BLA|EZLN EZLN|FPR RPF
DPR DONBAS-SEP|LPR DONBAS-SEP|STC STC|FSA FSA|AMAL AMAL|SLA SLA-LBN|JVP JVP|KR KHMER-ROUGE"""
_KNOWN: Final[Mapping[str, str]] = {
    **dict(entry.split(" ", 1) for line in _GROUPS.splitlines() for entry in line.split("|")),
    "SPLM/A In Opposition": "SPLM-IO",
    "Forces of the House of Representatives": "LNA",
    "Republic of Nagorno-Karabakh": "ARTSAKH",
    "Dniestr Republic": "TRANSNISTRIA",
    "Serbian Republic of Bosnia and Herzegovina": "REPUBLIKA-SRPSKA",
}
_GOVERNMENT: Final = "Government of "
_CIVILIANS: Final = "Civilians"


class UcdpNames:
    """Reads names by a finder's registry, and counts them in its table of actors."""

    def __init__(self, actors: ActorFinder) -> None:
        self._actors = actors
        self._names = PartyNames(actors, _KNOWN)

    def read(self, name: str, numbers: str, country: str, day: str) -> list[ImportedActor]:
        """Return the actors of a side, by their names and the numbers of governments. Raises `Reject`.

        `country` is where it was, and `day` when: a state's name then may have been another.
        """
        name = self._actors.texts.read_word(" ".join(name.split()), 1000, "name of an actor") or ""
        parts = name.split(f", {_GOVERNMENT}") if name.startswith(_GOVERNMENT) else [name]
        given = [number.strip() for number in numbers.replace(";", ",").split(",")]
        if len(given) != len(parts):
            given = []
        names = [parts[0], *(_GOVERNMENT + part for part in parts[1:])]
        return [
            self._counted(part, number, country, day) for part, number in zip_longest(names, given, fillvalue="")
        ]

    def _counted(self, name: str, number: str, country: str, day: str) -> ImportedActor:
        coded = f"{name} | {country}" if name == _CIVILIANS else name
        return self._actors.counted(coded, lambda: self._read(name, number, country, day), name)

    def _read(self, name: str, number: str, country: str, day: str) -> ImportedActor:
        if not name:
            raise Reject("no-actor", "the source or the target is not given")
        if name == _CIVILIANS:
            code = self._country(country)
            if code is None:
                raise Reject("no-actor", f"no country has the name {country[:100]!r}: whose civilians is not said")
            return ImportedActor(_then(code, day), "CVL", name, f"civilians, by the country: {country}")
        if name.startswith(_GOVERNMENT):
            return self._government(name, number, day)
        return self._names.party(name, country)._replace(coded=name)

    def _government(self, name: str, number: str, day: str) -> ImportedActor:
        country = name.removeprefix(_GOVERNMENT)
        named, numbered = self._country(country), _BY_NUMBER.get(number)
        if named and numbered and named != numbered:
            raise Reject("contradictory-codes", f"the number {number} is {numbered}, and {name[:100]} is {named}")
        if code := numbered or named:
            why = f"state {number} of Gleditsch and Ward" if numbered else "the name of the country"
            return ImportedActor(_then(code, day), "GOV", name, why)
        made = self._names.new(country, ActorKind.OTHER, f"no country has the name {country[:100]}")
        return made._replace(role="GOV", coded=name)

    def _country(self, name: str) -> str | None:
        """Return the code that a country has now: `DR Congo (Zaire)` is named as it is and as it was."""
        first, _, second = name.partition(" (")
        for text in (name, first, second.rstrip(")")):
            if code := _COUNTRIES.get(text) or self._names.country(text):
                return code
        return None


def _then(code: str, day: str) -> str:
    """Return the code of what a state was on a day."""
    for former in _BEFORE.get(code, ()):
        if day <= former_states()[former].existed.split("/")[1]:
            return former
    return code
