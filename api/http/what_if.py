"""What if: a question with constants of its model changed, or with publishers or articles left out.

Each supposition is written `name:value`, such as `half_life_verbal:60`, `without_publisher:Reuters`,
`without_article:idlib-2020-02-11`.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from api.http.problems import invalid_parameter
from domain.standards.publisher_names import comparable_publisher
from projections.queries.articles import article_key, articles_like, publishers_by_comparable_name
from projections.queries.question import Exclusions, Question
from projections.scoring.models import Model
from projections.storage.connection import Connection
from projections.storage.store import Store

PARAMETER: Final = "what_if"
WITHOUT_PUBLISHER: Final = "without_publisher"
WITHOUT_ARTICLE: Final = "without_article"
MAX_SUPPOSITIONS: Final = 20
MAX_LENGTH: Final = 300

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_NEAR: Final = 0.75  # Jaro-Winkler similarity from which a name is worth suggesting
_SUGGESTIONS: Final = 5


def suppose(store: Store, questions: Sequence[Question], texts: Sequence[str]) -> list[Question]:
    """Return some questions with what their reader supposes. Raises `Problem` (422)."""
    if len(texts) > MAX_SUPPOSITIONS:
        raise invalid_parameter(PARAMETER, f"{len(texts)} are too many: at most {MAX_SUPPOSITIONS} at once")
    found: list[Question] = []
    exclusions: tuple[Exclusions, list[str]] | None = None  # which are the same for all
    for question in questions:
        pairs = [_split(text, question.model) for text in texts]
        known = question.model.constants()
        constants = {name: value for name, value in pairs if name in known}
        _refuse_repeated([name for name, _ in pairs if name in known])
        model = _with_constants(question.model, constants)
        if exclusions is None:
            exclusions = _left_out(store, [pair for pair in pairs if pair[0] not in known])
        left_out, named = exclusions
        supposed = [f"{name}:{getattr(model, name)}" for name in constants]
        found.append(question._replace(model=model, left_out=left_out, what_if=(*supposed, *named)))
    return found


def _split(text: str, model: Model) -> tuple[str, str]:
    if len(text) > MAX_LENGTH:
        raise invalid_parameter(PARAMETER, f"is longer than {MAX_LENGTH} characters")
    name, colon, value = text.partition(":")
    names = [*model.constants(), WITHOUT_PUBLISHER, WITHOUT_ARTICLE]
    if name not in names:
        detail = f"model {model.name} has no constant {name!r}; there are {', '.join(names)}"
        raise invalid_parameter(PARAMETER, detail, "unknown-constant", _nearest(name, names))
    if not colon or not value.strip():
        raise invalid_parameter(PARAMETER, f"{text!r} gives no value: write {name}:{_example(name, model)}")
    return name, value.strip()


def _example(name: str, model: Model) -> object:
    examples = {WITHOUT_PUBLISHER: "Reuters", WITHOUT_ARTICLE: "idlib-2020-02-11"}
    return examples.get(name) or getattr(model, name)


def _refuse_repeated(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise invalid_parameter(PARAMETER, f"{name} is given {names.count(name)} times: give it once")


def _with_constants(model: Model, texts: dict[str, str]) -> Model:
    constants, ranges = model.constants(), model.ranges()
    values: dict[str, Any] = {
        name: _number(name, text, isinstance(constants[name], int), ranges[name]) for name, text in texts.items()
    }
    changed = model.with_constants(**values)
    if changed.elevated > changed.high:
        raise invalid_parameter(
            PARAMETER, f"elevated is {changed.elevated}: it has to be at most high, which is {changed.high}"
        )
    if changed.hysteresis >= changed.elevated:
        detail = f"hysteresis is {changed.hysteresis}: it has to be below elevated, which is {changed.elevated}"
        raise invalid_parameter(PARAMETER, detail)
    return changed


def _number(name: str, text: str, is_whole: bool, range_: tuple[float, float]) -> int | float:
    least, most = range_
    what = f"a {'whole ' if is_whole else ''}number from {least} to {most}"
    if not (_WHOLE if is_whole else _NUMBER).fullmatch(text):
        raise invalid_parameter(PARAMETER, f"{name} has to be {what}, not {text!r}")
    value = int(text) if is_whole else float(text)
    if not least <= value <= most:
        raise invalid_parameter(PARAMETER, f"{name} has to be {what}, not {text}")
    return value


def _left_out(store: Store, pairs: Sequence[tuple[str, str]]) -> tuple[Exclusions, list[str]]:
    """Return what is left out, and the words for it."""
    publishers, articles, named = set(), set(), []
    known: dict[str, str] | None = None
    if pairs:
        with store.reading() as connection:
            for name, value in dict.fromkeys(pairs):
                if name == WITHOUT_ARTICLE:
                    articles.add(_article(connection, value))
                    named.append(f"{name}:{value}")
                else:
                    known = publishers_by_comparable_name(connection) if known is None else known
                    publisher, shown = _publisher(known, value)
                    publishers.add(publisher)
                    named.append(f"{name}:{shown}")
    return Exclusions(frozenset(publishers), frozenset(articles)), list(dict.fromkeys(named))


def _article(connection: Connection, article_id: str) -> int:
    storable = "\0" not in article_id  # PostgreSQL takes no NUL, so no id has one
    key = article_key(connection, article_id) if storable else None
    if key is None:
        near = articles_like(connection, article_id) if storable else []
        raise invalid_parameter(
            PARAMETER, f"there is no article {article_id!r}; /v1/articles lists them", "unknown-article", near
        )
    return key


def _publisher(known: dict[str, str], name: str) -> tuple[str, str]:
    """Return a publisher's comparable name, and a name of it; `known` are those of all time, by the former."""
    publisher = comparable_publisher(name)
    if publisher in known:
        return publisher, known[publisher]
    near = [known[one] for one in _nearest(publisher, list(known))] or list(known.values())[:_SUGGESTIONS]
    among = f"; there are, among others, {', '.join(near)}" if near else ""
    raise invalid_parameter(
        PARAMETER, f"no article is of the publisher {name!r}{among}", "unknown-publisher", near
    )


def _nearest(text: str, names: Sequence[str]) -> list[str]:
    near = process.extract(text, names, scorer=JaroWinkler.similarity, score_cutoff=_NEAR, limit=_SUGGESTIONS)
    return [name for name, _, _ in near]
