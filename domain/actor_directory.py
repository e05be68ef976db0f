"""Who is meant: from a code or any name, in any case and with or without accents, to an actor's code.

And who may be named so: a code or a name that another actor has is not given without an administrator's word.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from domain.actors import (
    ActorEvent,
    ActorNameAdded,
    ActorNameRemoved,
    ActorRegistered,
    RegisterActor,
    names_without,
)
from domain.errors import Fault, NameTaken, Path, UnreadableHistory
from domain.standards.text import comparable

_NEAR: Final = 0.84  # Jaro-Winkler similarity from which a name is worth suggesting
_SUGGESTIONS: Final = 5
_MOST_LETTERS: Final = 4  # of what is taken for an abbreviation


class SharedName(NamedTuple):
    """A name that several actors have, or one actor as its name and another as its code, which wins."""

    name: str
    codes: tuple[str, ...]
    wins: str | None


class ActorDirectory:
    """The names of all actors, folded from the actors' domain events.

    A code wins over a name; a name that several actors have is ambiguous, whoever had it first.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._all_names: dict[str, tuple[str, ...]] = {}
        self._codes_by_name: dict[str, frozenset[str]] = {}
        self._holders: dict[str, frozenset[str]] = {}  # of codes and names, as `_claim` has them

    def copy(self) -> "ActorDirectory":
        """Return a copy that can take in more without changing this."""
        made = ActorDirectory()
        made.take_over(self)
        return made

    def take_over(self, newer: "ActorDirectory") -> None:
        """Know what a later state of the same directory knows."""
        self.names, self._all_names = newer.names.copy(), newer._all_names.copy()
        self._codes_by_name, self._holders = newer._codes_by_name.copy(), newer._holders.copy()

    def apply(self, event: ActorEvent) -> None:
        """Take in what happened to an actor. Raises `UnreadableHistory` for one that was not taken in before."""
        if isinstance(event, ActorRegistered):
            self.add(event.code, event.name, event.aliases)
        elif isinstance(event, ActorNameAdded | ActorNameRemoved):
            if event.code not in self.names:
                raise UnreadableHistory(f"names the actor {event.code}, whose registration cannot be read")
            if isinstance(event, ActorNameAdded):
                self._add_names(event.code, (event.name,))
            else:
                self._remove_name(event.code, event.name)

    def add(self, code: str, name: str, aliases: Iterable[str]) -> None:
        """Take in an actor with its names, as it is registered in this log or with another service."""
        self.names[code] = name
        _put(self._holders, _claim(code), code)
        self._add_names(code, (name, *aliases))

    def _add_names(self, code: str, names: Iterable[str]) -> None:
        added = tuple(names)
        self._all_names[code] = (*self._all_names.get(code, ()), *added)
        for name in added:
            _put(self._codes_by_name, comparable(name), code)
            _put(self._holders, _claim(name), code)

    def _remove_name(self, code: str, name: str) -> None:
        left = names_without(code, self._all_names.pop(code), name)
        _take(self._codes_by_name, comparable(name), code)
        _take(self._holders, _claim(name), code)
        self.add(code, left[0], left[1:])  # another spelling may be left

    def has_code(self, text: str) -> bool:
        """Return whether a text is an actor's code. If it is one it stays one, whatever becomes of names."""
        return text.strip().upper() in self.names

    def find(self, text: str) -> tuple[str, ...]:
        """Return the codes that `text` may mean: one, several if it is ambiguous, none if it is unknown."""
        code = text.strip().upper()
        if code in self.names:
            return (code,)
        name = comparable(text)
        codes = self._codes_by_name.get(name) or self._codes_by_name.get(name.removeprefix("the "))
        return tuple(sorted(codes or ()))

    def codes_with(self, text: str) -> frozenset[str]:
        """Return the codes of the actors that have a text, as names are compared, in their code or a name."""
        by_code = (code for code in self.names if text in comparable(code))
        by_name = (code for name, codes in self._codes_by_name.items() if text in name for code in codes)
        return frozenset((*by_code, *by_name))

    def others_with(self, code: str, text: str) -> tuple[str, ...]:
        """Return the codes of the other actors that have `text` as their code or a name, as people would read it.

        None if it is a name of the actor itself already, which nobody is given anew.
        """
        if code in self._codes_by_name.get(comparable(text), ()):
            return ()
        return tuple(sorted(self._holders.get(_claim(text), frozenset()) - {code}))

    def check_names(
        self, code: str, given: Iterable[tuple[Path, str]], share: bool | frozenset[str]
    ) -> tuple[str, ...]:
        """Return which other actors have a text that an actor is to get.

        Raises `NameTaken` unless it may `share` it: with anybody, or with the actors listed.
        """
        taken = {path: (text, others) for path, text in given if (others := self.others_with(code, text))}
        allowed = share if isinstance(share, frozenset) else frozenset(self.names) if share else frozenset()
        refused = {path: found for path, found in taken.items() if not allowed.issuperset(found[1])}
        if refused:
            raise NameTaken([self._name_taken(path, *found) for path, found in refused.items()])
        return tuple(sorted({other for _, others in taken.values() for other in others}))

    def _name_taken(self, path: Path, text: str, others: tuple[str, ...]) -> Fault:
        return Fault(path, "name-taken", f"{text!r} belongs to {' and '.join(self.describe(others))}", others)

    def shared_names(self, code: str | None = None) -> Iterator[SharedName]:
        """Yield the names that several actors have, all of them or those of one actor, as they are compared."""
        claims = self._holders if code is None else dict.fromkeys(map(_claim, (code, *self._all_names[code])))
        for claim in claims:
            if len(holders := self._holders[claim]) > 1:
                wins = next((holder for holder in sorted(holders) if _claim(holder) == claim), None)
                yield SharedName(claim, tuple(sorted(holders)), wins)

    def suggest(self, text: str) -> tuple[str, ...]:
        """Return the codes whose names are nearest to `text`, nearest first.

        Other abbreviations that look like one mean something else, unless they begin with it.
        """
        wanted = comparable(text)
        names = {**{comparable(code): code for code in self.names}, **self._first_codes()}
        if letters := _abbreviation(wanted):
            wanted = letters
            names = {name: code for name, code in names.items() if _may_stand_for(name, letters)}
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


