"""What became of articles that were posted together."""

from detente_client.answers.recorded import BatchResult
from detente_client.errors import InvalidRequestError


def test_what_is_recorded_has_no_error() -> None:
    for status in (200, 201):
        result = BatchResult(line=1, status=status)
        assert result.is_recorded
        assert result.error is None


def test_what_is_refused_has_the_error_that_posting_it_alone_would_have_raised() -> None:
    problem = {"type": "urn:detente:problem:invalid-request", "title": "No", "status": 400, "detail": "no date"}
    error = BatchResult.model_validate({"line": 2, "status": 400, "problem": problem}).error
    assert isinstance(error, InvalidRequestError)
    assert "no date" in str(error)


def test_a_refusal_without_a_reason_is_an_error_with_its_status() -> None:
    result = BatchResult(line=3, status=503)
    assert not result.is_recorded
    assert result.error is not None
    assert result.error.status == 503
    assert "no more is told" in str(result.error)
