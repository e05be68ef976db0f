"""What a citation names as the position of the log."""

from domain.log.reader import LogReader
from projections.queries.question import Question
from projections.storage.reading.snapshot import Snapshot
from projections.times import from_micros


def cited_position(log: LogReader, question: Question, snapshot: Snapshot) -> int:
    """Return the position that the log had at the `known_at` of a question, or has, if it has none.

    So a permalink, its citation and its picture name the same position, however the log has grown since.
    """
    if question.known_at is None:
        return snapshot.position
    return log.position_at(from_micros(question.known_at), snapshot.position)
