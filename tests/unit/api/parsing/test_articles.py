"""What an article reports is taken again as it is given: in the shape in which clients read it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.parsing.articles import as_sent, parse_report
from api.parsing.requests import ReportIn
from domain.actor_directory import ActorDirectory
from domain.actors import Actor, ActorKind, ActorRegistered
from domain.errors import InvalidFacts
from domain.reports import Agreement, Alignment, Clash, Cooperation, Report, Statement, facts_of
from domain.standards.plover import AGREEMENT_PURPOSES, DEVELOPMENT_TYPES, TYPES, Kind
from domain.standards.plover import ALIGNMENT_DEVELOPMENTS as TURNS
from tests.language import BY_ANN

CODES = ("RUS", "SYR", "TUR")
REPORT: TypeAdapter[Any] = TypeAdapter(ReportIn)


@pytest.fixture(scope="module")
def directory() -> ActorDirectory:
    made = ActorDirectory()
    for code in CODES:
        for event in Actor.register(code, ActorKind.STATE, f"{code} land", (), BY_ANN).collect_events():
            assert isinstance(event, ActorRegistered)
            made.apply(event)
    return made


def texts(longest: int = 20) -> st.SearchStrategy[str]:
    return st.text("abc \u00e9\u0663-/.", min_size=1, max_size=longest).map(str.strip).filter(bool)


ACTORS = st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True).map(tuple)
ABOUT: dict[str, st.SearchStrategy[Any]] = {
    "occurred": st.sampled_from(["2020-02-03", "2018", "2020-02-03/2020-02-10"]),
    **{
        name: st.none() | texts()
        for name in (
            "ref",
            "part_of",
            "same_as",
            "mode",
            "source_role",
            "target_role",
            "place",
            "speaker",
            "quote",
        )
    },
}
SIDES = {"source": ACTORS, "target": ACTORS, "reciprocal": st.booleans()}
TOLLS = {name: st.none() | st.integers(0, 9) for name in ("killed", "wounded")}
AGREED = {
    "agreement": texts().filter(lambda text: not {".", ".."} & set(text.split("/"))),
    "development": st.sampled_from(list(DEVELOPMENT_TYPES)),
    "title": st.none() | texts(),
    "purpose": st.sampled_from([None, *AGREEMENT_PURPOSES]),
}


def types_of(kind: Kind) -> st.SearchStrategy[str]:
    return st.sampled_from(TYPES[kind])


REPORTS: st.SearchStrategy[Report] = st.one_of(
    st.builds(Statement, **ABOUT, **SIDES, type=types_of(Kind.STATEMENT)),
    st.builds(Statement, **ABOUT, **SIDES, type=st.none(), cameo=st.sampled_from(["01", "02"])),
    st.builds(Clash, **ABOUT, **SIDES, **TOLLS, type=types_of(Kind.CLASH)),
    st.builds(Cooperation, **ABOUT, **SIDES, type=types_of(Kind.COOPERATION)),
    st.builds(Agreement, **ABOUT, **AGREED, parties=ACTORS),
    st.builds(Agreement, **ABOUT, **AGREED, **SIDES),
    st.builds(Alignment, **ABOUT, source=ACTORS, target=ACTORS, development=st.sampled_from(TURNS)),
)


@given(report=REPORTS)
def test_what_is_given_is_taken_again(directory: ActorDirectory, report: Report) -> None:
    given_ = msgspec.json.decode(msgspec.json.encode(as_sent(report)))
    assert facts_of(parse_report(REPORT.validate_python(given_), directory)) == report


def test_a_type_that_a_development_does_not_weigh_as_is_refused(directory: ActorDirectory) -> None:
    sent = {"kind": "agreement", "agreement": "a", "parties": ["RUS", "TUR"], "occurred": "2020", "type": "REJECT"}
    with pytest.raises(InvalidFacts, match="reached does not weigh as REJECT"):
        parse_report(REPORT.validate_python(sent), directory)


@pytest.mark.parametrize("agreement", [".", "..", "a/../b", "./a", "a/."])
def test_an_agreements_id_that_clients_would_read_as_another_is_refused(agreement: str) -> None:
    sent = {"kind": "agreement", "agreement": agreement, "parties": ["RUS", "TUR"], "occurred": "2020"}
    with pytest.raises(ValidationError, match="leads elsewhere"):
        REPORT.validate_python(sent)
