"""Given developments, then an agreement's entry on a day."""

import pytest

from domain.reports import Agreement
from projections.evidence.agreements import (
    AgreementEntry,
    ClashIncident,
    Development,
    Status,
    clashes_since,
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
    assert entry_on(99, LIFE) == AgreementEntry("deal", "The deal", None, parties, Status.EXPIRED, 10, 70, None)


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
        (20, Status.IN_FORCE, 10, []),
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
    found = clashes_since(entry, [clash for clash in CLASHES if clash.day <= day])
    stands = with_clashes(entry, found)
    assert (stands.status, stands.status_since, [clash.day for clash in found]) == (status, since, violated_by)
    assert stands.is_in_force is (status in (Status.IN_FORCE, Status.VIOLATED))


@pytest.mark.parametrize("purpose", ["border", "trade", "military", "other", None])
def test_clashes_violate_no_agreement_that_is_neither_a_ceasefire_nor_a_peace(purpose: str | None) -> None:
    entry = entry_on(30, [developed("reached", 1, ("SYR", "TUR"), purpose=purpose)])
    assert entry is not None
    assert clashes_since(entry, CLASHES) == ()


def test_the_first_purpose_given_stays() -> None:
    entry = entry_on(99, CEASEFIRE)
    assert entry is not None
    assert entry.purpose == "ceasefire"
