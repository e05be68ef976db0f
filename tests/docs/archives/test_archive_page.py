"""The page on archives: its commands and its query, run as written, but for where things are."""

import shlex
from pathlib import Path

from domain.log.application import Detente
from domain.log.archives.event_files import SCHEMA
from domain.log.database_url import log_environment
from tests.contract.api.operations.logs import everything, fill
from tests.docs.pages import ROOT, blocks, coded, printed_by, tables
from tests.e2e.command import detente

PAGE = ROOT / "docs" / "how-to" / "archive-the-log.md"


def test_the_page_on_archives_runs_as_written(tmp_path: Path) -> None:
    (tmp_path / "archives").mkdir()
    url = f"sqlite:///{tmp_path}/log.db"
    with Detente(log_environment(url)) as log:
        fill(log)
        events = everything(log)

    for block in blocks(PAGE, "sh"):
        code = block.code.replace("/archives/", f"{tmp_path}/archives/").replace("/var/", f"{tmp_path}/")
        words = shlex.split(code)
        database = words.pop(0).partition("=")[2] if "=" in words[0] else url
        assert words[0] == "detente"
        done = detente(database, *words[1:])
        assert done.returncode == 0, done.stderr
        assert f"{len(events)} domain events, up to position {events[-1][0]}" in done.stdout
    with Detente(log_environment(database)) as log:
        assert everything(log) == events

    (query,) = blocks(PAGE, "python")
    code = query.code.replace("/archives/", f"{tmp_path}/archives/")
    topics = [event[3] for event in events]
    assert dict(line.split() for line in printed_by(code).splitlines()) == {
        topic: str(topics.count(topic)) for topic in topics
    }


def test_the_columns_are_those_of_the_files() -> None:
    (columns,) = [rows for heading, rows in tables(PAGE) if heading == "What is in it"]
    assert [coded(row[0]) for row in columns] == list(SCHEMA.names)
