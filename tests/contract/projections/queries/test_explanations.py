"""Questions about change, on every kind of store: what moved tension, and the episodes of a history."""

from datetime import date, timedelta
from math import fsum

import pytest
from sqlalchemy import event, select

from api.running.service import Service
from domain.articles import CorrectReport, RetractArticle, RetractReport, ReviseArticle
from domain.events import Provenance
from domain.reports import Clash
from domain.rulings import ReportRef, SeparateReports
from projections.queries.articles import reports_by_tie
from projections.queries.explanations import explanation_of, history_of
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.scoring.attribution import Explanation, Part
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.states import State
from projections.storage.tables import state_runs
from projections.times import to_day, to_micros
from tests.language import BY_ANN, backing, clash, cooperation, header, post, statement

FEBRUARY_12 = to_day(date(2020, 2, 12))
PAIR = ("SYR", "TUR")


def at(hour: int) -> Provenance:
    return Provenance(BY_ANN.recorded_by, BY_ANN.recorded + timedelta(hours=hour), BY_ANN.request_id)


def known(hour: int) -> int:
    return to_micros(at(hour).recorded)


def explained(service: Service, before: Question, after: Question, pair: tuple[str, str] = PAIR) -> Explanation:
    """Fold what was recorded; explain; check that the parts add up to what relations say of both sides."""
    service.projector.catch_up()
    with service.store.reading() as connection:
        found = explanation_of(connection, pair, before, after)
        sides = [relation_at(connection, pair, question).scores.tension for question in (before, after)]
    assert [found.before.tension, found.after.tension] == pytest.approx(sides, abs=1e-9)
    assert fsum(part.change for part in found.parts) == pytest.approx(sides[1] - sides[0], abs=1e-9)
    return found


def incidents(found: Explanation) -> dict[str, set[str]]:
    return {part.part.value: {moved.incident.id for moved in part.largest} for part in found.parts}


@pytest.mark.parametrize("pair", [("RUS", "TUR"), ("SYR", "TUR"), ("RUS", "SYR-REB"), ("FJI", "ISL")])
@pytest.mark.parametrize("days", [1, 9, 30, 3000])
def test_the_idlib_article_is_explained_exactly(shared_seeds: Service, pair: tuple[str, str], days: int) -> None:
    for day in (FEBRUARY_12, FEBRUARY_12 + 40):
        explained(shared_seeds, Question(day - days), Question(day), pair)


def test_what_moved_russia_and_turkey_in_february(shared_seeds: Service) -> None:
    found = explained(shared_seeds, Question(FEBRUARY_12 - 10), Question(FEBRUARY_12), ("RUS", "TUR"))

    assert [(part.part, part.via, part.change > 0) for part in found.parts] == [
        (Part.SPILLOVER, "SYR", True),
        (Part.NEW, None, True),
        (Part.SPILLOVER, "SYR-REB", True),
    ]
    assert incidents(found)["new"] == {"RUS>TUR:ACCUSE:2020-02-06"}


def test_a_correction_a_confirmation_a_retraction_and_a_late_report_are_told_apart(service: Service) -> None:
    service.log.post_article(
        post(
            "a-1",
            clash(day="2020-02-01", killed=20),
            clash(day="2020-02-02"),
            clash(day="2020-02-03"),
            statement("SYR", "TUR", "2020-02-03"),
            provenance=at(0),
        )
    )
    service.log.correct_report(CorrectReport("a-1", 1, clash(day="2020-02-01", killed=2), "fewer", at(2)))
    service.log.retract_report(RetractReport("a-1", 3, "never was", at(2)))
    second = post("a-2", clash(day="2020-02-02"), clash(day="2020-02-04"), provenance=at(2), publisher="AFP")
    service.log.post_article(second)

    question = Question(FEBRUARY_12)
    found = explained(service, question._replace(known_at=known(1)), question)

    assert incidents(found) == {
        "corrected": {"SYR>TUR:ASSAULT:2020-02-01", "SYR>TUR:ASSAULT:2020-02-02"},
        "retracted": {"SYR>TUR:ASSAULT:2020-02-03"},
        "newly_known": {"SYR>TUR:ASSAULT:2020-02-04"},
    }
    both = explained(service, question._replace(day=FEBRUARY_12 - 9, known_at=known(1)), question)
    assert incidents(both) == {
        "corrected": {"SYR>TUR:ASSAULT:2020-02-01", "SYR>TUR:ASSAULT:2020-02-02"},
        "retracted": {"SYR>TUR:ASSAULT:2020-02-03"},
        "new": {"SYR>TUR:ASSAULT:2020-02-04"},
        "decay": {
            "SYR>TUR:ASSAULT:2020-02-01",
            "SYR>TUR:ASSAULT:2020-02-02",
            "SYR>TUR:ACCUSE:2020-02-03",
        },
    }


