"""A person's map of actors: what its lines may say, and that it has the last word over every dictionary."""

from pathlib import Path

import pytest
from rich.console import Console

from api.importing.actors.actor_map import ActorMap, Override, read_actor_map
from api.importing.command import Request, explain_actors
from api.importing.importer import Importer, Options
from api.importing.text_files import BadFile
from tests.unit.api.importing.formats import test_acled as acled
from tests.unit.api.importing.formats import test_ucdp as ucdp
from tests.unit.api.importing.support import (
    ICEWS_HEADER,
    POLECAT_HEADER,
    MemoryTarget,
    gdelt_row,
    icews_row,
    import_bytes,
    polecat_row,
    seeded_directory,
)

KEDS = "1979-04-15\tISRMIL\tXQZGOV\t190\n1979-04-15\tISR\tGOV\t190\n1979-04-16\tTURREBPKK\tXQ\t190\n"


def read_map(folder: Path, content: str | bytes) -> ActorMap:
    path = folder / "map.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_actor_map(path, seeded_directory(), lambda actor, code: actor == code[:3])


@pytest.mark.parametrize(
    "content",
    [
        "coded,actor,role,leave_out\nXQZGOV,Turkey,GOV,\nGOV,,,yes\nISR,,,\n",
        "Code;Actor;Role;Leave out\r\nXQZGOV;TUR;GOV;no\r\nGOV;;;X\r\n;;;\r\n",
        "\ufeffcoded\trows\tactor\trole\twhy\tdoubtful\tleave_out\nXQZGOV\t3\tTUR\tGOV\t?\tyes\t\nGOV\t1\t\t\t\t\ttrue\n",
    ],
)
def test_a_map_is_read_as_people_keep_it(tmp_path: Path, content: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        found = read_map(tmp_path, content.lstrip("\ufeff" if encoding == "utf-16" else "").encode(encoding))
        assert found.overrides == {"XQZGOV": Override("TUR", "GOV", 2), "GOV": Override(None, None, 3)}


def test_without_a_column_for_it_the_role_is_left_to_the_dictionary(tmp_path: Path) -> None:
    assert read_map(tmp_path, "coded,actor\nXQZGOV,TUR\n").overrides["XQZGOV"].role is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1: has no column 'coded'"),
        ("coded,who\nA,B\n", "line 1: has no column 'actor'"),
        ("code,coded,actor\n", "line 1: has more than one column 'coded'"),
        ("coded,actor\n,TUR\n", "line 2: names no code"),
        ("coded,actor\nX1Z,USSS\n", "line 2: no actor has the code or name 'USSS'"),
        ("coded,actor\nX1Z,Congo\n", "line 2: 'Congo' may be"),
        ("coded,actor\nX1Z,TUR\nX1Z,RUS\n", "line 3: 'X1Z' is given twice, with other content than in line 2"),
        ("coded,actor,leave_out\nX1Z,TUR,\nX1Z,,yes\n", "line 3: 'X1Z' is given twice"),
        ("coded,actor,leave_out\nX1Z,TUR,perhaps\n", "line 2: leave_out is 'perhaps': right would be yes"),
        ("coded,actor,role\nX1Z,,MIL\n", "line 2: gives 'X1Z' a role but no actor"),
        ("coded,actor,role\nX1Z,TUR,a\u202eb\n", "line 2: the role has U+202E"),
        (f"coded,actor,role\nX1Z,TUR,{'r' * 101}\n", "line 2: the role is longer than 100 characters"),
        ('coded,actor\n"X1Z,TUR\n', "is no CSV"),
        (b"coded,actor\n\xff,TUR\n", "is not in UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line_and_what_would_be_right(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    with pytest.raises(BadFile) as refused:
        read_map(tmp_path, content)
    assert str(refused.value).startswith(str(tmp_path / "map.csv"))
    assert said in str(refused.value)


def test_all_faults_are_told_up_to_ten(tmp_path: Path) -> None:
    lines = "".join(f"X{number},nobody\n" for number in range(12))
    with pytest.raises(BadFile, match=r"line 2: .*\n(.*\n)+and 2 more"):
        read_map(tmp_path, f"coded,actor\n{lines}")


def test_a_map_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_actor_map(tmp_path / "none.csv", seeded_directory(), lambda _actor, _code: False)


def options_with(folder: Path, content: str) -> Options:
    path = folder / "map.csv"
    path.write_text(content)
    return Options(actors=path)


def test_nothing_is_imported_nor_seeded_with_a_bad_map(tmp_path: Path) -> None:
    target = MemoryTarget()
    with pytest.raises(BadFile, match="line 2"):
        Importer(target, options_with(tmp_path, "coded,actor\nISR,nobody\n"))
    assert not target.directory.names


def first_report(folder: Path, content: str, actors: str) -> object:
    summary, _, target = import_bytes(folder, content.encode(), options=options_with(folder, actors))
    assert (summary.imported, summary.unused_overrides) == (1, [])
    (article,) = target.articles.values()
    (report,) = article.reports
    return report.source, report.source_role


GDELT_GROUP = gdelt_row(c5="EUR", c7="EUR", c8="EEC", c12="GOV")
ACLED = acled.csv_of(
    ",",
    acled.row(
        event_id_cnty="A1", actor1="PDF", actor2="Quiet Brigade (2016-)", inter1="", inter2="", country="Mali"
    ),
    acled.row(event_id_cnty="A2", actor1="QB: Other Brigade", inter1="", country="Syria"),
).decode()
UCDP = "\n".join(
    ",".join(line)
    for line in (
        ucdp.COLUMNS,
        ucdp.row(side_a="Government of Nowhereland", gwnoa="", side_b="Quiet Brigade").values(),
        ucdp.row(id="70002", type_of_violence="3", side_a="Quiet Brigade", gwnoa="", side_b="Civilians").values(),
    )
)
GDELT_ROLES = "\n".join(
    gdelt_row(c0=number, c5="MIL", c7=country, c12="MIL") for number, country in (("1", "USA"), ("2", "RUS"))
)
ICEWS_NO_COUNTRY = f"{ICEWS_HEADER}\n{icews_row(Source_Country='NA')}"
POLECAT = "\n".join("\t".join(row) for row in (POLECAT_HEADER, polecat_row()))


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("1979-04-15\tXQZGOV\tEGY\t190", "XQZGOV,TUR,MIL", (("TUR",), "MIL")),
        ("1979-04-15\tGOV\tEGY\t190", "GOV,TUR,", (("TUR",), None)),
        ("1979-04-15\tISRMIL\tEGY\t190", "ISRMIL,TUR,", (("TUR",), None)),
        (gdelt_row(c5="IGOUNO"), "IGOUNO,TUR,", (("TUR",), None)),
        (GDELT_GROUP, "EUR | EECGOV,TUR,MIL", (("TUR",), "MIL")),
        (GDELT_GROUP, "EUR,TUR,MIL", (("TUR",), "MIL")),
        (gdelt_row(c5="MIL", c7="USA", c12="MIL"), "MIL | USAMIL,TUR,", (("TUR",), None)),
        (gdelt_row(c5="", c7="USA", c12=""), "USA,TUR,", (("TUR",), None)),
        (f"{ICEWS_HEADER}\n{icews_row()}", "Foreign Affairs (Bangladesh) | Bangladesh,TUR,", (("TUR",), None)),
        (
            ICEWS_NO_COUNTRY,
            "Foreign Affairs (Bangladesh),TUR,",
            (("TUR",), None),
        ),
        (POLECAT, "Syrian Army | SYR,TUR,LEG", (("TUR",), "LEG")),
    ],
)
def test_a_line_wins_over_every_dictionary(tmp_path: Path, content: str, line: str, expected: object) -> None:
    assert first_report(tmp_path, content, f"coded,actor,role\n{line}\n") == expected


