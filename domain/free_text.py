"""Free text in what an article says: which fields hold it, how it is taken out, and which take none any more.

Pure. Codes, days and numbers are never free text: nothing here changes what an article means.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, Self, TypeVar

import msgspec

from domain.errors import Path
from domain.reports import Report, facts_of

HEADER_TEXTS: Final = ("headline", "url")
REPORT_TEXTS: Final = ("speaker", "summary", "quote", "place", "title")
REASON: Final = "reason"  #: of a posting, a correction, a revision or a retraction
#: Reasons that deliveries of data sets give: no free text, as long as a change is marked as `delivered`.
DELIVERED: Final = "the data set says otherwise now"
MOVED: Final = "the data set has it in another document now"
DELETED: Final = "the data set has deleted it"
DELIVERY_REASONS: Final = frozenset({DELIVERED, MOVED, DELETED})
TEXTS: Final = (*HEADER_TEXTS, *REPORT_TEXTS, REASON)
#: What is redacted where no fields are named: neither where it happened nor what an agreement is called.
USUAL_TEXTS: Final = ("headline", "speaker", "summary", "quote", REASON)
_NONE: Final[frozenset[str]] = frozenset()


class HasTexts(Protocol):
    """A header or a report."""

    @property
    def redacted(self) -> tuple[str, ...]:
        """The fields that had a text which was redacted."""
        ...


_Texts = TypeVar("_Texts", bound=HasTexts)


def fields_with_text(given: object, fields: Collection[str]) -> tuple[str, ...]:
    """Return those of some fields in which a header, a report or a domain event has a text."""
    return tuple(field for field in TEXTS if field in fields and getattr(given, field, None) is not None)


def without_texts(given: _Texts, fields: Collection[str]) -> _Texts:
    """Return a header or a report without the texts in some fields; it says which it had."""
    if not (found := fields_with_text(given, fields)):
        return given
    redacted = tuple(sorted({*given.redacted, *found}))
    return msgspec.structs.replace(given, **dict.fromkeys(found), redacted=redacted)  # type: ignore[type-var]


class ClosedFields:
    """The fields of one article that take no text any more, since what they held was redacted.

    Some are closed in all of the article, others in reports of some numbers. A report that comes later takes no
    text in a field that is closed in any: it may be one of these, told anew.
    """

    def __init__(self) -> None:
        self.everywhere = _NONE
        self._of_reports: dict[int, frozenset[str]] = {}

    def __bool__(self) -> bool:
        return bool(self.everywhere or self._of_reports)

    def of_report(self, number: int) -> frozenset[str]:
        """Return the fields that are closed in the report of a number."""
        return self.everywhere | self._of_reports.get(number, _NONE)

    def of_new_report(self) -> frozenset[str]:
        """Return the fields that are closed in a report that has no number yet."""
        return self.everywhere.union(*self._of_reports.values())

    def close(self, fields: Collection[str], numbers: Collection[int] | None = None) -> None:
        """Close fields in the reports of some numbers, or in all of the article."""
        closing = frozenset(fields) - {REASON}
        if numbers is None:
            self.everywhere |= closing
            return
        for number in numbers:
            self._of_reports[number] = self._of_reports.get(number, _NONE) | closing

    def open(self, fields: Collection[str]) -> None:
        """Let fields take text again, in all of the article."""
        self.everywhere -= frozenset(fields)
        left = {number: closed.difference(fields) for number, closed in self._of_reports.items()}
        self._of_reports = {number: closed for number, closed in left.items() if closed}

    def begin(self, number: int) -> None:
        """Take note of a report that is new: it stays closed in what it was closed in when it came."""
        if closed := self.of_new_report() - self.everywhere:
            self._of_reports.setdefault(number, closed)


class Admitted(NamedTuple):
    """What an article takes of what it is given, and the paths of the texts that it does not take."""

    reports: Sequence[Report]
    left_out: tuple[Path, ...]

    @classmethod
    def of(cls, reports: Sequence[Report], standing: Mapping[int, Report], closed: ClosedFields) -> Self:
        """Return reports without text in the fields that are closed to them.

        A report goes by the number under which the same stands, but for closed text, or else one with its `ref`.
        """
        numbers = _numbers_of(reports, standing, closed)
        made = [
            without_texts(report, closed.of_new_report() if number is None else closed.of_report(number))
            for report, number in zip(reports, numbers, strict=True)
        ]
        left_out: list[Path] = []
        for index, (report, admitted) in enumerate(zip(reports, made, strict=True)):
            left_out += [("events", index, field) for field in texts_lost(report, admitted)]
        return cls(made, tuple(left_out))


def texts_lost(given: object, admitted: object) -> tuple[str, ...]:
    """Return the fields in which a header or a report was given a text that was not taken."""
    there = fields_with_text(admitted, TEXTS)
    return tuple(field for field in fields_with_text(given, TEXTS) if field not in there)


def _numbers_of(
    reports: Sequence[Report], standing: Mapping[int, Report], closed: ClosedFields
) -> list[int | None]:
    """Return the number that each report has already, None where it has none."""
    numbers: list[int | None] = [None] * len(reports)
    left = dict(standing)
    for fields in (_NONE, *sorted({closed.of_report(number) for number in standing}, key=sorted)):
        same: defaultdict[Report, list[int]] = defaultdict(list)
        for number, report in reversed(left.items()):
            if not fields or closed.of_report(number) == fields:
                same[facts_of(report)].append(number)
        for index, report in enumerate(reports):
            if numbers[index] is None and (found := same.get(facts_of(without_texts(report, fields)))):
                numbers[index] = found.pop()
                del left[numbers[index] or 0]
    by_ref = {report.ref: number for number, report in left.items() if report.ref is not None}
    return [
        by_ref.get(report.ref) if number is None and report.ref is not None else number
        for report, number in zip(reports, numbers, strict=True)
    ]
