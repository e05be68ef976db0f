"""Names of places as the gazetteer has them: as places are compared, without spaces and Arabic articles.

Transcriptions break words at sounds that English has no letter of, each its own way: `Ma'arrat al-Nu'man` is
`Maarrat an Numan`, and `Ar-Raqqah` is `al-Raqqah`.
"""

from collections.abc import Sequence
from typing import Final

from domain.standards.place_names import comparable_place

#: The article as it is written before nouns, as it sounds there.
_ARTICLES: Final = frozenset({"al", "ar", "as", "ash", "at", "ad", "adh", "an", "az", "el", "ul", "ur"})


def lookup_key(name: str) -> str | None:
    """Return under which key a name is looked up, None if it has no words."""
    compared = comparable_place(name)
    return None if compared is None else key_of_words(compared.split())


def key_of_words(words: Sequence[str]) -> str:
    """Return the key of a name whose words are as places are compared."""
    return "".join(word for word in words if word not in _ARTICLES) or "".join(words)
