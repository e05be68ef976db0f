"""Exports of incidents with a history and without: they have to be the same, to the last byte."""

import io
from collections.abc import Iterator, Sequence
from typing import Final

from arro3.core import RecordBatch
from sqlalchemy import Connection

from api.http.formats.arrow_tables import write_arrow
from api.http.formats.columns import table_columns
from api.http.schemas.incident_tables.incident_columns import are_by_column, incident_columns
from api.http.schemas.incidents import FoundIncidentOut
from api.running.history_reading import OpenHistory
from projections.publishers.stale_weights import has_stale_weights
from projections.queries.incidents.by_column import all_incident_columns
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.incidents.latest_of_history import ReadLatest, no_history
from projections.queries.incidents.search import all_incidents
from projections.queries.question import Question
from projections.scoring.models import MODELS
from projections.storage.history.incident_choice import IncidentChoice

EVERYTHING: Final = IncidentFilter()
#: Each of a kind: what leaves out nothing, some actors, some types, some days.
FILTERS: Final = (
    EVERYTHING,
    IncidentFilter(actors=("TUR",)),
    IncidentFilter(actors=("SYR", "TUR")),
    IncidentFilter(types=("ASSAULT", "CONSULT")),
    IncidentFilter(first=18302, types=("ACCUSE",)),
    IncidentFilter(("SYR",), ("ASSAULT",), 18290),
)
#: The models by which incidents are as they are stored.
AS_STORED: Final = [model for model in MODELS.values() if Question(0, model=model).is_unfiltered]
_COLUMNS: Final = [each for each in table_columns(FoundIncidentOut) if are_by_column([each])]


class CountedReads:
    """Reads incidents from a history, and counts how often it could."""

    def __init__(self, history: OpenHistory) -> None:
        self._history = history
        self.from_history = 0

    def __call__(
        self, connection: Connection, names: Sequence[str], choice: IncidentChoice
    ) -> Iterator[RecordBatch] | None:
        """Return columns of incidents, None where they do not come from the history."""
        found = self._history.read_latest(connection, names, choice)
        if found is None:
            return None
        assert found.history == self._history.position
        self.from_history += 1
        return found.batches


def assert_same_exports(connection: Connection, history: OpenHistory, day: int) -> None:
    """Assert that the whole export until a day is the same with a history, which is used, and without."""
    assert_same_export(connection, history, Question(day), EVERYTHING)
    read, question = CountedReads(history), Question(day)
    assert written(connection, question, EVERYTHING, read) == written(connection, question, EVERYTHING, no_history)
    has_any = any(list(all_incidents(connection, question, EVERYTHING)))
    assert read.from_history == (has_any and not has_stale_weights(connection))


def assert_same_export(
    connection: Connection, history: OpenHistory, question: Question, wanted: IncidentFilter
) -> None:
    """Assert that the incidents of a question and a filter are the same with a history and without."""
    mine, theirs = (
        all_incidents(connection, question, wanted, each) for each in (CountedReads(history), no_history)
    )
    assert [each for some in mine for each in some] == [each for some in theirs for each in some]


def written(connection: Connection, question: Question, wanted: IncidentFilter, read: ReadLatest) -> bytes:
    """Return an export as an Arrow stream, which shows in which pieces and with which codes it was made."""
    file = io.BytesIO()
    found = all_incident_columns(connection, question, wanted, read)
    write_arrow(_COLUMNS, {}, (incident_columns(piece, _COLUMNS, lambda _: {}) for piece in found), file)
    return file.getvalue()
