"""Given developments, then an agreement's entry on a day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reports import Agreement
from projections.evidence.agreements import (
    STATUS_AFTER,
    AgreementEntry,
    ClashIncident,
    Development,
    Status,
    clashes_since,
    dated_entries,
    developments_of,
    entry_on,
    with_clashes,
)
from tests.language import agreement, article, statement


def developed(
    development: str,
    day: int,
    parties: tuple[str, ...] = ("RUS", "TUR"),
    title: str | None = None,
    purpose: str | None = None,
) -> Development:
    return Development(1, 2, "deal", development, day, "2018", parties, title, purpose)


LIFE = [
    developed("reached", 10),
    developed("breached", 30),
    developed("reaffirmed", 20, ("RUS", "IRN"), "The deal"),
    developed("suspended", 40, title="Another name"),
    developed("reaffirmed", 50),
    developed("implemented", 55),
    developed("terminated", 60),
    developed("expired", 70),
]


@pytest.mark.parametrize(
    ("day", "status", "since"),
    [
        (10, Status.IN_FORCE, 10),
        (29, Status.IN_FORCE, 10),
        (30, Status.BREACHED, 30),
        (45, Status.SUSPENDED, 40),
        (59, Status.IN_FORCE, 50),
        (60, Status.TERMINATED, 60),
        (99, Status.EXPIRED, 70),
    ],
)
def test_the_latest_development_decides_the_status(day: int, status: Status, since: int) -> None:
    entry = entry_on(day, LIFE)
    assert entry is not None
    assert (entry.status, entry.status_since, entry.since) == (status, since, 10)


def test_before_its_first_development_there_is_no_agreement() -> None:
    assert entry_on(9, LIFE) is None
    assert entry_on(9, []) is None


def test_parties_are_all_that_were_named_and_the_first_title_stays() -> None:
    parties = ("IRN", "RUS", "TUR")
    assert entry_on(99, LIFE) == AgreementEntry("deal", "The deal", None, parties, Status.EXPIRED, 10, 70, ())


def test_of_two_on_one_day_the_one_recorded_last_decides() -> None:
    entry = entry_on(5, [developed("breached", 5), developed("reaffirmed", 5)])
    assert entry is not None
    assert entry.status is Status.IN_FORCE


def test_only_known_agreements_are_listed() -> None:
    signed = Agreement(
        development="reached",
        source=("TUR",),
        target=("RUS",),
        occurred="2019-10",
        agreement="deal",
        title="A deal",
    )
    found = developments_of(article(statement(), agreement(), signed))
    assert {number: (d.agreement, d.parties, d.title) for number, d in found.items()} == {
        3: ("deal", ("RUS", "TUR"), "A deal")
    }


CEASEFIRE = [
    developed("reached", 10, ("RUS", "SYR", "TUR"), purpose="ceasefire"),
    developed("implemented", 14, purpose="peace"),
    developed("reaffirmed", 20),
    developed("suspended", 40),
    developed("implemented", 50),
]
CLASHES = [
    ClashIncident(day, f"on-{day}", pair)
    for day, pair in [
        (9, ("SYR", "TUR")),
        (10, ("SYR", "TUR")),
        (15, ("RUS", "SYR")),
        (12, ("SYR", "TUR")),
        (13, ("SYR-REB", "TUR")),
        (21, ("SYR", "TUR")),
        (45, ("SYR", "TUR")),
        (51, ("SYR", "TUR")),
    ]
]


@pytest.mark.parametrize(
    ("day", "status", "since", "violated_by"),
    [
        (11, Status.IN_FORCE, 10, []),
        (12, Status.VIOLATED, 12, [12]),
        (19, Status.VIOLATED, 12, [12, 15]),
        (20, Status.IN_FORCE, 20, []),
        (21, Status.VIOLATED, 21, [21]),
        (45, Status.SUSPENDED, 40, []),
        (50, Status.IN_FORCE, 50, []),
        (51, Status.VIOLATED, 51, [51]),
    ],
)
def test_a_ceasefire_is_violated_by_a_clash_between_its_parties_until_it_is_reaffirmed(
    day: int, status: Status, since: int, violated_by: list[int]
) -> None:
    entry = entry_on(day, CEASEFIRE)
    assert entry is not None
    until = [clash for clash in CLASHES if clash.day <= day]
    found = clashes_since(entry, until)
    stands = with_clashes(entry, until)
    assert (stands.status, stands.status_since, [clash.day for clash in found]) == (status, since, violated_by)
    assert stands.is_in_force is (status in (Status.IN_FORCE, Status.VIOLATED))


DAYS = range(1, 13)
PARTIES = [("SYR", "TUR"), ("RUS", "SYR"), ("IRN", "RUS")]
lives = st.lists(
    st.builds(
        developed,
        st.sampled_from([*STATUS_AFTER, "reached", "reaffirmed"]),
        st.sampled_from(DAYS),
        st.sampled_from(PARTIES),
        purpose=st.sampled_from(["ceasefire", "peace", "trade", None]),
    ),
    min_size=1,
    max_size=6,
)
assaults = st.lists(
    st.builds(ClashIncident, st.sampled_from(DAYS), st.sampled_from("abc"), st.sampled_from(PARTIES)), max_size=8
)


@given(lives, assaults)
def test_what_an_agreement_was_over_time_is_what_it_is_on_each_day(
    life: list[Development], clashes: list[ClashIncident]
) -> None:
    entries = dated_entries(life, clashes, DAYS[-1])
    assert [dated.day for dated in entries] == sorted({dated.day for dated in entries})
    for day in DAYS:
        entry = entry_on(day, life)
        by_then = [dated for dated in entries if dated.day <= day]
        assert bool(by_then) == (entry is not None)
        if entry is not None:
            until = [clash for clash in clashes if clash.day <= day]
            _, stood, violating, number = by_then[-1]
            assert stood == with_clashes(entry, until)
            assert tuple(violating[:number]) == clashes_since(entry, until)


@given(lives, assaults)
def test_a_status_is_dated_from_the_day_on_which_it_began(
    life: list[Development], clashes: list[ClashIncident]
) -> None:
    on_days = {each.day: each for each in life}  # what is said on one day may end a status and begin it anew
    alike = [each._replace(parties=("RUS", "SYR", "TUR"), purpose="ceasefire") for each in on_days.values()]
    began, before = 0, None
    for day in DAYS:
        entry = entry_on(day, alike)
        if entry is not None:
            entry = with_clashes(entry, [clash for clash in clashes if clash.day <= day])
            began, before = (began if entry.status is before else day), entry.status
            assert entry.status_since == began


@pytest.mark.parametrize("purpose", ["border", "trade", "military", "other", None])
def test_clashes_violate_no_agreement_that_is_neither_a_ceasefire_nor_a_peace(purpose: str | None) -> None:
    entry = entry_on(30, [developed("reached", 1, ("SYR", "TUR"), purpose=purpose)])
    assert entry is not None
    assert clashes_since(entry, CLASHES) == ()


def test_the_first_purpose_given_stays() -> None:
    entry = entry_on(99, CEASEFIRE)
    assert entry is not None
    assert entry.purpose == "ceasefire"
