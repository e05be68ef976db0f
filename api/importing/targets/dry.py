"""No target: an import that records nothing, and says what it would make of a file."""

from collections.abc import Sequence

from api.importing.names.new_actors import NewActor
from api.importing.rows import DeletedEvent, Entry
from api.importing.seeds import read_actors, register_what_is_free
from api.importing.targets.target import RECORDED_BY, PostResult, registration
from api.running.service import utc_now
from domain.actor_directory import ActorDirectory, texts_of
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
        commands = [registration(actor, self._provenance) for actor in actors]
        whys = {command.code: register_what_is_free(command, self._register_one) for command in commands}
        return {code: why for code, why in whys.items() if why}

    def _register_one(self, command: RegisterActor) -> None:
        self.directory.check_names(command.code, texts_of(command), command.share)
        self.directory.add(command.code, command.name, command.aliases)

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
