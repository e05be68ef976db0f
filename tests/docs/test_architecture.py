"""docs/architecture.md is true: its picture of the rooms is drawn from the imports, and what it names is there."""

import re
from itertools import pairwise, product
from textwrap import indent

import pytest

from tests.docs.pages import ROOT, blocks, tables
from tests.house.source import PARTS, Module, file_of, modules, packages

PAGE = ROOT / "docs" / "architecture.md"
ROOMS, WAY = (block.code for block in blocks(PAGE, "mermaid"))
_NODE = re.compile(r'^ *(\w+)(?:\[|\[\()"([^"]+)"(?:\]|\)\]) *$', re.MULTILINE)
_ARROW = re.compile(r"^ *(\w+) -->(?:\|[^|]+\|)? (\w+) *$", re.MULTILINE)

Arrow = tuple[str, str]


def nodes(drawing: str) -> dict[str, str]:
    """Return what stands in each box of a drawing, by the name that arrows call it."""
    return dict(_NODE.findall(drawing))


def arrows(drawing: str) -> set[Arrow]:
    """Return the arrows of a drawing, from what stands in one box to what stands in another."""
    boxes = nodes(drawing)
    return {(boxes[start], boxes[end]) for start, end in _ARROW.findall(drawing)}


def room_of(path: str) -> str:
    """Return the room of a module: its folder, to a depth of two. What lies loose in `api` is a room by itself."""
    parts = path.split("/")
    if len(parts) == 2 and parts[0] == "api":
        return path
    return "/".join(parts[: min(2, len(parts) - 1)]) + "/"


def reachable(arrows: set[Arrow], start: str) -> set[str]:
    """Return what is at the end of one arrow or several, from `start`."""
    found, left = set[str](), [start]
    while left:
        here = left.pop()
        new = {end for begin, end in arrows if begin == here} - found
        found |= new
        left += new
    return found


def imports_between_rooms() -> set[Arrow]:
    found = set()
    for module in modules(*PARTS):
        for name in module.imports():
            file = file_of(name) if name.split(".")[0] in PARTS else None
            if file:
                found.add((room_of(module.path), room_of(file.relative_to(ROOT).as_posix())))
    return {(start, end) for start, end in found if start != end}


def without_detours(arrows: set[Arrow]) -> set[Arrow]:
    """Return the arrows without those whose end can be reached over others."""
    return {arrow for arrow in arrows if arrow[1] not in reachable(arrows - {arrow}, arrow[0])}


class TestRooms:
    def test_have_a_box_each(self) -> None:
        rooms = {room_of(module.path) for module in modules(*PARTS) if module.path != "api/__init__.py"}
        assert set(nodes(ROOMS).values()) == rooms

    def test_import_each_other_as_drawn(self) -> None:
        """Of a graph without circles there is one smallest drawing."""
        imports = imports_between_rooms()
        circles = [room for room in nodes(ROOMS).values() if room in reachable(imports, room)]
        assert not circles, f"rooms that import themselves by way of others: {circles}"
        expected = "\n".join(f"{start} --> {end}" for start, end in sorted(without_detours(imports)))
        assert arrows(ROOMS) == without_detours(imports), f"the drawing should have these arrows:\n{expected}"

    def test_are_drawn_in_their_part(self) -> None:
        for part in PARTS:
            found = re.search(rf"subgraph {part}\n(.*?)\n *end", ROOMS, re.DOTALL)
            assert found, f"no subgraph {part}"
            assert {box.split("/")[0] for box in nodes(found[1]).values()} == {part}

    def test_are_described_in_the_table(self) -> None:
        (rows,) = (rows for heading, rows in tables(PAGE) if heading == "The rooms")
        described = [row[1].strip("`") for row in rows]
        assert set(nodes(ROOMS).values()) <= set(described)
        assert all((ROOT / room).exists() for room in described)
        assert len(described) == len(set(described))


