"""`detente redact`, as a person runs it."""

import json
from pathlib import Path

from tests.contract.api.operations.logs import opened
from tests.e2e.command import detente
from tests.language import post, statement


def test_an_article_is_redacted_from_the_command_line(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/one.db"
    with opened(database_url) as service:
        service.log.post_article(post("told", statement(speaker="Jane Q. Public"), headline="She speaks"))
        service.projector.catch_up()
    asked = ("redact", "told", "--reason", "She asked.", "--by", "Ann")
    previewed = detente(database_url, *asked, "--dry-run")
    assert previewed.stdout.splitlines() == [
        "version 1, article-posted: headline",
        "version 2, statement-reported of event 1: speaker",
        "2 domain events would lose text",
    ]
    done = detente(database_url, *asked, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["erased"] is True
    assert [file.name for file in tmp_path.iterdir() if b"Jane Q. Public" in file.read_bytes()] == []
    refused = detente(database_url, *asked, "--field", "killed")
    assert (refused.returncode, "'killed' is none of headline" in refused.stderr) == (1, True)
    for why, who, said in (("\x1b[2J", "Ann", "U+001B"), ("She asked.", " ", "--by"), ("\udcff", "Ann", "U+DCFF")):
        refused = detente(database_url, "redact", "told", "--reason", why, "--by", who)
        assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr
