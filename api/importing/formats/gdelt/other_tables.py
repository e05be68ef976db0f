"""GDELT's other tables, which hold no events of their own: a file of one is named as what it is, and refused."""

import re
from collections.abc import Sequence
from typing import Final

from api.importing.records.csv_records import column_name
from api.importing.rows import Reject

_MENTIONS: Final = "a mentions file of GDELT, which says where events are mentioned and not what happened"
_GRAPH: Final = "of GDELT's Global Knowledge Graph (GKG), which says what articles are about and not what happened"
_INSTANT: Final = re.compile(r"\d{14}")
_GRAPH_RECORD: Final = re.compile(r"\d{14}-T?\d+")
_GRAPH_COLUMNS: Final = ({"gkgrecordid"}, {"date", "numarts", "themes"}, {"date", "numarts", "counttype"})


def refuse_other_tables(line: str) -> None:
    """Raise `Reject` if a line is of the mentions or of the knowledge graph, with a header or without one."""
    tabs = line.split("\t")
    names = {column_name(field.strip('"')) for separator in "\t,;" for field in line.split(separator)}
    what = None
    if {"globaleventid", "mentionidentifier"} <= names or _is_mention(tabs):
        what = _MENTIONS
    elif any(columns <= names for columns in _GRAPH_COLUMNS) or _GRAPH_RECORD.fullmatch(tabs[0]):
        what = _GRAPH
    if what:
        raise Reject("not-events", f"is {what}: import the export file of the same time")


def _is_mention(fields: Sequence[str]) -> bool:
    """Return whether fields are those of a mention: an event's number, two instants, and the kind of source."""
    return (
        14 <= len(fields) <= 16
        and fields[0].isdigit()
        and all(_INSTANT.fullmatch(field) for field in fields[1:3])
        and len(fields[3]) == 1
    )
