"""JSON documents, in whatever pieces they come: their objects are rows, and what is damaged is told."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing.records.json_documents import is_document, read_texts
from api.importing.text_files import BadFile

LONGEST = 200
ROWS = [{"id": 1, "note": 'a "b" ]}'}, {"id": 2, "note": "c\nd", "more": [{"x": None}]}]


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    yield from (content[at : at + size] for at in range(0, len(content), size))


def texts(content: bytes, size: int = 1_000_000) -> list[tuple[int, str | None]]:
    return [(line.number, line.text) for line in read_texts("f", pieces(content, size), LONGEST)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "document",
    [
        ROWS,
        {"status": 200, "messages": [], "last": 12.5, "data": ROWS, "count": 2},
        {"TotalPages": 1, "Result": ROWS},
    ],
)
def test_the_objects_of_a_document_are_rows(document: object, indent: int | None) -> None:
    found = texts(json.dumps(document, indent=indent).encode())
    assert [(number, json.loads(text or "")) for number, text in found] == [(1, ROWS[0]), (2, ROWS[1])]


@pytest.mark.parametrize(
    "text",
    [
        '{"url": "https://news.example/1", "events": [{"kind": "clash"}]}\n{"url": "https://news.example/2"}\n',
        '{"id": 1}\n{"id": 2}\n',
        "[a]\tb\n",
        "",
        "{",
    ],
)
def test_what_is_no_document_is_read_as_lines(text: str) -> None:
    assert not is_document(text)
    assert texts(text.encode()) == [(n, line) for n, line in enumerate(text.splitlines(), 1)]


@given(
    st.lists(
        st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.floats(allow_nan=False)), max_size=4
    )
)
def test_pieces_of_any_size_give_the_same(rows: list[dict[str, object]]) -> None:
    content = b'{"data":[{"first":1}],"n":123456,"other":' + json.dumps(rows, ensure_ascii=False).encode() + b"}"
    whole = [json.loads(line.text or "") for line in read_texts("f", pieces(content, 1_000_000), 1_000_000)]
    assert whole == [{"first": 1}, *rows]
    head = content.index(b"}")
    split = iter([content[: head + 1], *pieces(content[head + 1 :], 3)])
    assert [json.loads(line.text or "") for line in read_texts("f", split, 1_000_000)] == whole


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'[{"id": 1}, {"id": 2', "after row 1"),
        (b'[{"id": 1} {"id": 2}]', "',' is missing"),
        (b'[{"id": 1}] more', "there is more behind it"),
        (b'{"data": [{"id": 1}]', "'}' is missing"),
        (b'[{"id": "' + b"a" * 3 * LONGEST, "longer than 200"),
        (b'[{"id": "\xe9"}]', "not UTF-8"),
        (b'[{"id": 1}, ' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_document_that_is_damaged_is_told(content: bytes, why: str) -> None:
    with pytest.raises(BadFile, match=r"^f: breaks off or is damaged as JSON") as told:
        texts(content)
    assert why in str(told.value)
