"""The page on changing a domain event, followed on a copy of the code: an old log is read in the new shape."""

from contextlib import closing
from pathlib import Path

from domain.actors import AddActorName
from domain.log.application import Detente
from domain.log.database_url import log_environment
from tests.docs.code_copy import CodeCopy
from tests.docs.pages import ROOT
from tests.language import BY_ANN

PAGE = ROOT / "docs" / "how-to" / "maintain" / "change-a-domain-event.md"
STORED = "tests/unit/domain/log/stored_events/actor-name-added.v2.json"
READING, REFERENCE = "tests/unit/domain/log/test_stored_events.py", "tests/docs/test_reference.py"


def test_an_event_is_changed_as_the_page_says_and_an_old_log_is_read(tmp_path: Path) -> None:
    copy = CodeCopy(PAGE, tmp_path)
    database = tmp_path / "old.db"
    with copy.served(database):
        pass  # which loads the seeds
    with closing(Detente(log_environment(f"sqlite:///{database}"))) as log:
        position = log.add_actor_name(AddActorName("NATO", "Pact", BY_ANN)).position

    copy.change(0)
    copy.lint("domain")
    assert "actor-name-added.v2" in copy.fail(READING)
    copy.write(STORED, "json")
    assert "former" in copy.fail(READING)
    copy.change(1)
    copy.test(READING)
    assert "actor-name-added" in copy.fail(REFERENCE, "-k", "domain_event")
    copy.change(2)
    copy.test("tests/unit/domain/log", REFERENCE)

    with copy.served(database) as client:
        (entry,) = client.get("/v1/events", params={"after": position - 1}).json()["items"]
        assert entry["data"] == {"code": "NATO", "name": "Pact", "former": False, "shared_with": None}
        client.post("/v1/actors/NATO/names", json={"name": "Alliance"}).raise_for_status()
        (entry,) = client.get("/v1/events", params={"after": position}).json()["items"]
        assert entry["data"] == {"code": "NATO", "name": "Alliance", "former": False, "shared_with": None}
