"""Questions to the projections, on every kind of store, with the Idlib article as the facts."""

from datetime import date
from itertools import pairwise
from threading import Event, Thread

import pytest
from eventsourcing.persistence import RecordConflictError

from api.importing.seeds import load_seeds
from api.running.service import Service
from domain.actors import AddActorName
from domain.articles import RetractReport, ReviseArticle
from domain.errors import ActorDiffers, ChangedMeanwhile
from projections.evidence.agreements import Status
from projections.queries.actors import all_actors
from projections.queries.agreements import agreements_between, agreements_on
from projections.queries.articles import latest_articles, reports_by_incident
from projections.queries.question import Question
from projections.queries.relation import agreements_in_force, contributions_at, relation_at
from projections.queries.tension_series import Interval, tension_points
from projections.scoring.states import State
from projections.times import to_day, to_micros
from tests.contract.asking import all_relations
from tests.language import BY_ANN, agreement, backing, clash, header, post

FEBRUARY_12 = to_day(date(2020, 2, 12))


@pytest.fixture
def seeded(service: Service) -> Service:
    """Return a service with the seeds, folded."""
    load_seeds(service)
    service.projector.catch_up()
    return service


def test_the_idlib_article_reads_as_it_says(shared_seeds: Service) -> None:
    with shared_seeds.store.reading() as connection:
        syr_tur = relation_at(connection, ("SYR", "TUR"), Question(FEBRUARY_12))
        rus_tur = relation_at(connection, ("RUS", "TUR"), Question(FEBRUARY_12))
        _, contributions = contributions_at(connection, ("RUS", "TUR"), Question(FEBRUARY_12))
    assert syr_tur.state is State.OPEN_CONFLICT
    assert rus_tur.state is State.STRAINED_COOPERATION
    via_syria = sum(c.contribution for c in contributions if c.via == "SYR")
    assert via_syria > rus_tur.scores.tension / 2
    conflict = sum(c.contribution for c in contributions if c.weight < 0)
    assert conflict == pytest.approx(rus_tur.scores.tension, abs=1e-9)


def test_the_dead_of_a_day_are_not_added_to_those_of_its_week(shared_seeds: Service) -> None:
    with shared_seeds.store.reading() as connection:
        _, found = contributions_at(connection, ("SYR", "TUR"), Question(FEBRUARY_12))
        (week,) = [c.incident for c in found if c.incident.id == "SYR>TUR:ASSAULT:2020-02-03"]
        progress = reports_by_incident(connection, [week.id], Question(FEBRUARY_12))[week.id]
    assert (week.killed, week.reports, week.publishers) == (13, 2, 1)
    assert [(t.report.ref, getattr(t.report, "killed", None)) for t in progress] == [("I05", 13), ("I13", 8)]


def test_both_agreements_are_listed(shared_seeds: Service) -> None:
    with shared_seeds.store.reading() as connection:
        entries = {a.entry.agreement: a for a in agreements_on(connection, Question(FEBRUARY_12))}
        in_force = agreements_in_force(connection, ("RUS", "TUR"), Question(FEBRUARY_12))
        before = agreements_on(connection, Question(to_day(date(2019, 1, 1))))
        others = agreements_between(connection, ("RUS", "SYR"), Question(FEBRUARY_12))
    assert list(entries) == ["idlib-dmz-2018", "ypg-withdrawal-2019"]
    assert [each.entry.agreement for each in in_force] == list(entries)
    assert {found.entry.parties for found in entries.values()} == {("RUS", "TUR")}
    assert [found.entry.agreement for found in before] == ["idlib-dmz-2018"]
    assert others == []


def test_agreements_follow_what_is_reported_later_and_what_was_known(service: Service) -> None:
    service.log.post_article(post("a-1", agreement("RUS TUR", "2018", agreement="deal", title="The deal")))
    service.log.post_article(
        post("a-2", agreement("TUR RUS", "2020-01", agreement="deal", development="breached"))
    )
    service.projector.catch_up()
    with service.store.reading() as connection:
        (now,) = agreements_on(connection, Question(FEBRUARY_12))
        (earlier,) = agreements_on(connection, Question(to_day(date(2019, 1, 1))), ["deal"])
        unknown = agreements_on(connection, Question(FEBRUARY_12, to_micros(BY_ANN.recorded) - 1))
    assert (now.entry.status, now.entry.title, len(now.developments)) == (Status.BREACHED, "The deal", 2)
    assert [progress.article_id for progress in now.developments] == ["a-1", "a-2"]
    assert earlier.entry.status is Status.IN_FORCE
    assert unknown == []


