"""The seeds: the actors of diplomacy, and the Idlib article as the request that a client would post."""

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from api.parsing.articles import parse_article
from api.parsing.requests import ArticleIn
from api.running.service import Service
from domain.actors import ActorKind, RegisterActor
from domain.errors import ActorDiffers
from domain.events import Provenance

_ARTICLES = ("idlib-2020.json",)


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
    """Register the seeds' actors; return how many were new."""
    known = service.log.directory().names
    commands = [command for command in read_actors(provenance) if command.code not in known]
    try:
        service.log.register_actors(commands)
    except ActorDiffers:  # another process seeds too
        for command in read_actors(provenance):
            service.log.register_actor(command)
    return len(commands)


def read_actors(provenance: Provenance) -> list[RegisterActor]:
    """Return the commands that register the seeds' actors."""
    lines = files("seeds").joinpath("actors.csv").read_text("utf-8").splitlines()
    return [
        RegisterActor(
            row["code"],
            ActorKind(row["kind"]),
            row["name"],
            tuple(alias for alias in row["aliases"].split("|") if alias),
            provenance,
        )
        for row in csv.DictReader(lines)
    ]


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
