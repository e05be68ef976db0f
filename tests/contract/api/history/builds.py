"""Logs with something of each kind, builds of them, and what is in these, beside the tables."""

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import msgspec
from arro3.io import read_parquet
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder
from sqlalchemy import select

from api.history.build import build_history
from api.operations.archive import archive_log
from api.running.service import Service, utc_now
from domain.actors import ActorKind, AddActorName, RegisterActor
from domain.articles import ReportRetracted, RetractReport, article_uuid, former_article_uuid
from domain.log.application import Detente
from domain.log.archives.manifest import Manifest
from domain.redactions import RedactTexts
from domain.rulings import LinkReports, ReportRef
from domain.standards.plover import ASSAULT
from projections.history.table_batches import BUILT
from projections.pairs import Pair
from projections.storage.columns.incident_columns import incident_kinds
from projections.storage.history.build_manifest import INCIDENT_COLUMNS, INCIDENT_STRETCHES, BuildManifest
from projections.storage.history.built_incidents import read_built_incidents
from projections.storage.store import Store
from projections.storage.tables import incidents, progress
from tests.contract.api.history.small_engine import SmallEngine
from tests.contract.api.operations.logs import quietly
from tests.contract.projections.folding.acts import LIFE
from tests.contract.projections.storage.test_incident_cache import of_each_pair
from tests.language import BY_ANN, agreement, backing, clash, post, statement

WAR = "detente.war-declared"
FORMER_ID = "5f0c5b1e-2a54-4c3c-9c0e-0a1f6f0d9b11"  # as version 0.2 recorded some articles under


def archived(log: Detente, folder: Path) -> Manifest:
    return archive_log(log, str(folder), utc_now, lambda _position, _end: None, Event())


def build_small(archive: Path, history: Path, seed: int = 0) -> BuildManifest:
    dice = random.Random(seed)  # noqa: S311
    return build_history(
        str(archive), str(history), lambda a, manifest, b: SmallEngine(a, manifest, b, dice), utc_now, quietly
    )


def built(log: Detente, folder: Path, seed: int = 0) -> BuildManifest:
    """Archive a log in a folder's `archive`, and build its `history`."""
    archived(log, folder / "archive")
    return build_small(folder / "archive", folder / "history", seed)


def rows_of_build(history: Path, manifest: BuildManifest) -> dict[str, list[tuple[Any, ...]]]:
    return {table.name: sorted(_rows(history, manifest, table.name), key=repr) for table in BUILT}


