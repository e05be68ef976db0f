"""The reference names all that there is, and nothing that there is not: it is compared with the code."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from pydantic import BaseModel
from pydantic_core.core_schema import ErrorType
from typer.main import get_command

from api.app import create_app
from api.cli.main import command_line
from api.operations.health import Health, ProjectionHealth, ProjectorHealth, ReplicaHealth, SharedNamesHealth
from api.operations.metrics import Metrics
from api.parsing.requests import AgreementIn, AlignmentIn, ArticleIn, ClashIn, CooperationIn, StatementIn
from api.running.settings import Settings
from domain.articles import Header
from domain.events import EVENT_CLASSES, DomainEvent
from domain.reports import Agreement, Alignment, Clash, Cooperation, Statement
from domain.standards.plover import CAMEO, DEVELOPMENT_TYPES, INTENSITY, TYPES, half_life_class
from projections.evidence.agreements import STATUS_AFTER
from projections.scoring.attribution import Cause, Part
from projections.scoring.episodes import MOST_BEGINNINGS, Beginning
from projections.scoring.models import CLASH_MODEL, DEFAULT_MODEL, MODEL_2026_1, MODELS
from projections.scoring.states import State
from projections.storage.access.key_table import metadata as keys_metadata
from projections.storage.access.session_table import metadata as sessions_metadata
from projections.storage.tables import bookkeeping, metadata
from tests.docs.pages import PAGES, ROOT, coded, tables

REFERENCE = ROOT / "docs" / "reference"
CODING = ROOT / "docs" / "how-to" / "code-an-article.md"
KINDS = ("statement", "clash", "cooperation", "agreement", "alignment")


def sections(page: Path) -> dict[str, list[list[str]]]:
    """Return the rows of a page's tables by the heading above them."""
    found: dict[str, list[list[str]]] = {}
    for heading, rows in tables(page):
        found.setdefault(heading, []).extend(rows)
    return found


def first_words(rows: list[list[str]]) -> list[str]:
    return [coded(row[0]) for row in rows]


# Settings


def test_every_setting_is_there_with_its_default() -> None:
    documented = {coded(row[0]): coded(row[1]) for row in sections(REFERENCE / "settings.md")["Settings"]}
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert documented == {
        f"DETENTE_{name.upper()}": str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in defaults.items()
    }


def test_every_command_is_there() -> None:
    documented = first_words(sections(REFERENCE / "settings.md")["Command line"])
    commands: dict[str, Any] = getattr(get_command(command_line()), "commands")  # noqa: B009  # typer's type hides it
    assert sorted(documented) == sorted(f"detente {name}" for name in commands)


