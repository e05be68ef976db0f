"""Every problem has a class of its own kind, and the tree that is drawn is the tree that there is."""

import inspect
import pickle
import re

import pytest
from detente_client import errors
from detente_client.answers.problems import ProblemDetails, ProblemError
from detente_client.errors import (
    CLASSES,
    ConflictError,
    DetenteClientError,
    InvalidRequestError,
    ProblemAnswerError,
    ServiceFailedError,
    UnavailableError,
    UnknownActorError,
    error_of,
)

from tests.docs.pages import ROOT, coded, tables

PROBLEMS = dict(tables(ROOT / "docs" / "reference" / "problems.md"))
CODES = [
    coded(row[0]) for name in ("Codes of what breaks a rule", "Codes of a wrong shape") for row in PROBLEMS[name]
]
TYPES = {coded(row[0]): int(row[1]) for row in PROBLEMS["Types"]}


def problem(kind: str, status: int = 400, *codes: str) -> ProblemDetails:
    found = [ProblemError(code=code, detail=code, candidates=["RUS"]) for code in codes]
    return ProblemDetails(type=f"urn:detente:problem:{kind}", status=status, detail="It is so.", errors=found)


def test_every_type_of_the_reference_has_a_class_and_no_other() -> None:
    assert len(TYPES) > 40
    assert CLASSES.keys() == TYPES.keys()
    assert ProblemAnswerError not in CLASSES.values()


@pytest.mark.parametrize("kind", TYPES)
def test_a_problem_is_of_the_class_of_its_type(kind: str) -> None:
    error = error_of(problem(kind, TYPES[kind]))
    assert type(error) is CLASSES[kind]
    assert (error.type, error.status, str(error)) == (kind, TYPES[kind], "It is so.")


@pytest.mark.parametrize(
    "code",
    [
        coded(row[0])
        for name in ("Codes of what breaks a rule", "Codes of a wrong shape")
        for row in PROBLEMS[name]
    ],
)
def test_every_code_of_a_broken_rule_is_an_invalid_request_and_is_told(code: str) -> None:
    error = error_of(problem("invalid-request", 422, code))
    assert isinstance(error, InvalidRequestError)
    assert (error.codes, error.candidates) == ({code}, ["RUS"])


def test_a_name_that_nobody_has_is_a_class_of_its_own() -> None:
    assert type(error_of(problem("invalid-request", 422, "unknown-actor", "too-early"))) is UnknownActorError


@pytest.mark.parametrize(
    ("status", "kind"),
    [(409, ConflictError), (422, InvalidRequestError), (503, UnavailableError), (500, ServiceFailedError)],
)
def test_a_type_of_a_later_service_is_what_its_status_says(status: int, kind: type[ProblemAnswerError]) -> None:
    assert type(error_of(problem("of-a-later-day", status))) is kind


def test_the_tree_in_the_docstring_is_that_of_the_classes() -> None:
    drawn = re.findall(r"^ {4}([ |+]*)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    parents: dict[str, str | None] = {}
    way: list[str] = []
    for indent, name in drawn:
        depth = len(indent) // 3
        parents[name] = way[depth - 1] if depth else None
        way[depth:] = [name]
    classes = {
        name: found
        for name, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, DetenteClientError)
    }
    assert parents == {
        name: found.__bases__[0].__name__ if found is not DetenteClientError else None
        for name, found in classes.items()
    }


def test_the_tree_names_the_type_of_each_class() -> None:
    drawn = errors.__doc__ or ""
    for kind in CLASSES:
        assert re.search(rf"[ ,]{kind}\b", drawn), kind


def test_an_error_can_be_sent_to_another_process() -> None:
    error = pickle.loads(pickle.dumps(error_of(problem("busy", 503), 2.0)))  # noqa: S301  # our own
    assert (type(error), error.retry_after, error.type) == (errors.BusyError, 2.0, "busy")
