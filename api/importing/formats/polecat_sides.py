"""The sides of a POLECAT event: cells that name several actors, with their countries and sectors.

Actors are parted by `;`, or, where there is none, by `|`. Countries and sectors belong to them by their position.
Where the counts differ:

- one country, or one sector, is that of all the names;
- several countries of one name, or of none, are an actor each;
- else the countries are an actor each, and so is each name that is one by itself, as an organisation's. The other
  names are of one of the countries, and which is not said.
- sectors of another number belong to no actor, and are left out.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.importing.actors.actor_finder import ActorFinder
from api.importing.actors.actor_table import ImportedActor
from api.importing.rows import ROLE_LENGTH, Reject
from api.parsing.event_tables import ABSENT

#: What stands for a country where there is none: the kind of an actor that is of no country.
_NO_COUNTRY: Final = frozenset({"IGO", "NGO", "IMG", "MNC", "NGM", "INT"})


class _GivenActor(NamedTuple):
    """An actor as a row gives it."""

    name: str
    country: str
    sector: str


def find_side(row: Mapping[str, str], side: str, actors: ActorFinder) -> list[ImportedActor]:
    """Return the actors of the columns that begin with `side`, each once. Raises `Reject` if none is found.

    One that is not found among others is noted as left out.
    """
    named = _named(row, side, actors)
    found: dict[str, ImportedActor] = {}
    rejected: list[Reject] = []
    for one in named:
        try:
            actor = _find(one, actors)
        except Reject as reject:
            rejected.append(reject)
            continue
        before = found.setdefault(actor.code, actor)
        if before is not actor:
            found[actor.code] = _both(before, actor)
    if not found:
        raise rejected[0] if rejected else Reject("no-actor", f"the {side} is not given")
    for _ in rejected:
        actors.texts.leave_out(side)
    return list(found.values())


def _named(row: Mapping[str, str], side: str, actors: ActorFinder) -> list[_GivenActor]:
    names, countries = _listed(row.get(f"{side} name", "")), _listed(row[f"{side} country"])
    if len(names) == len(countries):
        pairs = list(zip(names, countries, strict=True))
    elif len(countries) < 2:
        pairs = [(name, country) for name in names or [""] for country in countries or [""]]
    elif len(names) < 2:
        pairs = [(name, country) for name in names or [""] for country in countries]
    else:
        alone = [name for name in names if actors.is_named_alone(name)]
        pairs = [*((name, "") for name in alone), *(("", country) for country in countries)]
    pairs = [(name, part) for name, country in pairs for part in _parts(country)]
    sectors = _listed(row.get(f"primary {side} sector", "")) or _listed(row.get(f"{side} sectors", ""))
    if len(sectors) == 1:
        sectors *= len(pairs)
    elif len(sectors) != len(pairs):
        sectors = [""] * len(pairs)
    return [_GivenActor(*pair, sector) for pair, sector in zip(pairs, sectors, strict=True) if any(pair)]


def _listed(cell: str) -> list[str]:
    """Return what a cell lists, empty where an entry is absent; nothing for a cell that is."""
    if cell.strip() in ABSENT:
        return []
    entries = (entry.strip() for entry in cell.split(";" if ";" in cell else "|"))
    return ["" if entry in ABSENT else entry for entry in entries]


def _parts(country: str) -> list[str]:
    """Return the countries of one actor, which `|` parts where `;` parts the actors."""
    return ["" if part.strip() in ABSENT else part.strip() for part in country.split("|")]


def _find(one: _GivenActor, actors: ActorFinder) -> ImportedActor:
    found = actors.by_name(one.name, "" if one.country in _NO_COUNTRY else one.country)
    if not one.sector or found.is_given or actors.is_party(found.code):
        return found
    return found._replace(role=actors.texts.read_word(one.sector, ROLE_LENGTH, "role"))


def _both(one: ImportedActor, other: ImportedActor) -> ImportedActor:
    """Return an actor that is named twice, as two of its ministers are."""
    roles = dict.fromkeys(role for role in (one.role, other.role) if role)
    return one._replace(role=", ".join(roles)[:ROLE_LENGTH].strip() or None)
