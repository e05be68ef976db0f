"""How answers are written: JSON, CSV or NDJSON, whichever a reader asks for by `format=` or `Accept`."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, get_args
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.types import Scope

from api.http.middleware.request_line import ENCODED_SLASH
from api.http.problems import Problem, invalid_parameter
from api.parsing.formula_guard import guard_formulas


class AnswerFormat(StrEnum):
    """The formats in which an answer can be had. HTML is that of pages, and of nothing else."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    HTML = "html"
    SVG = "svg"
    PNG = "png"
    VEGA_LITE = "vl.json"

    @classmethod
    def of_data(cls) -> list["AnswerFormat"]:
        """Return the formats of data, in which every answer can be had."""
        return [cls.JSON, cls.CSV, cls.NDJSON]

    @classmethod
    def of_pictures(cls) -> list["AnswerFormat"]:
        """Return the formats of pictures; Vega-Lite is the definition of one."""
        return [cls.SVG, cls.PNG, cls.VEGA_LITE]


#: Where the pictures are, which can be had in no other formats than theirs.
PICTURES: Final = "/v1/pictures/"


#: Where a request's scope has the format of its answer, if its address says it.
ANSWER_FORMAT: Final = "detente.answer_format"
MEDIA_TYPES: Final = {
    AnswerFormat.JSON: "application/json",
    AnswerFormat.CSV: "text/csv",
    AnswerFormat.NDJSON: "application/x-ndjson",
}
PICTURE_TYPES: Final = {
    AnswerFormat.SVG: "image/svg+xml",
    AnswerFormat.PNG: "image/png",
    AnswerFormat.VEGA_LITE: "application/vnd.vegalite.v6+json",
}
_PICTURE_BY_TYPE: Final = {media_type: form for form, media_type in PICTURE_TYPES.items()}
_BY_MEDIA_TYPE: Final = {media_type: form for form, media_type in MEDIA_TYPES.items()} | {
    "application/ndjson": AnswerFormat.NDJSON,
    "application/jsonl": AnswerFormat.NDJSON,
}
_ANY: Final = ("*/*", "application/*")
_MOST_ACCEPTED: Final = 2000  # media ranges and parameters of an `Accept`
_USUAL_ACCEPT: Final = 256  # bytes of an `Accept` whose format is remembered

#: What a route says of its answers in the OpenAPI document.
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            MEDIA_TYPES[form]: {"schema": {"type": "string"}} for form in (AnswerFormat.CSV, AnswerFormat.NDJSON)
        }
    },
    304: {"description": "Not changed since the `ETag` given."},
    412: {"description": "Not the state that `If-Match` names."},
}


def chosen_format(scope: Scope) -> AnswerFormat:
    """Return the format that a request asks for. Raises `Problem` (422, 406)."""
    addressed: AnswerFormat | None = scope.get(ANSWER_FORMAT)
    if addressed is not None:
        return addressed
    of_picture = scope["path"].startswith(PICTURES)
    if scope["query_string"]:
        asked = Request(scope).query_params.get("format")
        if asked is not None:
            return _named_format(asked, AnswerFormat.of_pictures() if of_picture else AnswerFormat.of_data())
    given = [value for name, value in scope["headers"] if name == b"accept"]
    if not given:
        return AnswerFormat.SVG if of_picture else AnswerFormat.JSON
    accept = b",".join(given)  # RFC 9110, 5.3: one list, however many lines
    if of_picture:
        return _accepted_picture(accept)
    return _usual_format(accept) if len(accept) <= _USUAL_ACCEPT else _accepted_format(accept)


def _named_format(name: str, known: list[AnswerFormat]) -> AnswerFormat:
    if name.lower() not in known:
        raise invalid_parameter("format", f"{name!r} is not one of {', '.join(known)}")
    return AnswerFormat(name.lower())


def _accepted_picture(accept: bytes) -> AnswerFormat:
    _refuse_long(accept)
    for media_type in media_types_by_preference(accept.decode("latin-1")):
        if (form := picture_format_of(media_type)) is not None:
            return form
        if media_type in ("image/*", "*/*"):
            return AnswerFormat.SVG
    known = ", ".join(PICTURE_TYPES.values())
    raise _not_acceptable(f"a picture can be had as {known}, not as {accept.decode('latin-1')!r}")


def _refuse_long(accept: bytes) -> None:
    if accept.count(b",") + accept.count(b";") > _MOST_ACCEPTED:
        raise _not_acceptable(f"an Accept has at most {_MOST_ACCEPTED} media ranges and parameters")


def _accepted_format(accept: bytes) -> AnswerFormat:
    _refuse_long(accept)
    for media_type in media_types_by_preference(accept.decode("latin-1")):
        if (form := format_of_media_type(media_type)) is not None:
            return form
        if media_type in _ANY:
            return AnswerFormat.JSON
        if media_type == "text/*":
            return AnswerFormat.CSV
    known = ", ".join(MEDIA_TYPES.values())
    raise _not_acceptable(f"an answer can be had as {known}, not as {accept.decode('latin-1')!r}")


