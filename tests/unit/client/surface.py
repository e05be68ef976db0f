"""The client's public surface: every name of the package with its signature, as lines of a file.

`python -m tests.unit.client.surface` renews the file. What is gone or another in it breaks who uses the client.
"""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import detente_client
from detente_client import errors

FILE: Final = Path(__file__).resolve().parents[2] / "fixtures" / "client-surface.txt"
_DUNDERS: Final = {
    "__init__", "__iter__", "__aiter__", "__len__", "__next__", "__anext__", "__enter__", "__aenter__",
}  # fmt: skip


def surface() -> list[str]:
    """Return a line for each public name of the client, and of what is in the classes among them.

    Read from the source: how Python shows a signature differs from version to version.
    """
    lines = [line for name in detente_client.__all__ for line in _lines(name, getattr(detente_client, name))]
    kinds = (
        name for name, found in vars(errors).items() if inspect.isclass(found) and issubclass(found, Exception)
    )
    return sorted({*lines, *(f"errors.{name}" for name in kinds)})


def _lines(name: str, found: Any) -> Iterator[str]:
    yield name
    if not inspect.isclass(found):
        return
    for kind in found.__mro__:
        if kind.__module__.startswith(detente_client.__name__):
            (node,) = ast.parse(inspect.getsource(kind)).body
            assert isinstance(node, ast.ClassDef)
            yield from (f"{name}.{line}" for line in _members(node.body))


def _members(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name in _DUNDERS or not node.name.startswith("_"):
                word = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
                returned = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
                yield f"{word}{node.name}({ast.unparse(node.args)}){returned}"
        elif isinstance(node, ast.AnnAssign):
            yield ast.unparse(node)


if __name__ == "__main__":
    FILE.write_text("\n".join(surface()) + "\n", "utf-8")
