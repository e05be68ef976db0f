"""The benchmarks are run by hand, so a test sees to it that what they are made of is there."""

import ast
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.persistence import JSONTranscoder, MapperDeserialisationError, StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import reads
from benchmarks.peers.bare_reading import decode
from domain.log.mapper import EventMapper
from tests.examples import examples

_FORMS = Path(__file__).parents[1] / "unit" / "domain" / "log" / "stored_events"
_MAPPER = EventMapper(JSONTranscoder())

_forms = st.sampled_from([json.loads(file.read_text("utf-8")) for file in sorted(_FORMS.glob("*.json"))])
_GONE = ...
_VALUES = (_GONE, None, True, 7, "", "x", ["x"], {"day": 1})
_changes = st.dictionaries(st.integers(0, 15), st.sampled_from(_VALUES), max_size=3)


def test_the_peer_of_the_reads_imports_what_there_is() -> None:
    program = reads._CONSTANT.format(path="/", size=1, port=1)
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
