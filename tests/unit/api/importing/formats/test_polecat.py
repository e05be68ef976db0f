"""POLECAT: events of one story are one article, and files in the forms in which they were published."""

import pytest

from api.importing.formats.recognition import recognise
from api.importing.rows import CodedEvent, Reject
from tests.unit.api.importing.support import POLECAT_HEADER, as_coded, finder, polecat_row

FINDER = finder()


def read(row: list[str], header: list[str] = POLECAT_HEADER) -> CodedEvent:
    layout = recognise("\t".join(header), None, FINDER, None)
    assert layout is not None
    assert layout.read is not None
    return as_coded(layout.read("\t".join(row)))


def test_numbered_events_are_of_one_story() -> None:
    first = read(polecat_row(Event_ID="a_b_1"))
    second = read(polecat_row(Event_ID="a_b_12", Headline="Another"))
    assert first.article_id == second.article_id != read(polecat_row(Event_ID="a_c_1")).article_id
    assert (first.report.ref, second.report.ref) == ("a_b_1", "a_b_12")
    dated = [read(polecat_row(Event_ID=f"20200203_a_{number}", Headline=number)) for number in ("1", "2")]
    assert dated[0].article_id == dated[1].article_id


@pytest.mark.parametrize("number", ["20200203-1", "20200203_1", "2020-02-03_1", "77"])
def test_an_id_that_names_no_story_leaves_it_to_the_headline(number: str) -> None:
    event = read(polecat_row(Event_ID=number))
    assert event.article_id == read(polecat_row(Event_ID="other")).article_id
    assert event.article_id != read(polecat_row(Event_ID=number, Headline="Another")).article_id


def test_a_column_of_stories_names_them() -> None:
    header = [*POLECAT_HEADER, "Story ID"]
    one, other = (read([*polecat_row(Headline=headline), "7"], header) for headline in ("One", "Another"))
    assert one.article_id == other.article_id


def test_several_actors_are_sources_and_targets_of_one_event() -> None:
    row = polecat_row(
        Actor_Name="France; Germany",
        Actor_Country="FRA; DEU",
        Primary_Actor_Sector="GOV; MIL",
        Recipient_Name="Mali|Niger",
        Recipient_Country="MLI|NER",
    )
    report = read(row).report
    assert (report.source, report.target) == (("FRA", "DEU"), ("MLI", "NER"))
    assert (report.source_role, report.target_role) == ("FRA: GOV; DEU: MIL", None)


@pytest.mark.parametrize(
    ("quad", "intensity", "noted"),
    [
        ("MATERIAL CONFLICT", "-9.0", 0),
        ("VERBAL COOPERATION", "-9.0", 1),
        ("material cooperation", "3", 2),
        ("None", "None", 0),
        ("MATERIAL CONFLICT", "strong", 0),
    ],
)
def test_columns_that_contradict_the_type_are_left_out(quad: str, intensity: str, noted: int) -> None:
    FINDER.texts.begin_row()
    row = polecat_row(Event_Type="ASSAULT", Quad_Code=quad, Intensity=intensity)
    assert read(row).report.type == "ASSAULT"
    assert FINDER.texts.noted == noted
    read(polecat_row(Event_Type="REQUEST", Event_Mode="None", Quad_Code=quad, Intensity=intensity))
    assert FINDER.texts.noted == noted


def test_contexts_and_mode_are_kept_where_they_say_something() -> None:
    assert read(polecat_row()).report.summary is None
    report = read(polecat_row(Event_Mode="None", Contexts="military; human_rights")).report
    assert (report.mode, report.summary) == (None, "contexts: military, human rights")


def test_files_with_columns_that_are_nowhere_filled_or_are_empty() -> None:
    extended = [*POLECAT_HEADER[:3], "Event Text", "Feed", *POLECAT_HEADER[3:], "Story ID"]
    without = [name for name in POLECAT_HEADER if name != "Headline"]
    row = [value for name, value in zip(POLECAT_HEADER, polecat_row(), strict=True) if name != "Headline"]
    assert read(row, extended) == read(row, without)
    assert read([*polecat_row(), "", " "]) == read(polecat_row())


def test_a_publication_may_be_an_instant() -> None:
    event = read(polecat_row(Event_Date="2018-06-01T00:00:00Z", Publication_Date="2018-06-02T23:30:00-05:00"))
    assert (event.report.occurred, event.header.published) == ("2018-06-01", "2018-06-03")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Recipient_Name": "None", "Recipient_Country": "None"}, "no-actor"),
        (
            {"Actor_Name": "France; Turkey", "Actor_Country": "None", "Primary_Actor_Sector": "None"},
            "equal-actors",
        ),
        ({"Event_Date": "2/3/2020"}, "not-a-date"),
        ({"Event_ID": "None"}, "no-id"),
    ],
)
def test_rows_that_are_not_imported(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        read(polecat_row(**changes))