@pytest.mark.parametrize("interval", list(Interval))
def test_a_series_says_what_each_day_by_itself_says(shared_seeds: Service, interval: Interval) -> None:
    last = FEBRUARY_12 + 60
    with shared_seeds.store.reading() as connection:
        points = tension_points(connection, ("RUS", "TUR"), Question(last), None, interval).points
        for point in (points[0], points[len(points) // 2], points[-1]):
            alone = relation_at(connection, ("RUS", "TUR"), Question(point.day)).scores
            assert point.tension == pytest.approx(alone.tension, abs=1e-9)
            assert point.cooperation == pytest.approx(alone.cooperation, abs=1e-9)
            assert point.spillover == pytest.approx(alone.spillover, abs=1e-9)
            assert point.peak >= point.tension
    assert points[-1].day == last
    expected = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 28}[interval]
    assert min(b.day - a.day for a, b in pairwise(points[:-1])) >= expected


def test_the_peak_of_an_interval_is_its_highest_day(shared_seeds: Service) -> None:
    first, last = to_day(date(2020, 1, 1)), to_day(date(2020, 2, 29))
    with shared_seeds.store.reading() as connection:
        daily = tension_points(connection, ("SYR", "TUR"), Question(last), first, Interval.DAY).points
        january, february = tension_points(
            connection, ("SYR", "TUR"), Question(last), first, Interval.MONTH
        ).points
    assert (january.day, february.day) == (to_day(date(2020, 1, 31)), last)
    assert january.peak == max(point.tension for point in daily if point.day <= january.day)
    assert february.peak == max(point.tension for point in daily if point.day > january.day)


def test_a_pair_of_which_nothing_is_known_has_no_series_and_is_unknown(shared_seeds: Service) -> None:
    with shared_seeds.store.reading() as connection:
        assert (
            tension_points(connection, ("FJI", "ISL"), Question(FEBRUARY_12), None, Interval.DAY).points[0].tension
            == 0
        )
        assert tension_points(connection, ("RUS", "TUR"), Question(9), 10, Interval.DAY).points.day.tolist() == []
        nothing = relation_at(connection, ("FJI", "ISL"), Question(FEBRUARY_12))
        before = relation_at(connection, ("RUS", "TUR"), Question(-10_000))
        forgotten = relation_at(connection, ("RUS", "TUR"), Question(to_day(date.max)))
    assert (nothing.state, nothing.since, nothing.incidents) == (State.UNKNOWN, None, 0)
    assert (before.state, before.since, before.incidents) == (State.UNKNOWN, None, 0)
    assert forgotten.state is State.UNKNOWN
    assert forgotten.since is not None


def test_all_relations_are_what_each_by_itself_is(shared_seeds: Service) -> None:
    for day in (FEBRUARY_12 - 5, FEBRUARY_12, FEBRUARY_12 + 400):
        with shared_seeds.store.reading() as connection:
            listed = all_relations(connection, Question(day))
            alone = [relation_at(connection, relation.pair, Question(day)) for relation in listed]
        assert [(r.state, r.since, r.incidents, r.publishers) for r in listed] == [
            (r.state, r.since, r.incidents, r.publishers) for r in alone
        ]
        assert [r.scores.tension for r in listed] == pytest.approx([r.scores.tension for r in alone], abs=1e-9)


def test_states_that_are_not_made_anew_yet_are_worked_out_when_asked_for(seeded: Service) -> None:
    with seeded.store.reading() as connection:
        before = relation_at(connection, ("SYR", "TUR"), Question(FEBRUARY_12))
    seeded.log.post_article(post("a-2", *(clash("TUR", "SYR", f"2020-01-{day}", killed=30) for day in (10, 20))))
    seeded.projector._fold_next_page()
    with seeded.store.reading() as connection:
        stale = relation_at(connection, ("SYR", "TUR"), Question(FEBRUARY_12))
        all_stale = {r.pair: r for r in all_relations(connection, Question(FEBRUARY_12))}
    seeded.projector.catch_up()
    with seeded.store.reading() as connection:
        fresh = relation_at(connection, ("SYR", "TUR"), Question(FEBRUARY_12))
    assert stale.since != before.since
    assert (stale.state, stale.since) == (fresh.state, fresh.since)
    of_all = all_stale["SYR", "TUR"]
    assert (of_all.state, of_all.since) == (fresh.state, fresh.since)


def test_seeding_again_changes_nothing(seeded: Service) -> None:
    position = seeded.log.position()
    assert load_seeds(seeded) == (0, 0)
    assert seeded.log.position() == position


def test_actors_registered_meanwhile_are_not_registered_twice(seeded: Service) -> None:
    from api.importing.seeds import read_actors, seed_actors

    position = seeded.log.position()
    with pytest.raises(ActorDiffers):
        seeded.log.register_actors(read_actors(BY_ANN))
    seeded.log.directory().names.clear()  # as if another process had seeded in between
    seed_actors(seeded, BY_ANN)
    assert seeded.log.position() == position


def test_the_catalogue_lists_actors_and_articles(seeded: Service) -> None:
    seeded.log.add_actor_name(AddActorName("NATO", "The Alliance of the Atlantic", BY_ANN))
    for number in range(5):
        seeded.log.post_article(post(f"a-{number}", clash(), headline=f"No. {number}"))
    seeded.projector.catch_up()
    with seeded.store.reading() as connection:
        actors = {actor.code: actor for actor in all_actors(connection)}
        first = latest_articles(connection, None, 4)
        rest = latest_articles(connection, first[-1][0], 4)
    assert "The Alliance of the Atlantic" in actors["NATO"].aliases
    assert {entry.article_id for _, entry in [*first, *rest]} == {
        "idlib-2020-02-11",
        *(f"a-{n}" for n in range(5)),
    }
    assert len(first) + len(rest) == 6


def test_an_article_that_changes_all_the_time_is_given_up_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.log.post_article(post("a-1", clash()))

    def conflict(*_: object, **_options: object) -> None:
        raise RecordConflictError

    monkeypatch.setattr(service.log, "save", conflict)
    with pytest.raises(ChangedMeanwhile):
        service.log.revise_article(ReviseArticle("a-1", header(), (clash(killed=1),), None, BY_ANN))


def test_a_projector_in_a_thread_folds_when_woken_and_survives_an_error(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, wake, stop, failed = sqlite_service, Event(), Event(), Event()
    read_log = service.log.read_log

    def fail_once(after: int, limit: int) -> object:
        if not failed.is_set():
            failed.set()
            raise ConnectionError("the database is away")
        return read_log(after, limit)

    monkeypatch.setattr(service.log, "read_log", fail_once)
    service.log.post_article(post("a-1", clash()))
    thread = Thread(target=service.projector.run, args=(wake, stop, 0.01))
    thread.start()
    while service.store.position() < service.log.position():
        wake.set()
    stop.set()
    wake.set()
    thread.join()
    assert failed.is_set()


def test_progress_is_told_and_a_stop_is_heeded(sqlite_service: Service) -> None:
    service = sqlite_service
    service.log.post_article(post("a-1", clash()))
    progress: list[tuple[int, int]] = []
    stop = Event()
    stop.set()
    assert service.projector.catch_up(stop=stop) == 0
    service.projector.catch_up(lambda position, end: progress.append((position, end)))
    assert progress == [(2, 2)]


def test_a_pair_is_listed_with_the_publishers_of_its_own_past_alone(service: Service) -> None:
    """Syria's clash spills over to Russia before anybody writes of Russia and Turkey themselves."""
    service.log.post_article(post("a-1", clash("SYR", "TUR", "2020-02-05"), backing("RUS", "SYR")))
    service.log.post_article(post("a-2", clash("RUS", "TUR", "2020-02-11")))
    service.projector.catch_up()
    before = Question(to_day(date(2020, 2, 10)))
    with service.store.reading() as connection:
        (listed,) = (r for r in all_relations(connection, before) if r.pair == ("RUS", "TUR"))
        alone = relation_at(connection, ("RUS", "TUR"), before)
    assert listed.scores.spillover > 0
    assert (listed.incidents, listed.publishers) == (alone.incidents, alone.publishers) == (0, 0)


def test_a_publisher_counts_from_the_first_day_of_what_still_stands_of_its_reports(service: Service) -> None:
    days = ("2020-02-05", "2020-02-07", "2020-02-11")
    service.log.post_article(post("a-1", *(clash("RUS", "TUR", day) for day in days)))
    service.projector.catch_up()
    assert _publishers_by_day(service) == [0, 1, 1, 1]
    service.log.retract_report(RetractReport("a-1", 2, None, BY_ANN))
    service.projector.catch_up()
    assert _publishers_by_day(service) == [0, 1, 1, 1]
    service.log.retract_report(RetractReport("a-1", 1, None, BY_ANN))
    service.projector.catch_up()
    assert _publishers_by_day(service) == [0, 0, 0, 1]
    service.log.post_article(post("a-2", clash("TUR", "RUS", "2020-02-06")))
    service.projector.catch_up()
    assert _publishers_by_day(service) == [0, 0, 1, 1]


def _publishers_by_day(service: Service) -> list[int]:
    """Return how many publishers report a pair by each of some days, alone and listed."""
    counts = []
    with service.store.reading() as connection:
        for day in (4, 5, 9, 11):
            question = Question(to_day(date(2020, 2, day)))
            alone = relation_at(connection, ("RUS", "TUR"), question).publishers
            listed = [relation.publishers for relation in all_relations(connection, question)]
            assert sum(listed) == alone
            counts.append(alone)
    return counts
