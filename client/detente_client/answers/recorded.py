"""What a write answers."""

from pydantic import Field

from detente_client.answers.base import Answer
from detente_client.answers.problems import ProblemDetails
from detente_client.errors import ProblemAnswerError, error_of


class Recorded(Answer):
    """What a write did: `changed` is false if everything was recorded already.

    `position` is that of the log; reads by the same client wait until they reflect it. `left_out` has pointers to
    text that was not taken, since it was redacted before.
    """

    id: str
    changed: bool
    position: int
    version: int
    left_out: list[str] = Field(default_factory=list)


class RecordedArticle(Recorded):
    """What became of an article: `recorded`, `revised` or `unchanged`."""

    outcome: str


class BatchResult(Answer):
    """What became of one of many articles, or of one row of a frame.

    `line` counts from 1 over everything that was given. `status` is that which the article would have had by
    itself, and `problem` what was wrong; of an article that could not be sent, `status` is 0.
    """

    line: int
    status: int
    id: str | None = None
    outcome: str | None = None
    changed: bool | None = None
    position: int | None = None
    left_out: list[str] | None = None
    problem: ProblemDetails | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether the article stands in the log now, as it was sent."""
        return 200 <= self.status < 300

    @property
    def error(self) -> ProblemAnswerError | None:
        """The error that posting the article by itself would have raised, null where it is recorded."""
        if self.is_recorded:
            return None
        told = self.problem or ProblemDetails(
            type="about:blank",
            title="The article was refused",
            status=self.status,
            detail="refused; no more is told",
        )
        return error_of(told)
