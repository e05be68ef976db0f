"""No target: an import that records nothing, and says what it would make of a file."""

from collections.abc import Sequence

from api.importing.names.new_actors import NewActor
from api.importing.rows import DeletedEvent, Entry
from api.importing.seeds import read_actors
from api.importing.targets.target import RECORDED_BY, PostResult, registration
from api.running.service import utc_now
from domain.actor_directory import ActorDirectory
from domain.actors import RegisterActor
from domain.administration.imports import RecordImport
from domain.deliveries.delivery import Fate
from domain.events import Provenance


class DryTarget:
    """Takes everything, and keeps nothing but the names of actors."""

    def __init__(self, directory: ActorDirectory) -> None:
        self.directory = directory.copy()
        self._provenance = Provenance(RECORDED_BY, utc_now())

    def seed(self) -> None:
        """Know the seeds' actors, if none is known."""
        if not self.directory.names:
            for actor in read_actors(self._provenance):
                self.directory.add(actor.code, actor.name, actor.aliases)

    def register(self, actors: Sequence[NewActor]) -> dict[str, str]:
        """Know actors; return the codes of those that are another's name, and whose."""
        refused: dict[str, str] = {}
        for actor in (registration(actor, self._provenance) for actor in actors):
            if others := self.directory.others_with(actor.code, actor.code):
                refused[actor.code] = f"{actor.code!r} belongs to {' and '.join(self.directory.describe(others))}"
            else:
                texts = (actor.name, *actor.aliases)
                name, *aliases = [text for text in texts if self._is_free(actor, text)] or [actor.code]
                self.directory.add(actor.code, name, aliases)
        return refused

    def _is_free(self, actor: RegisterActor, text: str) -> bool:
        shared = actor.share if isinstance(actor.share, frozenset) else frozenset()
        return shared.issuperset(self.directory.others_with(actor.code, text))

    def post(self, entries: Sequence[Entry]) -> list[PostResult]:
        """Take articles as new, and deleted events as retracted."""
        return [
            PostResult([Fate.RETRACTED])
            if isinstance(entry, DeletedEvent)
            else PostResult([Fate.ADDED] * len(entry.rows), 1)
            for entry in entries
        ]

    def keep(self, command: RecordImport) -> None:
        """Keep nothing."""
