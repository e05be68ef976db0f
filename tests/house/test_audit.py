"""`make audit`: known faults are found in a file and by a service, and what was not checked does not pass."""

import json
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from packaging.version import Version

from tests.audit.__main__ import main
from tests.audit.advisories import Affected, affected_of, upgrade


def advisory(number: str, name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges, **more.pop("affected", {})}
    return {
        "id": number,
        "modified": "2026-11-20T10:00:00Z",
        "summary": "It breaks",
        "affected": [affected],
        **more,
    }


#: Nothing installed has this fault.
OTHER = advisory("X-0", "Made-Up", {"introduced": "0"})


@pytest.fixture
def constraints(tmp_path: Path) -> Path:
    path = tmp_path / "constraints.txt"
    path.write_text("# pinned\nExample_Lib==1.4\n")
    return path


def audit(constraints: Path, *found: Any, accept: str | None = None) -> int:
    file = constraints.with_name("advisories.json")
    file.write_text(json.dumps(found))
    options = ["--accept", accept] if accept else []
    return main([str(file), "--constraints", str(constraints), *options])


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "1.4"}], False),
        ([{"introduced": "0"}, {"fixed": "1.4.1"}], True),
        ([{"introduced": "0"}, {"last_affected": "1.4"}], True),
        ([{"introduced": "0"}, {"last_affected": "1.3"}], False),
        ([{"introduced": "1.5"}], False),
        ([{"introduced": "1.4"}], True),
        ([{"introduced": "0"}, {"fixed": "1.10"}], True),  # by number, not by letter
        ([{"introduced": "2.0"}, {"introduced": "0"}, {"fixed": "2.1"}, {"fixed": "1.2"}], False),
        ([{"introduced": "0"}, {"fixed": "1.4.dev3"}], False),
    ],
)
def test_a_range_begins_and_ends_where_its_events_say(events: list[dict[str, str]], affected: bool) -> None:
    (found,) = affected_of(advisory("X-1", "example-lib", *events))
    assert found.affects(Version("1.4")) is affected


def test_versions_that_are_named_are_affected_however_they_are_written() -> None:
    (found,) = affected_of(advisory("X-1", "example-lib", affected={"versions": ["1.4.0", "2004d"]}))
    assert found.affects(Version("1.4"))
    assert not found.affects(Version("1.5"))


def test_what_is_withdrawn_or_of_elsewhere_says_nothing() -> None:
    assert affected_of(advisory("X-1", "a", {"introduced": "0"}, withdrawn="2026-11-21T00:00:00Z")) == []
    elsewhere = {"package": {"ecosystem": "Go", "name": "a"}}
    assert affected_of(advisory("X-1", "a", {"introduced": "0"}, affected=elsewhere)) == []


def test_one_upgrades_to_what_has_none_of_the_known_faults() -> None:
    known: list[Affected] = [
        *affected_of(advisory("X-1", "a", {"introduced": "0"}, {"fixed": "1.5"})),
        *affected_of(advisory("X-2", "a", {"introduced": "1.5"}, {"fixed": "1.6"})),
        *affected_of(advisory("X-3", "a", {"introduced": "0"}, {"fixed": "1.2"})),
    ]
    assert upgrade(Version("1.4"), known) == Version("1.6")
    assert upgrade(Version("1.6"), known) is None


def test_a_fault_is_named_with_what_mends_it(constraints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(constraints, OTHER, advisory("X-1", "example.lib", {"introduced": "0"}, {"fixed": "1.5"})) == 1
    said = capsys.readouterr().out
    assert "example-lib 1.4: X-1: It breaks: upgrade to 1.5\n" in said
    assert "2 advisories of " in said
    assert "of 2026-11-20: 1 fault is known" in said


def test_what_is_installed_is_looked_at_too(constraints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(constraints, advisory("X-1", "PyTest", {"introduced": "0"})) == 1
    assert "no version is known to mend it" in capsys.readouterr().out


def test_nothing_known_passes_and_says_what_it_looked_at(
    constraints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(constraints, OTHER) == 0
    assert "1 advisories of " in capsys.readouterr().out


def test_a_fault_can_be_accepted_by_its_id(constraints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = advisory("X-1", "example-lib", {"introduced": "0"})
    assert audit(constraints, OTHER, known, accept="X-1") == 0
    assert "accepted: X-1" in capsys.readouterr().out


@pytest.mark.parametrize("events", [(), ({"introduced": "0"}, {"fixed": "2004d"})])
def test_what_cannot_be_told_does_not_pass(
    constraints: Path, events: tuple[dict[str, str], ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(constraints, advisory("X-1", "example-lib", *events)) == 1
    assert "it cannot be told" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "[1]", '{"id": "X", "modified": "2026-01-01"}', '"x"'])
def test_a_file_that_is_no_advisories_checks_nothing(
    constraints: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = constraints.with_name("broken.json")
    file.write_text(content)
    assert main([str(file), "--constraints", str(constraints)]) == 2
    assert capsys.readouterr().err.startswith("Nothing was checked: ")


@pytest.mark.parametrize("text", ["example-lib>=1\n", "example-lib\n", "a b\n"])
def test_constraints_that_name_no_version_check_nothing(constraints: Path, text: str) -> None:
    constraints.write_text(text)
    assert audit(constraints, OTHER) == 2


def test_what_is_not_there_checks_nothing(tmp_path: Path, constraints: Path) -> None:
    (tmp_path / "no.zip").write_text("x")
    for path in (tmp_path / "none.json", tmp_path / "none.zip", tmp_path / "no.zip", tmp_path):
        assert main([str(path), "--constraints", str(constraints)]) == 2
    assert main(["http://127.0.0.1:9", "--constraints", str(constraints)]) == 2


def test_a_zip_file_and_a_folder_are_read(tmp_path: Path, constraints: Path) -> None:
    known = json.dumps(advisory("X-1", "example-lib", {"introduced": "0"}))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("X-0.json", json.dumps(OTHER))
        archive.writestr("X-1.json", known)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "X-1.json").write_text(known)
    for path in (tmp_path / "all.zip", tmp_path / "folder"):
        assert main([str(path), "--constraints", str(constraints)]) == 1


class Answering(BaseHTTPRequestHandler):
    """A service with two pages about one package, and nothing about any other."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert asked["package"]["ecosystem"] == "PyPI"
        answer: dict[str, Any] = {}
        if asked["package"]["name"] == "example-lib":
            mended = {"fixed": "1.5" if "page_token" in asked else "1.3"}
            known = advisory(f"X-{mended['fixed']}", "example-lib", {"introduced": "0"}, mended)
            answer = {"vulns": [known]} | ({} if "page_token" in asked else {"next_page_token": "2"})
        content = json.dumps(answer).encode()
        self.send_response(200 if self.path == "/v1/query" else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write nothing beside the tests' output."""


@pytest.fixture
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_service_is_asked_for_all_pages(
    service: str, constraints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([service, "--constraints", str(constraints)]) == 1
    said = capsys.readouterr().out
    assert "X-1.5: It breaks: upgrade to 1.5" in said
    assert f"2 advisories of {service}, of 20" in said


def test_a_service_that_answers_otherwise_checks_nothing(service: str, constraints: Path) -> None:
    assert main([f"{service}/elsewhere", "--constraints", str(constraints)]) == 2