class TestWay:
    def test_leads_through_what_there_is(self) -> None:
        assert len(nodes(WAY)) >= 9
        for box in nodes(WAY).values():
            _, path, name = box.split("<br>")
            assert name in Module(ROOT / path).names(), f"no {name} in {path}"

    def test_is_one_way_from_the_article_to_the_answer(self) -> None:
        boxes = nodes(WAY)
        drawn = _ARROW.findall(WAY)
        assert drawn == list(pairwise(boxes))


QUESTIONS = [row for heading, rows in tables(PAGE) if heading == "Where do I look?" for row in rows]


class TestWhereToLook:
    def test_answers_enough_questions(self) -> None:
        assert len(QUESTIONS) >= 22
        assert len({question for question, *_ in QUESTIONS}) == len(QUESTIONS)

    @pytest.mark.parametrize(("question", "file", "name"), QUESTIONS, ids=lambda cell: cell.strip("`"))
    def test_what_is_named_is_there(self, question: str, file: str, name: str) -> None:
        path = ROOT / file.strip("`")
        assert question.endswith("?")
        assert path.is_file(), f"{question} {file} has moved"
        assert name.strip("`") in Module(path).names(), f"{question} {name} is no longer in {file}"

    def test_every_room_is_the_answer_to_something(self) -> None:
        rooms = {room_of(file.strip("`")) for _, file, _ in QUESTIONS}
        assert set(nodes(ROOMS).values()) - rooms == set()


class TestReading:
    """The test can tell a wrong drawing from a right one."""

    def test_a_detour_is_left_out(self) -> None:
        assert without_detours({("a", "b"), ("b", "c"), ("a", "c")}) == {("a", "b"), ("b", "c")}

    @pytest.mark.parametrize(
        ("path", "room"),
        [
            ("api/app.py", "api/app.py"),
            ("api/http/routes/log.py", "api/http/"),
            ("domain/articles.py", "domain/"),
            ("domain/log/mapper.py", "domain/log/"),
            ("projections/times.py", "projections/"),
        ],
    )
    def test_a_module_is_in_a_room(self, path: str, room: str) -> None:
        assert room_of(path) == room

    def test_boxes_and_arrows_are_read(self) -> None:
        drawing = 'flowchart TB\n    a["x/"]\n    b[("y/")]\n    a --> b\n    b -->|back| a\n'
        assert nodes(drawing) == {"a": "x/", "b": "y/"}
        assert arrows(drawing) == set(product(("x/",), ("y/",))) | {("y/", "x/")}


GLOSSARY = ROOT / "docs" / "glossary.md"
OURS = [(row[0], row[-1].strip("`")) for heading, rows in tables(GLOSSARY) if heading == "Ours" for row in rows]


class TestGlossary:
    @pytest.mark.parametrize(("word", "file"), OURS)
    def test_a_word_is_used_where_it_is_made(self, word: str, file: str) -> None:
        text = (ROOT / file).read_text("utf-8").lower()
        assert word.replace("-", "") in text.replace("-", "")

    def test_holds_the_words_that_are_ours(self) -> None:
        assert {word for word, _ in OURS} >= {"evidence", "incident", "tie", "generation", "mark", "standing"}

    def test_explains_a_word_once(self) -> None:
        words = [row[0] for _, rows in tables(GLOSSARY) for row in rows]
        assert len(words) == len(set(words))


def test_the_code_that_shows_the_style_is_in_the_code() -> None:
    blocks_of_code = [block.code for block in blocks(ROOT / "CONTRIBUTING.md", "python")]
    (shown,) = (code for code in blocks_of_code if "def confidence" in code)
    assert any(indent(shown, "    ") in module.text for module in modules(*PARTS))


def test_every_folder_of_the_code_is_a_package() -> None:
    strays = [folder for folder in packages(*PARTS) if not (folder / "__init__.py").exists()]
    assert not strays