@pytest.mark.parametrize(
    ("corrected", "pair", "other"),
    [
        (clash("SYR", "IRN", "2020-02-03"), ("SYR", "TUR"), "SYR>IRN:ASSAULT:2020-02-03"),
        (clash("RUS", "TUR", "2020-02-03"), ("SYR", "TUR"), "RUS>TUR:ASSAULT:2020-02-03"),
        (clash("SYR", "IRN", "2020-02-03"), ("IRN", "SYR"), "SYR>TUR:ASSAULT:2020-02-03"),
    ],
)
def test_a_corrected_source_or_target_is_a_correction_on_both_pairs(
    service: Service, corrected: Clash, pair: tuple[str, str], other: str
) -> None:
    service.log.post_article(post("a-1", clash("SYR", "TUR", "2020-02-03"), provenance=at(0)))
    service.log.correct_report(CorrectReport("a-1", 1, corrected, "another", at(2)))
    question = Question(FEBRUARY_12)

    found = explained(service, question._replace(known_at=known(1)), question, pair)

    (moved,) = found.parts[0].largest
    assert found.parts[0].part is Part.CORRECTED
    assert [each.id for each in (*moved.corrected_from, *moved.corrected_to)] == [other]
    assert bool(moved.corrected_from) == (pair == ("IRN", "SYR"))


def test_a_direction_that_was_swapped_is_corrected_on_its_pair(service: Service) -> None:
    service.log.post_article(post("a-1", clash("SYR", "TUR", "2020-02-03"), provenance=at(0)))
    service.log.correct_report(CorrectReport("a-1", 1, clash("TUR", "SYR", "2020-02-03"), "swapped", at(2)))
    question = Question(FEBRUARY_12)

    found = explained(service, question._replace(known_at=known(1)), question)

    (part,) = found.parts
    ids = ["SYR>TUR:ASSAULT:2020-02-03", "TUR>SYR:ASSAULT:2020-02-03"]
    assert (part.part, part.incidents) == (Part.CORRECTED, 2)
    assert part.change == pytest.approx(0.0, abs=1e-9)
    by_id = {moved.incident.id: moved for moved in part.largest}
    assert [each.id for each in by_id[ids[0]].corrected_to] == ids[1:]
    assert [each.id for each in by_id[ids[1]].corrected_from] == ids[:1]


def test_a_ruling_corrects_nothing_and_a_retraction_beside_a_correction_stays_one(service: Service) -> None:
    reports = [clash(day=f"2020-02-0{day}") for day in (1, 2, 3)]
    service.log.post_article(post("a-1", *reports, provenance=at(0)))
    service.log.correct_report(CorrectReport("a-1", 1, clash("SYR", "RUS", "2020-02-01"), "another", at(2)))
    service.log.retract_report(RetractReport("a-1", 2, "never was", at(2)))
    service.log.separate_reports(SeparateReports((ReportRef("a-1", 3),), "apart", at(2)))
    question = Question(FEBRUARY_12)

    found = explained(service, question._replace(known_at=known(1)), question)

    came = {moved.incident.id for part in found.parts if part.part is Part.NEWLY_KNOWN for moved in part.largest}
    assert incidents(found) == {
        "corrected": {"SYR>TUR:ASSAULT:2020-02-01"},
        "retracted": {"SYR>TUR:ASSAULT:2020-02-02", "SYR>TUR:ASSAULT:2020-02-03"},
        "newly_known": came,
    }
    assert [id_.partition("#")[0] for id_ in came] == ["SYR>TUR:ASSAULT:2020-02-03"]


def test_an_incident_is_the_same_one_when_another_place_of_its_day_is_named_most(service: Service) -> None:
    """The plain id is that of the place that most reports name."""
    plain, back, day = "SYR>TUR:ASSAULT:2020-02-03", "TUR>SYR:ASSAULT:2020-02-03", FEBRUARY_12
    service.log.post_article(post("a-1", clash(place="Saraqib"), clash("TUR", "SYR"), provenance=at(0)))
    for number in (2, 3):
        reported = post(f"a-{number}", clash(place="Idlib"), provenance=at(2), publisher=f"No. {number}")
        service.log.post_article(reported)
    service.log.retract_article(RetractArticle("a-1", "made up", at(4)))

    learnt = explained(service, Question(day, known(1)), Question(day, known(3)))
    later = explained(service, Question(day - 5, known(1)), Question(day, known(3)))
    gone = explained(service, Question(day, known(3)), Question(day))
    swapped = explained(service, Question(day, known(1)), Question(day))

    assert incidents(learnt) == {"newly_known": {plain}}
    assert incidents(later)["decay"] == {f"{plain}@saraqib", plain, back}
    assert later.former == learnt.former == {f"{plain}@saraqib": plain}
    assert (learnt.id_before(plain), learnt.id_before(f"{plain}@saraqib")) == (None, plain)
    assert incidents(gone) == {"retracted": {f"{plain}@saraqib", back}}
    assert incidents(swapped) == {"retracted": {f"{plain}@saraqib", back}, "newly_known": {plain}}
    assert (gone.former, swapped.former) == ({}, {f"{plain}@saraqib": plain})


