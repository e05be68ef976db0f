"""The texts of the pages, from the file of a language."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

ENGLISH: Final = "en"


class Catalogue:
    """The texts of one language. Of what is counted there are two, under `one` and `other`."""

    def __init__(self, language: str, texts: Mapping[str, Any]) -> None:
        self.language = language
        self._texts = dict(_flat(texts))

    def keys(self) -> frozenset[str]:
        """Return the keys of all texts, such as `relations.title`."""
        return frozenset(self._texts)

    def has(self, key: str) -> bool:
        """Return whether there is a text under a key."""
        return key in self._texts or f"{key}.other" in self._texts

    def texts_under(self, prefix: str) -> dict[str, str]:
        """Return the texts whose keys begin with a prefix, such as `state.`, by the rest of their keys."""
        found = ((key.removeprefix(prefix), text) for key, text in self._texts.items() if key.startswith(prefix))
        return dict(found)

    def text(self, key: str, **values: Any) -> str:
        """Return the text under a key with values in its places; with a `count`, the form for so many.

        Raises `KeyError` if there is no such text, or it has a place for which there is no value.
        """
        if "count" in values and key not in self._texts:
            count = values["count"]
            key = f"{key}.one" if count == 1 else f"{key}.other"
            values["count"] = f"{count:,}"
        return self._texts[key].format_map(values)


@cache
def catalogue_of(language: str = ENGLISH) -> Catalogue:
    """Return the texts of a language that there is a file of."""
    text = (files("api.pages.texts") / f"{language}.toml").read_text("utf-8")
    return Catalogue(language, tomllib.loads(text))


def _flat(texts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in texts.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", value))
    return found
