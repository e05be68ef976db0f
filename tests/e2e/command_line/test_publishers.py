"""`detente publisher`, run as a person runs it."""

import json
from pathlib import Path

from tests.e2e.command import detente


def test_a_publisher_is_declared_an_alias_listed_and_taken_back(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/one.db"
    dry = detente(database_url, "publisher", "alias", "AFP via Yahoo", "AFP", "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, "AFP via Yahoo: would change; 0 articles, 0 incidents of 0 pairs\n")
    said = ("--by", "ann", "--reason", "A re-print")
    made = detente(database_url, "publisher", "alias", "AFP via Yahoo", "AFP", *said)
    assert made.stdout == "AFP via Yahoo: changed; 0 articles, 0 incidents of 0 pairs\n"
    (alias,) = json.loads(detente(database_url, "publisher", "list", "--json").stdout)["aliases"]
    assert (alias["alias"], alias["publisher"], alias["reason"]) == ("AFP via Yahoo", "AFP", "A re-print")
    assert alias["recorded_by"] == "ann"
    circle = detente(database_url, "publisher", "alias", "AFP", "afp via yahoo")
    assert (circle.returncode, "would make a circle" in circle.stderr) == (1, True)
    assert detente(database_url, "publisher", "remove", "afp VIA yahoo").returncode == 0
    assert "AFP" not in detente(database_url, "publisher", "list").stdout
    assert "was so already" in detente(database_url, "publisher", "remove", "AFP via Yahoo").stdout
