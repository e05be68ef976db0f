"""The fields that a form sends, `application/x-www-form-urlencoded`, read within bounds.

The standard library takes it apart. The forms have no files, for which another encoding and a package would be
needed.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

from api.http.middleware.json_route import SMALL
from api.http.middleware.rationing import run_posting
from api.http.parameters import require_media_type
from api.http.problems import Problem, invalid_parameter

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 2_000  #: of a form: those of the largest article that a form shows, and more
TOKEN: Final = "form_token"  # noqa: S105  #: the name of the field with the token against forgery
ACTION: Final = "do"  #: the field of the button that was pressed


class FormData:
    """The fields of a form, each with one value but where several are asked for.

    One that is not `genuine` may have been sent by a page of somebody else: no button of it counts as pressed.
    """

    def __init__(self, fields: Iterable[tuple[str, str]], *, genuine: bool = False) -> None:
        self.fields = [(name, value.replace("\r\n", "\n")) for name, value in fields]
        self.genuine = genuine

    @classmethod
    def parse(cls, body: bytes) -> "FormData":
        """Return the fields of a body. Raises `Problem` (400, 413)."""
        if body.count(b"&") >= MAX_FIELDS:
            detail = f"a form has at most {MAX_FIELDS} fields: paste what is larger, or send it to the API"
            raise Problem(413, "body-too-large", "The form is too large", detail)
        try:
            return cls(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
        except ValueError:
            detail = f"the body is not {MEDIA_TYPE} in UTF-8"
            raise Problem(400, "malformed-form", "The body is not a form", detail) from None

    @property
    def action(self) -> str:
        """The button that was pressed, empty where none was or none counts."""
        return self.one(ACTION) if self.genuine else ""

    def one(self, name: str) -> str:
        """Return the value of a field without the white space around it, empty if it is not there.

        Raises `Problem` (422) if it is there several times.
        """
        found = self.all(name)
        if len(found) > 1:
            raise invalid_parameter(name, "is given more than once: give it once", "repeated-parameter")
        return found[0].strip() if found else ""

    def all(self, name: str) -> list[str]:
        """Return all values of a field."""
        return [value for given, value in self.fields if given == name]

    def under(self, prefix: str) -> Mapping[str, str]:
        """Return the fields whose names begin so, by the rest of their names. Raises `Problem` (422)."""
        names = dict.fromkeys(name for name, _ in self.fields if name.startswith(prefix))
        return {name.removeprefix(prefix): self.one(name) for name in names}

    def without(self, *names: str) -> list[tuple[str, str]]:
        """Return all fields but some."""
        return [(name, value) for name, value in self.fields if name not in names]


async def read_form(request: Request, longest: int) -> FormData:
    """Return the form that a request sends. Raises `Problem` (400, 413, 415)."""
    require_media_type(request, MEDIA_TYPE)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > longest:
            detail = f"the form is larger than {longest} bytes"
            raise Problem(413, "body-too-large", "The form is too large", detail)
    return await run_posting(FormData.parse, bytes(body)) if len(body) > SMALL else FormData.parse(bytes(body))
