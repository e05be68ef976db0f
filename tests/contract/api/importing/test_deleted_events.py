"""Lists of deleted events, into a database and to a server: what is retracted, what stays."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from api.importing.command import Request, as_text, exit_status, explain_actors, import_into, import_to_server
from api.importing.importer import Options
from api.importing.summary import Summary
from api.importing.targets.database import DatabaseTarget
from domain.actor_directory import ActorDirectory
from domain.free_text import DELETED
from tests.e2e.app_client import AppClient

QUIET = Console(quiet=True)
COLUMNS = "event_id_cnty,event_date,event_type,sub_event_type,actor1,inter1,actor2,inter2,country,fatalities"
BATTLE = (
    "2020-02-03,Battles,Armed clash,Military Forces of Turkey (2016-),8,Military Forces of Syria (2000-),1,Syria"
)

#: ids of ACLED's, others for each target: both are of one log
NUMBERS = {"into_database": range(1, 5), "to_server": range(11, 15)}

Import = Callable[[str], Summary]


def export(*numbers: int, killed: int = 1) -> str:
    return "\n".join([COLUMNS, *(f"SYR{number},{BATTLE},{killed}" for number in numbers)]) + "\n"


def deleted(*numbers: int) -> str:
    return (
        "\n".join(["event_id_cnty,deleted_timestamp", *(f"SYR{number},1700000000" for number in numbers)]) + "\n"
    )


def request_of(folder: Path, content: str) -> Request:
    path = folder / "data.csv"
    path.write_text(content)
    return Request([str(path)], Options(), None)


@pytest.fixture(params=["database", "server"])
def import_(request: pytest.FixtureRequest, client: AppClient, tmp_path: Path) -> Import:
    """Return what imports a text into a database, or to its server."""

    def into_database(content: str) -> Summary:
        return import_into(DatabaseTarget(client.app.state.service), request_of(tmp_path, content), QUIET)

    def to_server(content: str) -> Summary:
        return import_to_server(str(client.base_url), request_of(tmp_path, content), QUIET)

    return to_server if request.param == "server" else into_database


def correct(client: AppClient, number: int) -> None:
    """Correct an event as an analyst does."""
    (entry,) = client.get(f"/v1/articles/acled-SYR{number}").json()["events"]
    event = entry["event"] | {"killed": 9}
    assert client.put(f"/v1/articles/acled-SYR{number}/events/1", json={"event": event}).is_success


def counted(summary: Summary) -> dict[str, int]:
    names = ("imported", "duplicates", "corrected", "kept_as_decided", "retracted", "deleted", "not_here")
    assert (summary.errors, summary.rejected, exit_status(summary)) == ([], 0, 0)
    return {name: count for name in names if (count := getattr(summary, name))}


def test_deleted_events_are_retracted_and_older_exports_do_not_bring_them_back(
    client: AppClient, import_: Import
) -> None:
    one, two, three, four = NUMBERS[import_.__name__]
    nothing = import_(deleted(four))
    assert counted(nothing) == {"not_here": 1}
    assert "nothing that was read is here" in as_text(nothing)
    position = client.app.state.service.log.position()
    assert counted(import_(deleted(four))) == {"not_here": 1}
    assert client.app.state.service.log.position() == position, "it is kept in mind once"
    assert counted(import_(export(one, two, three, four))) == {"imported": 3, "deleted": 1}
    assert client.get(f"/v1/articles/acled-SYR{four}").status_code == 404
    correct(client, two)
    assert counted(import_(deleted(one, two, four))) == {"retracted": 1, "kept_as_decided": 1, "not_here": 1}
    assert counted(import_(deleted(one))) == {"duplicates": 1}
    assert counted(import_(export(one, three))) == {"deleted": 1, "duplicates": 1}
    other = import_(export(one, two, killed=5))
    assert counted(other) == {"deleted": 1, "kept_as_decided": 1}
    assert "1 rows left out: the data set has deleted their events" in as_text(other)
    assert client.get(f"/v1/articles/acled-SYR{one}").json()["history"][-1]["reason"] == DELETED


def test_who_wants_a_deleted_event_all_the_same_says_so(client: AppClient, import_: Import) -> None:
    number = 90 + NUMBERS[import_.__name__][0]
    import_(deleted(number))
    event = {"kind": "clash", "type": "ASSAULT", "source": "TUR", "target": "SYR", "occurred": "2020-02-03"}
    sent = {"publisher": "ACLED", "published": "2020-02-03", "events": [{**event, "ref": f"SYR{number}"}]}
    path = f"/v1/articles/acled-SYR{number}"
    assert client.put(path, json=sent).status_code == 201
    summary = import_(export(number))
    assert summary.imported == 0
    assert len(client.get(path).json()["events"]) == 1


def test_a_dry_import_reads_a_list_and_records_nothing(tmp_path: Path) -> None:
    importer = explain_actors(ActorDirectory(), request_of(tmp_path, deleted(1, 2)), QUIET)
    assert exit_status(importer.summary) == 0
    assert importer.summary.errors == []
