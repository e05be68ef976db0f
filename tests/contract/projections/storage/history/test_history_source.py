"""A history as a source of incidents: all are what they are without it, to the last digit, or it is not used."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from s3fs import S3FileSystem
from sqlalchemy import Connection, update

from api.running.history_reading import OpenHistory, history_reader
from api.running.service import Service
from api.running.settings import Settings
from domain.articles import RetractArticle
from domain.events import Provenance
from domain.log.archives.manifest import ArchiveRefused
from domain.log.archives.same_log import end_of
from domain.publishers.alias import AddPublisherAlias
from domain.redactions import RedactTexts
from projections.folding import folder
from projections.folding.fold_page import Page
from projections.folding.folder import Folder
from projections.publishers.stale_weights import correct_columns, has_stale_weights, read_incident_columns
from projections.queries.load_incident_table import load_incident_table
from projections.queries.question import Question
from projections.queries.relation_list import relations_at, relations_of
from projections.storage import tables
from projections.storage.bulk_rows import Row
from projections.storage.history import history_source
from projections.storage.incident_cache import IncidentCache
from projections.storage.tables import relations
from tests.conftest import NewDatabase
from tests.contract.api.history.damage import alter, publish
from tests.contract.projections.folding.acts import Act, fold_in_pages_of, lives, on_sqlite
from tests.contract.projections.storage.history.builds import build, cache_on, opened
from tests.contract.projections.storage.history.exports import assert_same_exports
from tests.contract.projections.storage.history.series import assert_same_pairs
from tests.contract.projections.storage.test_incident_cache import of_each_pair
from tests.contract.s3_server import BUCKET, running_s3
from tests.examples import examples
from tests.language import clash, post, statement

DAYS = (18200, 18302, 18350, 18999)


def assert_same_with_history(service: Service, history: OpenHistory, cache: IncidentCache | None = None) -> None:
    """Assert that columns and lists are the same with a history, which is used, and without."""
    cache = cache or cache_on(history)
    with service.store.reading() as connection:
        found = cache.at(connection)
        assert history.problem is None
        assert found.history == history.position
        assert of_each_pair(found) == of_each_pair(read_incident_columns(connection))
        for day in DAYS:
            answers = []
            for each in (cache, IncidentCache(correct_columns)):
                question = Question(day)
                listed = relations_at(connection, question, each.at, cache=each)
                answers.append((listed.history, relations_of(connection, listed, range(len(listed)), question)))
            assert answers[0][1] == answers[1][1]
            assert [position for position, _ in answers] == [history.position, None]
        assert_same_table(connection, history)


def assert_same_table(connection: Connection, history: OpenHistory) -> None:
    """Assert that what backtests are made of is the same, in the same order, where nothing waits to be weighed."""
    mine, theirs = load_incident_table(connection, history=history), load_incident_table(connection)
    assert mine.history == (None if has_stale_weights(connection) else history.position)
    assert (mine.pairs, mine.ties) == (theirs.pairs, theirs.ties)
    for name in ("pair", "day", "type", "weight", "material"):
        one, other = getattr(mine, name), getattr(theirs, name)
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


@examples(10)
@given(lives(), lives(), st.booleans())
def test_a_history_and_what_came_since_are_what_the_tables_have(
    before: Sequence[Act], since: Sequence[Act], goes_on: bool
) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        service.log.post_article(post("first", clash()))
        for act in before:
            act.do(service)
        build(service, Path(folder))
        history = opened(service, Path(folder))
        fold_in_pages_of(100, service)
        assert_same_with_history(service, history)
        cache = cache_on(history)
        for act in since:
            act.do(service)
            if act.then_fold or goes_on:
                fold_in_pages_of(3, service)
                assert_same_with_history(service, history, cache if goes_on else None)
        fold_in_pages_of(3, service)
        assert_same_with_history(service, history)
        with service.store.reading() as connection:
            assert_same_exports(connection, history, DAYS[-1])
            assert_same_pairs(connection, history)
        history.close()
        service.close()


@pytest.fixture
def built(service: Service, tmp_path: Path) -> Path:
    """Return the folder of a history of what three articles tell."""
    for number, publisher in enumerate(("AFP", "AFP via Yahoo", "Reuters")):
        told = (clash(day="2020-02-03"), statement("RUS", "TUR", f"2020-02-0{number + 1}"))
        service.log.post_article(post(f"a-{number}", *told, publisher=publisher, provenance=by(service)))
    fold_in_pages_of(100, service)
    build(service, tmp_path)
    return tmp_path


@pytest.fixture
def history(service: Service, built: Path) -> Iterator[OpenHistory]:
    """Return the history of them."""
    found = opened(service, built)
    yield found
    found.close()


def by(service: Service) -> Provenance:
    return Provenance("ann", service.clock())


def tell_more(service: Service, article_id: str = "more") -> None:
    service.log.post_article(post(article_id, clash("RUS", "SYR"), clash(), provenance=by(service)))
    fold_in_pages_of(100, service)


def test_what_came_since_is_read_from_the_tables(service: Service, history: OpenHistory) -> None:
    cache = cache_on(history)
    assert_same_with_history(service, history, cache)
    tell_more(service)
    assert_same_with_history(service, history, cache)
    assert_same_with_history(service, history)


def test_a_history_without_incidents_is_one(service: Service, tmp_path: Path) -> None:
    tell_more(service, "first")
    service.log.retract_article(RetractArticle("first", "made up", by(service)))
    build(service, tmp_path)
    history = opened(service, tmp_path)
    fold_in_pages_of(100, service)
    for article_id in ("second", "third"):
        with service.store.reading() as connection:
            assert_same_with_history(service, history)
            assert_same_exports(connection, history, DAYS[-1])
            assert_same_pairs(connection, history)
        tell_more(service, article_id)
    history.close()


def test_publishers_that_came_to_count_as_one_are_weighed_as_the_tables_have_them(
    service: Service, history: OpenHistory
) -> None:
    service.log.add_publisher_alias(AddPublisherAlias("AFP via Yahoo", "AFP", by(service)))
    Folder(service.log, service.store).fold_pages()
    with service.store.reading() as connection:
        assert has_stale_weights(connection)
    assert_same_with_history(service, history)
    fold_in_pages_of(100, service)
    assert_same_with_history(service, history)


def test_a_new_build_is_taken_up(service: Service, built: Path, history: OpenHistory) -> None:
    cache, before = cache_on(history), history.position
    assert_same_with_history(service, history, cache)
    tell_more(service)
    build(service, built)
    history.look()
    assert before is not None
    assert history.position is not None
    assert history.position > before
    assert_same_with_history(service, history, cache)


def assert_not_used(service: Service, history: OpenHistory, said: str) -> None:
    """Assert that a history is not used, why, and that all is what it is without one."""
    cache = cache_on(history)
    with service.store.reading() as connection:
        found = cache.at(connection)
        assert found.history is None
        assert of_each_pair(found) == of_each_pair(read_incident_columns(connection))
    assert said in (history.problem or "")


def test_a_redaction_behind_its_position_ends_its_use(service: Service, history: OpenHistory) -> None:
    service.log.redact(RedactTexts("a-1", None, ("quote",), "asked", by(service)))
    fold_in_pages_of(100, service)
    assert_not_used(service, history, "redacted at position 10")


def test_tables_that_are_behind_it_answer_for_themselves(
    service: Service, history: OpenHistory, built: Path
) -> None:
    service.log.post_article(post("more", clash("RUS", "SYR"), provenance=by(service)))
    build(service, built)
    history.look()
    assert_not_used(service, history, "folded up to position 9, and the history is of position 11")
    fold_in_pages_of(100, service)
    assert_same_with_history(service, history)


@pytest.mark.parametrize("then", ["before it is looked at", "after"])
def test_an_altered_file_is_not_read(service: Service, built: Path, then: str) -> None:
    (file,) = (built / "history" / "tables").glob("incident_columns-*.parquet")
    content = file.read_bytes()
    history = opened(service, built) if then == "after" else None
    file.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    history = history or opened(service, built)
    assert_not_used(service, history, f"{file.name}: it was altered")
    history.close()


def test_a_missing_file_is_said(service: Service, built: Path) -> None:
    (file,) = (built / "history" / "tables").glob("incidents-*.parquet")
    file.unlink()
    assert_not_used(service, opened(service, built), f"{file.name}: No such file or directory")


def test_an_altered_manifest_is_said(service: Service, built: Path) -> None:
    manifest = built / "history" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"position": 9', '"position": 8'))
    assert_not_used(service, opened(service, built), "is damaged (its content is not that of its checksum)")


def test_where_there_is_none_it_is_said(service: Service, tmp_path: Path) -> None:
    assert_not_used(service, opened(service, tmp_path), "there is no history: `detente history build` makes one")


def test_the_history_of_another_log_is_not_read(service: Service, built: Path, new_database: NewDatabase) -> None:
    other = Service.open(Settings(database_url=new_database()), service.clock)
    for number in range(5):
        other.log.post_article(post(f"a-{number}", clash("RUS", "SYR"), provenance=by(service)))
    fold_in_pages_of(100, other)
    assert_not_used(other, opened(other, built), "is not of this log, which has another event at position 9")
    other.close()


def test_the_history_of_an_empty_log_is_not_read(service: Service, tmp_path: Path) -> None:
    build(service, tmp_path)
    assert_not_used(service, opened(service, tmp_path), "is a history of an empty log: build it anew")


def test_a_history_that_ends_within_a_command_is_not_read(
    sqlite_service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tell_more(sqlite_service, "first")
    manifest = build(sqlite_service, tmp_path)
    (within,) = sqlite_service.log.read_stretch(manifest.position - 2, manifest.position - 1)
    publish(tmp_path / "history", manifest, position=within.id, end=end_of(within))
    history = opened(sqlite_service, tmp_path)
    assert_not_used(sqlite_service, history, f"ends at position {within.id}, within a command: build it anew")
    (tmp_path / "history" / "manifest.json").unlink()
    for _ in range(2):
        history.look()
    assert caplog.text.count("there is no history") == 1  # which is said once, as long as it is so


def test_a_history_of_other_tables_is_not_read(
    service: Service, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_source, "TABLES_VERSION", 99)
    assert_not_used(service, opened(service, built), "has tables of version 4, not 99: build it anew")


def test_a_history_of_which_the_tables_say_otherwise_is_not_read(service: Service, history: OpenHistory) -> None:
    with service.store.writing() as connection:
        connection.execute(update(relations).where(relations.c.a == "RUS").values(incidents=7))
    assert_not_used(service, history, "has other incidents than the tables: build it anew")


def test_backtests_are_not_made_of_a_history_of_which_the_tables_say_otherwise(
    service: Service, history: OpenHistory
) -> None:
    with service.store.writing() as connection:
        connection.execute(update(relations).where(relations.c.a == "RUS").values(incidents=7))
    with service.store.reading() as connection:
        assert load_incident_table(connection, history=history).history is None
        assert "has other incidents than the tables: build it anew" in (history.problem or "")
        assert history.read_columns(connection) is None  # nor is anything else


def test_backtests_are_not_made_of_incidents_that_miss_a_value(sqlite_service: Service, tmp_path: Path) -> None:
    tell_more(sqlite_service, "first")
    place = tables.incidents.columns.keys().index("weight")

    def change(found: list[Row]) -> None:
        found[0] = (*found[0][:place], None, *found[0][place + 1 :])

    alter(tmp_path / "history", build(sqlite_service, tmp_path), tables.incidents, change)
    history = opened(sqlite_service, tmp_path)
    with sqlite_service.store.reading() as connection:
        assert load_incident_table(connection, history=history).history is None
    assert history.problem == "an incident has no weight"
    history.close()


def test_a_history_that_is_too_old_is_not_read(
    service: Service, history: OpenHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_source, "_LEAST", 1)
    monkeypatch.setattr(history_source, "_MANY", 100)
    tell_more(service)
    assert_not_used(service, history, "2 incidents changed since position 9: build it anew")


def refuse(*_: object) -> Page:
    raise ValueError("no")


def test_an_event_that_was_parked_and_folded_late_ends_its_use(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_more(service, "first")
    with monkeypatch.context() as patch:
        for name in ("fold_stored", "fold_page"):
            patch.setattr(folder, name, refuse)
        tell_more(service, "parked")
    build(service, tmp_path)
    history = opened(service, tmp_path)
    assert_not_used(service, history, "other events are parked up to position 6 than when the history was built")
    service.projector.retry()
    assert_same_with_history(service, history)
    history.close()


def test_a_history_in_s3_is_fetched_and_read(
    sqlite_service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_more(sqlite_service, "first")
    with running_s3() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        S3FileSystem(skip_instance_cache=True).mkdir(BUCKET)
        at = f"s3://{BUCKET}/history"
        build(sqlite_service, tmp_path, at)
        history = opened(sqlite_service, tmp_path, at)
        tell_more(sqlite_service)
        assert_same_with_history(sqlite_service, history)
        history.close()


def test_without_what_reads_it_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "projections.storage.history.history_source", None)
    with pytest.raises(ArchiveRefused, match=r"pip install 'detente\[history-local\]', or unset it"):
        history_reader("/somewhere")
    assert history_reader("")(None) is None  # type: ignore[arg-type]  # which it does not look at
