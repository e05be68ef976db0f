"""What operators see: metrics, a log of lines, traces."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from tests.e2e.app_client import AppClient, app_client
from tests.e2e.command import detente
from tests.e2e.support import Json, article, clash, posted, wait_for_all
from tests.patience import PATIENCE
from tests.server import running_server

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(client: httpx.Client) -> Samples:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parser.text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[AppClient]:
    with app_client(tmp_path) as made:
        yield made


# Metrics


def requests(samples: Samples, method: str, route: str, status: int) -> float:
    name = "detente_http_request_duration_seconds_count"
    return value(samples, name, method=method, route=route, status=str(status))


def test_requests_are_counted_by_route_and_never_by_path(client: AppClient) -> None:
    for path in ("RUS/TUR", "TUR/RUS", "SYR/TUR"):
        assert client.get(f"/v1/relations/{path}").status_code == 200
    client.get("/v1/relations/RUS/nobody")
    client.get("/no/such/path")
    client.request("PROPFIND", "/no/such/path")
    client.delete("/v1/relations/RUS/TUR")

    samples = scrape(client)

    assert requests(samples, "GET", "/v1/relations/{a}/{b}", 200) == 3
    assert requests(samples, "GET", "/v1/relations/{a}/{b}", 422) == 1
    assert requests(samples, "DELETE", "/v1/relations/{a}/{b}", 405) == 1
    assert requests(samples, "GET", "(none)", 404) == 1
    assert requests(samples, "other", "(none)", 404) == 1
    assert not [labels for _, labels in samples if "RUS" in str(labels) or "such" in str(labels)]
    longest = "detente_http_request_duration_seconds_bucket"
    assert value(samples, longest, method="GET", route="/v1/relations/{a}/{b}", status="200", le="+Inf") == 3


def test_a_request_that_fails_is_counted_as_a_500(client: AppClient) -> None:
    client.app.state.service.log.position = None  # whatever calls it fails
    assert client.get("/health/ready").status_code == 500
    samples = scrape(client)
    assert requests(samples, "GET", "/health/ready", 500) == 1
    assert value(samples, "detente_healthy") == 0, "and the counters are told though the health cannot be"
    assert not [name for name, _ in samples if name == "detente_log_position"]


def outcomes(samples: Samples) -> dict[str, float]:
    return {
        dict(labels)["outcome"]: n for (name, labels), n in samples.items() if name == "detente_articles_total"
    }


def test_articles_are_counted_by_what_became_of_them(client: AppClient) -> None:
    nothing = dict.fromkeys(("posted", "repeated", "changed", "checked", "refused", "failed"), 0.0)
    assert outcomes(scrape(client)) == nothing
    sent = article(clash("RUS", "TUR"))
    path = f"/v1/articles/{sent['id']}"

    assert client.post("/v1/articles", json=sent, params={"dry_run": True}).status_code == 200  # checked
    assert client.post("/v1/articles", json=sent).status_code == 201  # posted
    assert client.post("/v1/articles", json=sent).status_code == 200  # repeated
    assert client.post("/v1/articles", json={**sent, "headline": "Other"}).status_code == 409  # refused
    assert client.post("/v1/articles", json={}).status_code == 422  # refused
    assert client.put(path, json={**sent, "headline": "Other"}).status_code == 200  # changed
    assert client.put(f"{path}/events/9", json={"event": clash("RUS", "TUR")}).status_code == 404  # refused
    assert client.delete(f"{path}/events/1").status_code == 200  # changed
    assert client.get(path).status_code == 200
    lines = [json.dumps(line) for line in (sent | {"id": "in-a-batch"}, sent | {"id": "in-a-batch"}, {})]
    batch = client.post(
        "/v1/articles/batch", content="\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
    )
    assert [json.loads(line)["status"] for line in batch.text.splitlines()] == [201, 200, 422]

    expected = {"checked": 1, "posted": 2, "repeated": 2, "refused": 4, "changed": 2}
    assert outcomes(scrape(client)) == {**nothing, **expected}


def test_how_log_and_projections_stand_is_read_when_asked(client: AppClient) -> None:
    service = client.app.state.service
    position = wait_for_all(client)
    samples = scrape(client)
    assert value(samples, "detente_log_position") == position > 0
    of_relations = {"projection": "relations"}
    assert value(samples, "detente_projection_position", **of_relations) == position
    assert value(samples, "detente_projection_lag", **of_relations) == 0
    assert value(samples, "detente_projection_progress", **of_relations) == 1
    assert value(samples, "detente_projection_parked_events", **of_relations) == 0
    assert value(samples, "detente_healthy") == 1

    service.stop()
    for thread in service._threads:
        thread.join()
    posted(client, clash("RUS", "TUR"))

    behind = scrape(client)
    assert value(behind, "detente_log_position") == position + 2
    assert value(behind, "detente_projection_lag", **of_relations) == 2
    assert value(behind, "detente_projection_progress", **of_relations) == pytest.approx(position / (position + 2))


def test_apps_of_one_process_count_apart(tmp_path: Path) -> None:
    with app_client(tmp_path, "one") as one, app_client(tmp_path, "other") as other:
        posted(one, clash("RUS", "TUR"))
        assert outcomes(scrape(one))["posted"] == 1
        assert outcomes(scrape(other))["posted"] == 0


def test_openmetrics_is_spoken_to_those_who_ask_for_it(client: AppClient) -> None:
    response = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    operation = client.get("/openapi.json").json()["paths"]["/metrics"]["get"]
    documented = set(operation["responses"]["200"]["content"])
    assert documented == {"text/plain", response.headers["content-type"].partition(";")[0]}
    families = openmetrics_parser.text_string_to_metric_families(response.text)  # type: ignore[no-untyped-call]
    assert "detente_articles" in {family.name for family in families}


# The log of a process


def lines(log_file: Path) -> list[Json]:
    """Return the lines of a log, each of which has to be a JSON object with what every line has."""
    read = [json.loads(line) for line in log_file.read_text("utf-8").splitlines()]
    assert all(line.keys() >= {"time", "level", "logger", "message"} for line in read)
    return read


def test_every_line_is_json_and_names_its_request(tmp_path: Path) -> None:
    log_file = tmp_path / "log"
    with running_server(f"sqlite:///{tmp_path}/detente.db", log_file, "--seed") as server:
        wait_for_all(server)
        server.get("/v1/relations/RUS/TUR", headers={"X-Request-ID": "the-read"})
        server.get("/v1/relations/RUS/Narnia%0A%7B%22level%22:%22error%22%7D", headers={"X-Request-ID": "odd"})
        server.get("/health")
        server.get("/metrics")
        subprocess.run(
            [sys.executable, "-c", _RENAME_A_TABLE, tmp_path / "detente.projections-1.db"],
            check=True,
        )
        assert server.get("/v1/agreements", headers={"X-Request-ID": "broken"}).status_code == 500

    found = lines(log_file)
    access = {line["request_id"]: line for line in found if line["logger"] == "api.access"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", access["the-read"]["time"])
    assert {name: access["the-read"][name] for name in ("level", "method", "route", "status", "message")} == {
        "level": "info",
        "method": "GET",
        "route": "/v1/relations/{a}/{b}",
        "status": 200,
        "message": "GET /v1/relations/RUS/TUR 200",
    }
    assert access["the-read"]["duration"] > 0
    assert access["odd"]["status"] == 422
    assert {line["route"] for line in access.values()}.isdisjoint({"/health", "/metrics"})
    errors = [line for line in found if line["level"] == "error"]
    assert {line["request_id"] for line in errors} == {"broken"}
    assert {line["logger"] for line in errors} >= {"api.problems"}
    assert all("no such table: agreement" in line["exception"] for line in errors)
    assert access["broken"]["status"] == 500
    assert "Uvicorn running on" in " ".join(line["message"] for line in found if line["logger"] == "uvicorn.error")


_RENAME_A_TABLE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'agreement%'")
for (name,) in names.fetchall():
    connection.execute(f"ALTER TABLE {name} RENAME TO was_{name}")
"""


