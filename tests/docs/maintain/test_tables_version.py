"""The page on raising the tables' version, followed on a copy of the code: a rebuild replaces old tables."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from tests.docs.code_copy import CodeCopy
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "maintain" / "raise-the-tables-version.md"
ACTOR = {"code": "ATL", "kind": "state", "name": "Atlantis", "aliases": ["Poseidonis"]}


def test_old_tables_wait_for_a_rebuild_and_posts_do_not(tmp_path: Path) -> None:
    copy = CodeCopy(PAGE, tmp_path)
    with copy.served() as client:
        before = client.get("/v1/relations?as_of=2020-02-12").raise_for_status().json()["items"]
    copy.change(0)
    copy.change(1)
    copy.lint("projections")
    with copy.served() as client:
        refused = client.get("/v1/relations?as_of=2020-02-12")
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:detente:problem:outdated-projections")
        assert client.get("/health").json()["status"] == "degraded"
        posted = client.post("/v1/actors", json=ACTOR).raise_for_status().json()
        (rebuild,) = blocks(PAGE, "sh rebuild")
        database = f"DETENTE_DATABASE_URL=sqlite:///{tmp_path}/copy.db"
        copy.run("env", database, sys.executable, "-m", "api.cli", *rebuild.code.split()[1:])
        after = client.get(f"/v1/relations?as_of=2020-02-12&min_position={posted['position']}")
        assert [(item["pair"], item["tension"]) for item in after.raise_for_status().json()["items"]] == [
            (item["pair"], item["tension"]) for item in before
        ]
        assert client.get("/health").json()["projections"][0]["parked_events"] == 0
    assert _names(tmp_path) == 2


def _names(folder: Path) -> int:
    """Return how many names the new actor has, from the live generation's table."""
    with closing(sqlite3.connect(folder / "copy.projections.db")) as catalogue:
        ((live,),) = catalogue.execute("SELECT live FROM projection_generations")
    with closing(sqlite3.connect(folder / f"copy.projections-{live}.db")) as tables:
        ((names,),) = tables.execute("SELECT names FROM actors WHERE code = 'ATL'")
    return int(names)