def test_no_page_names_a_setting_that_there_is_not() -> None:
    settings = {f"DETENTE_{name.upper()}" for name in Settings.model_fields}
    compose = set(re.findall(r"\$\{(DETENTE_\w+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    for page in PAGES:
        named = set(re.findall(r"DETENTE_[A-Z][A-Z_]*[A-Z]", page.read_text("utf-8")))
        assert named <= settings | compose, page.name


# HTTP


def operations() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for path, methods in create_app(Settings()).openapi()["paths"].items():
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            yield f"`{method.upper()} {path}`", [(p["name"].lower(), p["in"]) for p in parameters]


def test_every_route_is_there_and_no_other() -> None:
    headings = re.findall(r"^### (`[A-Z]+ /.*`)$", (REFERENCE / "http.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(heading for heading, _ in operations())


@pytest.mark.parametrize(("heading", "parameters"), list(operations()))
def test_every_parameter_is_there_and_no_other(heading: str, parameters: list[tuple[str, str]]) -> None:
    rows = sections(REFERENCE / "http.md").get(heading, [])
    assert sorted((coded(row[0]).lower(), row[1]) for row in rows) == sorted(parameters)


def fields_by_kind(rows: list[list[str]]) -> dict[str, set[str]]:
    """Return the fields that each kind of reported event has, from a table of field and kinds."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for name, kinds, *_ in rows:
        if kinds.startswith("all"):
            has = set(KINDS) - set(kinds.removeprefix("all").removeprefix(" but ").split(", "))
        else:
            has = set(kinds.split(", "))
        for kind in has:
            found[kind].add(coded(name))
    return found


def test_what_is_sent_is_described_field_by_field() -> None:
    http = sections(REFERENCE / "http.md")
    assert set(first_words(http["An article"])) == set(ArticleIn.model_fields)
    models: tuple[type[BaseModel], ...] = (StatementIn, ClashIn, CooperationIn, AgreementIn, AlignmentIn)
    assert fields_by_kind(http["An event"]) == {
        kind: set(model.model_fields) for kind, model in zip(KINDS, models, strict=True)
    }


# Metrics


def health(*projections: ProjectionHealth) -> Health:
    nobody = ProjectorHealth(active="none")
    return Health(
        status="ok",
        log_position=1,
        projections=list(projections),
        projector=nobody,
        rebuild=None,
        shared_names=SharedNamesHealth(ambiguous=0, overruled_names=0, overruled=[]),
        views=None,
        replica=ReplicaHealth(is_standby=True, is_connected=True, bytes_behind=0, lag_seconds=0.0),
        history=None,
        advice=[],
    )


def metrics() -> dict[str, tuple[str, set[str]]]:
    """Return the type and the labels of each metric of an app that has answered a request."""
    projection = ProjectionHealth(
        name="relations", version=1, position=1, lag=0, lag_seconds=0.0, stale=0, parked_events=0, parked=[]
    )
    measured = Metrics(lambda: health(projection))
    measured.request_answered("GET", "/health", 200, 0.1)
    found = {}
    for family in measured.registry.collect():
        samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, {label for sample in samples for label in sample.labels} - {"le"})
    return found


def test_every_metric_is_there_with_its_type_and_labels() -> None:
    found = sections(REFERENCE / "metrics.md")
    documented = {
        coded(name): (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in found["Metrics"]
    }
    documented |= {coded(name): (kind, set[str]()) for name, kind, _ in found["The process"]}
    assert documented == metrics()


def test_every_outcome_of_an_article_is_there() -> None:
    measured = Metrics(health)
    for status in (200, 201, 400, 500):
        measured.line_answered(status)
    (family,) = [each for each in measured.registry.collect() if each.name == "detente_articles"]
    outcomes = {sample.labels["outcome"] for sample in family.samples}
    assert set(first_words(sections(REFERENCE / "metrics.md")["Outcomes"])) == outcomes


# Domain events


COMMON = {field.name for field in dataclasses.fields(DomainEvent)}


@pytest.mark.parametrize(("topic", "cls"), list(EVENT_CLASSES.items()))
def test_every_domain_event_is_there_with_its_version_and_fields(topic: str, cls: type[DomainEvent]) -> None:
    rows = sections(REFERENCE / "domain-events.md")[f"`{topic}` (version {cls.class_version})"]
    assert set(first_words(rows)) == {field.name for field in dataclasses.fields(cls)} - COMMON


def test_no_other_domain_event_is_there() -> None:
    found = sections(REFERENCE / "domain-events.md")
    assert {coded(heading) for heading in found if heading.startswith("`")} == set(EVENT_CLASSES)
    assert set(first_words(found["Every event"])) == COMMON


def test_what_domain_events_hold_is_described_field_by_field() -> None:
    found = sections(REFERENCE / "domain-events.md")
    assert set(first_words(found["The header"])) == set(Header.__struct_fields__)
    structs: tuple[type[msgspec.Struct], ...] = (Statement, Clash, Cooperation, Agreement, Alignment)
    assert fields_by_kind(found["The report"]) == {
        kind: set(struct.__struct_fields__) for kind, struct in zip(KINDS, structs, strict=True)
    }


# The score


MODEL_SECTIONS = {"2026.2": "Constants", "goldstein-mean": "Goldstein mean", "clash-count": "Clash count"}


@pytest.mark.parametrize(("name", "heading"), list(MODEL_SECTIONS.items()))
def test_every_constant_is_there_with_its_value(name: str, heading: str) -> None:
    rows = sections(REFERENCE / "scoring.md")[heading]
    constants = MODELS[name].constants()
    assert {coded(row[0]): row[1] for row in rows} == {key: str(value) for key, value in constants.items()}
    assert f"`{name}`" in (REFERENCE / "scoring.md").read_text("utf-8")
    assert constants.keys() <= MODELS[name].ranges().keys()


def test_every_model_is_there_and_no_other() -> None:
    assert set(MODELS) == {*MODEL_SECTIONS, CLASH_MODEL.name, MODEL_2026_1.name}
    for model in (CLASH_MODEL, MODEL_2026_1):
        assert f"`{model.name}`" in (REFERENCE / "scoring.md").read_text("utf-8")
    assert DEFAULT_MODEL.name == next(iter(MODELS))


def test_every_type_is_there_with_its_intensity() -> None:
    rows = sections(REFERENCE / "scoring.md")["Intensities"]
    assert [(coded(name), float(g), half_life) for name, g, half_life in rows] == [
        (name, g, half_life_class(name).value) for name, g in INTENSITY.items()
    ]


def test_every_state_is_there_in_the_order_of_the_rules() -> None:
    assert first_words(sections(REFERENCE / "scoring.md")["States"]) == [state.value for state in State]


def test_every_part_of_a_change_every_cause_and_every_beginning_is_there() -> None:
    found = sections(REFERENCE / "scoring.md")
    words = [*Part, *(cause.value for cause in Cause)]
    assert first_words(found["Parts of a change"]) == [str(word) for word in words]
    assert first_words(found["Episodes"]) == [beginning.value for beginning in Beginning]
    assert f"the {MOST_BEGINNINGS} incidents" in (REFERENCE / "scoring.md").read_text("utf-8")


def test_how_to_code_an_article_names_kinds_developments_and_cameo_codes() -> None:
    found = sections(CODING)
    assert {coded(kind): re.findall(r"`(\w+)`", types) for kind, _, types in found["Five kinds"]} == {
        kind.value: list(types) for kind, types in TYPES.items()
    }
    assert [
        (coded(name), coded(weight) or None, coded(status)) for name, weight, status in found["Agreements"]
    ] == [(name, DEVELOPMENT_TYPES[name], status.value) for name, status in STATUS_AFTER.items()]
    assert {coded(code): coded(name) or None for code, name in found["CAMEO"]} == CAMEO


# Tables


def test_every_table_is_there_with_its_columns() -> None:
    found = {coded(heading): first_words(rows) for heading, rows in sections(REFERENCE / "tables.md").items()}
    of_access = (*keys_metadata.tables.values(), *sessions_metadata.tables.values())
    tables = [*bookkeeping.tables.values(), *metadata.tables.values(), *of_access]
    assert found == {table.name: [column.name for column in table.columns] for table in tables}


# Problems


_KEBAB = re.compile(r"[a-z]+(-[a-z]+)+")
_AT = {"Fault": 1, "_at_most": 1, "Problem": 1, "invalid_parameter": 2}  # where in a call the code stands


def _calls(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (function, code) of each call that makes a fault or a problem with a literal code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _AT:
            given = [*node.args[_AT[node.func.id] :][:1], *(k.value for k in node.keywords if k.arg == "code")]
            for value in given:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield node.func.id, value.value


def _in_tuples(tree: ast.AST) -> Iterator[str]:
    """Yield what looks like a code in the tuples of a module: those of tables of problems."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple):
            for value in node.elts:
                if isinstance(value, ast.Constant) and _KEBAB.fullmatch(str(value.value)):
                    yield str(value.value)


def _trees() -> Iterator[ast.AST]:
    for package in ("domain", "projections", "api"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


def test_every_problem_is_there_and_no_other() -> None:
    found = {code for tree in _trees() for function, code in _calls(tree) if function == "Problem"}
    found |= set(_in_tuples(ast.parse((ROOT / "api" / "http" / "problems.py").read_text("utf-8"))))
    by_http = {HTTPStatus(status).phrase.lower().replace(" ", "-") for status in (404, 405)}
    rows = sections(REFERENCE / "problems.md")["Types"]
    assert sorted(first_words(rows)) == sorted(found | by_http)
    assert all(HTTPStatus(int(row[1])) for row in rows)


def test_every_code_of_a_fault_is_there_and_no_other() -> None:
    found = {code for tree in _trees() for function, code in _calls(tree) if function != "Problem"}
    documented = first_words(sections(REFERENCE / "problems.md")["Codes of what breaks a rule"])
    assert sorted(documented) == sorted(found | {"invalid-parameter"})


def test_codes_of_a_wrong_shape_are_those_of_the_library() -> None:
    documented = first_words(sections(REFERENCE / "problems.md")["Codes of a wrong shape"])
    assert set(documented) <= set(get_args(ErrorType))
