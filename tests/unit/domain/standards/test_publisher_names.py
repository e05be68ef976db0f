"""Which names are of one publisher."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.publisher_names import comparable_publisher
from domain.standards.text import comparable


@pytest.mark.parametrize(
    "name",
    [
        "news.example",
        "News.Example",
        "www.news.example",
        "WWW2.news.example.",
        "m.news.example",
        "mobile.news.example",
        "amp.news.example:443",
        "news.example:",
        "www.m.news.example",
        "http://news.example/a?b",
        "https://www.news.example./a",
        "https://ann@www.news.example:8080",
        "https://ann:word@m.news.example",
        "//www.news.example/a",
        "www.news.example/world/today?page=2",
        "ｎｅｗｓ．ｅｘａｍｐｌｅ",
        "https://news-example.cdn.ampproject.org/c/s/news.example/a",
        "www-news-example.cdn.ampproject.org",
        "https://amp-news-example.bing-amp.com/c/s/amp.news.example/a",
    ],
)
def test_a_publisher_is_one_however_its_host_is_written(name: str) -> None:
    assert comparable_publisher(name) == "news example"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("https://m.news.co.uk", "news.co.uk"),
        ("en.m.news.example", "en.news.example"),
        ("www.gov.uk", "gov.uk"),
        ("xn--mnchen-3ya.example", "münchen.example"),
        ("https://www.xn--mnchen-3ya.example:80", "München.example"),
        ("новости.xn--p1ai", "новости.рф"),
        ("http://192.0.2.7:8080/a", "192.0.2.7"),
        ("192.0.2.7:8080", "192.0.2.7"),
        ("http://[2001:db8::7]:8080/", "http://[2001:DB8::7]"),
        ("my--news-example.cdn.ampproject.org", "my-news.example"),
    ],
)
def test_two_names_of_one_host_are_one_publisher(name: str, other: str) -> None:
    assert comparable_publisher(name) == comparable_publisher(other)


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        ("amp.com", "amp com"),
        ("www.com", "www com"),
        ("https://www.com.", "www com"),
        ("m.co.uk", "m co uk"),
        ("www.m.co.uk", "m co uk"),
        ("m.gov.xy", "m gov xy"),
        ("amp-news.example", "amp news example"),
        ("wwwnews.news.example", "wwwnews news example"),
        ("a.b.cdn.ampproject.org", "a b cdn ampproject org"),
        ("M.I.T.", "m i t"),
        ("M. News", "m news"),
        ("sport.news.example", "sport news example"),
        ("m.3.7", "m 3 7"),
        ("xn--\u00e9.example", "xn e example"),
        ("ann@news.example", "ann news example"),
        ("Wire (https://news.example)", "wire https news example"),
        ("Agence Été", "agence ete"),
        ("https://[", "https"),
        ("https://", "https"),
    ],
)
def test_what_is_no_edition_of_a_host_is_compared_as_it_is(name: str, compared: str) -> None:
    assert comparable_publisher(name) == compared


@given(
    st.text() | st.from_regex(r"(https?://)?((www|m|amp|xn--a|b|co)\.){0,4}(uk|example)(:8)?(/a)?", fullmatch=True)
)
def test_publishers_compared_once_are_compared(name: str) -> None:
    assert comparable(comparable_publisher(name)) == comparable_publisher(name)
