"""From literal rows of each format to events: what is read, and why a row is not."""

from datetime import date

import pytest

from api.importing.formats.recognition import DataFormat, recognise
from api.importing.rows import CodedEvent, Reject
from domain.articles import Article
from domain.report_rules import check_reports
from domain.reports import Agreement, Clash, Statement
from tests.unit.api.importing.support import (
    ICEWS_HEADER,
    POLECAT_HEADER,
    as_coded,
    finder,
    gdelt_row,
    icews_row,
    polecat_row,
)


def read(
    line: str, header: str | None = None, *, strict: bool = False, publisher: str | None = None
) -> CodedEvent:
    layout = recognise(header or line, None, finder(strict=strict), publisher)
    assert layout is not None
    assert layout.begins_with_header == (header is not None)
    assert layout.read is not None
    return as_coded(layout.read(line))


def reason(line: str, header: str | None = None, *, strict: bool = False) -> str:
    with pytest.raises(Reject) as rejected:
        read(line, header, strict=strict)
    assert rejected.value.detail
    return rejected.value.reason


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1979-04-15\tISRMIL\tJOR\t190", DataFormat.KEDS),
        ("date\tsource\ttarget\tcode", DataFormat.KEDS),
        (ICEWS_HEADER, DataFormat.ICEWS),
        (icews_row(), DataFormat.ICEWS),
        (gdelt_row(1), DataFormat.GDELT1),
        (gdelt_row(2), DataFormat.GDELT2),
        ("\t".join(POLECAT_HEADER), DataFormat.POLECAT),
        (",".join(POLECAT_HEADER), DataFormat.POLECAT),
        ('{"url": "https://news.example/1"}', DataFormat.ARTICLES),
    ],
)
def test_a_format_is_recognised_by_a_line(line: str, expected: DataFormat) -> None:
    for named in (None, expected):
        layout = recognise(line, named, finder(), None)
        assert layout is not None
        assert layout.format is expected


@pytest.mark.parametrize("line", ["", "hello", "a\tb", "a\tb\tc\td", ",".join("abc" * 10)])
def test_another_line_is_no_format(line: str) -> None:
    assert recognise(line, None, finder(), None) is None


# KEDS


def test_keds() -> None:
    article_id, header, report, *_ = read("1979-04-15\tISRMIL\tJOR\t190")
    assert (article_id, header.publisher, header.published) == ("keds-1979-04-15", "KEDS wire", "1979-04-15")
    assert report == Clash(
        occurred="1979-04-15",
        ref="row:ISRMIL JOR 190",
        source=("ISR",),
        target=("JOR",),
        source_role="MIL",
        type="ASSAULT",
        cameo="190",
    )


def test_keds_an_agreement_and_a_statement_without_a_type() -> None:
    agreed = read("1979-04-15\tISR\tEGYGOV\t036").report
    assert agreed == Agreement(
        occurred="1979-04-15",
        ref="row:ISR EGYGOV 036",
        source=("ISR",),
        target=("EGY",),
        target_role="GOV",
        development="reached",
        cameo="036",
    )
    assert isinstance(said := read("1979-04-15\tISR\tEGY\t010").report, Statement)
    assert said.type is None


def test_keds_another_publisher_has_other_articles() -> None:
    line = "1979-04-15\tISR\tEGY\t010"
    assert read(line, publisher="Wire").article_id != read(line).article_id
    assert read(line, publisher="Wire").header.publisher == "Wire"


