"""What the log's outcomes mean for the rows of an import."""

from eventsourcing.persistence import OperationalError

from api.importing.rows import Reject
from api.importing.targets.database import _delivered, _result
from domain.errors import ArticleIsRetracted, Fault, InvalidFacts


def test_a_database_that_fails_fails_and_rejects_nothing() -> None:
    for found in (_result(OperationalError("no room")), _delivered(2, OperationalError("no room"))):
        assert found.failed == "the database fails: no room"
        assert found.rows == ()


def test_what_is_refused_is_rejected_with_its_reason() -> None:
    faulty = _result(InvalidFacts([Fault(("events", 0), "too-early", "is too early")]))
    assert [(row.reason, row.detail) for row in faulty.rows if isinstance(row, Reject)] == [
        ("too-early", "is too early")
    ]
    retracted = _delivered(2, ArticleIsRetracted("it is retracted"))
    assert [row.reason for row in retracted.rows if isinstance(row, Reject)] == ["article-retracted"] * 2