def test_requests_need_not_be_logged(tmp_path: Path) -> None:
    settings = {"DETENTE_ACCESS_LOG": "false", "DETENTE_LOG_FORMAT": "text"}
    with running_server(f"sqlite:///{tmp_path}/detente.db", tmp_path / "log", **settings) as server:
        assert server.get("/v1/articles").is_success
    text = (tmp_path / "log").read_text()
    assert "api.access" not in text
    assert re.search(r"^\S+Z info +uvicorn\.error: ", text, re.MULTILINE)


def test_a_worker_logs_lines_too_and_so_does_what_ends_it() -> None:
    run = detente("postgresql://nobody@127.0.0.1:1/nothing", "work")
    assert run.returncode == 1
    (line,) = [json.loads(line) for line in run.stderr.splitlines()]
    assert (line["level"], line["logger"]) == ("critical", "api.cli")
    assert "127.0.0.1" in line["message"]


# Traces


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_request_is_a_span_with_its_route_and_its_id(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with app_client(tmp_path, tracer_provider=provider) as client:
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        client.get("/v1/relations/RUS/TUR", headers={"X-Request-ID": "traced", "traceparent": parent})
        client.post("/v1/articles", json={}, headers={"X-Request-ID": "refused"})
        client.get("/health")
        client.get("/metrics")

    spans = {attributes(span).get("detente.request_id"): span for span in exporter.get_finished_spans()}
    assert set(spans) - {None} == {"traced", "refused"}
    read = spans["traced"]
    assert read.name == "GET /v1/relations/{a}/{b}"
    assert attributes(read)["http.route"] == "/v1/relations/{a}/{b}"
    assert attributes(read)["http.response.status_code"] == 200
    assert read.context is not None
    assert f"{read.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert attributes(spans["refused"])["http.response.status_code"] == 422


class _Collector(ThreadingHTTPServer):
    """Takes what is exported, and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.kept: Queue[tuple[str, bytes]] = Queue()


class _Keep(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, _Collector)
        self.server.kept.put((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_spans_go_where_the_environment_says_and_log_lines_name_their_trace(tmp_path: Path) -> None:
    with _Collector() as collector:
        Thread(target=collector.serve_forever, daemon=True).start()
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}
        with running_server(f"sqlite:///{tmp_path}/detente.db", tmp_path / "log", **settings) as server:
            server.get("/v1/actors", headers={"X-Request-ID": "exported"})
        path, body = collector.kept.get(timeout=PATIENCE)
        collector.shutdown()
    assert path == "/v1/traces"
    assert b"exported" in body
    (line,) = [line for line in lines(tmp_path / "log") if line.get("request_id") == "exported"]
    assert bytes.fromhex(line["trace_id"]) in body


def test_nothing_of_the_sdk_is_imported_where_no_traces_are_wanted() -> None:
    code = (
        "import sys; from api.app import create_app; from api.running.settings import Settings;"
        " create_app(Settings());"
        " sys.exit(any(name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
