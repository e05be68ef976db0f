"""A change of tension in one sentence: right in number, sign, singular and plural, and in the special cases."""

from datetime import date

import pytest

from api.http.schemas.sentences.explanation_sentences import sentence
from projections.queries.question import Question
from projections.scoring.attribution import Cause, ExplainedPart, Explanation, Moved, Part
from projections.scoring.corrections import name_of
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.pair_history import PairScores
from projections.scoring.pressures import Pressures
from projections.times import to_day

NAMES = {"RUS": "Russia", "TUR": "Turkey", "SYR": "Syria", "SYR-REB": "Syrian rebels"}
NOTHING = Pressures(0.0, 0.0)
TENSION = "Tension between Russia and Turkey"


def standing(tension: float, conflict: float = 9.0) -> PairScores:
    return PairScores(conflict, 0.0, 0.0, tension, 0.0, (NOTHING, NOTHING))


def part(name: Part, change: float, incidents: int = 1, via: str | None = None) -> ExplainedPart:
    return ExplainedPart(name, via, None, change, incidents, ())


def sentence_of(
    *parts: ExplainedPart, at: float = 38.8, first: str = "2020-02-03", last: str = "2020-02-12"
) -> str:
    change = sum(part.change for part in parts)
    explanation = Explanation(standing(at - change), standing(at), change, parts)
    return sentence(("RUS", "TUR"), Question(day(first)), Question(day(last)), explanation, NAMES)


def day(text: str) -> int:
    return to_day(date.fromisoformat(text))


def test_a_rise_names_what_made_it_and_what_held_it_down() -> None:
    said = sentence_of(
        part(Part.NEW, 15.1, 3),
        part(Part.DECAY, -2.1, 12),
        part(Part.SPILLOVER, 0.4, 2, "SYR"),
        part(Part.COOPERATION, -1.1, 4),
    )

    assert said == (
        f"{TENSION} rose by 12.3 points to 38.8 between 3 and 12 February 2020, mostly because of 3 new "
        "incidents (+15.1) and spill-over by way of Syria (+0.4), while decay (-2.1) and more cooperation (-1.1) "
        "held it down."
    )


def test_a_fall_names_what_held_it_up() -> None:
    assert sentence_of(part(Part.DECAY, -5.0, 12), part(Part.COOPERATION, 1.0), at=20.04) == (
        f"{TENSION} fell by 4.0 points to 20.0 between 3 and 12 February 2020, mostly because "
        "of decay (-5.0), while less cooperation (+1.0) held it up."
    )


def test_only_decay() -> None:
    assert sentence_of(part(Part.DECAY, -1.25, 1), at=3.0, first="2020-01-28") == (
        f"{TENSION} fell by 1.2 points to 3.0 between 28 January and 12 February 2020, because of decay (-1.2)."
    )


@pytest.mark.parametrize(
    ("of", "count", "phrase"),
    [
        (Part.NEW, 1, "1 new incident"),
        (Part.NEW, 1234, "1,234 new incidents"),
        (Part.CORRECTED, 1, "1 corrected incident"),
        (Part.CORRECTED, 2, "2 corrected incidents"),
        (Part.RETRACTED, 1, "1 retracted incident"),
        (Part.RETRACTED, 2, "2 retracted incidents"),
        (Part.NEWLY_KNOWN, 1, "1 incident that became known later"),
        (Part.NEWLY_KNOWN, 2, "2 incidents that became known later"),
        (Part.DECAY, 2, "decay"),
        (Part.MODEL, 2, "the change of model"),
        (Part.COOPERATION, 2, "less cooperation"),
    ],
)
def test_each_part_is_in_singular_or_plural(of: Part, count: int, phrase: str) -> None:
    assert f", because of {phrase} (+1.0)." in sentence_of(part(of, 1.0, count))


