"""Whole numbers in paths and parameters, as people write them: `1.0`, `+1` and `01` are none."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]*")


def check_whole(text: object) -> object:
    """Return what is no text, or a whole number's digits. Raises `ValueError`."""
    if isinstance(text, str) and not _WHOLE.fullmatch(text):
        raise ValueError("is not a whole number, such as 1")
    return text


WholeNumber = Annotated[int, BeforeValidator(check_whole)]
