"""The installed uvicorn has what our protocol builds on, none of which it documents."""

import ast
import asyncio
import inspect
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from packaging.requirements import Requirement
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.http import uvicorn_protocol
from api.http.uvicorn_protocol import BUILDS_ON, AnswerWriter, BoundedProtocol

ROOT = Path(__file__).parents[4]
INSTALLED = version("uvicorn")
METHODS = [
    (owner, name, parameters)
    for owner, members in BUILDS_ON.items()
    for name, parameters in members.items()
    if parameters is not None
]
ATTRIBUTES = [
    (owner, name)
    for owner, members in BUILDS_ON.items()
    for name, parameters in members.items()
    if parameters is None
]


def advice(what: str) -> str:
    return (
        f"uvicorn {INSTALLED}: {what}. api/http/uvicorn_protocol.py builds on that. Either install the version in"
        " constraints.txt, or read what uvicorn does in its place, follow it there and in BUILDS_ON, run"
        " tests/e2e/running/test_hostile_clients.py, and raise the bound in pyproject.toml"
    )


@pytest.fixture
def instances() -> dict[type, Any]:
    """Return a protocol that is connected to nothing, and the state of a request."""

    async def make() -> dict[type, Any]:
        protocol = HttpToolsProtocol(uvicorn.Config(lambda: None, log_config=None), ServerState(), {})
        return {HttpToolsProtocol: protocol}

    return asyncio.run(make())


@pytest.mark.parametrize(("owner", "name", "parameters"), METHODS, ids=lambda value: str(value))
def test_methods_are_there_and_take_what_they_took(owner: type, name: str, parameters: tuple[str, ...]) -> None:
    method = getattr(owner, name, None)
    assert callable(method), advice(f"{owner.__name__} has no method {name}")
    found = tuple(inspect.signature(method).parameters)[1:]
    assert found == parameters, advice(f"{owner.__name__}.{name} takes {found}, and took {parameters}")


@pytest.mark.parametrize(("owner", "name"), ATTRIBUTES, ids=lambda value: str(value))
def test_attributes_are_there(instances: dict[type, Any], owner: type, name: str) -> None:
    # A cycle is made with all that a request has; where it is set is enough.
    has = hasattr(instances[owner], name) if owner in instances else f"self.{name} = " in inspect.getsource(owner)
    assert has, advice(f"{owner.__name__} has no attribute {name}")


def test_status_lines_are_there() -> None:
    for status in (400, 431):
        line = STATUS_LINE.get(status, b"")
        assert line.startswith(f"HTTP/1.1 {status} ".encode()), advice(f"STATUS_LINE[{status}] is {line!r}")
        assert line.endswith(b"\r\n"), advice(f"STATUS_LINE[{status}] is {line!r}")


def _used_of(owner: str) -> set[str]:
    """Return the attributes that our module takes from what it calls `owner`."""
    nodes = ast.walk(ast.parse(inspect.getsource(uvicorn_protocol)))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value) == owner}


def test_all_that_is_used_is_listed() -> None:
    own = {name for name in vars(BoundedProtocol) if not name.startswith("__")}
    theirs = set(dir(HttpToolsProtocol)) | {name for _, name in ATTRIBUTES}
    used = (own | _used_of("self") | _used_of("super()")) & theirs

    assert used == set(BUILDS_ON[HttpToolsProtocol])
    assert _used_of("self.cycle") | _used_of("self._answering") == set(BUILDS_ON[RequestResponseCycle])


def test_no_other_version_is_installed_with_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (bound,) = [each for each in map(Requirement, project["dependencies"]) if each.name == "uvicorn"]
    constraints = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    (tested,) = [line.removeprefix("uvicorn==") for line in constraints if line.startswith("uvicorn==")]

    major, minor = map(int, tested.split(".")[:2])
    assert bound.specifier.contains(tested)
    assert not bound.specifier.contains(f"{major}.{minor + 1}.0"), "its next version is not bounded away"


def test_no_other_module_knows_the_inside_of_uvicorn() -> None:
    knowing = [
        path.relative_to(ROOT).as_posix()
        for folder in ("api", "projections", "domain")
        for path in (ROOT / folder).rglob("*.py")
        if "from uvicorn" in path.read_text("utf-8") or "import uvicorn." in path.read_text("utf-8")
    ]
    assert knowing == ["api/http/uvicorn_protocol.py"]


class _Wire(asyncio.Transport):
    """A connection that notes what is written to it, and when it is closed."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: Any) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.written.append(b"(closed)")

    def is_closing(self) -> bool:
        return b"(closed)" in self.written


_LARGE = b"x" * 100_000


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([b"head", b"body"], [b"headbody"]),
        ([b"head", b"body", b"more", b"(close)"], [b"headbody", b"more", b"(closed)"]),
        ([b"head"], [b"head"]),
        ([b"head", b"(close)"], [b"head", b"(closed)"]),
        ([b"head", b"(later)", b"body"], [b"head", b"body"]),
        ([b"head", _LARGE], [b"head", _LARGE]),
    ],
)
def test_an_answer_goes_out_at_once_if_its_body_comes_at_once(parts: list[bytes], expected: list[bytes]) -> None:
    async def written() -> list[bytes]:
        wire = _Wire()
        writer = AnswerWriter(wire, asyncio.get_running_loop())
        for part in parts:
            if part == b"(close)":
                writer.close()
            elif part == b"(later)":
                await asyncio.sleep(0)
            else:
                writer.write(part)
        await asyncio.sleep(0)
        return wire.written

    assert asyncio.run(written()) == expected
