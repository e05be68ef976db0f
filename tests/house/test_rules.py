"""The rules that neither the linter nor import-linter holds: how large things are, and what they are called.

A rule is broken only with a reason, which stands in `WITH_A_REASON` beside what breaks it. What no longer breaks
the rule has to leave the list.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.house.source import CLIENT, PARTS, ROOT, Module, modules, packages

CODE = (*PARTS, CLIENT, "seeds", "benchmarks", "docs")
MOST_MODULES = 12
MOST_LINES = 400
MOST_PARAMETERS = 7

WITH_A_REASON = {
    "api/cli/backtests.py backtest": "an option of the command line each",
    "api/cli/backtests.py fit_risk": "an option of the command line each",
    "api/cli/filling.py import_files": "an option of the command line each",
}

#: Functions that several modules may have, each its own: whoever calls them says of which module.
OF_SEVERAL_MODULES = {
    "install": "each gives the app its handlers of some errors",
    "is_header": "one for each format of the import",
    "main": "one for each executable",
    "reader": "one for each format of the import",
    "recognises": "one for each format of the import",
}

#: Unit tests that are not named after one module or package of their folder.
OF_NO_ONE_MODULE = {
    "api/importing/test_absent_columns.py": "each format, by what its files may lack",
    "api/http/test_unavailable.py": "the errors of real drivers: `test_database_errors` has the answers",
    "client/detente_client/test_surface.py": "all of the package: its names and signatures",
    "domain/log/test_stored_events.py": "files that earlier versions wrote, read by all of the folder",
    "projections/evidence/test_evidence_under_rulings.py": "two modules of the folder together",
    "projections/scoring/models/test_reference_models.py": "the models other than the default one",
    "seeds/test_seed_actors.py": "a table, and no module",
}


def broken_without_a_reason(broken: Iterable[str]) -> list[str]:
    return sorted(set(broken) - set(WITH_A_REASON))


def long_signatures() -> list[str]:
    return [
        f"{module.path} {signature.name}"
        for module in modules(*CODE)
        for signature in module.signatures()
        if len(signature.parameters) > MOST_PARAMETERS
    ]


def test_a_folder_holds_a_dozen_modules_at_most() -> None:
    sizes = {
        folder: len(set(folder.glob("*.py")) - {folder / "__init__.py"}) for folder in packages(*CODE, "tests")
    }
    full = [f"{folder.relative_to(ROOT)}/ ({size})" for folder, size in sizes.items() if size > MOST_MODULES]
    assert not full, f"more than {MOST_MODULES} modules: give some that belong together a folder: {full}"


def test_a_module_has_400_lines_at_most() -> None:
    long = [f"{module.path} ({module.lines})" for module in modules(*CODE, "tests") if module.lines > MOST_LINES]
    assert not long, f"more than {MOST_LINES} lines: part them by what they are about: {long}"


def test_a_function_has_7_parameters_at_most_or_a_reason() -> None:
    found = broken_without_a_reason(long_signatures())
    assert not found, f"more than {MOST_PARAMETERS} parameters: make a class of those that go together: {found}"


def test_every_reason_is_needed() -> None:
    left = sorted(set(WITH_A_REASON) - set(long_signatures()))
    assert not left, f"no longer breaks a rule, so it needs no reason in WITH_A_REASON: {left}"


def test_every_package_and_module_says_what_it_is_for() -> None:
    silent = [module.path for module in modules(*CODE) if not ast.get_docstring(module.tree)]
    assert not silent, f"no docstring at the top: {silent}"


def test_the_name_of_a_type_has_one_meaning() -> None:
    """Of the service, and of the client by itself: they are never imported together."""
    twice = _named_twice({module.path: module.types() for module in modules(*PARTS)})
    twice |= _named_twice({module.path: module.types() for module in modules(CLIENT)})
    assert not twice, f"one word for two things, or one thing made twice: {twice}"


def test_the_name_of_a_function_has_one_meaning_or_a_reason() -> None:
    twice = _named_twice({module.path: module.functions() for module in modules(*PARTS)})
    twice |= _named_twice({module.path: module.functions() for module in modules(CLIENT)})
    unreasoned = {name: paths for name, paths in twice.items() if name not in OF_SEVERAL_MODULES}
    assert not unreasoned, f"one word for two things, or one thing made twice: {unreasoned}"
    assert not OF_SEVERAL_MODULES.keys() - twice, "no longer in several modules: take it off the list"


def _named_twice(names_by_path: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = defaultdict(list)
    for path, names in names_by_path.items():
        for name in names:
            places[name].append(path)
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def test_aggregates_are_made_in_the_domain_alone() -> None:
    """The others give commands: what an aggregate refuses is refused in one place."""
    making = re.compile(r"\b(Actor\.register|Article\.post|Ruling\.make)\(")
    strays = [module.path for module in modules("api", "projections", "seeds") if making.search(module.text)]
    assert not strays, f"give `Detente` a command instead: {strays}"


@pytest.mark.parametrize("kind", ["unit", "contract"])
def test_the_folders_of_tests_mirror_those_of_the_code(kind: str) -> None:
    root = ROOT / "tests" / kind
    folders = [file.parent.relative_to(root) for file in sorted(root.rglob("test_*.py"))]
    strays = sorted({str(folder) for folder in folders if not _holds_code(ROOT / folder) or folder == Path()})
    assert not strays, f"in tests/{kind}, but no folder of the code: {strays}"


def test_a_unit_test_is_named_after_what_it_tests_or_has_a_reason() -> None:
    root = ROOT / "tests" / "unit"
    strays = {
        file.relative_to(root).as_posix()
        for file in root.rglob("test_*.py")
        if not _code_of(ROOT / file.relative_to(root)).exists()
    }
    assert strays == OF_NO_ONE_MODULE.keys()


def _code_of(test: Path) -> Path:
    """Return the module, or else the package, that a test beside it would be named after."""
    module = test.with_name(test.name.removeprefix("test_"))
    return module if module.exists() else module.with_suffix("")


def _holds_code(folder: Path) -> bool:
    return (folder / "__init__.py").exists()


def test_no_module_of_a_test_runs_without_being_collected() -> None:
    """A file of tests whose name does not begin with `test_` is never run."""
    silent = [
        module.path for module in modules("tests") if not module.file.name.startswith("test_") and _tests(module)
    ]
    assert not silent, f"tests in a file that pytest does not collect: {silent}"


def _tests(module: Module) -> list[str]:
    return [
        node.name
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