def test_a_tie_that_ended_and_one_that_was_taken_back_are_spill_over(service: Service) -> None:
    service.log.post_article(post("a-1", clash(day="2020-02-01"), backing(day="2015"), provenance=at(0)))
    service.log.post_article(post("a-2", backing(day="2020-02-10", development="ended"), provenance=at(2)))
    service.log.retract_article(RetractArticle("a-1", "made up", at(4)))
    pair, day, tie = ("RUS", "TUR"), FEBRUARY_12, ("RUS", "SYR")

    ended = explained(service, Question(day - 3, known(3)), Question(day, known(3)), pair)
    learnt = explained(service, Question(day, known(1)), Question(day, known(3)), pair)
    gone = explained(service, Question(day - 3, known(3)), Question(day - 3), pair)

    for found in (ended, learnt, gone):
        ((part, via, patron, change),) = [(p.part, p.via, p.patron, p.change) for p in found.parts]
        assert (part, via, patron, change < 0) == (Part.SPILLOVER, "SYR", "RUS", True)
    with service.store.reading() as connection:
        found_at = [
            reports_by_tie(connection, [tie], Question(day, known_at))[tie] for known_at in (known(3), None)
        ]
        before = reports_by_tie(connection, [tie], Question(day - 3, known(3)))[tie]
    assert [[reporting.article_id for reporting in found] for found in found_at] == [["a-1", "a-2"], ["a-2"]]
    assert [reporting.article_id for reporting in before] == ["a-1"]


def test_a_change_of_model_is_a_part_of_its_own(service: Service) -> None:
    stern = DEFAULT_MODEL.with_constants("stern", prior=4.0, damping=1.0, spillover=0.5)
    service.log.post_article(
        post("a-1", clash(day="2020-02-01"), cooperation("SYR", "TUR", "2020-02-02"), clash(day="2020-02-10"))
    )

    found = explained(service, Question(FEBRUARY_12 - 9), Question(FEBRUARY_12, model=stern))
    only = explained(service, Question(FEBRUARY_12), Question(FEBRUARY_12, model=stern))

    assert {part.part for part in found.parts} == {Part.MODEL, Part.NEW, Part.DECAY, Part.COOPERATION}
    assert [part.part for part in only.parts] == [Part.MODEL]


def test_two_days_of_one_knowledge_are_loaded_once(shared_seeds: Service) -> None:
    def queries(before: Question, after: Question) -> int:
        seen: list[str] = []
        with shared_seeds.store.reading() as connection:
            event.listen(connection, "before_cursor_execute", lambda *args: seen.append(args[2]))
            explanation_of(connection, ("RUS", "TUR"), before, after)
        return len(seen)

    year = queries(Question(FEBRUARY_12 - 365), Question(FEBRUARY_12))

    assert year == queries(Question(FEBRUARY_12), Question(FEBRUARY_12))
    assert year < queries(Question(FEBRUARY_12, known(0)), Question(FEBRUARY_12))


# Episodes


@pytest.mark.parametrize("pair", [("RUS", "TUR"), ("SYR", "TUR"), ("RUS", "SYR-REB")])
def test_episodes_are_the_runs_that_the_table_holds_and_agree_with_each_day(
    shared_seeds: Service, pair: tuple[str, str]
) -> None:
    far = to_day(date.max)

    with shared_seeds.store.reading() as connection:
        mine = (state_runs.c.a == pair[0]) & (state_runs.c.b == pair[1])
        rows = connection.execute(select(state_runs.c.first_day, state_runs.c.state).where(mine)).all()
        history = history_of(connection, pair, Question(far))
        found = [history.episode(run) for run in history.runs]
        for episode in found:
            peak = relation_at(connection, pair, Question(episode.peak_day))
            assert (peak.state, peak.since) == (episode.run.state, episode.run.first)
            assert peak.scores.tension == pytest.approx(episode.peak, abs=1e-9)
        cut = history_of(connection, pair, Question(FEBRUARY_12))

    assert sorted((run.first, run.state.value) for run in history.runs) == sorted((r[0], r[1]) for r in rows)
    assert [run.first for run in cut.runs] == [run.first for run in history.runs if run.first <= FEBRUARY_12]
    assert cut.runs[-1].last is None
    assert found[-1].run.state is State.UNKNOWN
    assert found[-1].days == far - found[-1].run.first + 1


def test_episodes_are_those_of_what_was_known(service: Service) -> None:
    service.log.post_article(post("a-1", clash(day="2020-02-01"), provenance=at(0)))
    service.log.revise_article(ReviseArticle("a-1", header(), (clash(day="2020-02-05"),), "another day", at(2)))
    service.projector.catch_up()

    with service.store.reading() as connection:
        then = history_of(connection, PAIR, Question(FEBRUARY_12, known(1)))
        now = history_of(connection, PAIR, Question(FEBRUARY_12))

    assert [run.first for run in then.runs] == [to_day(date(2020, 2, 1))]
    assert [run.first for run in now.runs] == [to_day(date(2020, 2, 5))]
