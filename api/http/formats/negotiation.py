"""Which format an answer has: by its address, by `format=`, or by `Accept`."""

from enum import StrEnum
from functools import lru_cache
from typing import Final

from fastapi import Request
from starlette.types import Scope

from api.http.problems import Problem, invalid_parameter


class AnswerFormat(StrEnum):
    """The formats in which an answer can be had. HTML is that of pages, and of nothing else."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    ARROW = "arrow"
    PARQUET = "parquet"
    XLSX = "xlsx"
    GEOJSON = "geojson"
    CSVW = "csv-metadata.json"
    HTML = "html"
    SVG = "svg"
    PNG = "png"
    VEGA_LITE = "vl.json"

    @classmethod
    def of_data(cls) -> list["AnswerFormat"]:
        """Return the formats of data, in which every answer can be had."""
        return [cls.JSON, cls.NDJSON, *cls.of_tables(), cls.CSVW, cls.GEOJSON]

    @classmethod
    def of_tables(cls) -> list["AnswerFormat"]:
        """Return the formats that have columns."""
        return [cls.CSV, cls.ARROW, cls.PARQUET, cls.XLSX]

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
    AnswerFormat.ARROW: "application/vnd.apache.arrow.stream",
    AnswerFormat.PARQUET: "application/vnd.apache.parquet",
    AnswerFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    AnswerFormat.CSVW: "application/csvm+json",
    AnswerFormat.GEOJSON: "application/geo+json",
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