@pytest.mark.parametrize(
    ("code", "actor", "role"),
    [
        ("PAL", "PSE", None),
        ("ROMGOV", "ROU", "GOV"),
        ("PALPLO", "PLO", None),
        ("LBNREBHEZ", "HEZBOLLAH", None),
        ("IGOUNO", "UN", None),
        ("IGOUNOPKO", "UN", "PKO"),
        ("IGOUNOWBK", "WB", None),
        ("IGONAT", "NATO", None),
        ("EEU", "E-EUROPE", None),
        ("ICC", "ICC", None),
        ("MOSREB", "MOS", "REB"),
        ("ISR---MIL", "ISR", "MIL"),
        ("UNO---", "UN", None),
    ],
)
def test_cameo_codes_of_actors(code: str, actor: str, role: str | None) -> None:
    report = read(f"1979-04-15\t{code}\tISL\t010").report
    assert (report.source, report.source_role) == ((actor,), role)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1979-04-15\t---\tISR\t010", "no-actor"),
        ("1979-04-15\tISR\t\t010", "no-actor"),
        ("1979-04-15\tGOV\tISR\t010", "no-actor"),
        ("1979-04-15\t---MIL\tISR\t010", "no-actor"),
        ("1979-04-15\t------\tISR\t010", "no-actor"),
        ("1979-04-15\ttar\tISR\t010", "unknown-actor"),
        ("1979-04-15\tIGO\tISR\t010", "no-actor"),
        ("1979-04-15\tUAE\tISR\t010", "ambiguous-actor"),
        ("1979-04-15\tISRMI\tEGY\t010", "unknown-actor"),
        ("1979-04-15\tISR\tEGY\t999", "unknown-cameo"),
        ("1979-04-15\tISR\tEGY\t", "unknown-cameo"),
        ("1979-02-29\tISR\tEGY\t010", "not-a-date"),
        ("0000-01-01\tISR\tEGY\t010", "not-a-date"),
        ("15 April\tISR\tEGY\t010", "not-a-date"),
        ("1979-04-15\tISR\tEGY", "wrong-columns"),
        ("1979-04-15\tISR\tEGY\t010\tmore", "wrong-columns"),
    ],
)
def test_keds_rows_that_are_not_imported(line: str, expected: str) -> None:
    assert reason(line, "date\tsource\ttarget\tcode") == expected


def test_unknown_codes_are_rejected_where_that_is_wanted() -> None:
    assert read("1979-04-15\tARB\tISR\t010").report.source == ("ARB",)
    assert reason("1979-04-15\tARB\tISR\t010", strict=True) == "unknown-actor"


@pytest.mark.parametrize(("target", "role"), [("ISRMIL", "MIL"), ("ISR", None)])
def test_events_within_a_country_are_kept(target: str, role: str | None) -> None:
    report = read(f"1979-04-15\tISR\t{target}\t190").report
    assert (report.source, report.target, report.target_role) == (("ISR",), ("ISR",), role)
    assert check_reports([report], date(1979, 4, 15)) == []


# ICEWS


def test_icews() -> None:
    article_id, header, report, *_ = read(icews_row(), ICEWS_HEADER)
    assert (article_id, header.publisher, header.published) == (
        "icews-47400351",
        "Example Bulletin",
        "2018-06-01",
    )
    assert report == Statement(
        occurred="2018-06-01",
        source=("BGD",),
        target=("VNM",),
        source_role="Foreign Affairs",
        target_role="High Ranking Military Personnel",
        type="CONSULT",
        cameo="040",
        ref="32889836",
        place="Hanoi, Thanh Pho Ha Noi, Vietnam",
    )


@pytest.mark.parametrize(
    ("name", "country", "code", "role"),
    [
        ("Japan", "Japan", "JPN", None),
        ("Vladimir Putin", "Russian Federation", "RUS", "Vladimir Putin"),
        ("European Union", "NA", "EU", None),
        ("Ministry (European Union)", "NA", "EU", "Ministry"),
        ("Hezbollah", "Lebanon", "HEZBOLLAH", None),
        ("Guinea", "Guinea", "GIN", None),
        ("Congo", "Congo", "COG", None),
        ("x" * 300 + " (Japan)", "Japan", "JPN", "x" * 100),
    ],
)
def test_icews_actors(name: str, country: str, code: str, role: str | None) -> None:
    report = read(icews_row(Source_Name=name, Source_Country=country), ICEWS_HEADER).report
    assert (report.source, report.source_role) == ((code,), role)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Source_Name": "NA", "Source_Country": "NA"}, "no-actor"),
        ({"Source_Name": "Nobody We Know", "Source_Country": "NA"}, "unknown-actor"),
        ({"Source_Name": "Congolese", "Source_Country": "NA"}, "ambiguous-actor"),
        ({"Story_ID": "NA"}, "no-id"),
        ({"Event_Date": "2018"}, "not-a-date"),
        ({"CAMEO_Code": "NA", "Event_Text": "Greet"}, "unknown-cameo"),
        ({"CAMEO_Code": "19", "Event_Text": "NA"}, "contradictory-codes"),
        ({"Event_Date": "12/1/2018"}, "not-a-date"),
        ({"Longitude": "1\t2"}, "wrong-columns"),
    ],
)
def test_icews_rows_that_are_not_imported(changes: dict[str, str], expected: str) -> None:
    assert reason(icews_row(**changes), ICEWS_HEADER) == expected


