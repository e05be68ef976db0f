"""Texts that a row may have or not: mended where that is certain, else left out, and counted; the event stays."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing.formats.recognition import recognise
from api.importing.optional_texts import OptionalTexts, mend
from api.importing.rows import CodedEvent
from domain.standards.text import check_text, check_word
from tests.unit.api.importing.support import (
    ICEWS_HEADER,
    POLECAT_HEADER,
    as_coded,
    finder,
    gdelt_row,
    icews_row,
    import_bytes,
    polecat_row,
)

PERSIAN = "تهران"
ANY_TEXT = st.text() | st.text(
    st.sampled_from(
        f"aÉÃ©â€™Ž {PERSIAN}\u0301\x00\x1b\x85\x9e\x81\u200b\u200e\u200f\u2028"
        "\u202e\u2067\u2069\ufeff\ufffe\ud83d\ude00"
    )
)


@pytest.mark.parametrize(
    ("text", "mended", "ways"),
    [
        ("Kri\x9eevo Polje", "Križevo Polje", ("mojibake",)),
        ("KÃ¶ln", "Köln", ("mojibake",)),
        ("KÃƒÂ¶ln", "Köln", ("mojibake",)),
        (f"\u200f{PERSIAN}", f"\u200f{PERSIAN}", ()),
        ("A\u202eB", "AB", ("direction-mark",)),
        (f"\u2067{PERSIAN}", PERSIAN, ("direction-mark",)),
        ("\ufeffBonn\u2028Beuel\u200b", "Bonn Beuel", ("invisible-character",)),
        ("\ud83d\ude00", "😀", ("split-character",)),
        ("ab" * 30, "ab" * 20, ("too-long",)),
        ("a" * 39 + "e\u0301\u0323", "a" * 39 + "ẹ\u0301", ("too-long",)),
        ("\u200e", None, ("direction-mark",)),
    ],
)
def test_what_is_certain_is_mended(text: str, mended: str | None, ways: tuple[str, ...]) -> None:
    found = mend(text, 40)
    assert found is not None
    if ways == ("too-long",):
        assert found.text is not None
        assert len(found.text) <= 40
        assert mended is not None
        assert mended.startswith(found.text)
    else:
        assert found.text == mended
    assert found.ways == ways


@pytest.mark.parametrize("text", ["a\x00b", "a\x1b[31mb", "a\x81b", "a\ud800b", "a\ufffeb"])
def test_what_is_no_text_and_cannot_be_mended_is_left_out(text: str) -> None:
    assert mend(text, 40) is None


@given(ANY_TEXT, st.integers(1, 12))
def test_what_is_kept_could_be_posted(text: str, length: int) -> None:
    texts = OptionalTexts()
    kept = texts.read(text, length, "place")
    assert kept is None or (check_text(kept) == kept and 0 < len(kept) <= length)
    word = texts.read_word(text, length, "mode")
    assert word is None or (check_word(word) == word and 0 < len(word) <= length)


@given(ANY_TEXT)
def test_good_text_is_kept_as_it_is(text: str) -> None:
    try:
        good = check_text(text)
    except ValueError:
        return
    found = mend(text, 10_000)
    assert found is not None
    assert found.text == (good or None) or found.ways == ("mojibake",)


def fields(text: str) -> str:
    """Return a text as a field of a line in UTF-8 can hold it."""
    return text.encode(errors="ignore").decode().translate(dict.fromkeys(map(ord, "\t\n\r"), " "))


FINDER = finder()


def read(line: str, header: str | None = None) -> CodedEvent:
    layout = recognise(header or line, None, FINDER, None)
    assert layout is not None
    assert layout.read is not None
    return as_coded(layout.read(line))


@pytest.mark.parametrize("version", [1, 2])
@given(place=ANY_TEXT, url=ANY_TEXT, secure=st.booleans())
def test_no_optional_text_of_gdelt_decides_over_an_event(version: int, place: str, url: str, secure: bool) -> None:
    place, url = fields(place), ("https://" if secure else "") + fields(url)
    at = "c52" if version == 2 else "c50"
    event = read(gdelt_row(version, **{at: place, f"c{60 if version == 2 else 57}": url}))
    assert event.report.cameo == "190"
    assert event.header.publisher


@given(city=ANY_TEXT, publisher=ANY_TEXT, name=ANY_TEXT)
def test_no_optional_text_of_icews_decides_over_an_event(city: str, publisher: str, name: str) -> None:
    who = f"{fields(name)} (Bangladesh)"
    row = icews_row(City=fields(city), Publisher=fields(publisher), Source_Name=who)
    event = read(row, ICEWS_HEADER)
    assert (event.report.cameo, event.report.source) == ("040", ("BGD",))


@given(city=ANY_TEXT, headline=ANY_TEXT, mode=ANY_TEXT, sector=ANY_TEXT, source=ANY_TEXT, published=ANY_TEXT)
def test_no_optional_text_of_polecat_decides_over_an_event(**texts: str) -> None:
    changes = {name: fields(text) for name, text in texts.items()}
    row = polecat_row(
        City=changes["city"],
        Headline=changes["headline"],
        Event_Mode=changes["mode"],
        Primary_Actor_Sector=changes["sector"],
        Source=changes["source"],
        Publication_Date=changes["published"],
    )
    event = read("\t".join(row), "\t".join(POLECAT_HEADER))
    assert event.report.type == "ASSAULT"


def test_what_was_mended_and_left_out_is_counted_by_rows(tmp_path: Path) -> None:
    rows = [
        gdelt_row(c0="1", c52="Kri\x9eevo Polje", c60="https://news.example/1"),
        gdelt_row(c0="2", c52="KÃ¶ln", c60="https://ann:secret@news.example/2"),
        gdelt_row(c0="3", c52="\x00", c60="https://news.example/" + "x" * 2000),
        gdelt_row(c0="4", c52="Plain", c26="9999"),
    ]
    summary, _, target = import_bytes(tmp_path, "\n".join(rows).encode())
    assert summary.errors == []
    assert (summary.imported, summary.reasons) == (3, Counter({"unknown-cameo": 1}))
    assert summary.mended == Counter({"mojibake": 2, "user-in-url": 1})
    assert summary.left_out == Counter({"place": 1, "url": 1})
    assert {article.header.publisher for article in target.articles.values()} == {"news.example"}
    assert {report.place for article in target.articles.values() for report in article.reports} == {
        "Križevo Polje",
        "Köln",
        None,
    }


def test_a_url_that_is_left_out_still_says_which_rows_are_of_one_article(tmp_path: Path) -> None:
    url = "https://news.example/" + "x" * 2000
    summary, _, _ = import_bytes(
        tmp_path, "\n".join(gdelt_row(c0=number, c60=url) for number in ("1", "2")).encode()
    )
    assert (summary.imported, summary.articles) == (2, 1)


def test_roles_are_counted_of_each_row_that_has_them(tmp_path: Path) -> None:
    rows = [icews_row(Event_ID=number, Source_Name="Foreign\u202e Affairs (Bangladesh)") for number in ("1", "2")]
    summary, _, target = import_bytes(tmp_path, "\n".join([ICEWS_HEADER, *rows]).encode())
    assert (summary.imported, summary.mended) == (2, Counter({"direction-mark": 2}))
    roles = {report.source_role for article in target.articles.values() for report in article.reports}
    assert roles == {"Foreign Affairs"}
