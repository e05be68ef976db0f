"""What became of what was sent."""

from pydantic import BaseModel

from api.http.problems import ProblemDetails
from domain.log.article_log import Outcome


class Recorded(BaseModel):
    """What became of a command. A read with `min_position` set to `position` sees it."""

    id: str
    changed: bool
    position: int
    version: int


class BatchResult(BaseModel):
    """What became of one line of a batch: its outcome, or its problem."""

    line: int
    status: int
    id: str | None = None
    changed: bool | None = None
    position: int | None = None
    problem: ProblemDetails | None = None


def recorded_out(outcome: Outcome) -> Recorded:
    """Represent what became of a command."""
    return Recorded(id=outcome.id, changed=outcome.changed, position=outcome.position, version=outcome.version)
