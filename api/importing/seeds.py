"""The seeds: the actors of diplomacy, and the Idlib article as the request that a client would post."""

import csv
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from api.parsing.articles import parse_article
from api.parsing.requests import ArticleIn
from api.running.service import Service
from domain.actors import ActorKind, RegisterActor
from domain.errors import ActorDiffers, NameTaken, Path
from domain.events import Provenance
from domain.log.application import Outcome

_log = logging.getLogger(__name__)
_ARTICLES: Final = ("idlib-2020.json",)


class Seeded(NamedTuple):
    """How many actors and articles were new."""

    actors: int
    articles: int


def load_seeds(service: Service) -> Seeded:
    """Load the seeds; what is in the log already is left as it is."""
    provenance = Provenance("seeds", service.clock())
    actors = seed_actors(service, provenance)
    articles = 0
    for name in _ARTICLES:
        sent = ArticleIn.model_validate_json(files("seeds").joinpath(name).read_bytes())
        command = parse_article(sent, service.log.directory(), provenance)
        articles += service.log.post_article(command).changed
    service.wake.set()
    return Seeded(actors, articles)


def seed_actors(service: Service, provenance: Provenance) -> int:
    """Register the seeds' actors; return how many were new. Names that others have are left out, and logged."""
    known = service.log.directory().names
    commands = [command for command in read_actors(provenance) if command.code not in known]
    try:
        service.log.register_actors(commands)
    except (ActorDiffers, NameTaken):  # another process seeds too, or there are actors of others
        return sum(_seed_actor(service, command) for command in commands)
    return len(commands)


def _seed_actor(service: Service, command: RegisterActor) -> bool:
    """Register one actor without the names that others have; return whether it was new."""
    outcomes: list[Outcome] = []
    register_what_is_free(command, lambda free: outcomes.append(service.log.register_actor(free)))
    return any(outcome.changed and outcome.version == 1 for outcome in outcomes)


def register_what_is_free(command: RegisterActor, register: Callable[[RegisterActor], None]) -> str | None:
    """Register an actor without the names that others have, and log what is left out.

    `register` raises `NameTaken`. Return why the actor is refused, if its code is another's name.
    """
    while True:
        try:
            register(command)
        except NameTaken as taken:
            free = _without_names(command, [fault.path for fault in taken.faults])
            if free is None or free == command:
                return str(taken)
            _log.warning("actor %s is registered without what others have: %s", command.code, taken)
            command = free
        else:
            return None


def _without_names(command: RegisterActor, taken: Iterable[Path]) -> RegisterActor | None:
    """Return the command without the names that others have, None if the code is one.

    The code stands in for the first name.
    """
    paths = frozenset(taken)
    if ("code",) in paths:
        return None
    aliases = tuple(alias for i, alias in enumerate(command.aliases) if ("aliases", i) not in paths)
    name = command.code if ("name",) in paths else command.name
    return msgspec.structs.replace(command, name=name, aliases=aliases)


def read_actors(provenance: Provenance) -> list[RegisterActor]:
    """Return the commands that register the seeds' actors, some of which share names: Korea, Congo."""
    return [_command(row, provenance) for row in _actors().values()]


def find_actor(code: str, provenance: Provenance) -> RegisterActor | None:
    """Return the command that registers one of the seeds' actors, None if the code is none of theirs."""
    row = _actors().get(code)
    return None if row is None else _command(row, provenance)


def _command(row: Mapping[str, str], provenance: Provenance) -> RegisterActor:
    aliases = tuple(alias for alias in row["aliases"].split("|") if alias)
    return RegisterActor(row["code"], ActorKind(row["kind"]), row["name"], aliases, provenance, _codes())


@cache
def _actors() -> dict[str, dict[str, str]]:
    """Return the rows of the seeds' actors by code."""
    lines = files("seeds").joinpath("actors.csv").read_text("utf-8").splitlines()
    return {row["code"]: row for row in csv.DictReader(lines)}


@cache
def _codes() -> frozenset[str]:
    return frozenset(_actors())


class FormerState(NamedTuple):
    """When a state existed, as an interval of days, and the codes of what came after it."""

    existed: str
    successors: tuple[str, ...]


@cache
def former_states() -> dict[str, FormerState]:
    """Return the seeds' former states by code."""
    lines = files("seeds").joinpath("former_states.csv").read_text("utf-8").splitlines()
    return {
        row["code"]: FormerState(row["existed"], tuple(row["successors"].split("|")))
        for row in csv.DictReader(lines)
    }


class Succession(NamedTuple):
    """The first and the last day of a state that is no more, and the codes of what came after it and before it."""

    first: date | None = None
    last: date | None = None
    successors: tuple[str, ...] = ()
    predecessors: tuple[str, ...] = ()


def succession_of(code: str, kind: str, name: str) -> Succession:
    """Return what the seeds know of an actor, if it is one of theirs: of the same code, kind and name."""
    seeded = _actors().get(code)
    if seeded is None or (seeded["kind"], seeded["name"]) != (kind, name):
        return Succession()
    before = _predecessors().get(code, ())
    if (former := former_states().get(code)) is None:
        return Succession(predecessors=before)
    first, last = map(date.fromisoformat, former.existed.split("/"))
    return Succession(first, last, former.successors, before)


@cache
def _predecessors() -> dict[str, tuple[str, ...]]:
    """Return the former states that each actor came after."""
    found: dict[str, tuple[str, ...]] = {}
    for code, former in former_states().items():
        for successor in former.successors:
            found[successor] = (*found.get(successor, ()), code)
    return found
