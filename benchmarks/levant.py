"""Real history: the KEDS Levant log, imported, and asked what an analyst asks.

The file is not ours to give away: it is looked for in a folder (by default `../shared/data` beside the checkout).
"""

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.analysis import measure_all_relations, measure_movers, measure_series, opened
from benchmarks.desk.pages import measure_pages
from benchmarks.log import bare_save, measure_daily_levels
from benchmarks.measurement import Measurement
from benchmarks.timing import seconds
from benchmarks.tools.files import measure_frame
from benchmarks.tools.parquet import measure_parquet
from benchmarks.tools.views import measure_views
from domain.articles import Article, ArticlePosted, PostArticle
from domain.events import Provenance
from domain.log.application import Detente
from domain.log.database_url import log_environment
from projections.times import to_day

FILE = "levant.cameo.tsv"
_PAIR = ("ISR", "PSE")
_FIRST, _LAST, _PAST = date(1979, 4, 15), date(2011, 11, 30), date(1995, 11, 4)


def measure_levant(data: Path) -> list[Measurement]:
    """Measure the import until it is readable, and the reads on it."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/levant.db"
        taken = seconds(lambda: _import(url, data / FILE))
        events, commands = _commands(url)
        peer = bare_save(f"sqlite:///{folder}/bare.db", commands)
        rows = [
            Measurement(
                "detente import of Levant until readable, SQLite",
                "bare Application.save",
                "events/s",
                events / taken,
                events / peer,
                0.45,
            )
        ]
        rows.append(measure_daily_levels(url))
        with opened(url) as store:
            rows += measure_series(store, _PAIR, to_day(_FIRST), to_day(_LAST))
            rows.append(measure_all_relations(store, to_day(_PAST), "Levant", 0.3))
            rows.append(measure_movers(store, to_day(_PAST)))
            rows.append(measure_views(store, _PAIR, to_day(_PAST)))
        rows += [*measure_parquet(url), measure_frame(url)]
        rows += measure_pages(url)
    return rows


def _import(url: str, file: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "import", "--json", str(file)]
    environment = {**os.environ, "DETENTE_DATABASE_URL": url}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    summary = json.loads(done.stdout)
    if summary["imported"] + summary["rejected"] != summary["read"]:
        raise AssertionError(summary)


def _commands(url: str) -> tuple[int, list[PostArticle]]:
    """Return how many events were imported, and the articles that report them."""
    with closing(Detente(log_environment(url))) as log:
        position, ids = 0, []
        while page := log.read_log(position, 2000):
            position = page[-1].id
            events = map(log.decode, page)
            ids += [event.article_id for event in events if isinstance(event, ArticlePosted)]
        commands = [_command(log.article(article_id)) for article_id in ids]
    return sum(len(command.reports) for command in commands), commands


def _command(article: Article) -> PostArticle:
    return PostArticle(
        article_id=article.article_id,
        header=article.header,
        reports=tuple(article.reports.values()),
        provenance=Provenance("benchmark", article.created_on),
    )