def corrected(*incidents: Incident, to: Incident, count: int = 1) -> ExplainedPart:
    moved = [
        Moved(one, Cause.CORRECTED, -1.0, 0.0, 0.0, None, None, corrected_to=(name_of(to),)) for one in incidents
    ]
    return ExplainedPart(Part.CORRECTED, None, None, -1.0, count, tuple(moved))


def test_one_correction_is_told_from_what_to_what() -> None:
    clash = Incident("RUS>TUR", "RUS", "TUR", 0, "ASSAULT", day("2020-02-03"), True, 1, 1, None, None, -4.5)
    back = clash._replace(id="TUR>RUS", direction=1)
    talks = clash._replace(id="RUS~SYR", b="SYR", direction=2, type=None, day=day("2020-02-04"))

    one = sentence_of(corrected(clash, to=back))
    other = sentence_of(corrected(clash, to=talks))
    several = sentence_of(corrected(clash, back, to=talks, count=2))

    swapped = (
        "an incident corrected from ASSAULT by Russia towards Turkey to ASSAULT by Turkey towards Russia (-1.0)"
    )
    assert swapped in one
    assert "towards Turkey on 3 February 2020 to an event between Russia and Syria on 4 " in other
    assert "because of 2 corrected incidents (-1.0)" in several


def test_an_actor_without_a_name_is_its_code() -> None:
    assert "spill-over by way of IRN (+1.0)" in sentence_of(part(Part.SPILLOVER, 1.0, 1, "IRN"))


def test_of_many_parts_the_smallest_are_added_up() -> None:
    clients = [part(Part.SPILLOVER, 5.0 - n, 1, f"C{n}") for n in range(5)]

    assert sentence_of(*clients).endswith(
        "because of spill-over by way of C0 (+5.0), spill-over by way of C1 (+4.0), "
        "spill-over by way of C2 (+3.0) and 2 other parts (+3.0)."
    )
    assert "and 1 other part (+2.0)." in sentence_of(*clients[:4])


def test_parts_that_round_to_nothing_are_not_named() -> None:
    assert sentence_of(part(Part.NEW, 1.0), part(Part.DECAY, -0.049)).endswith(
        ", because of 1 new incident (+1.0)."
    )
    many = [part(Part.SPILLOVER, 0.04, 1, f"C{n}") for n in range(3)]
    assert sentence_of(*many).endswith("2020, by parts of less than 0.1 points each.")


def test_no_change_because_parts_make_up_for_each_other() -> None:
    assert sentence_of(part(Part.NEW, 2.0, 2), part(Part.DECAY, -2.04, 9)) == (
        f"{TENSION} stayed at 38.8 between 3 and 12 February 2020: 2 new incidents (+2.0) made "
        "up for decay (-2.0)."
    )


def test_no_change_because_nothing_moved_it() -> None:
    assert sentence_of(part(Part.DECAY, -0.01), at=12.0) == (
        f"{TENSION} stayed at 12.0 between 3 and 12 February 2020, and nothing moved it by 0.1 points."
    )
    assert sentence_of() == sentence_of(part(Part.DECAY, -0.01))


def test_the_years_are_told_where_they_differ() -> None:
    assert "between 28 December 2019 and 12 February 2020" in sentence_of(part(Part.NEW, 1.0), first="2019-12-28")
    assert "between 12 February 2019 and 12 February 2020" in sentence_of(part(Part.NEW, 1.0), first="2019-02-12")


# What is unknown


def unknown(before: float, after: float, change: float, *parts: ExplainedPart, first: str = "2020-02-03") -> str:
    sides = standing(30.0 - change, before), standing(30.0, after)
    questions = Question(day(first)), Question(day("2020-02-12"))
    return sentence(("RUS", "TUR"), *questions, Explanation(*sides, change, parts), NAMES)


