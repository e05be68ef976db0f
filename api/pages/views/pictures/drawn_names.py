"""The names of actors in pictures: by their codes where a name has letters that pictures have none of."""

from collections.abc import Iterable, Mapping

from api.charts.definition import TextOf
from api.charts.letters import is_shown


def drawn_name(code: str, names: Mapping[str, str]) -> str:
    """Return the name of an actor if pictures have its letters, and else its code."""
    name = names.get(code, code)
    return name if is_shown(name) else code


def without_names(codes: Iterable[str], names: Mapping[str, str], text: TextOf) -> list[str]:
    """Return a sentence that says which actors are by their codes for their letters' sake; none if none is."""
    found = [code for code in codes if drawn_name(code, names) != names.get(code, code)]
    return [text("charts.by_codes", codes=", ".join(found))] if found else []
