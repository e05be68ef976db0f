"""GDELT's reduced files of 1979 to 2014: 17 columns with a header, no ids and no documents. A day is an article.

A row stands for as many events as `NumEvents` says, all of one day between the same two and of one code.
"""

from typing import Final

from api.importing.actors.actor_finder import ActorFinder
from api.importing.codes.cameo_deeds import RepeatedCode, repair_code
from api.importing.formats.headed import Fields, HeadedFormat, ReadFields
from api.importing.rows import CodedEvent, make_report, read_day, type_of_cameo
from domain.articles import Header
from domain.reports import local_ref

PUBLISHER: Final = "GDELT"
_LONGEST_REF: Final = 90


def reader(actors: ActorFinder, publisher: str | None) -> ReadFields:
    """Return what reads a row."""

    def read(fields: Fields) -> CodedEvent:
        row = {name: value.strip() for name, value in fields.items()}
        day, given = read_day(row["date"]), row["cameocode"]
        code = repair_code(given, RepeatedCode(quad_class=row["quadclass"], weight=row["goldstein"]))
        report = make_report(
            type_of_cameo(code),
            *actors.both(actors.by_code, row["source"], row["target"]),
            occurred=day,
            cameo=code,
            ref=local_ref(f"{row['source']} {row['target']} {code}"[:_LONGEST_REF]),
        )
        header = Header(publisher=publisher or PUBLISHER, published=day)
        mended = () if code == given else ("lost-zero",)
        return CodedEvent(f"gdelt-reduced-{day}", header, report, mended)

    return read


FORMAT: Final = HeadedFormat(
    needed=frozenset({"date", "source", "target", "cameocode", "numevents", "quadclass", "goldstein"}),
    reader=reader,
    dates=("date",),
)