def _rows(history: Path, manifest: BuildManifest, table: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for file in manifest.files_of(table):
        for batch in read_parquet(history / file.name):
            found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return found


def rows_of_tables(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.reading() as connection:
        return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in BUILT}


def assert_columns_are_of(history: Path, manifest: BuildManifest, rows: Iterable[tuple[Any, ...]]) -> None:
    """Fail unless a build's columns of incidents are some rows of `incidents`, pair by pair and in order."""
    names = list(incidents.columns.keys())
    a, b, *places = (names.index(name) for name in ("a", "b", "day", "weight", "material", "direction", "type"))
    expected: dict[Pair, list[tuple[Any, ...]]] = {}
    for row in rows:
        day, weight, material, direction, type_ = (row[place] for place in places)
        kind = int(incident_kinds(material, direction, type_ == ASSAULT))
        expected.setdefault((row[a], row[b]), []).append((day, weight, kind))
    files = (
        [history / f.name for f in manifest.files_of(name)] for name in (INCIDENT_COLUMNS, INCIDENT_STRETCHES)
    )
    found = of_each_pair(read_built_incidents(*files))
    assert found == {pair: sorted(of_pair) for pair, of_pair in expected.items()}


def assert_build_is_as_the_tables(store: Store, history: Path, manifest: BuildManifest) -> None:
    found, expected = rows_of_build(history, manifest), rows_of_tables(store)
    for table, rows in expected.items():
        assert found[table] == rows, table
    assert_columns_are_of(history, manifest, expected[incidents.name])
    with store.reading() as connection:
        columns = (progress.c.position, progress.c.recorded, progress.c.digest)
        assert (manifest.position, manifest.recorded, manifest.digest) == connection.execute(
            select(*columns)
        ).one()


def record_something_of_each_kind(service: Service, fold: Callable[[], object] = lambda: None) -> None:
    """Record corrections, retractions, rulings, aliases, alliances, agreements, redactions, and what is parked."""
    log = service.log
    for act in LIFE:
        act.do(service)
    for number in range(12):
        reports = (clash("RUS", "SYR-REB", f"2020-01-{number + 1:02}", killed=number), statement("IRN", "TUR"))
        log.post_article(post(f"b-{number}", *reports, publisher=("Reuters", "AP", "AFP")[number % 3]))
    log.redact(RedactTexts("b-1", None, ("headline",), "asked", BY_ANN))
    log.register_actor(RegisterActor("ATL", ActorKind.OTHER, "Atlantis", (), BY_ANN))
    log.add_actor_name(AddActorName("ATL", "The sunken one", BY_ANN))
    record_under_a_former_id(log)
    record_what_is_parked(log)
    fold()


def record_under_a_former_id(log: Detente) -> None:
    """Record an article where version 0.2 did, and rule on a report of it."""
    log.post_article(post(FORMER_ID, clash("IRN", "RUS", "2020-02-01", killed=2)))
    log.post_article(post("beside", clash("IRN", "RUS", "2020-02-03", killed=2)))
    former = former_article_uuid(FORMER_ID)
    assert former is not None
    _move(log, former)
    both = (ReportRef(FORMER_ID, 1), ReportRef("beside", 1))
    log.link_reports(LinkReports(both, "the same", BY_ANN))
    log.post_article(post("apart", statement("IRN", "RUS")))


def _move(log: Detente, former: UUID) -> None:
    """Let an article be as an earlier version has recorded it; there is no command for that."""
    old = article_uuid(FORMER_ID)
    recorder: Any = log.recorder
    if isinstance(recorder, SQLiteApplicationRecorder):
        with recorder.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                f"UPDATE {recorder.events_table_name} SET originator_id = ? WHERE originator_id = ?",  # noqa: S608
                [former.hex, old.hex],
            )
    else:
        assert isinstance(recorder, PostgresApplicationRecorder)
        with recorder.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {recorder.events_table_name} SET originator_id = %s WHERE originator_id = %s",  # noqa: S608
                (former, old),
            )
            connection.commit()


def record_what_is_parked(log: Detente) -> None:
    """Record what no class can read, in an article, and a ruling and reports that wait for it."""
    log.post_article(post("p-1", clash("SYR", "TUR", "2020-02-09", killed=3), statement("RUS", "TUR")))
    log.post_article(post("p-2", clash("SYR", "TUR", "2020-02-10", killed=4), backing(), clash(day="2020-02-07")))
    log.post_article(post("p-3", agreement("RUS IRN", "2020-01", agreement="pact")))
    log.post_article(post("p-4", clash("SYR", "TUR", "2020-02-10", killed=3)))
    log.link_reports(LinkReports((ReportRef("p-1", 1), ReportRef("p-2", 1)), "the same", BY_ANN))
    aggregate = article_uuid("p-1")
    *_, said = log.recorder.select_events(aggregate)
    stamp = msgspec.json.decode(log.read_log(log.position() - 1, 1)[0].state)["timestamp"]
    declared = msgspec.json.decode(said.state) | {"number": 3, "timestamp": stamp}
    taken_back = {"number": 2, "recorded_by": "ann", "timestamp": stamp}
    for version, topic, state in ((4, WAR, declared), (5, ReportRetracted.TOPIC, taken_back)):
        log.recorder.insert_events([StoredEvent(aggregate, version, topic, msgspec.json.encode(state))])
    log.link_reports(LinkReports((ReportRef("p-2", 3), ReportRef("p-4", 1)), "the same", BY_ANN))
    log.retract_report(RetractReport("p-2", 2, None, BY_ANN))
