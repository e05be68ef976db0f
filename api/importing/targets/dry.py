"""No target: an import that records nothing, and says what it would make of a file."""

from collections import Counter
from collections.abc import Sequence

from api.importing.rows import Entry
from api.importing.seeds import read_actors
from api.importing.targets.target import RECORDED_BY, PostResult, new_actor
from api.running.service import utc_now
from domain.actor_directory import ActorDirectory
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

    def register(self, codes: Sequence[str]) -> None:
        """Know actors by their codes."""
        for actor in (new_actor(code, self._provenance) for code in codes):
            self.directory.add(actor.code, actor.name, actor.aliases)

    def post(self, entries: Sequence[Entry]) -> list[PostResult]:
        """Take articles as new."""
        return [PostResult("new") for _ in entries]

    def stated(self, article_id: str) -> Counter[bytes]:
        """Return nothing: nothing is kept."""
        del article_id
        return Counter()
