"""`detente-query`: tables in a terminal, CSV into a pipe, and a status that says what went wrong."""

import csv
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from detente_client import Client
from detente_client.query.main import run

from tests.patience import PATIENCE
from tests.server import ServerClient

DAY = ("--as-of", "2020-03-06")


@pytest.fixture(autouse=True)
def url(sqlite_server: ServerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETENTE_URL", str(sqlite_server.base_url))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("DETENTE_KEY", raising=False)


def query(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run(arguments, out, err)
    return status, out.getvalue(), err.getvalue()


def rows(*arguments: str) -> list[dict[str, str]]:
    status, out, err = query(*arguments)
    assert (status, err) == (0, "")
    return list(csv.DictReader(io.StringIO(out)))


def table(*arguments: str) -> str:
    status, out, err = query(*arguments, "--format", "table")
    assert (status, err) == (0, "")
    return out


class TestAsCsv:
    def test_a_relation(self, idlib: Client) -> None:
        (row,) = rows("relation", "RUS", "Turkey", *DAY)
        assert (row["a"], row["b"], row["state"]) == ("RUS", "TUR", "strained_cooperation")
        assert float(row["tension"]) == idlib.relation("RUS", "TUR").tension

    def test_a_series(self) -> None:
        days = ("--start", "2020-01-01", "--end", "2020-01-31", "--interval", "day")
        points = rows("series", "RUS", "TUR", *days)
        assert [points[0]["day"], points[-1]["day"], len(points)] == ["2020-01-01", "2020-01-31", 31]

    def test_relations_in_a_state(self) -> None:
        found = rows("relations", "--state", "hostile", "--state", "strained", *DAY)
        assert {row["state"] for row in found} <= {"hostile", "strained"}
        assert [float(row["tension"]) for row in found] == sorted(
            (float(r["tension"]) for r in found), reverse=True
        )

    def test_the_parts_of_a_change(self) -> None:
        parts = rows("explain", "RUS", "TUR", "--start", "2020-02-01", "--end", "2020-03-06")
        assert "new" in {row["part"] for row in parts}

    def test_incidents_without_json(self, idlib: Client) -> None:
        found = rows("incidents", "RUS", "TUR", *DAY)
        assert [row["id"] for row in found] == [each.id for each in idlib.relation("RUS", "TUR").incidents()]
        assert not any(cell.startswith(("{", "[")) for row in found for cell in row.values())


class TestAsTables:
    def test_a_relation_has_its_sentence_and_a_line_of_the_year(self) -> None:
        shown = table("relation", "RUS", "TUR", *DAY)
        assert "strained and cooperative at once" in shown.replace("\n", " ")
        assert any(block in shown for block in "▃▄▅")

    def test_a_list_says_that_there_is_more(self) -> None:
        assert "there are more" in table("relations", *DAY, "--limit", "1")
        assert "there are more" in table("incidents", "RUS", "TUR", *DAY, "--limit", "2")

    def test_a_long_series_shows_its_end(self) -> None:
        shown = table("series", "RUS", "TUR", "--start", "2020-01-01", "--end", "2020-03-06", "--interval", "day")
        assert "2020-03-06" in shown
        assert "the last 20 of 66 points" in shown

    def test_an_explanation_begins_with_its_sentence(self) -> None:
        shown = table("explain", "RUS", "TUR", "--start", "2020-02-01", "--end", "2020-03-06")
        assert shown.startswith("Tension between Russia and Turkey rose")

    def test_what_has_no_room_is_named_and_no_number_is_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "40")
        shown = table("incidents", "RUS", "TUR", *DAY, "--limit", "3")
        assert "2020-02-03 ASSAULT SYR     TUR    Idlib" in shown
        assert "Too narrow for: killed, reports, points," in shown
        monkeypatch.setenv("COLUMNS", "16")
        shown = table("series", "RUS", "TUR", "--start", "2020-03-05", "--end", "2020-03-06", "--interval", "day")
        assert "".join(shown.split()).count("strained_cooperation") == 0  # it is folded
        assert "…" not in shown

    def test_days_of_which_nothing_is_known_are_dots(self) -> None:
        assert "·▁▁·▄▄" in table("relation", "RUS", "TUR", *DAY)

    def test_where_there_is_none_it_says_of_when(self) -> None:
        shown = table("relations", "--state", "cordial", *DAY)
        assert shown == "There are none on 2020-03-06; --as-of names another day.\n"
        # what else is in the log is other tests' doing: whether it begins by then, or has none of the two
        said = table("incidents", "RUS", "TUR", "--as-of", "1990-01-01")
        assert "There are none (before coverage)." in said or "There are none (none by then)." in said


class TestWhatGoesWrong:
    @pytest.mark.parametrize("command", ["series", "explain"])
    def test_a_day_that_is_none_is_told_by_its_option_and_nothing_is_written(self, command: str) -> None:
        status, out, err = query(command, "RUS", "TUR", "--start", "yesterday")
        assert (status, out) == (1, "")
        assert err.startswith("detente-query: --start: 'yesterday' is not a day")

    def test_a_limit_of_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            query("relations", "--limit", "0")
        assert "give 1 or more, or leave it out" in capsys.readouterr().err

    def test_a_name_that_nobody_has(self) -> None:
        status, out, err = query("relation", "RUS", "Turky")
        assert (status, out) == (1, "")
        assert "did you mean TUR (Turkey)" in err

    @pytest.mark.parametrize("where", [0, 1, 3])
    def test_what_all_commands_have_may_stand_before_the_command(self, where: int) -> None:
        asked = ["relation", "RUS", "TUR"]
        assert query(*asked[:where], "--url", "http://127.0.0.1:9", *asked[where:])[0] == 3
        (row,) = rows(*asked[:where], *DAY, *asked[where:])
        assert row["as_of"] == DAY[1]

    def test_no_service(self) -> None:
        status, _, err = query("relation", "RUS", "TUR", "--url", "http://127.0.0.1:9")
        assert status == 3
        assert "nobody answers at http://127.0.0.1:9" in err
        assert "--url" in err

    @pytest.mark.parametrize("wrong", [["--url", "127.0.0.1:9"], ["--key-file", "/no/such/file"]])
    def test_an_option_that_is_not_right(self, wrong: list[str]) -> None:
        status, _, err = query("relation", "RUS", "TUR", *wrong)
        assert status == 2
        assert wrong[1] in err

    def test_a_command_that_is_none(self) -> None:
        with pytest.raises(SystemExit) as ended:
            query("relation", "RUS")
        assert ended.value.code == 2


class TestAsAProcess:
    COMMAND = str(Path(sys.executable).with_name("detente-query"))

    def test_into_a_pipe_that_is_closed_early(self) -> None:
        days = ("--start", "1990-01-01", "--end", "2020-03-06", "--interval", "day")
        process = subprocess.Popen(
            [self.COMMAND, "series", "RUS", "TUR", *days], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"day,tension,")
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(timeout=PATIENCE) == 0
        process.stderr.close()

    def test_into_a_pipe_it_is_utf8_wherever(self) -> None:
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        command = [self.COMMAND, "explain", "RUS", "TUR", *DAY, "--format", "table"]
        shown = subprocess.run(command, capture_output=True, env=environment, timeout=PATIENCE, check=True).stdout
        assert shown.decode().startswith("Tension between Russia and Turkey")
        (row,) = csv.DictReader(
            subprocess.run(
                [self.COMMAND, "relation", "RUS", "TUR", *DAY],
                capture_output=True, env=environment, timeout=PATIENCE, check=True, text=True, encoding="utf-8",
            ).stdout.splitlines()
        )  # fmt: skip
        assert row["a"] == "RUS"

    def test_in_a_terminal_it_writes_a_table(self) -> None:
        here, there = pty.openpty()
        command = [self.COMMAND, "relation", "RUS", "TUR", *DAY]
        process = subprocess.Popen(command, stdout=there, env={**os.environ, "TERM": "xterm"})
        os.close(there)
        shown = b""
        while piece := _read(here):
            shown += piece
        assert process.wait(timeout=PATIENCE) == 0
        os.close(here)
        assert "▁".encode() in shown
        assert b"tension" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""
