"""Actors that the registry lacks, and what is to be registered of them."""

import re
from hashlib import sha256
from typing import Final, NamedTuple

from domain.actors import ActorKind
from domain.standards.text import comparable

_SHORTEST: Final = 4  # what is shorter may be a dictionary's code
_LONGEST: Final = 20  # characters of a code, as an actor may have
_DIGEST: Final = 6
_YEARS: Final = re.compile(r"\s*\((?:\d{4})?\s*-\s*(?:\d{4})?\)\s*")
_ACRONYM: Final = re.compile(r"[A-Z0-9/ -]{1,7}")


class NewActor(NamedTuple):
    """An actor to register: its code, and its kind and name as far as they are known."""

    code: str
    kind: ActorKind = ActorKind.OTHER
    name: str = ""


def code_of_name(name: str) -> str:
    """Return a code for an actor by its name: the same for names that compare alike, another for all others."""
    words = comparable(name).upper().replace(" ", "-")
    fits = words.isascii() and words[:1].isalpha() and _SHORTEST <= len(words) <= _LONGEST
    return words if fits else unique_code(name)


def may_be_of(code: str, name: str) -> bool:
    """Return whether a code may be made for what a data set names so: of the whole name, or of a part of it."""
    without_years = _YEARS.sub("", name)
    texts = {name, without_years, without_years.partition(" (")[0], without_years.rpartition(": ")[2]}
    texts |= {text.removeprefix("Government of ") for text in texts}
    made = {make(text) for text in texts for make in (code_of_name, unique_code)}
    return code in made or any(
        code.startswith(comparable(text).upper().replace(" ", "-") + "-")
        for text in texts
        if _ACRONYM.fullmatch(text)  # which is told from another's by its country
    )


def unique_code(name: str) -> str:
    """Return a code that is a beginning of a name and a digest of it, for where the name is no code of its own."""
    words = comparable(name).upper().replace(" ", "-")
    readable = "".join(c for c in words if c.isascii()).lstrip("-0123456789")
    digest = sha256(comparable(name).encode()).hexdigest()[:_DIGEST].upper()
    return f"{readable[: _LONGEST - _DIGEST - 1].rstrip('-') or 'ACTOR'}-{digest}"