def test_a_pair_nobody_wrote_about_is_unknown() -> None:
    assert unknown(0.1, 0.1, 0.0) == (
        "Nobody had written lately of Russia and Turkey by 3 or by 12 February 2020, so how they stood is unknown."
    )
    assert unknown(0.0, 0.0, 0.0, first="2020-02-12") == (
        "Nobody had written lately of Russia and Turkey by 12 February 2020, so how they stood is unknown."
    )


def test_what_comes_out_of_the_unknown_or_goes_back_into_it_says_so() -> None:
    assert unknown(0.0, 9.0, 30.0, part(Part.NEW, 30.0)) == (
        f"{TENSION} rose from unknown by 30.0 points to 30.0 between 3 and 12 February 2020, "
        "because of 1 new incident (+30.0)."
    )
    assert unknown(9.0, 0.4, -3.0, part(Part.DECAY, -3.0)) == (
        f"{TENSION} fell by 3.0 points to 30.0, which counts as unknown, between 3 and 12 "
        "February 2020, because of decay (-3.0)."
    )


# Two states of knowledge, two models


KNOWN = 1_780_000_000_000_000  # 28 May 2026, 20:26:40 UTC
HOUR = 3_600_000_000


def compared(before: Question, after: Question, *parts: ExplainedPart) -> str:
    change = sum(part.change for part in parts)
    explanation = Explanation(standing(20.0 - change), standing(20.0), change, parts)
    return sentence(("RUS", "TUR"), before, after, explanation, NAMES)


@pytest.mark.parametrize(
    ("later", "instants"),
    [
        (24 * HOUR, ("on 29 May 2026", "on 28 May 2026")),
        (HOUR, ("on 28 May 2026 at 21:26:40 UTC", "on 28 May 2026 at 20:26:40 UTC")),
        (1, ("on 28 May 2026 at 20:26:40.000001 UTC", "on 28 May 2026 at 20:26:40.000000 UTC")),
    ],
)
def test_two_states_of_knowledge_are_told_as_short_as_tells_them_apart(
    later: int, instants: tuple[str, str]
) -> None:
    on = day("2020-02-12")

    said = compared(Question(on, KNOWN), Question(on, KNOWN + later), part(Part.CORRECTED, -1.5))

    assert said == (
        f"{TENSION} on 12 February 2020 is 1.5 points lower, at 20.0, with what was known "
        f"{instants[0]} than with what was known {instants[1]}, because of 1 corrected incident (-1.5)."
    )


def test_two_states_of_knowledge_that_come_to_the_same() -> None:
    on = day("2020-02-12")

    assert compared(Question(on, KNOWN), Question(on)) == (
        f"{TENSION} on 12 February 2020 is 20.0 with what was known now as with what was known "
        "on 28 May 2026, and nothing moved it by 0.1 points."
    )


def test_two_models() -> None:
    on, stern = day("2020-02-12"), MODEL.with_constants("stern", prior=5.0)

    assert compared(Question(on), Question(on, model=stern), part(Part.MODEL, 5.0)) == (
        f"{TENSION} on 12 February 2020 is 5.0 points higher, at 20.0, under model stern than "
        f"under model {MODEL.name}, because of the change of model (+5.0)."
    )
    both = compared(Question(on, KNOWN), Question(on, KNOWN + HOUR * 24, stern), part(Part.MODEL, 5.0))
    assert "with what was known on 29 May 2026 under model stern than with what was known on 28 May" in both


def test_two_sides_that_are_the_same() -> None:
    on = Question(day("2020-02-12"))

    assert compared(on, on) == f"{TENSION} was 20.0 on 12 February 2020; both sides are the same."


def test_what_was_published_is_told_first() -> None:
    both = Question(day("2020-02-12"), published_by=day("2020-02-05"))
    explanation = Explanation(standing(38.8), standing(38.8), 0.0, ())
    said = sentence(("RUS", "TUR"), both, both, explanation, NAMES)
    assert said.startswith("By what was published by 5 February 2020, tension between Russia and Turkey was 38.8")