# GDELT


@pytest.mark.parametrize("version", [1, 2])
def test_gdelt(version: int) -> None:
    article_id, header, report, *_ = read(gdelt_row(version))
    assert (header.url, header.publisher) == ("http://news.example/one?a=1", "news.example")
    assert article_id == Article.id_for_url("http://news.example/one?a=1")
    assert header.published == "2018-01-01"
    assert report == Clash(
        occurred="2017-12-02",
        source=("ISR",),
        target=("SYR",),
        source_role="MIL",
        type="ASSAULT",
        cameo="190",
        ref="719024875",
        place="Damascus, Syria",
    )


def test_gdelt_actors() -> None:
    def source(code: str, country: str = "", role: str = "") -> tuple[tuple[str, ...], str | None]:
        report = read(gdelt_row(c5=code, c7=country, c12=role)).report
        return report.source, report.source_role

    assert source("IGOUNO") == (("UN",), None)
    assert source("ROU") == (("ROU",), None)
    assert source("MIL", "USA", "MIL") == (("USA",), "MIL")
    assert reason(gdelt_row(c5="GOV", c7="", c12="GOV")) == "no-actor"
    assert reason(gdelt_row(c15="", c17="")) == "no-actor"


def test_gdelt_a_source_that_is_no_url_is_its_publisher() -> None:
    article_id, header, *_ = read(gdelt_row(c60="BBC Monitoring"))
    assert (article_id, header.publisher, header.url) == ("gdelt-719024875", "BBC Monitoring", None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"c1": "20171302"}, "not-a-date"),
        ({"c59": ""}, "not-a-date"),
        ({"c26": "---"}, "unknown-cameo"),
        ({"c0": "x"}, "no-id"),
        ({"c60": "x\ty"}, "wrong-columns"),
    ],
)
def test_gdelt_rows_that_are_not_imported(changes: dict[str, str], expected: str) -> None:
    assert reason(gdelt_row(2, **changes), "GLOBALEVENTID" + "\t" * 60) == expected


# POLECAT


@pytest.mark.parametrize("separator", ["\t", ","])
def test_polecat(separator: str) -> None:
    quoted = [f'"{value}"' for value in polecat_row()]
    _, header, report, *_ = read(separator.join(quoted), separator.join(POLECAT_HEADER))
    assert (header.headline, header.publisher, header.published) == (
        "Shells, and an answer",
        "Example News",
        "2020-02-04",
    )
    assert report == Clash(
        occurred="2020-02-03",
        source=("SYR",),
        target=("TUR",),
        source_role="MIL",
        type="ASSAULT",
        ref="20200203-1",
        mode="artillery",
        place="Idlib",
    )


def test_polecat_reads_by_names_in_any_order() -> None:
    header, row = "\t".join(reversed(POLECAT_HEADER)), "\t".join(reversed(polecat_row()))
    assert read(row, header) == read("\t".join(polecat_row()), "\t".join(POLECAT_HEADER))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Event_Type": "GREET"}, "unknown-type"),
        ({"Actor_Country": "None", "Actor_Name": "None"}, "no-actor"),
        ({"Actor_Country": "Nowhere Land"}, "unknown-actor"),
        ({"Event_Date": "soon"}, "not-a-date"),
        ({"Headline": "one\ttwo"}, "wrong-columns"),
        (
            {"Actor_Name": "Turkey", "Actor_Country": "TUR", "Primary_Actor_Sector": "None"},
            "equal-actors",
        ),
    ],
)
def test_polecat_rows_that_are_not_imported(changes: dict[str, str], expected: str) -> None:
    assert reason("\t".join(polecat_row(**changes)), "\t".join(POLECAT_HEADER)) == expected
