"""The table that says which code became which actor, how often and why."""

from pathlib import Path

import pytest
from rich.console import Console

from api.importing.actors.actor_table import MOST_CODES, ActorTable, ImportedActor
from api.importing.command import Request, actors_as_text, as_text, explain_actors
from api.importing.importer import Options
from tests.unit.api.importing.support import finder, gdelt_row, import_bytes, seeded_directory

CONTENT = b"1979-04-15\tISRMIL\tXQZGOV\t190\n1979-04-15\tISRMIL\tGOV\t190\n1979-04-16\tTURREBPKK\tXQ\t190\n"


def test_each_code_is_listed_with_its_rows_actor_and_reason_doubtful_first(tmp_path: Path) -> None:
    path = tmp_path / "data.tsv"
    path.write_bytes(CONTENT)
    importer = explain_actors(seeded_directory(), Request([str(path)], Options(), None), Console())

    lines = importer.actors.lines()
    assert [(line[0], line[1], line[2], line[3], line[5]) for line in lines] == [
        ("XQ", 1, "", "", "yes"),
        ("XQZGOV", 1, "XQZ", "GOV", "yes"),
        ("GOV", 1, "", "", ""),
        ("ISRMIL", 2, "ISR", "MIL", ""),
        ("TURREBPKK", 1, "PKK", "", ""),
    ]
    assert lines[1][4] == "CAMEO's dictionary has no XQZ"
    assert importer.actors.as_csv().splitlines()[0] == "coded,rows,actor,role,why,doubtful"
    assert "TURREBPKK,1,PKK,,CAMEO: PKK behind TUR," in importer.actors.as_csv()
    columns = ["coded", "rows", "actor", "role", "why", "doubtful"]
    assert actors_as_text(importer.actors).split()[:6] == columns


def test_a_former_state_is_told_with_its_years_and_what_came_after_it() -> None:
    found = finder().by_code("CZA")
    assert (found.code, found.coded) == ("CSK", "CZA")
    assert found.why == "CAMEO: country CZA, which existed 1918-10-28/1992-12-31; then CZE, SVK"


def test_the_summary_names_the_doubtful(tmp_path: Path) -> None:
    summary, _, _ = import_bytes(tmp_path, CONTENT)
    assert summary.doubtful_actors == {"XQ": 1, "XQZGOV": 1}
    assert as_text(summary).splitlines()[1].startswith("doubtful actors, with their rows: XQ (1), XQZGOV (1)")


def test_a_row_of_gdelt_is_counted_once_by_its_code_and_what_says_whose_it_is(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(gdelt_row(c5="MIL", c7="USA", c12="MIL"))
    importer = explain_actors(seeded_directory(), Request([str(path)], Options(), None), Console())
    assert [line[:4] for line in importer.actors.lines()] == [
        ("MIL | USAMIL", 1, "USA", "MIL"),
        ("SYR", 1, "SYR", ""),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "1979-04-15\tGOV\tSYR\t190\n1979-04-15\tGOV\tGOV\t190\n1979-04-16\tSYR\tISR\t190\n",
        "\n".join(gdelt_row(c5=one, c7="", c15=other, c17="") for one, other in (("GOV", "SYR"), ("SYR", "ISR"))),
        "id,publisher,published,type,date,source,target\n"
        "a,X,2020-02-03,ASSAULT,2020-02-03,Nobody,SYR\nb,X,2020-02-03,ASSAULT,2020-02-03,SYR,ISR\n",
    ],
)
def test_a_row_without_one_actor_counts_the_other(tmp_path: Path, content: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(content)
    importer = explain_actors(seeded_directory(), Request([str(path)], Options(), None), Console())
    assert {line[0]: line[1] for line in importer.actors.lines()}["SYR"] == 2
    assert importer.summary.imported == 1


def test_it_has_a_bound() -> None:
    table = ActorTable()
    for number in range(MOST_CODES + 10):
        table.count(str(number), ImportedActor("ISR", None))
    table.count("0", ImportedActor("ISR", None))
    assert (len(table.lines()), table.is_full) == (MOST_CODES, True)
