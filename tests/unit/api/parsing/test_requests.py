"""Words of a request that have a shape of their own: language tags and URLs."""

import pytest
from pydantic import TypeAdapter, ValidationError

from api.parsing.requests import Language, Url


@pytest.mark.parametrize("tag", ["en", "pt-BR", "zh-Hans-CN", "es-419", "de-1996", "sl-rozaj-biske", "en-x-house"])
def test_a_language_tag_is_taken_as_it_is(tag: str) -> None:
    assert TypeAdapter(Language).validate_python(tag) == tag


@pytest.mark.parametrize("tag", ["e", "english!", "en_GB", "en-", "en-GB-GB", "en\n", f"en{6 * chr(45)}x"])
def test_what_is_no_language_tag_is_refused(tag: str) -> None:
    with pytest.raises(ValidationError, match="language tag"):
        TypeAdapter(Language).validate_python(tag)


@pytest.mark.parametrize("url", ["https://ann:Secret@news.example/1", "https://ann@news.example/1"])
def test_a_url_with_credentials_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="a user or a password"):
        TypeAdapter(Url).validate_python(url)


def test_only_scheme_and_host_of_a_url_lose_their_case() -> None:
    found = TypeAdapter(Url).validate_python("HTTPS://News.Example:8443/A/b?Q=@R")
    assert found == "https://news.example:8443/A/b?Q=@R"
