"""A JSON object with a key twice is refused, and the pointer leads to the key."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from api.http.problems import pointer
from api.parsing import json_bodies
from api.parsing.json_bodies import load_json, parse_json, refuse_repeated_keys
from domain.errors import InvalidFacts, Path

KEYS = st.one_of(st.sampled_from(["a", "b", "a/b", "~", "~1", "", "é"]), st.text(max_size=3))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4))
)


class _Counts(BaseModel):
    killed: int


def _paths_of_keys(value: Any, at: Path = ()) -> list[Path]:
    """Return the paths of all keys in a value."""
    found: list[Path] = []
    if isinstance(value, dict):
        for key, part in value.items():
            found += [(*at, key), *_paths_of_keys(part, (*at, key))]
    elif isinstance(value, list):
        for index, part in enumerate(value):
            found += _paths_of_keys(part, (*at, index))
    return found


def _written(value: Any, repeated: Path | None, at: Path = ()) -> str:
    """Return a value as JSON, with the key at a path once more at the end of its object."""
    if isinstance(value, dict):
        pairs = [f"{json.dumps(key)}: {_written(part, repeated, (*at, key))}" for key, part in value.items()]
        if repeated is not None and repeated[:-1] == at:
            pairs.append(f"{json.dumps(repeated[-1], ensure_ascii=False)}: null")
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(part, repeated, (*at, i)) for i, part in enumerate(value)) + "]"
    return json.dumps(value)


def _value_at(text: str, json_pointer: str) -> Any:
    """Return the value that a JSON pointer leads to, read as RFC 6901 has it."""
    value = json.loads(text)
    for token in json_pointer.split("/")[1:]:
        step = token.replace("~1", "/").replace("~0", "~")
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@given(VALUES)
def test_what_repeats_nothing_is_let_through(value: Any) -> None:
    body = json.dumps(value).encode()
    refuse_repeated_keys(body)
    assert json.dumps(load_json(body)) == json.dumps(json.loads(body))


@given(VALUES, st.data())
def test_the_pointer_leads_to_the_repeated_key(value: Any, data: st.DataObject) -> None:
    paths = _paths_of_keys(value)
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    text = _written(value, path)

    with pytest.raises(InvalidFacts) as refused:
        refuse_repeated_keys(text.encode("utf-8", "surrogatepass"))

    with pytest.raises(InvalidFacts) as refused_line:
        parse_json(_Counts, f" \r\n\t{text}".encode("utf-8", "surrogatepass"))
    with pytest.raises(InvalidFacts) as refused_body:
        load_json(text.encode("utf-8", "surrogatepass"))
    assert refused_line.value.faults == refused_body.value.faults == refused.value.faults
    (fault,) = refused.value.faults
    assert (fault.path, fault.code) == (path, "repeated-key")
    assert _value_at(text, pointer(fault.path)) is None  # the second one, which would have counted


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        "",
        '{"a": ',
        '{"a": 1} {"a": 1, "a": 2}',
        '{"a": 1, "a": 2}x',
        '{"a": 1, "a": 2}}',
        '{"a": 1, "a": 2} {"b": 1}',
        '{"a": {"b": 1, "b": 2},',
        '{"a":' * 100_000,
        "[" * 100_000,
    ],
)
def test_what_is_not_json_is_for_the_parser_to_refuse(body: str) -> None:
    refuse_repeated_keys(body.encode())
    with pytest.raises(ValidationError):
        parse_json(_Counts, body.encode())


@pytest.mark.parametrize("number", ["9" * 5000, "NaN", "-Infinity", "1e999999"])
def test_no_number_hides_a_repeated_key(number: str) -> None:
    with pytest.raises(InvalidFacts):
        refuse_repeated_keys(f'{{"number": {number}, "a": 1, "a": 2}}'.encode())


def test_a_key_is_repeated_however_it_is_written() -> None:
    with pytest.raises(InvalidFacts):
        refuse_repeated_keys(b'{"killed": 8, "k\\u0069lled": 80}')
    assert parse_json(_Counts, b'{"killed": 8}') == _Counts(killed=8)


def test_a_long_key_is_cut_in_the_sentence_and_whole_in_the_path() -> None:
    key = "k" * 5000
    with pytest.raises(InvalidFacts) as refused:
        refuse_repeated_keys(json.dumps({key: 1}).encode()[:-1] + f', "{key}": 2}}'.encode())
    (fault,) = refused.value.faults
    assert fault.path == (key,)
    assert len(fault.detail) < 200


@pytest.mark.parametrize("deep", [("[" * 800, "]" * 800), ('{"a": ' * 800, "}" * 800)])
def test_where_the_key_stands_is_found_in_little_memory(deep: tuple[str, str]) -> None:
    before, after = deep
    elements = ", ".join(["0"] * 20_000)
    body = f'{before}[{elements}, {{"a": 1, "a": 2}}]{after}'.encode()

    tracemalloc.start()
    try:
        with pytest.raises(InvalidFacts) as refused:
            refuse_repeated_keys(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    (fault,) = refused.value.faults
    assert fault.path == ((0,) if before[0] == "[" else ("a",)) * 800 + (20_000, "a")
    assert peak < 40 * len(body)  # as parsing it takes, whatever the depth


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"a": {"b": 1}, "b": 1, "a": {"c": 1, "c": 2}}', ("a",)),
        ('[{"a": [], "b": [[], {}]}, {}, [{"a": 1}, {"c": 1, "c": 2}], {"a": 1, "a": 2}]', (2, 1, "c")),
        ('{"a": [1, {"b": []}], "c": {"d": {"a": 1}}, "d": 1, "d": 2}', ("d",)),
    ],
)
def test_the_first_key_that_is_repeated_is_named(body: str, path: Path) -> None:
    with pytest.raises(InvalidFacts) as refused:
        refuse_repeated_keys(body.encode())
    assert [fault.path for fault in refused.value.faults] == [path]


@pytest.mark.parametrize(
    "body", ['{"a": 1, "a": 2', '{"a": 1, "a": 2} x', '[{"a": 1, "a": 2}, ' + "9" * 5000 + "]"]
)
def test_what_cannot_be_loaded_is_refused_as_that_whatever_it_repeats(body: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Extra data|integer string"):
        load_json(body.encode())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_a_body_may_be_encoded_as_the_standard_library_allows(encoding: str) -> None:
    assert load_json('{"é": 1}'.encode(encoding)) == {"é": 1}
    with pytest.raises(InvalidFacts):
        load_json('{"é": 1, "é": 2}'.encode(encoding))


def test_values_are_counted_only_in_what_is_text() -> None:
    most = json_bodies.MAX_VALUES
    with pytest.raises(InvalidFacts, match="more than 65000 values"):
        load_json(b"[" + b"0," * most + b"0]")
    assert load_json(b'"' + b"," * most + b'"') == "," * most
    with pytest.raises(UnicodeDecodeError):
        load_json(b'"' + b"\xff" * most + b'"')


def test_where_no_key_is_repeated_none_is_named() -> None:
    with pytest.raises(ValueError, match="no key is repeated"):
        json_bodies._first_repeated_key([1, [2]])
