"""KEDS and its kin: tab-separated date, source, target, CAMEO code. A day of the wire is an article."""

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from api.importing.actors import ActorFinder
from api.importing.rows import CodedEvent, Reject, make_report, read_day, type_of_cameo
from domain.articles import Header

COLUMNS: Final = 4
PUBLISHER: Final = "KEDS wire"


def recognises(fields: Sequence[str]) -> bool:
    """Return whether a line looks like one of this format."""
    return len(fields) == COLUMNS and (is_header(fields) or re.fullmatch(r"[\d-]{8,10}", fields[0]) is not None)


def is_header(fields: Sequence[str]) -> bool:
    """Return whether a line names the columns."""
    return fields[0].strip().lower() in ("date", "event date", "eventdate")


def reader(actors: ActorFinder, publisher: str | None) -> Callable[[Sequence[str]], CodedEvent]:
    """Return what reads a row.

    The articles' ids say the publisher and the day, and not the file: a file under another name, or a longer
    edition of it, is known again.
    """
    prefix = "keds" if publisher is None else f"keds-{sha256(publisher.encode()).hexdigest()[:8]}"
    name = publisher or PUBLISHER

    def read(fields: Sequence[str]) -> CodedEvent:
        if len(fields) != COLUMNS:
            raise Reject("wrong-columns", f"a row of KEDS data has {COLUMNS} columns, this one {len(fields)}")
        day, source, target, code = (field.strip() for field in fields)
        day = read_day(day)
        plover_type = type_of_cameo(code)
        report = make_report(plover_type, actors.by_code(source), actors.by_code(target), occurred=day, cameo=code)
        return CodedEvent(f"{prefix}-{day}", Header(publisher=name, published=day), report)

    return read
