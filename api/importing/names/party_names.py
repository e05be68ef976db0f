"""Finds states and groups by the names that data sets of conflict give them.

A name that neither the data set's own list nor the registry has is an actor of its own, and doubtful: it is never
taken for another that is named much like it.
"""

import re
from collections.abc import Mapping
from typing import Final

from api.importing.actors.actor_finder import ActorFinder
from api.importing.actors.actor_table import ImportedActor
from api.importing.codes import icews
from api.importing.names.new_actors import NewActor, code_of_name, unique_code
from api.importing.rows import Reject
from domain.actors import ActorKind

_NAME_LENGTH: Final = 200
_IN_BRACKETS: Final = re.compile(r"(.*\S)\s*\(([^()]+)\)")
_ACRONYM: Final = re.compile(r"[A-Z0-9/ -]{1,7}")


class PartyNames:
    """Finds actors in a finder's registry; `known` are the names that the data set has for those of the seeds."""

    def __init__(self, actors: ActorFinder, known: Mapping[str, str]) -> None:
        self._actors = actors
        self._known = known

    def country(self, name: str) -> str | None:
        """Return the code of a state or a territory, None if no one country has the name."""
        if name in icews.COUNTRIES:
            return icews.COUNTRIES[name]
        codes = self._actors.directory.find(name[:_NAME_LENGTH])
        found = [code for code in codes if self._actors.is_country(code)]
        return found[0] if len(found) == 1 else None

    def known(self, name: str) -> ImportedActor | None:
        """Return an actor that the data set's list or the registry has under a name. Raises `Reject`.

        An acronym counts only where the list has it: the registry may have it for another actor.
        """
        if code := self._known.get(name):
            return ImportedActor(code, None, name, "the data set's name for it")
        if _ACRONYM.fullmatch(name):
            return None
        directory = self._actors.directory
        found = directory.find(name[:_NAME_LENGTH])
        if len(found) > 1:
            raise Reject("ambiguous-actor", f"{name[:100]!r} may be {' or '.join(directory.describe(found))}")
        return ImportedActor(found[0], None, name, "the name") if found else None

    def party(self, name: str, country: str) -> ImportedActor:
        """Return a group or an organisation; one that is not known is registered by its name. Raises `Reject`.

        `country` is where it was seen: it tells an acronym that is another actor's name from that one.
        """
        if found := self.known(name):
            return found
        if _ACRONYM.fullmatch(name) and (others := self._actors.directory.find(name)):
            own = f"{name} ({country})" if country else ""
            meant = " or ".join(self._actors.directory.describe(others))
            if not own:
                raise Reject("ambiguous-actor", f"{name} may be {meant}, or another of that name")
            return self.new(own, ActorKind.GROUP, f"a group of its own: {name} is also {meant}", name)
        if (parts := _IN_BRACKETS.fullmatch(name)) and (near := self._near(parts[1])):
            return self.new(name, ActorKind.GROUP, f"a group of its own, named like {near}")
        return self.new(name, ActorKind.GROUP, "a group that nobody has named so")

    def new(self, name: str, kind: ActorKind, why: str, coded: str = "") -> ImportedActor:
        """Return an actor by its name, to be registered if it is not. Raises `Reject`."""
        text = self._actors.texts.read_word(name, _NAME_LENGTH, "name of an actor")
        if text is None:
            raise Reject("no-actor", "the source or the target is not given")
        if registered := self.known(text):
            return registered._replace(coded=coded or name, why=f"{why}; registered here")
        code = code_of_name(text)
        if code in self._actors.directory.names:  # of another name
            code = unique_code(text)
        self._actors.take_in(NewActor(code, kind, text))
        return ImportedActor(code, None, coded or name, why, is_doubtful=True)

    def _near(self, name: str) -> str:
        return " or ".join(self._actors.directory.describe(self._actors.directory.find(name)))
