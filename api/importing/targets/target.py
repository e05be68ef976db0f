"""What an import needs of a place to import to."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from api.importing.codes.cameo_actors import name_of_people
from api.importing.names.new_actors import NewActor
from api.importing.rows import Entry
from api.importing.seeds import find_actor
from api.parsing.articles import as_sent
from domain.actor_directory import ActorDirectory
from domain.actors import RegisterActor
from domain.administration.imports import RecordImport
from domain.errors import Fault
from domain.events import Provenance
from domain.reports import Report

RECORDED_BY: Final = "import"
_POINTER = re.compile(r"/events/(\d+)(/|$)")


class TargetFailed(Exception):
    """Nothing more can be recorded there; the message is a sentence for a person."""


class PostResult(NamedTuple):
    """What became of an article. `events` are those that stood in its way, where it was refused for them alone.

    `failed`: the target has, and the article is as good as ever.
    """

    status: Literal["new", "known", "differs", "refused", "failed"]
    reason: str = ""
    detail: str = ""
    events: Mapping[int, tuple[str, str]] = {}


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

    def stated(self, article_id: str) -> Counter[bytes]:
        """Return all that an article ever stated, each report as `canonical` writes it."""


def registration(actor: NewActor, provenance: Provenance) -> RegisterActor:
    """Return the command that registers an actor, by what the seeds or a dictionary have of its code."""
    code = actor.code
    name = actor.name or name_of_people(code) or code
    return find_actor(code, provenance) or RegisterActor(code, actor.kind, name, (), provenance)


def canonical(report: Report) -> bytes:
    """Return what a report states, the same for equal ones."""
    return msgspec.json.encode(as_sent(report), order="sorted")


def refusal(faults: Sequence[Fault]) -> PostResult:
    """Return that an article is refused for some faults."""
    where = ["/" + "/".join(map(str, fault.path)) for fault in faults]
    return refused([(at, fault.code, fault.detail) for at, fault in zip(where, faults, strict=True)])


def refused(errors: Sequence[tuple[str, str, str]]) -> PostResult:
    """Return that an article is refused, for (pointer, code, detail)s."""
    events: dict[int, tuple[str, str]] = {}
    for pointer, code, detail in errors:
        found = _POINTER.match(pointer)
        if found is None:
            return PostResult("refused", code, detail)
        events.setdefault(int(found[1]), (code, detail))
    return PostResult("refused", errors[0][1], errors[0][2], events)
