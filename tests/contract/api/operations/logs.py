"""Logs to back up, and what is in them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from api.running.service import Service
from api.running.settings import Settings
from domain.articles import CorrectReport, RetractArticle
from domain.log.application import Detente
from tests.clock import Clock
from tests.language import BY_ANN, agreement, backing, clash, post, statement


def quietly(_title: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


@contextmanager
def opened(database_url: str) -> Iterator[Service]:
    service = Service.open(Settings(database_url=database_url), Clock())
    try:
        yield service
    finally:
        service.close()


def fill(log: Detente) -> None:
    """Record something of each kind, with changes; and leave out a position, as a refused command may do."""
    log.post_articles([post(f"a-{n}", clash(killed=n), statement(), backing()) for n in range(30)])
    log.post_article(post("a-3", clash(killed=3), statement(), backing()))  # the same again
    log.post_article(post("deal", agreement()))
    log.correct_report(CorrectReport("a-1", 1, clash(killed=99), "A slip.", BY_ANN))
    log.retract_article(RetractArticle("a-2", None, BY_ANN))


def everything(log: Detente) -> list[tuple[Any, ...]]:
    return [(n.id, n.originator_id, n.originator_version, n.topic, bytes(n.state)) for n in log.read_log(0, 10**6)]


def execute(*statements: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            for statement_ in statements:
                connection.execute(statement_)

    return change
