"""From the actors of coded event data to those of the registry: by code, or by names of countries and groups."""

import re
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar

from api.importing.actors.actor_map import ActorMap
from api.importing.actors.actor_table import ActorTable, ImportedActor
from api.importing.codes import icews
from api.importing.codes.cameo_actors import CameoActors, party_of
from api.importing.codes.coded_actor import CodedActor
from api.importing.codes.keds_actors import KedsActors
from api.importing.codes.schemes import CodeScheme
from api.importing.names.new_actors import NewActor
from api.importing.optional_texts import OptionalTexts
from api.importing.rows import ROLE_LENGTH, Reject
from api.importing.seeds import former_states
from api.parsing.event_tables import ABSENT
from domain.actor_directory import ActorDirectory
from domain.actors import ActorKind
from domain.errors import Fault

_NOTHING: Final = "---"  #: where an actor is missing; TABARI and PETRARCH have it for a part of one, too: `---MIL`
_NO_ACTOR: Final = ABSENT | {_NOTHING}

_G = TypeVar("_G")
_S = TypeVar("_S")

_NAMED = re.compile(r"(.*?)\s*\(([^()]*)\)\s*$")


@dataclass(frozen=True)
class SharedByFinders:
    """What all finders of one import share: what they found, the texts of the row, a person's map, who is new."""

    table: ActorTable = field(default_factory=ActorTable)
    texts: OptionalTexts = field(default_factory=OptionalTexts)
    overrides: ActorMap | None = None
    new_actors: dict[str, NewActor] = field(default_factory=dict)


