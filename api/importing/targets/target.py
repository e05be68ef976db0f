"""What an import needs of a place to import to."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from api.importing.codes.cameo_actors import name_of_people
from api.importing.names.new_actors import NewActor
from api.importing.rows import Entry, Reject
from api.importing.seeds import find_actor
from domain.actor_directory import ActorDirectory
from domain.actors import RegisterActor
from domain.administration.imports import RecordImport
from domain.deliveries.delivered_article import IMPORTER
from domain.deliveries.delivery import Fate
from domain.events import Provenance

RECORDED_BY: Final = IMPORTER


class TargetFailed(Exception):
    """Nothing more can be recorded there; the message is a sentence for a person."""


class PostResult(NamedTuple):
    """What became of an article: of each of its rows, and how many articles are new.

    `redacted` is how many rows have texts that were not taken, since they were redacted.

    `failed` says how the target failed: the article is as good as ever.
    """

    rows: Sequence[Fate | Reject] = ()
    new_articles: int = 0
    failed: str = ""
    redacted: int = 0


class Target(Protocol):
    """What the importer needs of a place to import to."""

    @property
    def directory(self) -> ActorDirectory:
        """Who is who there, always the same object."""

    def seed(self) -> None:
        """Register the seeds' actors, if nothing is there yet."""

    def register(self, actors: Sequence[NewActor]) -> Mapping[str, str]:
        """Register actors.

        Return the codes that are refused, since another actor has them as a name, each with the reason.
        """

    def post(self, entries: Sequence[Entry]) -> list[PostResult]:
        """Record articles, each by itself; return what became of each."""

    def keep(self, command: RecordImport) -> None:
        """Keep that a file was imported. Raises `TargetFailed`."""


def registration(actor: NewActor, provenance: Provenance) -> RegisterActor:
    """Return the command that registers an actor, by what the seeds or a dictionary have of its code."""
    code = actor.code
    name = actor.name or name_of_people(code) or code
    return find_actor(code, provenance) or RegisterActor(code, actor.kind, name, (), provenance)


def posted_result(*, is_new: bool, is_redacted: bool) -> PostResult:
    """Return that an article is recorded, now or before."""
    return PostResult((Fate.ADDED if is_new else Fate.KNOWN,), int(is_new), redacted=int(is_redacted))


def refused(reason: str, detail: str) -> PostResult:
    """Return that an article is refused."""
    return PostResult((Reject(reason, detail),))
