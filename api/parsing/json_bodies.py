"""JSON as clients send it. An object with a key twice is refused: one of the two values would be lost.

RFC 8259 leaves open which value of a repeated key counts. Every parser at hand (`json`, pydantic's, msgspec's)
takes the last and says nothing, so `"killed": 8, "killed": 80` would record 80. Only the standard library shows
the pairs of an object before they become one, by `object_pairs_hook`.

A body that FastAPI takes apart is read once, by `load_json`. It may begin with a byte order mark, or be UTF-16 or
UTF-32, as the standard library allows. A line of a batch or of an import is UTF-8 and read twice by `parse_json`:
once to compare the number of pairs with the number of keys, which builds no values, and once by pydantic. Where
the repeated key stands is worked out only once there is one.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from domain.errors import Fault, InvalidFacts, Path

_BodyT = TypeVar("_BodyT", bound=BaseModel)
_SHOWN: Final = 100  # characters of a key
_WHITESPACE: Final = " \t\n\r"

#: Values that a body may have, keys not counted. The largest article that is accepted has 45,000: a thousand
#: events of eighteen fields, with the names of 20,000 pairs.
MAX_VALUES: Final = 65_000
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)


class _Repeated(Exception):
    """An object has a key twice."""


class _Object(list[tuple[str, Any]]):
    """The pairs of an object, as they stand in the text."""


def parse_json(model: type[_BodyT], body: bytes) -> _BodyT:
    """Return a model of a JSON text.

    Raises `InvalidFacts` for a repeated key and for too many values, `ValidationError` otherwise.
    """
    refuse_too_many_values(body)
    try:
        # Not `decode`, which looks at what follows the value, too, and costs half as much again for a short text.
        _COUNTING.raw_decode(body.decode().lstrip(_WHITESPACE))
    except _Repeated:
        refuse_repeated_keys(body)
    except (ValueError, RecursionError):
        pass  # refused by the parser that reads the values: it takes UTF-8 alone, and nothing as deep
    return model.model_validate_json(body)


def load_json(body: bytes) -> Any:
    """Return the value of a JSON text.

    Raises as `json.loads` does, and `InvalidFacts` for a repeated key and for too many values.
    """
    refuse_too_many_values(body)
    try:
        return json.loads(body, object_pairs_hook=_to_dict)
    except _Repeated:
        json.loads(body)  # what is no JSON is refused as that, wherever in it a key is repeated
        refuse_repeated_keys(body)
        raise


def refuse_too_many_values(body: bytes) -> None:
    """Raise `InvalidFacts` if a JSON text has more values than anything that is accepted could have.

    They are counted before any of them is made: a value of two bytes takes fifty in memory, and the time for it.
    """
    if len(body) <= MAX_VALUES:
        return
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
    except ValueError:
        return  # refused by the parser that reads the values
    if _marks(text) > MAX_VALUES and (
        text.count('"') - text.count('\\"') > 4 * MAX_VALUES or _marks(_STRING.sub("", text)) > MAX_VALUES
    ):
        detail = f"the body has more than {MAX_VALUES} values: post fewer events in one article, or a batch"
        raise InvalidFacts([Fault((), "too-many-values", detail)])


def _marks(text: str) -> int:
    """Return about how many values a JSON text has: in one list or object all but the last have a comma."""
    return text.count(",") + text.count("]") + text.count("}")


def refuse_repeated_keys(body: bytes) -> None:
    """Raise `InvalidFacts`, with the key's path, if an object has a key twice.

    Nothing is raised for what is not JSON, or nested too deeply: whoever parses it refuses it.
    """
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        if not _has_repeated_key(text):
            return
        pairs = _PAIRING.decode(text)  # which also looks at what stands behind the repeated key
    except (ValueError, RecursionError):
        return  # refused by the parser that reads the values
    path = _first_repeated_key(pairs)
    detail = f"{str(path[-1])[:_SHOWN]}: is given twice in one object: give it once"
    raise InvalidFacts([Fault(path, "repeated-key", detail)])


def _has_repeated_key(text: str) -> bool:
    try:
        _COUNTING.decode(text)
    except _Repeated:
        return True
    return False


def _to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Repeated
    return made


def _count(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _Repeated


# Numbers stay text: whole ones of more than 4300 digits would be refused here, before a key behind them is seen.
_COUNTING: Final = json.JSONDecoder(object_pairs_hook=_count, parse_int=str, parse_float=str)
_PAIRING: Final = json.JSONDecoder(object_pairs_hook=_Object, parse_int=str, parse_float=str)


def _first_repeated_key(value: Any) -> Path:
    """Return the path of the first key, in the order of the text, that its object has already.

    One path is kept, that of the part at hand: bodies may be nested deeply.
    """
    path: list[str | int] = []
    open_parts = [_steps(value)]
    while open_parts:
        for step, part, is_repeated in open_parts[-1]:
            if is_repeated:
                return (*path, step)
            if isinstance(part, list):
                path.append(step)
                open_parts.append(_steps(part))
                break
        else:
            open_parts.pop()
            del path[-1:]
    raise ValueError("no key is repeated")


def _steps(value: Any) -> Iterator[tuple[str | int, Any, bool]]:
    """Yield the key or index of each part of a value, the part, and whether the key was there before."""
    if isinstance(value, _Object):
        keys: set[str] = set()
        for key, part in value:
            yield key, part, key in keys
            keys.add(key)
    elif isinstance(value, list):
        yield from ((index, part, False) for index, part in enumerate(value))