def _not_acceptable(detail: str) -> Problem:
    return Problem(406, "not-acceptable", "No such format", detail)


_usual_format: Final = lru_cache(maxsize=256)(_accepted_format)  # a desk sends the same with every read


def format_of_media_type(media_type: str) -> AnswerFormat | None:
    """Return the format of data that a media type names, None if there is none."""
    return _BY_MEDIA_TYPE.get(media_type)


def picture_format_of(media_type: str) -> AnswerFormat | None:
    """Return the format of pictures that a media type names, None if there is none."""
    return _PICTURE_BY_TYPE.get(media_type)


def media_types_by_preference(accept: str) -> list[str]:
    """Return the media ranges of an `Accept`, in lower case, what is preferred first."""
    ranges: list[tuple[float, str]] = []
    for part in accept.split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            ranges.append((float(quality), media_type.lower()))
        except ValueError:
            ranges.append((0.0, media_type.lower()))
    return [media_type for quality, media_type in sorted(ranges, key=lambda r: -r[0]) if quality > 0]


def respond(
    request: Request,
    answer: BaseModel,
    etag: str | None = None,
    items: Sequence[BaseModel] | None = None,
    next_cursor: str | None = None,
    item_type: type[BaseModel] | None = None,
) -> Response:
    """Return an answer in the format asked for; CSV and NDJSON hold the `items`, or the answer as the only one.

    `item_type` is that of the items where they are not the answer's own.
    """
    form = chosen_format(request.scope)
    headers = {"Vary": "Accept"}
    if etag is not None:
        headers |= {"ETag": etag, "Cache-Control": "no-cache"}
    if next_cursor is not None:
        headers["Link"] = f'<{_next_page(request, next_cursor)}>; rel="next"'
    rows = [answer] if items is None else items
    if form is AnswerFormat.JSON:
        body = answer.model_dump_json()
    elif form is AnswerFormat.NDJSON:
        body = "".join(row.model_dump_json() + "\n" for row in rows)
    else:
        columns = _columns(item_type or type(answer), item_type is not None or items is None)
        body = to_csv([row.model_dump(mode="json") for row in rows], columns)
    return Response(body, media_type=MEDIA_TYPES[form], headers=headers)


def _next_page(request: Request, cursor: str) -> str:
    """Return the URL of the page that a cursor begins; its path has names in any script, a header has ASCII."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    path = "%2F".join(map(quote, request.scope["path"].split(ENCODED_SLASH)))
    asked = urlencode([*query, ("cursor", cursor)])
    return str(request.url.replace(path=path, query=asked, fragment=""))


def _columns(answer: type[BaseModel], is_single: bool) -> list[str]:
    """Return the names of the columns that a model's fields become, so that an empty list has a header too."""
    item = answer if is_single else get_args(answer.model_fields["items"].annotation)[0]
    columns: dict[str, None] = {}  # in the order in which the kinds of items have them
    for model in get_args(item) or (item,):
        for name, field in model.model_fields.items():
            shown = field.alias or name
            columns |= dict.fromkeys(_FLAT.get(shown, (shown,)))
    return list(columns)


_FLAT: Final[Mapping[str, tuple[str, ...]]] = {
    "pair": ("a", "b"),
    "tension_interval": ("tension_low", "tension_high"),
    "usual": (
        *("usual_weeks", "usual_percentile", "usual_ratio"),
        *("usual_new_percentile", "usual_new_ratio"),
    ),
    "last_clash": ("last_clash", "last_clash_day"),
    "killed_range": ("killed_low", "killed_high"),
    "wounded_range": ("wounded_low", "wounded_high"),
    "directed": (
        "a_to_b_conflict_pressure",
        "a_to_b_cooperation_pressure",
        "b_to_a_conflict_pressure",
        "b_to_a_cooperation_pressure",
    ),
}


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as CSV (RFC 4180) with a header.

    A pair becomes the columns `a` and `b`, an interval those of its ends; lists of words are joined with `;`; what
    is deeper is JSON, and so is a list of words that have a `;`. Text that a spreadsheet may take for a formula
    gets an apostrophe before it, behind `;` too.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(dict(_flatten(row)) for row in rows)
    return out.getvalue()


def _flatten(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name in _FLAT:
            yield from zip(_FLAT[name], map(_cell, _values(value, len(_FLAT[name]))), strict=True)
        else:
            yield name, _cell(value)


def _values(value: Any, number: int) -> Sequence[Any]:
    if value is None:
        return [None] * number
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]  # what is in several columns is a sequence or an object
    parts = (part.values() if isinstance(part, dict) else (part,) for part in value.values())
    return [each for part in parts for each in part]


def _cell(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(word, str) and ";" not in word for word in value):
        value = ";".join(value)
    elif isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, bool):
        return str(value).lower()
    return guard_formulas(value) if isinstance(value, str) else value
