"""A citation of how two actors stand: in words, with the address that shows the same for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from detente_client.answers.relations import RelationAnswer
from detente_client.question import path_of


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation: as a text it is what stands in a footnote. `url` fixes the day, what was known and the model."""

    text: str
    url: str

    def __str__(self) -> str:
        return f"{self.text} {self.url}"


def named_pair(a: str, b: str | None) -> tuple[str, str]:
    """Return the two that are cited. Raises `ValueError` if there is but one."""
    if b is None:
        raise ValueError(f"cite({a!r}) names one actor: name both, or give a relation")
    return a, b


def citation_of(relation: RelationAnswer, names: Mapping[str, str], base_url: str) -> Citation:
    """Return the citation of an answer, with the position that the log had when that was known, if it is said."""
    known = None if relation.known_at is None else f"{relation.known_at:%Y-%m-%d %H:%M:%S} UTC"
    asked = {
        "as_of": relation.as_of.isoformat(),
        "known_at": relation.known_at and relation.known_at.isoformat().replace("+00:00", "Z"),
        "published_by": relation.published_by and relation.published_by.isoformat(),
        "model": relation.model,
    }
    fixed = [(name, value) for name, value in asked.items() if value]
    fixed += [("what_if", supposed) for supposed in relation.what_if or ()]
    one, other = (names.get(code, code) for code in relation.pair)
    facts = [
        f"Détente, model {relation.model}",
        *([] if relation.cited_position is None else [f"log up to position {relation.cited_position}"]),
        *([f"as published by {relation.published_by}"] if relation.published_by else []),
        *([f"as known at {known}"] if known else []),
        *([f"supposing {', '.join(relation.what_if)}"] if relation.what_if else []),
    ]
    text = (
        f"{one} and {other}: {relation.state.replace('_', ' ')}, tension {relation.tension:.1f}, "
        f"cooperation {relation.cooperation:.1f}, as of {relation.as_of}. {', '.join(facts)}."
    )
    return Citation(text, f"{base_url.rstrip('/')}{path_of('relations', *relation.pair)}?{urlencode(fixed)}")