class ActorFinder:
    """Finds actors, and caches what it found.

    A code that neither its dictionary nor the registry has is found as itself; who records it has to register it.
    If `strict`, what the registry lacks is not found.
    """

    def __init__(
        self,
        directory: ActorDirectory,
        kinds: Mapping[str, ActorKind],
        *,
        strict: bool,
        scheme: CodeScheme = CodeScheme.CAMEO,
        shared: SharedByFinders | None = None,
    ) -> None:
        self.directory = directory
        self._countries = frozenset(
            c for c, kind in kinds.items() if kind in (ActorKind.STATE, ActorKind.TERRITORY)
        )
        self._parties = frozenset(
            code for code, kind in kinds.items() if kind in (ActorKind.ORGANISATION, ActorKind.GROUP)
        )
        self._kinds = kinds
        self.scheme = scheme
        shared = shared or SharedByFinders()
        self.table = shared.table
        self.texts = shared.texts
        self.new_actors = shared.new_actors
        self._overrides = shared.overrides
        self._strict = strict
        older = scheme in (CodeScheme.KEDS, CodeScheme.WEIS)
        self._codes = KedsActors(self.is_country) if older else CameoActors(self.is_country)
        self._by_code: dict[str, ImportedActor | Reject] = {}
        self._by_name: dict[tuple[str, str], ImportedActor | Reject] = {}

    def by_code(self, code: str) -> ImportedActor:
        """Return the actor of a code: a country's or the like, and a role's. Raises `Reject`."""
        found = self._by_code.get(code)
        if isinstance(found, ImportedActor) and self._overrides is None:  # as for nearly all rows of a large file
            self.table.count(code, found)
            return found
        return self.counted(code, lambda: self.look_up(code))

    @staticmethod
    def both(find: Callable[[_G], _S], source: _G, target: _G) -> tuple[_S, _S]:
        """Return what is found of both sides. Raises `Reject` as `find` does for the source, else for the target.

        Of a row without a source, the target is looked for, too: the table of actors counts all that a row gives.
        """
        try:
            found = find(source)
        except Reject:
            with suppress(Reject):
                find(target)
            raise
        return found, find(target)

    def counted(self, coded: str, find: Callable[[], ImportedActor], code: str = "") -> ImportedActor:
        """Return what is found, and count it in the table of actors as what a row gives. Raises `Reject`.

        A person's map has the last word: with a line for what the row gives, or else for its code alone.
        """
        found = _caught(find)
        if self._overrides is not None:
            found = self._overrides.read((coded, code or coded), found)
        self.table.count(coded, found)
        if isinstance(found, Reject):
            raise found
        return found

    def look_up(self, code: str) -> ImportedActor:
        """Return the actor of a code, without counting it. Raises `Reject`."""
        found = self._by_code.get(code)
        if found is None:
            noted = self.texts.noted
            found = _caught(lambda: self._find_code(code))
            if self.texts.noted == noted:  # else it is to be noted of each row
                _memoise(self._by_code, code, found)
        if isinstance(found, Reject):
            raise Reject(found.reason, found.detail)
        return found

    def found(self, code: str) -> ImportedActor | None:
        """Return the actor of a code as `look_up` does, None if there is none."""
        try:
            return self.look_up(code)
        except Reject:
            return None

    def is_party(self, code: str) -> bool:
        """Return whether an actor of the seeds is an organisation or a group."""
        return code in self._parties

    def is_named_alone(self, name: str) -> bool:
        """Return whether a name is one actor's of the registry, whatever stands beside it."""
        return len(self.directory.find(name)) == 1

    def by_name(self, name: str, country: str) -> ImportedActor:
        """Return the actor of a name (`Foreign Affairs (Bangladesh)`) and a country's name. Raises `Reject`."""
        parts = dict.fromkeys(part for part in (name, country) if part not in _NO_ACTOR)
        coded = " | ".join(parts) or name or country
        return self.counted(coded, lambda: self._look_up_name(name, country))

    def _look_up_name(self, name: str, country: str) -> ImportedActor:
        found = self._by_name.get((name, country))
        if found is None:
            noted = self.texts.noted
            found = _caught(lambda: self._find_name(name, country))
            if self.texts.noted == noted:
                _memoise(self._by_name, (name, country), found)
        if isinstance(found, Reject):
            raise Reject(found.reason, found.detail)
        return found

    def is_country(self, code: str) -> bool:
        """Return whether a code is that of a country here."""
        return code in self._countries

    def take_in(self, actor: NewActor) -> None:
        """Have an actor registered that the registry lacks. Raises `Reject` if `strict`."""
        if self._strict:
            raise Reject("unknown-actor", f"no actor has the name {actor.name!r}")
        self.new_actors[actor.code] = actor

    def party(self, code: str) -> str | None:
        """Return the organisation or group of a known group's code, as GDELT has it in a column."""
        return party_of(code)

    def _find_code(self, code: str) -> ImportedActor:
        code = code.strip()
        said = code.replace(_NOTHING, "")
        if said in _NO_ACTOR:
            raise Reject("no-actor", "the source or the target is not given")
        meaning = self._codes.read(said)
        if meaning.is_doubtful and not self.is_country(meaning.actor):  # else who of it is meant is doubtful
            meaning = self._known_here(meaning)
        if self._strict and meaning.actor not in self.directory.names:
            raise Reject("unknown-actor", f"no actor has the code {meaning.actor}")
        coded = None if code.startswith(meaning.actor) else self._role(code)
        why = meaning.why
        if former := former_states().get(meaning.actor):
            why = f"{why}, which existed {former.existed}; then {', '.join(former.successors)}"
        return ImportedActor(meaning.actor, self._role(meaning.role), coded, why, meaning.is_doubtful)

    def _known_here(self, meaning: CodedActor) -> CodedActor:
        """Return what the registry makes of a code that no dictionary has. Raises `Reject`."""
        code = meaning.actor
        if code in self.directory.names and code not in self._kinds:
            return meaning._replace(why=f"{meaning.why}; registered here")
        if known := self.directory.find(code) or self.directory.others_with(code, code):
            meant = " or ".join(self.directory.describe(known))
            raise Reject("ambiguous-actor", f"{meaning.why}, and the registry has it for {meant}")
        return meaning

    def _find_name(self, name: str, country: str) -> ImportedActor:
        if name in _NO_ACTOR and country in _NO_ACTOR:
            raise Reject("no-actor", "the source or the target is not given")
        if country in _NO_ACTOR and _is_nobody(name):
            raise Reject("no-actor", f"{name[:100]} is not said to be anyone's")
        own = self.directory.find(name)
        if len(own) == 1 and own[0] in self._parties:
            return ImportedActor(own[0], None, why="the name")
        parts = _NAMED.fullmatch(name)
        if not own and parts and (party := self._party_named(parts[2])):
            return ImportedActor(party, self._role(parts[1]), why="the name in brackets")
        if country not in _NO_ACTOR:
            return self._of_country(name, parts, country)
        if not own and parts:
            return ImportedActor(self._one(parts[2]), self._role(parts[1]), why="the name in brackets")
        return ImportedActor(self._one(name), None, why="the name")

    def _of_country(self, name: str, parts: re.Match[str] | None, country: str) -> ImportedActor:
        """Return who a name is of a country. Raises `Reject` if it, or that in brackets, is another state."""
        code, own = self._one(country), self.directory.find(name)
        if name in _NO_ACTOR or name == country or own == (code,):
            return ImportedActor(code, None, why=f"country {country[:100]}")
        role, why = self._role(parts[1] if parts else name), f"country {country[:100]}"
        other = self._other_country(parts[2] if parts and not own else name, code)
        if other is None:
            return ImportedActor(code, role, why=why)
        meant = " and ".join(self.directory.describe((other,)))
        if self._kinds.get(other) is ActorKind.STATE:
            detail = f"{name[:100]!r} is {meant}, and the country beside it is {country[:100]}"
            raise Reject("contradictory-actor", detail)
        return ImportedActor(code, role, why=f"{why}; the name is that of {meant}", is_doubtful=True)

    def _other_country(self, name: str, code: str) -> str | None:
        """Return the country that a name is one of and that a code is not; nor what came after it."""
        found = (icews.COUNTRIES[name],) if name in icews.COUNTRIES else self.directory.find(name[:200])
        other = found[0] if len(found) == 1 and found[0] != code and self.is_country(found[0]) else None
        former = former_states().get(other) if other else None
        return None if former and code in former.successors else other

    def _party_named(self, name: str) -> str | None:
        found = self.directory.find(name)
        return found[0] if len(found) == 1 and found[0] in self._parties else None

    def _role(self, text: str) -> str | None:
        return self.texts.read_word(text, ROLE_LENGTH, "role")

    def _one(self, name: str) -> str:
        if name in icews.COUNTRIES:
            return icews.COUNTRIES[name]
        found = self.directory.resolve(name[:200], ())
        if isinstance(found, Fault):
            raise Reject(found.code, found.detail)
        return found


def _is_nobody(name: str) -> bool:
    parts = _NAMED.fullmatch(name)
    return name in icews.NOBODY or (parts is not None and parts[2] in icews.NOBODY)


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
