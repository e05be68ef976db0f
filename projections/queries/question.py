"""The question: what a reader asks of the projections."""

from typing import NamedTuple

from projections.queries.filters import NOTHING, Exclusions
from projections.scoring.models import DEFAULT_MODEL, Model


class Question(NamedTuple):
    """What a reader asks for: a day, a state of knowledge, a model, and what is left out.

    `what_if` says, in the words of the reader, what in `model` and `left_out` is other than it is.
    """

    day: int
    known_at: int | None = None
    model: Model = DEFAULT_MODEL
    left_out: Exclusions = NOTHING
    what_if: tuple[str, ...] = ()

    def known_by(self, newest: int | None) -> int | None:
        """Return the record time of the answer: what is asked for, or that of the newest event."""
        return newest if self.known_at is None else self.known_at

    @property
    def is_plain(self) -> bool:
        """Whether the tables' own running sums and runs of states answer it."""
        return self.known_at is None and self.model == DEFAULT_MODEL and not self.left_out