def texts_of(command: RegisterActor) -> Iterator[tuple[Path, str]]:
    """Yield the code and the names that an actor is to be registered with, each with where it stands."""
    yield ("code",), command.code
    yield ("name",), command.name
    for index, alias in enumerate(command.aliases):
        yield ("aliases", index), alias


def _claim(text: str) -> str:
    """Return a code or a name as it is given to one actor: all that a look-up may take for it come to the same.

    That is as names are compared, but without a leading "the"; and letters such as the dotless i, by which a code
    is found, as their upper case.
    """
    known = comparable(text)
    if not known.isascii():
        known = comparable(known.upper())
    return known.removeprefix("the ")


def _abbreviation(name: str) -> str:
    """Return the letters of an abbreviation, written with full stops or without; empty if it is none."""
    words = name.split()
    letters = "".join(words)
    is_spelt = len(words) == 1 or len(words) == len(letters)
    return letters if is_spelt and len(letters) <= _MOST_LETTERS else ""


def _may_stand_for(name: str, letters: str) -> bool:
    """Return whether a name may be meant by an abbreviation: if it is one itself, only where it begins with it."""
    return not (other := _abbreviation(name)) or other.startswith(letters)


def _put(codes: dict[str, frozenset[str]], key: str, code: str) -> None:
    codes[key] = codes.get(key, frozenset()) | {code}


def _take(codes: dict[str, frozenset[str]], key: str, code: str) -> None:
    left = codes.get(key, frozenset()) - {code}
    if left:
        codes[key] = left
    else:
        codes.pop(key, None)
