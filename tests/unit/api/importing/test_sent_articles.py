"""Articles as clients post them, with optional texts that are no good: mended or left out."""

import json
from typing import Any

import pytest
from hypothesis import given

from api.importing.optional_texts import OptionalTexts
from api.importing.sent_articles import mend_article
from api.parsing.json_bodies import parse_json
from api.parsing.requests import EXAMPLE, ArticleIn
from tests.unit.api.importing.test_optional_texts import ANY_TEXT

EVENT = {**EXAMPLE["events"][1], "place": "Idlib", "speaker": "A minister"}
ARTICLE = {**EXAMPLE, "id": "a-1", "events": [EVENT]}


def mended(**changes: Any) -> tuple[dict[str, Any], list[str], list[str]]:
    texts = OptionalTexts()
    article = json.loads(mend_article(json.dumps({**ARTICLE, **changes}), texts))
    return article, texts._mended, texts._left_out


def test_texts_are_mended_or_left_out() -> None:
    event = {**EVENT, "place": "K\u00c3\u00b6ln", "speaker": "\x00", "summary": "x" * 4001, "mode": "a\u200fb"}
    article, ways, left_out = mended(headline="A\u202eB", url="https://ann@news.example/1", events=[event])
    (found,) = article["events"]
    assert (article["headline"], article["url"]) == ("AB", "https://news.example/1")
    assert (found["place"], found["mode"], len(found["summary"])) == ("Köln", "ab", 4000)
    assert "speaker" not in found
    assert sorted(ways) == ["direction-mark", "direction-mark", "mojibake", "too-long", "user-in-url"]
    assert left_out == ["speaker"]


@pytest.mark.parametrize(("language", "kept"), [("pt-BR", "pt-BR"), ("English!", None), ("en_GB", None)])
def test_a_language_is_one_or_is_left_out(language: str, kept: str | None) -> None:
    article, _, left_out = mended(language=language)
    assert article.get("language") == kept
    assert left_out == ([] if kept else ["language"])


@pytest.mark.parametrize(
    "body", ["", "[]", "\u00e9", '{"headline": 5, "events": [7], "more": "\u00e9"}', json.dumps(ARTICLE)]
)
def test_what_needs_nothing_or_is_no_article_stays_as_it_is(body: str) -> None:
    assert mend_article(body, OptionalTexts()) == body


def test_what_is_to_be_refused_still_is() -> None:
    body = '{"id": "a-1", "headline": "A\u202eB", "headline": "C"}'
    assert mend_article(body, OptionalTexts()) == body


@given(headline=ANY_TEXT, place=ANY_TEXT, quote=ANY_TEXT, role=ANY_TEXT, url=ANY_TEXT)
def test_no_optional_text_decides_over_an_article(
    headline: str, place: str, quote: str, role: str, url: str
) -> None:
    event = {**EVENT, "place": place, "quote": quote, "source_role": role}
    article, _, _ = mended(headline=headline, url=f"https://news.example/{url}", events=[event])
    assert parse_json(ArticleIn, json.dumps(article).encode()).id == "a-1"
