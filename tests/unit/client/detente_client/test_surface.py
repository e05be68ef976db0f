"""What users of the client rely on stays: names and signatures, alike for both kinds of clients."""

import inspect
import os
import subprocess
import sys
from typing import Any

import detente_client
import pytest
from detente_client import AsyncClient, AsyncListing, AsyncRelation, Client, Listing, Relation

from tests.patience import PATIENCE
from tests.unit.client.surface import FILE, surface

HEAVY = ("pandas", "polars", "numpy", "pyarrow", "arro3", "rich", "httpx", "pydantic")


def test_the_public_surface_is_that_of_the_file() -> None:
    pinned = FILE.read_text("utf-8").splitlines()
    assert surface() == pinned, (
        "if users of the client go on as they are, run `make contract`, which renews the file"
    )


def test_every_public_name_is_there() -> None:
    assert sorted(detente_client.__all__) == list(detente_client.__all__)
    assert set(detente_client.__all__) <= set(dir(detente_client))
    with pytest.raises(AttributeError, match="no attribute 'Clients'"):
        _ = detente_client.Clients


@pytest.mark.parametrize(
    ("one", "other"),
    [(Client, AsyncClient), (Relation, AsyncRelation), (Listing, AsyncListing)],
    ids=["c", "r", "l"],
)
def test_both_kinds_have_the_same_methods_with_the_same_parameters(one: type, other: type) -> None:
    only = {"close", "aclose", "load_curve", "to_list"}
    names = [{name for name in dir(kind) if not name.startswith("_")} - only for kind in (one, other)]
    assert names[0] == names[1]
    for name in names[0]:
        assert _parameters(one, name) == _parameters(other, name), name


def _parameters(kind: type, name: str) -> list[tuple[str, Any]]:
    found = inspect.getattr_static(kind, name)
    if not inspect.isfunction(found):
        return []
    given = inspect.signature(found).parameters.values()
    return [(each.name, each.kind) for each in given]


def test_importing_the_package_imports_nothing_heavy_and_using_it_no_frames() -> None:
    program = f"""
import sys
import detente_client
print([name for name in {HEAVY!r} if name in sys.modules])
detente_client.Client
print([name for name in {HEAVY[:5]!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.splitlines() == ["[]", "[]"], done.stderr


def test_a_project_that_uses_it_is_strictly_typed(tmp_path: Any) -> None:
    """The client is typed for its users: what they get is what mypy says it is, and a slip is found."""
    project = tmp_path / "project.py"
    project.write_text(
        """
import asyncio
from datetime import date
from detente_client import AsyncClient, Client, errors

with Client("http://127.0.0.1:8000", key=None) as client:
    relation = client.at(as_of=date(2020, 3, 6)).relation("Russia", "Turkey")
    reveal_type(relation.tension)
    reveal_type([incident.day for incident in relation.incidents()])
    reveal_type(relation.series("2020-01-01", interval="day").is_complete)
    reveal_type(client.post({"id": "a"}).outcome)
    reveal_type([each.error for each in client.post_many([{"id": "a"}])])
    client.relations(state="hostil")
    client.relation("Russia").tension
    try:
        relation.explain("2020-01-01", limit=3)
    except errors.UnknownActorError as error:
        reveal_type(error.candidates)

async def main() -> None:
    async with AsyncClient() as client:
        reveal_type((await client.relation("RUS", "TUR")).state)
        reveal_type([each.id async for each in client.incidents(actor="RUS")])

asyncio.run(main())
""",
        "utf-8",
    )
    # They are large, and not ours. Our own check of types follows them.
    left = ("polars", "pandas", "arro3", "httpx", "pydantic", "pydantic_core")
    skipped = "".join(f"[mypy-{name}.*]\nfollow_imports = skip\n" for name in left)
    (tmp_path / "mypy.ini").write_text(f"[mypy]\n{skipped}", "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, project.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    revealed = [line.split("Revealed type is ")[1] for line in done.stdout.splitlines() if "Revealed" in line]
    assert [each.replace("builtins.", "").strip('"') for each in revealed] == [
        "float",
        "list[datetime.date]",
        "bool",
        "str",
        "list[detente_client.errors.ProblemAnswerError | None]",
        "list[str]",
        "str",
        "list[str]",
    ], done.stdout
    wrong = [line.split(":")[1] for line in done.stdout.splitlines() if ": error:" in line]
    assert wrong == ["13", "14"], done.stdout
