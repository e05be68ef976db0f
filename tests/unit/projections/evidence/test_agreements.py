"""Given developments, then an agreement's entry on a day."""

import pytest

from domain.reports import Agreement
from projections.evidence.agreements import AgreementEntry, Development, Status, developments_of, entry_on
from tests.language import agreement, article, statement


def developed(
    development: str, day: int, parties: tuple[str, ...] = ("RUS", "TUR"), title: str | None = None
) -> Development:
    return Development(1, 2, "deal", development, day, "2018", parties, title)


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
    assert entry_on(99, LIFE) == AgreementEntry("deal", "The deal", ("IRN", "RUS", "TUR"), Status.EXPIRED, 10, 70)


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
