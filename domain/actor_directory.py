"""Who is meant: from a code or any name, in any case and with or without accents, to an actor's code."""

from collections.abc import Iterable
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from domain.actors import ActorEvent, ActorNameAdded, ActorRegistered
from domain.errors import Fault, Path, UnreadableHistory
from domain.text import comparable

_NEAR: Final = 0.84  # Jaro-Winkler similarity from which a name is worth suggesting
_SUGGESTIONS: Final = 5


class ActorDirectory:
    """The names of all actors, folded from the actors' domain events.

    A code wins over a name; a name that several actors have is ambiguous, whoever had it first.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._codes_by_name: dict[str, frozenset[str]] = {}

    def copy(self) -> "ActorDirectory":
        """Return a copy that can take in more without changing this."""
        made = ActorDirectory()
        made.names = self.names.copy()
        made._codes_by_name = self._codes_by_name.copy()
        return made

    def take_over(self, newer: "ActorDirectory") -> None:
        """Know what a later state of the same directory knows."""
        self.names, self._codes_by_name = newer.names.copy(), newer._codes_by_name.copy()

    def apply(self, event: ActorEvent) -> None:
        """Take in what happened to an actor. Raises `UnreadableHistory` for one that was not taken in before."""
        if isinstance(event, ActorRegistered):
            self.add(event.code, event.name, event.aliases)
        elif isinstance(event, ActorNameAdded):
            if event.code not in self.names:
                raise UnreadableHistory(f"names the actor {event.code}, whose registration cannot be read")
            self._add_names(event.code, (event.name,))

    def add(self, code: str, name: str, aliases: Iterable[str]) -> None:
        """Take in an actor with its names, as it is registered in this log or with another service."""
        self.names[code] = name
        self._add_names(code, (name, *aliases))

    def _add_names(self, code: str, names: Iterable[str]) -> None:
        for name in names:
            known = comparable(name)
            self._codes_by_name[known] = self._codes_by_name.get(known, frozenset()) | {code}

    def find(self, text: str) -> tuple[str, ...]:
        """Return the codes that `text` may mean: one, several if it is ambiguous, none if it is unknown."""
        code = text.strip().upper()
        if code in self.names:
            return (code,)
        name = comparable(text)
        codes = self._codes_by_name.get(name) or self._codes_by_name.get(name.removeprefix("the "))
        return tuple(sorted(codes or ()))

    def suggest(self, text: str) -> tuple[str, ...]:
        """Return the codes whose names are nearest to `text`, nearest first."""
        wanted = comparable(text)
        names = {**{comparable(code): code for code in self.names}, **self._first_codes()}
        near = process.extract(
            wanted,
            names.keys(),
            scorer=JaroWinkler.similarity,
            score_cutoff=_NEAR,
            limit=4 * _SUGGESTIONS,
        )
        return tuple(dict.fromkeys(names[name] for name, _, _ in near))[:_SUGGESTIONS]

    def _first_codes(self) -> dict[str, str]:
        return {name: min(codes) for name, codes in self._codes_by_name.items()}

    def resolve(self, text: str, path: Path, *, suggests: bool = True) -> str | Fault:
        """Return the code that `text` means, or what is wrong with it, and names near to it if `suggests`."""
        codes = self.find(text)
        if len(codes) == 1:
            return codes[0]
        if codes:
            named = self.describe(codes)
            return Fault(path, "ambiguous-actor", f"{text!r} may be {' or '.join(named)}: give the code", codes)
        near = self.suggest(text) if suggests else ()
        did_you_mean = f"; did you mean {' or '.join(self.describe(near))}?" if near else ""
        return Fault(path, "unknown-actor", f"no actor has the code or name {text!r}{did_you_mean}", near)

    def describe(self, codes: Iterable[str]) -> list[str]:
        """Return each code with its actor's name."""
        return [f"{code} ({self.names[code]})" for code in codes]
