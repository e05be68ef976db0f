"""GDELT 1.0 (58 columns, 57 before April 2013) and 2.0 (61): tab-separated, mostly without a header.

A source URL is an article, by the same id that posting the URL would give it.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from api.importing.actors.actor_finder import ActorFinder
from api.importing.actors.actor_table import ImportedActor
from api.importing.codes.cameo_deeds import RepeatedCode, repair_code
from api.importing.optional_texts import OptionalTexts
from api.importing.rows import CodedEvent, Reject, make_report, read_day, type_of_cameo
from domain.articles import Article, Header
from domain.deliveries.coverage import Coverage
from domain.reports import Report

PUBLISHER: Final = "GDELT"
_URL: Final = re.compile(r"https?:/", re.IGNORECASE)
_ID, _DAY, _EVENT_CODE = 0, 1, 26
REPEATED: Final = (28, 27, 29, 30)  # root, base, quad class, Goldstein's weight
_ACTORS = (5, 15)
_WITHOUT_URL: Final = Coverage(silent=frozenset({"url", "publisher"}))
_LONGEST_CODE: Final = 100
_CODE, _COUNTRY, _KNOWN_GROUP, _TYPES = 0, 2, 3, slice(7, 10)  # from the actor's code on


class GdeltVersion(NamedTuple):
    """Where a version of GDELT has its columns."""

    columns: tuple[int, ...]
    place: int
    added: int

    def recognises(self, fields: Sequence[str]) -> bool:
        """Return whether a line looks like one of this format."""
        return len(fields) in self.columns and (is_header(fields) or (fields[_ID] + fields[_DAY]).isdigit())


GDELT1: Final = GdeltVersion(columns=(57, 58), place=50, added=56)
GDELT2: Final = GdeltVersion(columns=(61,), place=52, added=59)


def is_header(fields: Sequence[str]) -> bool:
    """Return whether a line names the columns."""
    return fields[_ID].strip().lower() in ("globaleventid", "global_event_id")


def reader(
    layout: GdeltVersion, actors: ActorFinder, publisher: str | None
) -> Callable[[Sequence[str]], CodedEvent]:
    """Return what reads a row."""
    expected = " or ".join(map(str, layout.columns))

    def read(fields: Sequence[str]) -> CodedEvent:
        if len(fields) not in layout.columns:
            detail = f"a row of this version of GDELT has {expected} columns, this one {len(fields)}"
            raise Reject("wrong-columns", detail)
        given = fields[_EVENT_CODE].strip()
        code = repair_code(given, RepeatedCode(*(fields[at].strip() for at in REPEATED)))
        plover_type = type_of_cameo(code)
        number = fields[_ID].strip()
        if not (number.isascii() and number.isdigit() and len(number) <= 20):
            raise Reject("no-id", f"{number[:40]!r} is not the number of an event")
        source, target = actors.both(lambda at: _actor(fields[at : at + 10], actors), *_ACTORS)
        report = make_report(
            plover_type,
            source,
            target,
            occurred=read_day(fields[_DAY]),
            cameo=code,
            ref=number,
            place=actors.texts.read(fields[layout.place], 200, "place"),
        )
        url = fields[layout.added + 1].strip() if len(fields) > layout.added + 1 else ""
        event = _event(url, read_day(fields[layout.added][:8]), number, publisher, report, actors.texts)
        if len(fields) <= layout.added + 1:  # as before April 2013
            event = event._replace(coverage=_WITHOUT_URL)
        return event if code == given else event._replace(mended=("lost-zero",))

    return read


def _actor(fields: Sequence[str], actors: ActorFinder) -> ImportedActor:
    """Return an actor by its code, its known group or its country, whichever says most. Raises `Reject`."""
    code, country, known = (fields[at].strip() for at in (_CODE, _COUNTRY, _KNOWN_GROUP))
    party = actors.party(known) if known else None
    found = actors.found(code)
    if found and (not party or actors.is_party(found.code)):  # as for nearly all rows
        return actors.by_code(code)
    types = "".join(kind.strip() for kind in fields[_TYPES])
    if party:
        role = types.removeprefix("IGO").removeprefix("NGO").removeprefix("IMG")
        coded = actors.texts.read_word(code or known, _LONGEST_CODE, "code")
        read_role = actors.texts.read_word(role, _LONGEST_CODE, "role")
        of_party = ImportedActor(party, read_role, coded, f"CAMEO: known group {known}")
        return actors.counted(_given(code, known + role), lambda: of_party, code)
    if country:
        return actors.counted(_given(code, country + types), lambda: actors.look_up(country + types), code)
    return actors.counted(code or known, lambda: actors.look_up(code))


def _given(code: str, column: str) -> str:
    """Return what a row gives of an actor whose code does not say who it is: the code, and what does."""
    return " | ".join(dict.fromkeys(part for part in (code, column) if part))


def _event(
    url: str, published: str, number: str, publisher: str | None, report: Report, texts: OptionalTexts
) -> CodedEvent:
    if not _URL.match(url):  # a citation, as that of a broadcast
        named = publisher or texts.read(url, 200, "publisher") or PUBLISHER
        return CodedEvent(f"gdelt-{number}", Header(publisher=named, published=published), report)
    kept = texts.read_url(url)
    named = publisher or texts.read(_host(url), 200, "publisher") or PUBLISHER
    header = Header(publisher=named, published=published, url=kept)
    return CodedEvent(Article.id_for_url(kept or url), header, report)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
