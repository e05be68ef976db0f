"""The contracts of import-linter hold what they say: modules that break them are added to a copy, and found."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.source import CLIENT, PARTS, ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


class Stray(NamedTuple):
    """A module that a contract forbids; `contract` is how the contract's name begins."""

    path: str
    text: str
    contract: str


DRIVER = "Only domain.log and projections.storage import a database's driver"
SQL = "Only storage, publishers, queries, folding and history of the projections import SQLAlchemy"
SPARK = "Only the engine on Spark"
PURE = "Evidence, scoring and backtests are pure"
STRAYS = (
    Stray("domain/novelty.py", "", "Domain: the log is made of facts"),
    Stray("projections/novelty/__init__.py", "", "Projections: history >"),
    Stray("projections/scoring/novelty.py", "", "Scoring: from models"),
    Stray("api/novelty/__init__.py", "", "Api: cli > serving > app > pages"),
    Stray("domain/driven.py", "import psycopg", DRIVER),
    Stray("projections/driven.py", "import sqlite3", DRIVER),
    Stray("projections/queries/driven.py", "import psycopg", DRIVER),
    Stray("api/pages/driven.py", "import psycopg_pool", DRIVER),
    Stray("domain/sql.py", "import sqlalchemy", SQL),
    Stray("projections/sql.py", "import sqlalchemy", SQL),
    Stray("api/http/routes/sql.py", "from sqlalchemy import select", SQL),
    Stray("api/access/sql.py", "from sqlalchemy import select", SQL),
    Stray("projections/evidence/reading.py", "from domain.log.reader import LogReader", PURE),
    Stray("projections/scoring/storing.py", "from projections.storage.tables import pairs", PURE),
    Stray("projections/backtesting/sql.py", "import sqlalchemy", PURE),
    Stray("domain/log/web.py", "import fastapi", "The domain knows no HTTP"),
    Stray("projections/queries/web.py", "import starlette", "Projections know no HTTP"),
    Stray("domain/upwards.py", "import projections.pairs", "Imports run one way"),
    Stray("projections/upwards.py", "import api.ttl_value", "Imports run one way"),
    Stray("api/parsing/upwards.py", "import api.http.problems", "Api: cli > serving > app > pages"),
    Stray("projections/queries/novelty.py", "", "Queries: from the question"),
    Stray("api/http/schemas/upwards.py", "import api.http.routes.log", "Http: nothing imports a route"),
    Stray("api/pages/views/upwards.py", "import api.pages.routes.log", "Pages: routes > forms"),
    Stray("api/charts/novelty.py", "", "Charts: from kinds"),
    Stray("api/places/reading.py", "import projections.queries.question", "Pictures and places read no data"),
    Stray("api/history/sparked.py", "from pyspark.sql import SparkSession", SPARK),
    Stray("projections/history/arrowed.py", "import pyarrow.parquet", SPARK),
    Stray("detente_client/serving.py", "import api.app", "The client imports nothing"),
    Stray("detente_client/novelty.py", "", "Client: query > clients"),
    Stray("detente_client/answers/upwards.py", "import detente_client.client", "Client: query > clients"),
    Stray("api/pages/asking.py", "import detente_client", "The service imports nothing of the client"),
    Stray("seeds/code.py", "import domain.standards.text", "Seeds are data"),
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what import-linter says of a copy of the code with all the strays in it."""
    copy = tmp_path_factory.mktemp("copy")
    for part in (*PARTS, "seeds"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / CLIENT / "detente_client", copy / "detente_client")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for stray in STRAYS:
        file = copy / stray.path
        file.parent.mkdir(exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(f"{stray.text}\n", "utf-8")
    command = [str(LINT_IMPORTS), "--no-cache"]
    wide = {**os.environ, "COLUMNS": "300"}  # so that the contracts' names are not broken
    done = subprocess.run(command, cwd=copy, env=wide, text=True, capture_output=True, check=False, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("stray", STRAYS, ids=lambda stray: stray.path)
def test_a_stray_is_found(said: str, stray: Stray) -> None:
    module = stray.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    _, *reports = re.split(r"\n(?=[^\n]+\n-{5,}\n)", said[said.index("Broken contracts") :])
    (report,) = (report for report in reports if report.startswith(stray.contract))
    assert re.search(rf"\b{re.escape(module)}\b", report), report
