"""From the actors of coded event data to those of the registry: CAMEO codes, and names of countries and groups."""

import re
from collections.abc import Callable, Hashable, Mapping
from typing import Final, NamedTuple, TypeVar

from api.importing.rows import Reject, shortened
from domain.actor_directory import ActorDirectory
from domain.actors import ActorKind
from domain.errors import Fault

_ROLE_LENGTH: Final = 100
_NO_ACTOR: Final = frozenset({"", "---", "NA", "NULL", "None"})

#: CAMEO codes whose actor the registry has under another code. The longest beginning counts; what follows is the
#: role. Only what is beyond doubt: a code that is missing here is an actor of its own, and can be looked up.
CAMEO_ACTORS: Final[Mapping[str, str]] = {
    "PAL": "PSE",
    "ROM": "ROU",
    "TMP": "TLS",
    "PALPLO": "PLO",
    "PSEPLO": "PLO",
    "PALHMS": "HAMAS",
    "PSEHMS": "HAMAS",
    "PALREBHMS": "HAMAS",
    "PSEREBHMS": "HAMAS",
    "PALREBISJ": "PIJ",
    "PSEREBISJ": "PIJ",
    "PALREBPFL": "PFLP",
    "PSEREBPFL": "PFLP",
    "LBNHEZ": "HEZBOLLAH",
    "LBNREBHEZ": "HEZBOLLAH",
    "IGOUNO": "UN",
    "IGOUNOFAO": "FAO",
    "IGOUNOHCH": "OHCHR",
    "IGOUNOHCR": "UNHCR",
    "IGOUNOIAE": "IAEA",
    "IGOUNOICJ": "ICJ",
    "IGOUNOKID": "UNICEF",
    "IGOUNOWBK": "WB",
    "IGOUNOWFP": "WFP",
    "IGOUNOWHO": "WHO",
    "IGOAFU": "AU",
    "IGOOAU": "AU",
    "IGOARL": "LAS",
    "IGOASN": "ASEAN",
    "IGOCOE": "COE",
    "IGOEEC": "EU",
    "IGOGCC": "GCC",
    "IGOICC": "ICC",
    "IGOIMF": "IMF",
    "IGOITP": "INTERPOL",
    "IGONAT": "NATO",
    "IGOOAS": "OAS",
    "IGOOIC": "OIC",
    "IGOOPC": "OPEC",
    "IGOWTO": "WTO",
    "NGOAMN": "AMNESTY",
    "NGOHRW": "HRW",
}

#: CAMEO's codes of roles. Where one begins a code, no country is given.
_ROLES: Final = "AGR BUS COP CRM CVL DEV EDU ELI ENV GOV HLH HRI JUD LAB LEG MED MIL OPP PTY RAD REB REF SET SPY"
CAMEO_ROLES: Final = frozenset(_ROLES.split())

#: Names by which ICEWS means one country, and the registry knows several.
ICEWS_COUNTRIES: Final[Mapping[str, str]] = {"Congo": "COG", "Guinea": "GIN"}

_CODE = re.compile(r"[A-Z]{3}")
_NAMED = re.compile(r"(.*?)\s*\(([^()]*)\)\s*$")


class ImportedActor(NamedTuple):
    """An actor's code, and which part of it is meant; `coded` is the row's own code, where they differ."""

    code: str
    role: str | None
    coded: str | None = None


class ActorFinder:
    """Finds actors, and caches what it found.

    A CAMEO code that the registry lacks is found as itself, unless `strict`; who records it has to register it.
    """

    def __init__(self, directory: ActorDirectory, kinds: Mapping[str, ActorKind], *, strict: bool) -> None:
        self._directory = directory
        self._parties = frozenset(
            code for code, kind in kinds.items() if kind in (ActorKind.ORGANISATION, ActorKind.GROUP)
        )
        self._strict = strict
        self._by_code: dict[str, ImportedActor | Reject] = {}
        self._by_name: dict[tuple[str, str], ImportedActor | Reject] = {}

    def by_cameo(self, code: str) -> ImportedActor:
        """Return the actor of a CAMEO code: a country's or the like, and a role's. Raises `Reject`."""
        found = self._by_code.get(code)
        if found is None:
            found = _caught(lambda: self._find_code(code))
            _memoise(self._by_code, code, found)
        if isinstance(found, Reject):
            raise Reject(found.reason, found.detail)
        return found

    def by_name(self, name: str, country: str) -> ImportedActor:
        """Return the actor of a name (`Foreign Affairs (Bangladesh)`) and a country's name. Raises `Reject`."""
        found = self._by_name.get((name, country))
        if found is None:
            found = _caught(lambda: self._find_name(name, country))
            _memoise(self._by_name, (name, country), found)
        if isinstance(found, Reject):
            raise Reject(found.reason, found.detail)
        return found

    def is_country(self, code: str) -> bool:
        """Return whether three letters are the code of a country, here or in CAMEO."""
        code = CAMEO_ACTORS.get(code, code)
        return code in self._directory.names and code not in self._parties

    def _find_code(self, code: str) -> ImportedActor:
        if code.strip() in _NO_ACTOR:
            raise Reject("no-actor", "the source or the target is not given")
        for length in range(len(code) - len(code) % 3, 2, -3):
            if code[:length] in CAMEO_ACTORS:
                return ImportedActor(CAMEO_ACTORS[code[:length]], _role(code[length:]), _role(code))
        head = code[:3]
        if head in CAMEO_ROLES:
            raise Reject("no-actor", f"{code} is a role without a country")
        if not _CODE.fullmatch(head):
            raise Reject(
                "unknown-actor", f"{code[:40]!r} does not begin with a CAMEO code of three capital letters"
            )
        if not self.is_country(head):
            self._check_new(head)
        return ImportedActor(head, _role(code[3:]))

    def _check_new(self, code: str) -> None:
        if known := self._directory.find(code):
            meant = " or ".join(self._directory.describe(known))
            raise Reject("ambiguous-actor", f"CAMEO's {code} is not the registry's, where it is {meant}")
        if self._strict:
            raise Reject("unknown-actor", f"no actor has the code {code}")

    def _find_name(self, name: str, country: str) -> ImportedActor:
        if name in _NO_ACTOR and country in _NO_ACTOR:
            raise Reject("no-actor", "the source or the target is not given")
        own = self._directory.find(name)
        if len(own) == 1 and own[0] in self._parties:
            return ImportedActor(own[0], None)
        parts = _NAMED.fullmatch(name)
        if country not in _NO_ACTOR:
            role = parts[1] if parts else name
            code = self._one(country)
            is_whole = name in _NO_ACTOR or name == country or own == (code,)
            return ImportedActor(code, None if is_whole else _role(role))
        if not own and parts:
            return ImportedActor(self._one(parts[2]), _role(parts[1]))
        return ImportedActor(self._one(name), None)

    def _one(self, name: str) -> str:
        if name in ICEWS_COUNTRIES:
            return ICEWS_COUNTRIES[name]
        found = self._directory.resolve(name[:200], ())
        if isinstance(found, Fault):
            raise Reject(found.code, found.detail)
        return found


def _role(text: str) -> str | None:
    return shortened(text, _ROLE_LENGTH, "a role")


def _caught(find: Callable[[], ImportedActor]) -> ImportedActor | Reject:
    try:
        return find()
    except Reject as reject:
        return reject


_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")
_MOST_FOUND: Final = 20_000


def _memoise(known: dict[_K, _V], key: _K, value: _V) -> None:
    if len(known) >= _MOST_FOUND:
        known.clear()
    known[key] = value