def test_a_role_stays_where_the_map_has_none(tmp_path: Path) -> None:
    assert first_report(tmp_path, "1979-04-15\tISRMIL\tEGY\t190", "coded,actor\nISRMIL,TUR\n") == (("TUR",), "MIL")


def test_rows_of_a_code_that_is_to_be_left_out_are_rejected_as_that(tmp_path: Path) -> None:
    options = options_with(tmp_path, "coded,actor,leave_out\nISRMIL,,yes\n")
    summary, rejected, _ = import_bytes(tmp_path, KEDS.encode(), options=options)
    assert summary.reasons["left-out"] == 1
    assert [reject.detail for _, reject in rejected if reject.reason == "left-out"] == ["map.csv, line 2"]


def explained(folder: Path, content: str, actors: str | None = None) -> Importer:
    path = folder / "data.txt"
    path.write_text(content)
    options = Options() if actors is None else options_with(folder, actors)
    return explain_actors(seeded_directory(), Request([str(path)], options, None), Console())


def test_the_table_says_what_the_map_said_and_which_lines_no_row_has_had(tmp_path: Path) -> None:
    importer = explained(
        tmp_path, KEDS, "coded,actor,role,leave_out\nXQZGOV,TUR,GOV,\nGOV,,,yes\nZZZ,TUR,,\nISR,ISR,,\n"
    )
    table = {line[0]: line[2:] for line in importer.actors.lines()}
    assert table["XQZGOV"] == ("TUR", "GOV", "map.csv, line 2", "", "")
    assert table["GOV"] == ("", "", "left-out: map.csv, line 3", "", "yes")
    assert table["ISR"] == ("ISR", "", "map.csv, line 5", "", "")
    assert importer.summary.unused_overrides == ["ZZZ"]


@pytest.mark.parametrize(
    "content",
    [
        KEDS,
        f"{GDELT_GROUP}\n{GDELT_ROLES}",
        f"{ICEWS_HEADER}\n{icews_row()}\n{icews_row(Source_Name='NA', Source_Country='Japan', Event_ID='2')}",
        POLECAT,
        ACLED,
        UCDP,
    ],
)
def test_the_table_as_it_is_changes_nothing_as_a_map(tmp_path: Path, content: str) -> None:
    _, _, before = import_bytes(tmp_path, content.encode())
    table = explained(tmp_path, content).actors.as_csv()
    summary, _, after = import_bytes(tmp_path, content.encode(), options=options_with(tmp_path, table))
    assert after.articles == before.articles
    assert summary.unused_overrides == []
    again = explained(tmp_path, content, table).actors
    assert [line[:4] for line in sorted(again.lines())] == [
        line[:4] for line in sorted(explained(tmp_path, content).actors.lines())
    ]
