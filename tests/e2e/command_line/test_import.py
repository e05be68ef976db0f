"""`detente import`, run as a person runs it: into a database, to a server, twice, and with what goes wrong."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NewDatabase
from tests.e2e.command import detente
from tests.patience import PATIENCE
from tests.server import running_server
from tests.unit.api.importing.support import gdelt_row, icews_row

DATA = Path(__file__).parents[4] / "shared" / "data"
KEDS = "1979-04-15\tISRMIL\tPAL\t190\n1979-04-15\tARB\tEGYGOV\t036\n1979-04-16\t---\tEGY\t010\n"
KEDS_SUMMARY = {"read": 3, "imported": 2, "duplicates": 0, "rejected": 1, "registered_actors": 1, "articles": 1}
ARTICLE: dict[str, Any] = {
    "url": "https://news.example/1",
    "published": "2020-02-11",
    "events": [
        {"kind": "statement", "type": "ACCUSE", "source": "Kremlin", "target": "TUR", "occurred": "2020-02-10"}
    ],
}


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/import.db"


def summary_of(run: subprocess.CompletedProcess[str], status: int = 0) -> dict[str, Any]:
    assert run.returncode == status, run.stderr
    summary: dict[str, Any] = json.loads(run.stdout)
    fates = ("imported", "duplicates", "repeated", "corrected", "kept_as_decided", "rejected")
    assert summary["read"] == sum(summary[fate] for fate in fates)
    assert sum(summary["reasons"].values()) == summary["rejected"]
    return summary


def counts(summary: dict[str, Any]) -> dict[str, int]:
    return {name: summary[name] for name in KEDS_SUMMARY}


def import_file(database_url: str, path: Path | str, *arguments: str, status: int = 0) -> dict[str, Any]:
    return summary_of(detente(database_url, "import", str(path), "--json", *arguments), status)


def test_into_a_database_and_again(new_database: NewDatabase, tmp_path: Path) -> None:
    database_url = new_database()
    (tmp_path / "levant").write_bytes(gzip.compress(KEDS.encode()))
    rejects = tmp_path / "rejects.tsv"
    first = import_file(database_url, tmp_path / "levant", "--rejects", str(rejects))
    assert counts(first) == KEDS_SUMMARY
    assert rejects.read_text().splitlines() == [
        "file\trow\treason\tdetail",
        f"{tmp_path}/levant\t3\tno-actor\tthe source or the target is not given",
    ]
    health = json.loads(detente(database_url, "status", "--json").stdout)
    assert health["projections"][0]["lag"] == 0
    again = import_file(database_url, tmp_path / "levant")
    assert (again["imported"], again["duplicates"], again["registered_actors"]) == (0, 2, 0)
    assert json.loads(detente(database_url, "status", "--json").stdout)["log_position"] == health["log_position"]


def test_to_a_server_and_then_into_its_database(new_database: NewDatabase, tmp_path: Path) -> None:
    database_url = new_database()
    rows = [gdelt_row(), icews_row()]
    (tmp_path / "keds").write_text(KEDS)
    (tmp_path / "gdelt").write_text(f"{rows[0]}\n{gdelt_row(c0='2', c1='20190101')}\n")
    (tmp_path / "icews").write_text(rows[1])
    (tmp_path / "articles").write_text(
        json.dumps(ARTICLE) + "\n{}\n" + json.dumps(ARTICLE).replace("TUR", "Trukey")
    )
    paths = [str(tmp_path / name) for name in ("keds", "gdelt", "icews", "articles")]
    with running_server(database_url, tmp_path / "log") as client:
        to_server = ["import", *paths, "--json", "--server", str(client.base_url)]
        first = summary_of(detente("sqlite:////nonexistent/unused.db", *to_server))
        assert (first["read"], first["imported"], first["articles"]) == (9, 5, 4)
        assert first["reasons"]["after-publication"] == first["reasons"]["no-actor"] == 1
        position = client.get("/v1/events").json()["position"]
        evidence = client.get("/v1/relations/ISR/PSE/incidents", params={"min_position": position})
        assert evidence.status_code == 200
        again = summary_of(detente("sqlite:////nonexistent/unused.db", *to_server))
        assert (again["imported"], again["duplicates"], again["registered_actors"]) == (0, 5, 0)
        (tmp_path / "icews").write_text(f"{rows[1]}\n{icews_row(Event_ID='2')}")
        more = summary_of(detente(database_url, *to_server))
        assert (more["imported"], more["duplicates"]) == (1, 5)
    into_database = summary_of(detente(database_url, "import", *paths, "--json"))
    assert (into_database["imported"], into_database["duplicates"]) == (0, 6)


def test_what_an_analyst_took_back_does_not_come_again(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/x.db"
    (tmp_path / "keds").write_text(KEDS)
    import_file(database_url, tmp_path / "keds")
    with running_server(database_url, tmp_path / "log") as client:
        client.delete("/v1/articles/keds-1979-04-15/events/1").raise_for_status()
    again = import_file(database_url, tmp_path / "keds")
    assert (again["imported"], again["duplicates"]) == (0, 2)


def test_an_article_with_a_key_twice_is_rejected_into_a_database_and_to_a_server(tmp_path: Path) -> None:
    repeated = json.dumps(ARTICLE).replace('"kind"', '"killed": 8, "killed": 80, "kind"')
    file, rejects = tmp_path / "articles.ndjson", tmp_path / "rejects.tsv"
    file.write_text(f"{repeated}\n{json.dumps({**ARTICLE, 'url': 'https://news.example/2'})}\n")

    with running_server(f"sqlite:///{tmp_path}/served.db", tmp_path / "log", "--seed") as client:
        for arguments in ((), ("--server", str(client.base_url))):
            summary = import_file(f"sqlite:///{tmp_path}/own.db", file, "--rejects", str(rejects), *arguments)
            assert (summary["imported"], summary["reasons"]) == (1, {"repeated-key": 1})
            assert "killed: is given twice" in rejects.read_text("utf-8")


def test_from_standard_input_to_text(sqlite_url: str) -> None:
    command = [str(Path(sys.executable).with_name("detente")), "import", "-", "--no-fold"]
    environment = {**os.environ, "DETENTE_DATABASE_URL": sqlite_url}
    run = subprocess.run(command, env=environment, input=KEDS, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert run.stdout.startswith("3 rows: 2 imported in 1 articles, 0 known already, 1 rejected\n")
    assert json.loads(detente(sqlite_url, "status", "--json").stdout)["projections"][0]["lag"] > 0


def test_interrupted_it_finishes_what_is_in_hand(sqlite_url: str, tmp_path: Path) -> None:
    """Rows come without end, until Ctrl-C."""
    command = [str(Path(sys.executable).with_name("detente")), "import", "-", "--json"]
    rejects = tmp_path / "rejects.ndjson"
    environment = {**os.environ, "DETENTE_DATABASE_URL": sqlite_url}
    process = subprocess.Popen(
        [*command, "--rejects", str(rejects)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    source, output = process.stdin, process.stdout
    assert source is not None
    assert output is not None
    has_begun = threading.Event()

    def feed() -> None:
        with suppress(BrokenPipeError):
            while process.poll() is None:
                source.write(KEDS.encode() * 100)
                if rejects.exists() and rejects.stat().st_size:
                    has_begun.set()
        with suppress(BrokenPipeError):
            source.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    with output:
        assert has_begun.wait(timeout=PATIENCE)
        process.send_signal(signal.SIGINT)
        printed = output.read()
    assert process.wait(timeout=PATIENCE) == 130
    feeder.join()
    summary = json.loads(printed)
    assert summary["interrupted"]
    settled = ("imported", "duplicates", "repeated", "rejected")
    assert summary["read"] == sum(summary[fate] for fate in settled) > 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no such file"),
        (b"", "is empty"),
        (b"\x7fELF\0\0\0\0", "is not text"),
        (b"some\nwords\n", "--format"),
        (gzip.compress(KEDS.encode() * 1000)[:12], "breaks off"),
        (b"PK\x03\x04 and no more", "zip"),
    ],
    ids=["missing", "empty", "binary", "words", "truncated gzip", "no zip"],
)
def test_what_cannot_be_read_is_said_in_a_line(
    sqlite_url: str, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / "data").write_bytes(content)
    run = detente(sqlite_url, "import", str(tmp_path / "data"), "--no-fold")
    assert run.returncode == 1
    assert problem in run.stderr
    assert str(tmp_path / "data") in run.stderr
    assert "Traceback" not in run.stderr


def test_a_member_that_cannot_be_read_stands_in_no_others_way(sqlite_url: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("a-readme.txt", "This is not data.\n")
        archive.writestr("b.tsv", KEDS)
    run = detente(sqlite_url, "import", str(tmp_path / "data.zip"), "--no-fold", "--json")
    assert summary_of(run, status=1)["imported"] == 2
    assert "data.zip/a-readme.txt" in run.stderr


def test_events_within_a_country_are_facts_without_a_relation(new_database: NewDatabase, tmp_path: Path) -> None:
    database_url = new_database()
    (tmp_path / "into").write_text("1979-04-15\tISR\tISR\t190\n")
    (tmp_path / "to").write_text("1979-04-16\tISR\tISR\t190\n")
    assert import_file(database_url, tmp_path / "into")["imported"] == 1
    with running_server(database_url, tmp_path / "log") as client:
        to_server = import_file(database_url, tmp_path / "to", "--server", str(client.base_url))
        assert to_server["imported"] == 1
        for day in ("15", "16"):
            kept = client.get(f"/v1/articles/keds-1979-04-{day}").json()
            (event,) = (entry["event"] for entry in kept["events"])
            assert (event["source"], event["target"]) == (["ISR"], ["ISR"])
            body = {"published": kept["published"], "publisher": "Another", "events": [event]}
            assert client.put(f"/v1/articles/{kept['id']}", json=body).is_success
        position = client.get("/v1/events").json()["position"]
        found = client.get("/v1/relations", params={"as_of": "1979-05-01", "min_position": position})
        assert found.json()["items"] == []


#: Runs a command and says how much memory it held at most; is small itself, as Linux counts what a parent held.
_TELLS_MEMORY = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("packed", [False, True], ids=["endless line", "bomb"])
def test_memory_does_not_grow_with_what_comes(sqlite_url: str, packed: bool) -> None:
    """A line of 400 MB between two rows, as it is, or packed to less than half a megabyte."""
    rows = KEDS.encode().splitlines(keepends=True)
    pieces: Iterable[bytes] = [rows[0], *[b"x" * 1_000_000] * 400, b"\n", rows[1]]
    if packed:
        pieces = gzipped(pieces)
    imported = [str(Path(sys.executable).with_name("detente")), "import", "-", "--no-fold", "--json"]
    command = [sys.executable, "-c", _TELLS_MEMORY, *imported]
    environment = {**os.environ, "DETENTE_DATABASE_URL": sqlite_url}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with suppress(BrokenPipeError), process.stdin as source:
            source.writelines(pieces)
        summary, said = json.loads(process.stdout.read()), process.stderr.read().decode()
    *said_by_import, most = said.splitlines()
    assert int(most) * (1 if sys.platform == "darwin" else 1024) < 300 * 1024 * 1024
    if packed:
        assert process.returncode == 1
        assert "unpacks to more than 200 times its size" in said
        assert summary["imported"] == 1
    else:
        assert (process.returncode, said_by_import) == (0, [])
        assert (summary["imported"], summary["reasons"]) == (2, {"line-too-long": 1})


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def test_what_comes_before_the_break_is_imported(sqlite_url: str, tmp_path: Path) -> None:
    rows = "".join(f"1979-04-{day:02}\tISR\tEGY\t{code:03}\n" for day in range(1, 31) for code in range(10, 199))
    (tmp_path / "data").write_bytes(gzip.compress(rows.encode())[:-500])
    run = detente(sqlite_url, "import", str(tmp_path / "data"), "--no-fold", "--json")
    summary = summary_of(run, status=1)
    assert summary["imported"] > 0
    assert "read up to row" in run.stderr


def test_a_server_that_is_not_there_is_said_in_a_line(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_text(KEDS)
    for url in ("http://127.0.0.1:1", "nonsense"):
        run = detente(sqlite_url, "import", str(tmp_path / "data"), "--server", url)
        assert run.returncode == 1
        assert url in run.stderr
        assert "Traceback" not in run.stderr


def test_long_lines_are_rejected(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_text(KEDS + "x" * 100_000 + "\n" + KEDS.replace("1979", "1980"))
    run = detente(
        sqlite_url, "import", str(tmp_path / "data"), "--json", "--no-fold", DETENTE_MAX_BODY_BYTES="1024"
    )
    summary = summary_of(run)
    assert (summary["imported"], summary["reasons"]["line-too-long"]) == (4, 1)


@pytest.mark.parametrize(
    ("name", "rows", "expected"),
    [
        ("icews-raw-2018.sample.tab", 3705, {"no-actor", "unknown-actor"}),
        ("gdelt2-20180101000000.export.CSV", 2414, {"no-actor", "unknown-actor"}),
        ("levant.cameo.tsv", 5000, {"no-actor"}),
    ],
)
def test_published_data_with_every_row_accounted_for(
    sqlite_url: str, tmp_path: Path, name: str, rows: int, expected: set[str]
) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is missing: see docs/how-to/import-event-data.md for where it comes from")
    with (DATA / name).open("rb") as file:
        head = b"".join(line for _, line in zip(range(5001), file, strict=False))
    (tmp_path / name).write_bytes(head)
    summary = import_file(sqlite_url, tmp_path / name, "--no-fold")
    assert (summary["read"], summary["errors"]) == (rows, [])
    assert set(summary["reasons"]) <= expected
    again = import_file(sqlite_url, tmp_path / name, "--no-fold")
    assert (again["imported"], again["duplicates"], again["reasons"]) == (
        0,
        summary["imported"],
        summary["reasons"],
    )


def test_a_map_of_actors_is_looked_at_before_anything_is_imported_and_is_kept(
    sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "data.tsv").write_text("1979-04-15\tISRMIL\tEGY\t190\n1979-04-15\tXQZ\tEGY\t190\n")
    arguments = ("import", str(tmp_path / "data.tsv"), "--actors", str(tmp_path / "map.csv"))
    (tmp_path / "map.csv").write_text("coded,actor\nXQZ,Atlantis\n")
    bad = detente(sqlite_url, *arguments)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "map.csv, line 2: no actor has the code or name 'Atlantis'" in bad.stderr.replace("\n", "")
    (tmp_path / "map.csv").write_text("coded,actor\nXQZ,Syria\nZZZ,Syria\n")
    told = detente(sqlite_url, *arguments, "--explain-actors", "--csv")
    assert 'XQZ,1,SYR,,"map.csv, line 2",' in told.stdout
    assert "match no code of the rows: ZZZ" in told.stderr
    summary = summary_of(detente(sqlite_url, *arguments, "--publisher", "Example Wire", "--json"))
    assert (summary["imported"], summary["unused_overrides"]) == (2, ["ZZZ"])
    refused = detente(sqlite_url, *arguments, "--publisher", "a\u202eb")
    assert refused.returncode == 2
    assert "U+202E" in refused.stderr
    with running_server(sqlite_url, tmp_path / "log") as client:
        (kept,) = client.get("/v1/imports").json()["items"]
        assert (kept["publisher"], kept["actors"]["name"]) == ("Example Wire", "map.csv")
        whole = client.get(f"/v1/imports/{kept['id']}").json()
        assert whole["overrides"] == [{"coded": "XQZ", "actor": "SYR", "role": None}]


def test_a_file_is_imported_again_with_a_better_map(sqlite_url: str, tmp_path: Path) -> None:
    data, better = tmp_path / "data.tsv", tmp_path / "map.csv"
    data.write_text("1979-04-15\tISRMIL\tEGY\t190\n1979-04-15\tXQZ\tEGY\t190\n1979-04-16\tXQZ\tJOR\t173\n")
    assert import_file(sqlite_url, data)["imported"] == 3
    found = detente(sqlite_url, "import", str(data), "--explain-actors", "--csv").stdout
    (line,) = (line for line in found.splitlines() if line.startswith("XQZ,"))
    better.write_text(found.replace(line, line.replace("XQZ,2,XQZ,", "XQZ,2,SYR,")))
    summary = import_file(sqlite_url, data, "--actors", str(better))
    assert [summary[name] for name in ("imported", "corrected", "duplicates")] == [0, 2, 1]
    again = import_file(sqlite_url, data, "--actors", str(better))
    assert [again[name] for name in ("imported", "corrected", "duplicates")] == [0, 0, 3]
    with running_server(sqlite_url, tmp_path / "log") as client:
        relations = client.get("/v1/relations", params={"as_of": "1979-04-20"}).json()["items"]
        assert sorted(it["pair"] for it in relations) == [["EGY", "ISR"], ["EGY", "SYR"], ["JOR", "SYR"]]
        article = client.get("/v1/articles/keds-1979-04-15").json()
        assert sorted(it["event"]["source"][0] for it in article["events"]) == ["ISR", "SYR"]
        assert [it["change"] for it in article["history"]].count("report-corrected") == 1
        kept = client.get("/v1/imports").json()["items"]
        assert [it["counts"]["rows"].get("corrected", 0) for it in kept] == [2, 0]


def test_rows_whose_texts_were_redacted_are_counted_from_a_server_too(tmp_path: Path) -> None:
    events = [{**ARTICLE["events"][0], "quote": "No."}]
    (tmp_path / "articles").write_text(json.dumps({**ARTICLE, "id": "told", "events": events}) + "\n")
    (tmp_path / "gdelt").write_text(gdelt_row())
    database_url = f"sqlite:///{tmp_path}/x.db"
    paths = [str(tmp_path / "articles"), str(tmp_path / "gdelt")]
    summary_of(detente(database_url, "import", *paths, "--json"))
    with running_server(database_url, tmp_path / "log") as client:
        for article in client.get("/v1/articles").json()["items"]:
            body = {"fields": ["quote", "place"], "reason": "Asked."}
            client.post(f"/v1/articles/{article['id']}/redactions", json=body).raise_for_status()
        to_server = summary_of(detente(database_url, "import", *paths, "--json", "--server", str(client.base_url)))
    for summary in (to_server, summary_of(detente(database_url, "import", *paths, "--json"))):
        assert (summary["duplicates"], summary["left_out"]) == (2, {"redacted": 2})
