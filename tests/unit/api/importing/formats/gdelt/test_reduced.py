"""GDELT's reduced files: a row is an event of its day."""

import pytest

from api.importing.formats.recognition import DataFormat, recognise
from api.importing.rows import CodedEvent, Reject
from domain.reports import Clash, id_in_data_set
from tests.unit.api.importing.support import as_coded, finder

HEADER = (
    "Date\tSource\tTarget\tCAMEOCode\tNumEvents\tNumArts\tQuadClass\tGoldstein\tSourceGeoType\tSourceGeoLat\t"
    "SourceGeoLong\tTargetGeoType\tTargetGeoLat\tTargetGeoLong\tActionGeoType\tActionGeoLat\tActionGeoLong"
)
FINDER = finder()


def read(
    code: str = "190", quad_class: str = "4", weight: str = "-10", target: str = "EGYGOV", day: str = "19790101"
) -> CodedEvent:
    layout = recognise(HEADER, None, FINDER, None)
    assert layout is not None
    assert layout.format is DataFormat.GDELT_REDUCED
    assert layout.read is not None
    geo = "1\t31.5\t34.75\t1\t26.0\t30.0\t1\t31.5\t34.75"
    return as_coded(layout.read(f"{day}\tISRMIL\t{target}\t{code}\t2\t10\t{quad_class}\t{weight}\t{geo}"))


def test_a_row_is_an_event_of_its_day() -> None:
    article_id, header, report, *_ = read()
    assert (article_id, header.publisher, header.published) == ("gdelt-reduced-1979-01-01", "GDELT", "1979-01-01")
    assert isinstance(report, Clash)
    assert (report.source, report.target, report.type, report.cameo) == (("ISR",), ("EGY",), "ASSAULT", "190")
    assert (report.source_role, report.target_role) == ("MIL", "GOV")
    assert report.ref != read(code="193").report.ref
    assert read(day="1979-01-01T00:00:00Z") == read(day="1-Jan-1979") == read()
    assert id_in_data_set(report) is None


@pytest.mark.parametrize(
    ("code", "quad_class", "weight", "restored"),
    [("42", "1", "1.9", "042"), ("20", "1", "3", "020"), ("10", "3", "-5", "10")],
)
def test_lost_zeros_are_noticed_by_class_and_weight(
    code: str, quad_class: str, weight: str, restored: str
) -> None:
    event = read(code, quad_class, weight)
    assert (event.report.cameo, event.mended) == (restored, () if code == restored else ("lost-zero",))


def test_why_a_row_is_rejected() -> None:
    for changes, reason in (({"target": ""}, "no-actor"), ({"quad_class": "1"}, "contradictory-codes")):
        with pytest.raises(Reject, match=reason):
            read(**changes)
