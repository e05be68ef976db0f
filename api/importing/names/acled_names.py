"""Reads the names that ACLED gives actors: forces of a state with the years of a government, groups, people.

By the ACLED codebook (2023), chapter on actors: `Military Forces of Turkey (2016-)`, `HTS: Hayat Tahrir al Sham`,
`Civilians (Syria)`, `Unidentified Armed Group (Syria)`.
"""

import re
from collections.abc import Mapping
from typing import Final

from api.importing.actors.actor_finder import ActorFinder
from api.importing.actors.actor_table import ImportedActor
from api.importing.formats.acled_deeds import ActorType
from api.importing.names.party_names import PartyNames
from api.importing.rows import Reject
from domain.actors import ActorKind

#: Groups that the registry has under another name than ACLED.
_KNOWN: Final[Mapping[str, str]] = {
    "Islamic State (Syria)": "ISIS",
    "Islamic State (Iraq)": "ISIS",
    "Islamic State (Lebanon)": "ISIS",
    "Islamic State (Turkey)": "ISIS",
    "Islamic State (Afghanistan)": "ISKP",
    "Islamic State (Pakistan)": "ISKP",
    "Islamic State West Africa Province (ISWAP) - Lake Chad Faction": "ISWAP",
    "Islamic State West Africa Province (ISWAP)": "ISWAP",
    "Boko Haram - Jamatu Ahli is-Sunnah lid-Dawati wal-Jihad": "BOKO-HARAM",
    "Hamas Movement": "HAMAS",
    "Fatah Movement": "FATAH",
    "Opposition Rebels (Syria)": "SYR-REB",
    "Group for Support of Islam and Muslims": "JNIM",
    "Tehreek-i-Taliban Pakistan": "TTP",
    "United Armed Forces of Novorossiya": "DONBAS-SEP",
    "Peoples Protection Units": "YPG",
    "People's Protection Units": "YPG",
    "Tigray Peoples Liberation Front": "TPLF",
    "Lords Resistance Army": "LRA",
    "New Peoples Army": "NPA",
    "Baluchistan Liberation Army": "BLA",
    "United League of Arakan/Arakan Army": "AA",
    "Kachin Independence Organization/Kachin Independence Army": "KIA",
    "Karen National Union/Karen National Liberation Army": "KNU",
    "United Wa State Party/United Wa State Army": "UWSA",
    "Fano Youth Militia": "FANO",
    "North Atlantic Treaty Organization": "NATO",
    "United Nations Interim Force in Lebanon": "UNIFIL",
    "United Nations Organization Stabilization Mission in the Democratic Republic of Congo": "MONUSCO",
    # Parts of forces that are actors of their own.
    "Supreme Political Council": "HOUTHIS",
    "Haftar Faction": "LNA",
}
_YEARS: Final = re.compile(r"\s*\((?:\d{4})?\s*-\s*(?:\d{4})?\)\s*")
_FORCES: Final = re.compile(
    r"(Mutiny of |Former )?(Military Forces|Police Forces|Government) of (?:the )?(.+?)(?: - (.+))?"
)
_OF: Final = re.compile(r"(.*\S)\s*\(([^()]+)\)")
_ROLES: Final = {"Military Forces": "MIL", "Police Forces": "COP", "Government": "GOV", "Civilians": "CVL"}
_PEOPLE: Final = {
    "Civilians": ActorType.CIVILIANS,
    "Protesters": ActorType.PROTESTERS,
    "Rioters": ActorType.RIOTERS,
}
_UNKNOWN: Final = ("unidentified ", "unknown ")


class AcledNames:
    """Reads names by a finder's registry, and counts them in its table of actors."""

    def __init__(self, actors: ActorFinder) -> None:
        self._actors = actors
        self._names = PartyNames(actors, _KNOWN)

    def read(self, name: str, given: ActorType | None, country: str) -> ImportedActor:
        """Return an actor by its name and what sort it is said to be; `country` is where. Raises `Reject`."""
        name = self._actors.texts.read_word(" ".join(name.split()), 200, "name of an actor") or ""
        return self._actors.counted(name, lambda: self._read(name, given, country))

    def is_known(self, name: str) -> bool:
        """Return whether a name is that of a state's forces, or of a group that the registry has."""
        whole, before, _ = _parts(" ".join(name.split()))
        if forces := _FORCES.fullmatch(before):
            return self._names.country(forces[3]) is not None
        try:
            return self._known(whole) is not None
        except Reject:  # it may be either of two
            return False

    def _read(self, name: str, given: ActorType | None, country: str) -> ImportedActor:
        if not name:
            raise Reject("no-actor", "the source or the target is not given")
        whole, before, behind = _parts(name)
        if known := self._known(name) or self._known(whole):
            return known._replace(coded=name)
        if name.lower().startswith(_UNKNOWN):
            return self._unidentified(name)
        if forces := _FORCES.fullmatch(before):
            return self._forces(name, forces, behind)
        if people := self._people(name, given):
            return people
        return self._names.party(whole, country)._replace(coded=name)

    def _known(self, name: str) -> ImportedActor | None:
        """Return an actor by its name, or by that behind its acronym."""
        return self._names.known(name) or (self._names.known(name.split(": ", 1)[1]) if ": " in name else None)

    def _unidentified(self, name: str) -> ImportedActor:
        """Return those whom nobody knows, of a country: an actor of its own, and never that country's."""
        parts = _OF.fullmatch(name)
        if parts is None or self._names.country(parts[2]) is None:
            raise Reject("no-actor", f"{name[:100]} are not identified")
        return self._names.new(name, ActorKind.OTHER, "not identified: they are not taken for the country")

    def _forces(self, name: str, forces: re.Match[str], behind: str) -> ImportedActor:
        former, what, country, faction = forces.groups()
        for part in (behind, faction or ""):
            if part and (party := self._known(part)) and not self._actors.is_country(party.code):
                return party._replace(coded=name, why=f"{part} of {country}")
        role = former.split()[0] if former else _ROLES[what]
        if code := self._names.country(country):
            return ImportedActor(code, role, name, f"forces of {country}")
        if (state := self._known(country)) is None:
            state = self._names.new(country, ActorKind.OTHER, f"no country has the name {country[:100]}")
        return state._replace(role=role, coded=name)

    def _people(self, name: str, given: ActorType | None) -> ImportedActor | None:
        """Return people of a country, who are that country with a role; None if a name is none of people."""
        parts = _OF.fullmatch(name)
        who, of = (parts[1], parts[2]) if parts else (name, "")
        meant = _PEOPLE.get(who)
        if meant is not None and given not in (None, ActorType.NONE, meant):
            raise Reject("contradictory-codes", f"{name[:100]} are said to be {given.name.lower()}")
        if meant is None and given not in _PEOPLE.values():
            return None
        if code := self._names.country(of):
            role = _ROLES.get(who) or who[:100]
            return ImportedActor(code, role, name, f"people of {of}")
        raise Reject("no-actor", f"{name[:100]} are not said to be of a country")


def _parts(name: str) -> tuple[str, str, str]:
    """Return a name without years, and what stands before and behind them."""
    before, *behind = _YEARS.split(name)
    rest = " ".join(part for part in behind if part)
    return f"{before} {rest}".strip(), before, rest
