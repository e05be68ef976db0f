"""The events that stand, as a table, on both databases: it is known when it is imported again."""

import csv
from pathlib import Path

from rich.console import Console

from api.importing.command import Request, import_into
from api.importing.importer import Options
from api.importing.targets.database import DatabaseTarget
from api.operations.event_export import export_events
from domain.actors import ActorKind, RegisterActor
from domain.redactions import RedactTexts
from tests.contract.api.operations.logs import fill, opened
from tests.language import BY_ANN, clash, post


def test_what_stands_is_exported_and_is_known_when_it_is_imported_again(database_url: str, tmp_path: Path) -> None:
    with opened(database_url) as service:
        log = service.log
        for code in ("SYR", "TUR", "RUS"):
            log.register_actor(RegisterActor(code, ActorKind.STATE, code, (), BY_ANN))
        fill(log)
        log.post_article(post("told", clash(quote="=1+1", summary="A name"), headline="=H"))
        log.redact(RedactTexts("told", None, ("summary",), "They asked.", BY_ANN))
        lines = list(export_events(log))
        rows = list(csv.DictReader("".join(lines).splitlines()))
        killed = {row["id"]: row["killed"] for row in rows if row["kind"] == "clash"}
        assert (len(rows), killed["a-1"], "a-2" in killed) == (29 * 3 + 2, "99", False)
        assert [row["quote"] for row in rows if row["id"] == "told"] == ["'=1+1"]
        table = tmp_path / "events.csv"
        table.write_bytes("".join(lines).encode())
        position = log.position()
        summary = import_into(DatabaseTarget(service), Request([str(table)], Options(), None), Console(quiet=True))
        assert (summary.read, summary.duplicates, log.position()) == (len(rows), len(rows), position)
        assert list(export_events(log, "acled")) == lines[:1]
