"""A file without some columns, after the whole file: into a database, and to a server, which is told so."""

from pathlib import Path

from rich.console import Console

from api.importing.command import Request, import_into, import_to_server
from api.importing.importer import Options
from api.importing.targets.database import DatabaseTarget
from domain.articles import Article
from tests.e2e.app_client import AppClient

QUIET = Console(quiet=True)
WHOLE = """\
GLOBALEVENTID,SQLDATE,Actor1Code,Actor1CountryCode,Actor2CountryCode,EventCode,ActionGeo_FullName,SOURCEURL
1,20171202,PSEREBHMS,PSE,ISR,190,Gaza,https://news.example/one
2,20171202,PSEREBHMS,PSE,ISR,190,Gaza,https://news.example/one
"""
FEW = """\
GLOBALEVENTID,SQLDATE,Actor1CountryCode,Actor2CountryCode,EventCode
1,20171202,PSE,ISR,190
2,20171202,PSE,ISR,140
"""


def test_what_a_file_has_no_column_for_stays_whatever_it_is_imported_into(
    client: AppClient, tmp_path: Path
) -> None:
    service = client.app.state.service

    def request(content: str) -> Request:
        path = tmp_path / "data.csv"
        path.write_text(content)
        return Request([str(path)], Options(), None)

    assert import_into(DatabaseTarget(service), request(WHOLE), QUIET).imported == 2
    service.projector.catch_up()
    by_server = import_to_server(str(client.base_url), request(FEW), QUIET)
    into_database = import_into(DatabaseTarget(service), request(FEW), QUIET)
    events = service.log.article(Article.id_for_url("https://news.example/one")).reports.values()
    assert (by_server.duplicates, by_server.corrected) == (1, 1)
    assert (into_database.duplicates, into_database.corrected) == (2, 0)
    assert [(it.type, it.source, it.place) for it in events] == [
        ("ASSAULT", ("HAMAS",), "Gaza"),
        ("PROTEST", ("HAMAS",), "Gaza"),
    ]


def test_a_field_that_no_event_has_is_refused(client: AppClient) -> None:
    asked = {"data_set": "gdelt", "silent": "colour"}
    kind = {"Content-Type": "application/x-ndjson"}
    answer = client.post("/v1/articles/batch", params=asked, content=b"{}", headers=kind)
    assert answer.status_code == 422
    assert "'colour'" in answer.json()["detail"]
