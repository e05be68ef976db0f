"""The page on builds of history: its commands and its query, run as written, but for where things are."""

import shlex
from pathlib import Path

from sqlalchemy import select

from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.folding.projector import Projector
from projections.storage.store import Store
from projections.storage.tables import relations
from tests.contract.api.operations.logs import fill
from tests.docs.pages import ROOT, blocks, printed_by
from tests.e2e.command import detente

PAGE = ROOT / "docs" / "how-to" / "build-history.md"


def test_the_page_on_history_runs_as_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    with Detente(log_environment(url)) as log:
        fill(log)
        position = log.position()
        store = Store.open(url)
        Projector(log, store).catch_up()
        with store.reading() as connection:
            columns = (relations.c.a, relations.c.b, relations.c.incidents)
            ordered = select(*columns).order_by(relations.c.incidents.desc(), relations.c.a, relations.c.b)
            expected = [" ".join(map(str, row)) for row in connection.execute(ordered.limit(10))]
        store.close()

    lines = [line for block in blocks(PAGE, "sh") for line in block.code.strip().splitlines()]
    assert len(lines) == 3
    for line in lines:
        words = shlex.split(line.replace("/archives/", f"{tmp_path}/"))
        done = detente(url, *words[1:])
        assert done.returncode == 0, done.stderr
        assert f"up to position {position}" in done.stdout

    (query,) = blocks(PAGE, "python")
    assert expected
    assert printed_by(query.code.replace("/archives/", f"{tmp_path}/")).splitlines() == expected
