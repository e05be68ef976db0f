"""The source as data: its packages and modules, parsed, and what each imports."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
#: The parts of the service, the outermost first: imports run this way only.
PARTS = ("api", "projections", "domain")
#: The client, a distribution of its own.
CLIENT = "client"


class Signature(NamedTuple):
    """A function or method, and the parameters that its callers see."""

    name: str
    parameters: tuple[str, ...]


class Module:
    """One file of Python source."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.text = file.read_text("utf-8")

    @property
    def path(self) -> str:
        """The path from the root of the repository."""
        return self.file.relative_to(ROOT).as_posix()

    @property
    def is_package(self) -> bool:
        return self.file.name == "__init__.py"

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def types(self) -> list[str]:
        """Return the names of the classes and type aliases at the module's top level, without a leading `_`."""
        names = (name.removeprefix("_") for name in _defined(self.tree.body))
        return [name for name in names if re.fullmatch(r"[A-Z]+[a-z]\w*", name)]

    def functions(self) -> list[str]:
        """Return the names of the public functions at the module's top level."""
        nodes = self.tree.body
        functions = [node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        return [name for name in functions if not name.startswith("_")]

    def signatures(self) -> Iterator[Signature]:
        """Yield every function and method, without the parameter that is the object or its class."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                rest = [each for each in (node.args.vararg, node.args.kwarg) if each]
                names = tuple(each.arg for each in (*named, *rest) if each.arg not in ("self", "cls"))
                yield Signature(node.name, names)

    def names(self) -> set[str]:
        """Return what the module defines: functions, classes, methods as `Class.method`, and constants."""
        return set(_defined(self.tree.body))

    def imports(self) -> set[str]:
        """Return the dotted names that the module imports, wherever in it the statement stands."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        return found


def _defined(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign):
            yield from (prefix + target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield prefix + node.target.id


def modules(*folders: str) -> list[Module]:
    """Return the modules below some folders of the repository, packages included, by path."""
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return [Module(file) for file in sorted(files)]


def packages(*folders: str) -> list[Path]:
    """Return the folders with source in them, by path: those named and all below."""
    return sorted({module.file.parent for module in modules(*folders)})


def file_of(name: str) -> Path | None:
    """Return the file that a dotted name is imported from: the deepest module or package in it that exists."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.exists():
                return file
    return None
