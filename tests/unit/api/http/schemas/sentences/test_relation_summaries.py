"""Any relation, then each clause of its summary: against another reading of the part that it speaks of."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.http.schemas.sentences import relation_summaries as said
from api.http.schemas.sentences.relation_summaries import CLAUSES, RelationView, summary
from domain.standards.plover import INTENSITY
from projections.evidence.agreements import AgreementEntry, ClashIncident, Status, with_clashes
from projections.queries.agreements import AgreementHistory
from projections.queries.context.context import NO_CONTEXT, Context
from projections.queries.question import Question
from projections.queries.relation import Relation
from projections.scoring.bootstrap import Uncertainty
from projections.scoring.context.trend import Trend, TrendDirection
from projections.scoring.context.usual import Rank, Usual
from projections.scoring.incidents import Incident
from projections.scoring.models import MODELS
from projections.scoring.pair_history import Contribution, PairScores
from projections.scoring.pressures import Pressures
from projections.scoring.spillover import Backing, SpilledPressure
from projections.scoring.states import NOTHING_KNOWN, State
from projections.times import from_micros, to_date, to_day, to_micros

NAMES = {"SYR": "Syria", "TUR": "Turkey", "RUS": "Russia", "IRN": "Iran"}
DAY = to_day(date(2020, 2, 12))
NOTHING = Pressures(0.0, 0.0)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DATE = re.compile(rf"(\d+) ({'|'.join(MONTHS)}) (\d+)")

MORNING = to_micros(datetime(2020, 2, 12, 8, tzinfo=UTC))
END = to_micros(datetime(2020, 2, 13, tzinfo=UTC)) - 1
BACKINGS = [
    (Backing("TUR", "SYR", DAY - 30),),
    (Backing("SYR", "TUR", DAY - 30), Backing("TUR", "SYR", DAY - 3)),
]

days = st.integers(DAY - 900, DAY)
points = st.floats(0, 100)
pressures = st.floats(0, 50)
tolls = st.none() | st.integers(0, 5000)
counts = st.integers(0, 3000)


@st.composite
def contributions(draw: st.DrawFn) -> Contribution:
    day, low, toll, high = draw(days), *sorted(draw(st.tuples(counts, counts, counts)))
    killed = draw(st.sampled_from([(None, None, None), (toll, low, high)]))
    wide = draw(st.booleans())
    incident = Incident(
        "id", "SYR", "TUR", draw(st.integers(0, 2)), draw(st.sampled_from([None, *INTENSITY])), day, True, 1, 1,
        killed[0], draw(tolls), 1.0, killed[1], killed[2], None, None,
        first_day=day - 3 if wide else None, last_day=day if wide else None,
    )  # fmt: skip
    weight = draw(st.floats(0.1, 9)) * draw(st.sampled_from([-1, 1]))
    return Contribution(incident, weight, draw(st.floats(0.05, 100)), None, None)


@st.composite
def clashes_on(draw: st.DrawFn, day: int) -> ClashIncident:
    """A clash that counts from a day, or one of which that is the middle of some days."""
    about = draw(st.sampled_from([None, 1, 15, 40]))
    span = () if about is None else (day - about, day + about)
    return ClashIncident(day, "id", ("SYR", "TUR"), *span)


@st.composite
def agreed(draw: st.DrawFn) -> AgreementHistory:
    since = draw(st.integers(DAY - 400, DAY - 1))
    title, purpose = (
        draw(st.none() | st.just("A title")),
        draw(st.sampled_from(["ceasefire", "peace", "trade", None])),
    )
    entry = AgreementEntry("deal", title, purpose, ("SYR", "TUR"), Status.IN_FORCE, since, since, (since,))
    days_after = draw(st.lists(st.integers(since + 1, DAY), max_size=3)) if entry.is_violable else []
    clashes = tuple(draw(clashes_on(day)) for day in sorted(days_after))
    return AgreementHistory(with_clashes(entry, clashes), (), clashes)


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    last_clash = draw(st.none() | days.flatmap(clashes_on))
    news, before = draw(pressures | st.just(0.0)), draw(pressures | st.just(0.0))
    rank = Rank(draw(points), None)
    trend = Trend(draw(st.sampled_from(TrendDirection)), news - before, news)
    usual = Usual(draw(st.integers(1, 261)), rank, Rank(draw(points), None))
    return Context(draw(st.sampled_from([None, trend])), draw(st.sampled_from([None, usual])), last_clash)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    return Question(
        DAY,
        known_at=draw(
            st.none() | st.integers(to_micros(datetime(2015, 1, 1, tzinfo=UTC)), MORNING) | st.just(END)
        ),
        published_by=draw(st.none() | days),
        model=draw(st.sampled_from(list(MODELS.values()))),
        what_if=draw(st.sampled_from([(), ("spillover:0.0",), ("trend_window:9", "without_publisher:AP")])),
    )


@st.composite
def views(draw: st.DrawFn) -> RelationView:
    state = draw(st.sampled_from(State))
    spilled = tuple(
        SpilledPressure(draw(st.sampled_from(["RUS", "IRN", "XYZ"])), draw(st.sampled_from(["SYR", "TUR"])), share)
        for share in draw(st.lists(st.floats(0.01, 9), max_size=5))
    )
    spillover = sum(each.pressure for each in spilled)
    conflict = draw(pressures | st.just(0.0)) + spillover
    relation = Relation(
        ("SYR", "TUR"),
        PairScores(conflict, 0.0, spillover, draw(points), draw(points), (NOTHING, NOTHING)),
        state,
        draw(days) if state is not State.UNKNOWN else draw(st.none() | days),
        draw(counts),
        draw(st.integers(1, 40)),
        Uncertainty(draw(st.none() | st.tuples(points, points)), 1.0),
        NO_CONTEXT if state in NOTHING_KNOWN else draw(contexts()),
        None,
        tuple(draw(st.lists(contributions(), max_size=3))),
        spilled,
        tuple(draw(st.sampled_from(BACKINGS)) if state is State.ALIGNED else ()),
    )
    return RelationView(relation, draw(questions()), draw(st.lists(agreed(), max_size=6)), NAMES)


# Another reading of the parts


def dates_in(text: str) -> set[date]:
    return {date(int(year), 1 + MONTHS.index(month), int(day)) for day, month, year in DATE.findall(text)}


def numbers_in(text: str) -> set[str]:
    basis = r"under model \S+,|supposing .*?, (?=how|Syria)|at [0-9:.]+ UTC"
    without = re.sub(rf'"[^"]*"|{basis}|between \d+[^,]*? and (?=\d+ [A-Z])', "", text)
    return set(re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", DATE.sub("", without)))


def parts_of(view: RelationView) -> dict[Callable[[RelationView], str | None], object]:
    """Return whether there is anything for each clause to speak of."""
    relation, context = view.relation, view.relation.context
    known = relation.state not in NOTHING_KNOWN
    violable = [each for each in view.agreements if each.entry.purpose in ("ceasefire", "peace")]
    return {
        said.standing_clause: True,
        said.scores_clause: known or relation.scores.tension >= 0.05 or relation.scores.cooperation >= 0.05,
        said.spillover_clause: relation.spilled,
        said.trend_clause: context.trend,
        said.usual_clause: context.usual,
        said.last_clash_clause: context.last_clash,
        said.heaviest_clause: relation.heaviest,
        said.disputed_clause: [each for each in relation.heaviest if each.incident.is_disputed],
        said.ceasefires_clause: violable,
        said.agreements_clause: len(view.agreements) > len(violable),
        said.sureness_clause: relation.incidents,
    }


def shown(*numbers: float | int | None) -> Iterator[str]:
    for number in numbers:
        if number is not None:
            yield f"{number:,}" if isinstance(number, int) else f"{number:.1f}"


def numbers_of(view: RelationView) -> dict[Callable[[RelationView], str | None], set[str]]:
    """Return the numbers that each clause may name, as they are written."""
    relation, (trend, usual) = view.relation, (view.relation.context.trend, view.relation.context.usual)
    incidents = [each.incident for each in relation.heaviest]
    scores, clash = relation.scores, relation.context.last_clash
    window = view.question.model.trend_window
    assault = abs(view.question.model.weight("ASSAULT", 1, None, None))
    of_trend = (trend.news, abs(trend.change), assault) if trend else ()
    tolls = [number for each in incidents for number in (each.killed, each.wounded)]
    ranges = [number for each in incidents for number in (each.killed_low, each.killed_high)]
    share = 100 * scores.spillover / scores.conflict if relation.spilled else 0
    others = range(1, 7)
    return {
        said.standing_clause: set(),
        said.scores_clause: {*shown(scores.tension, scores.cooperation), "100"},
        said.spillover_clause: {"1", f"{min(share, 99):.0f}", *shown(len(relation.spilled) - 3)},
        said.trend_clause: {*shown(*of_trend, window, 2 * window), "1"},
        said.usual_clause: {f"{usual.news.percentile:.0f}", *shown(usual.weeks, window), "0", "100"}
        if usual
        else set(),
        said.last_clash_clause: set(shown(DAY - clash.day)) if clash else set(),
        said.heaviest_clause: {*shown(*(each.contribution for each in relation.heaviest), *tolls)},
        said.disputed_clause: set(shown(*ranges)),
        said.ceasefires_clause: set(shown(0, *others)),
        said.agreements_clause: set(shown(*others)),
        said.sureness_clause: {
            *shown(relation.incidents, relation.publishers, *(relation.tension_interval or ())),
            "8",
            "10",
        },
    }


def days_of(view: RelationView) -> set[date]:
    relation, clash = view.relation, view.relation.context.last_clash
    happened = [each.incident for each in relation.heaviest] + [each for each in [clash] if each]
    happened += [each for agreement in view.agreements for each in agreement.clashes]
    found = [DAY, relation.since, view.question.published_by]
    found += [each.entry.affirmed for each in view.agreements] + [each.since for each in relation.backings]
    found += [day for each in happened for day in (each.day, each.first_day, each.last_day)]
    known_at = view.question.known_at
    instants = set() if known_at is None else {from_micros(known_at).date()}
    return {to_date(day) for day in found if day is not None} | instants


def assert_no_assault_is_put_on_a_day_or_after_one_that_is_not_known(view: RelationView) -> None:
    clash, last = view.relation.context.last_clash, said.last_clash_clause(view)
    if last is not None and clash is not None:
        assert [words in last for words in ("was on", "was between", "it counts as of")] == (
            [True, False, False] if clash.first_day is None else [False, True, True]
        )
    violated = [each for each in view.violable if each.clashes][:3]
    sentences = [text for text in (said.ceasefires_clause(view) or "").split("The ") if "is violated:" in text]
    for text, (entry, _, clashes) in zip(sentences, violated, strict=True):
        is_later = all((each.first_day or each.day) > (entry.affirmed or 0) for each in clashes)
        assert bool(re.search("parties that counts? as after", text)) != is_later
        assert bool(re.search(r", (the first )?between \d", text)) != (clashes[0].first_day is None)


@settings(max_examples=40, deadline=None)
@given(views())
def test_each_clause_says_what_its_part_says_and_nothing_where_there_is_none(view: RelationView) -> None:
    parts, numbers = parts_of(view), numbers_of(view)
    assert set(parts) == set(numbers) == set(CLAUSES)
    for clause in CLAUSES:
        text = clause(view)
        assert (text is not None) == bool(parts[clause])
        if text is not None:
            assert numbers_in(text) <= numbers[clause]
            assert dates_in(text) <= days_of(view)
            assert re.fullmatch(r"[A-Z0-9].*\.", text)
    assert_no_assault_is_put_on_a_day_or_after_one_that_is_not_known(view)


@settings(max_examples=40, deadline=None)
@given(views())
def test_what_an_answer_rests_on_is_said_and_what_rests_on_all_there_is_says_no_more(view: RelationView) -> None:
    question, standing = view.question, said.standing_clause(view) or ""
    rests_on = {
        "by what was published by": question.published_by is not None,
        "with what was known": question.known_at is not None,
        "under model": question.model.name != "2026.2",
        "supposing": bool(question.what_if),
    }
    assert {words: words in standing for words in rests_on} == rests_on
    assert all(supposed in standing for supposed in question.what_if)
    sure = said.sureness_clause(view)
    assert sure is None or ("The log knows" in sure) == (not any(rests_on.values()))
    heaviest = said.heaviest_clause(view)
    assert heaviest is None or ("between the two:" in heaviest) == bool(view.relation.spilled)
    signs = {each.weight < 0 for each in view.relation.heaviest}
    assert heaviest is None or ("; in cooperation: " in heaviest) == (len(signs) == 2)
    for patron, client, since in view.relation.backings:
        assert f"{NAMES[patron]} has counted as backing {NAMES[client]} since " in standing
        assert since == view.relation.since or to_date(since) in dates_in(standing)


@settings(max_examples=40, deadline=None)
@given(views())
def test_a_summary_is_in_whole_words_and_names_actors(view: RelationView) -> None:
    text = summary(view)
    plain = re.sub(r"trend_window|without_publisher", "it", text)  # what is supposed is told as it was asked
    assert not re.search(r"\b([A-Za-z]+) \1\b|  | [.,;:]|\.\.|None|\(\)|_", plain)
    assert not re.search(r"\b(SYR|TUR|RUS|IRN)\b", text)
    assert ("XYZ" in text) == any(each.client == "XYZ" for each in view.relation.spilled[:3])
    for _, patron, _ in view.relation.spilled[:3]:
        other = NAMES["SYR" if patron == "TUR" else "TUR"]
        assert f"(which {NAMES[patron]} backs) with {other}" in text
    violated = sum(each.entry.status is Status.VIOLATED for each in view.agreements)
    assert text.count("is violated:") == min(violated, 3)
    trend = view.relation.context.trend
    assert [each.value for each in TrendDirection if f"trend is {each.value}" in text] == (
        [trend.direction.value] if trend else []
    )


# Examples


def known(state: State = State.HOSTILE, **more: object) -> Relation:
    scores = PairScores(9.0, 0.0, 0.0, 40.0, 1.0, (NOTHING, NOTHING))
    return Relation(("SYR", "TUR"), scores, state, DAY - 9, 3, 1, **more)  # type: ignore[arg-type]


def clause_of(clause: Callable[[RelationView], str | None], relation: Relation, **asked: object) -> str | None:
    return clause(RelationView(relation, Question(DAY, **asked), (), NAMES))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "basis"),
    [
        ({}, ""),
        ({"published_by": DAY - 1}, ", by what was published by 11 February 2020"),
        (
            {"known_at": END},
            ", with what was known by the end of 12 February 2020",
        ),
        (
            {"known_at": MORNING},
            ", with what was known on 12 February 2020 at 08:00:00 UTC",
        ),
        ({"model": MODELS["2026.1"]}, ", under model 2026.1"),
        ({"what_if": ("spillover:0.0", "without:AP")}, ", supposing spillover:0.0 and without:AP"),
    ],
)
def test_it_begins_with_what_it_rests_on(asked: dict[str, object], basis: str) -> None:
    stood = "Syria and Turkey have been hostile to each other since 3 February 2020."
    assert clause_of(said.standing_clause, known(), **asked) == f"As of 12 February 2020{basis}, {stood}"


def test_a_toll_that_publishers_do_not_agree_on_is_told_with_its_range() -> None:
    incident = Incident("id", "SYR", "TUR", 0, "ASSAULT", DAY, True, 4, 4, 33, None, -9.0, 22, 900)
    relation = known(heaviest=(Contribution(incident, -9.0, 20.0, None, None),))
    happening = "assault by Syria against Turkey on 12 February 2020"
    assert clause_of(said.heaviest_clause, relation) == (
        f"What weighs most: an {happening} (20.0 points of tension, 33 killed)."
    )
    assert clause_of(said.disputed_clause, relation) == (
        f"Among what weighs most, publishers do not agree on the toll of the {happening} (22 to 900 killed)."
    )
