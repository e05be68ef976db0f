"""The benchmarks are run by hand, so a test sees to it that what they are made of is there."""

import ast
import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import msgspec
import pytest
from eventsourcing.persistence import JSONTranscoder, MapperDeserialisationError, StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.peers.bare_reading import decode
from benchmarks.reading import relations
from benchmarks.tools import parquet
from benchmarks.tools.files import COLUMNS
from domain.log.mapper import EventMapper
from tests.examples import examples

_FORMS = Path(__file__).parents[1] / "unit" / "domain" / "log" / "stored_events"
_MAPPER = EventMapper(JSONTranscoder())

_forms = st.sampled_from([json.loads(file.read_text("utf-8")) for file in sorted(_FORMS.glob("*.json"))])
_GONE = ...
_VALUES = (_GONE, None, True, 7, "", "x", ["x"], {"day": 1})
_changes = st.dictionaries(st.integers(0, 15), st.sampled_from(_VALUES), max_size=3)


def test_the_peer_of_the_reads_imports_what_there_is() -> None:
    program = relations._CONSTANT.format(path="/", size=1, port=1)
    imported = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.ImportFrom)]

    for node in imported:
        module = __import__(node.module or "", fromlist=["*"])
        for alias in node.names:
            assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"


@examples(100)
@given(_forms, _changes)
def test_the_peer_of_a_rebuild_decodes_what_we_do(form: dict[str, Any], changes: dict[int, object]) -> None:
    names = [*form["stored"], "new"]
    changed = {**form["stored"], **{names[place % len(names)]: value for place, value in changes.items()}}
    state = {name: value for name, value in changed.items() if value is not _GONE}
    stored = StoredEvent(UUID(int=1), 2, form["topic"], json.dumps(state).encode())
    try:
        ours: object = _MAPPER.to_domain_event(stored)
    except MapperDeserialisationError:
        ours = None
    try:
        peers: object = decode(stored)
    except (msgspec.MsgspecError, AttributeError, LookupError, TypeError, ValueError):
        peers = None
    assert type(ours) is type(peers)
    assert ours is None or [*vars(ours).items()] == [*vars(peers).items()]


def test_files_that_hold_other_rows_are_told_apart(tmp_path: Path) -> None:
    ours, its = tmp_path / "ours.parquet", tmp_path / "its.parquet"
    row = ", ".join(f"'{name}' AS {name}" for name in COLUMNS)
    other = row.replace("'disputed'", "'other'")
    with duckdb.connect() as duck:
        duck.execute(f"COPY (SELECT {row} FROM range(2)) TO '{ours}'")  # noqa: S608
        duck.execute(f"COPY (SELECT {row} FROM range(2)) TO '{its}'")  # noqa: S608
        parquet.check_same_rows(ours, its)
        for count, values in ((3, row), (1, row), (2, other)):
            duck.execute(f"COPY (SELECT {values} FROM range({count})) TO '{its}'")  # noqa: S608
            with pytest.raises(AssertionError, match="the files differ"):
                parquet.check_same_rows(ours, its)


def test_the_environment_of_a_peer_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("")  # nothing, which needs no registry
    python = parquet.python_with(wanted, tmp_path)
    assert subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, check=True)
    monkeypatch.setattr("venv.create", None)
    assert parquet.python_with(wanted, tmp_path) == python
