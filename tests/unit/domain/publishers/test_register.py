"""Which publishers count as which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidFacts, UnreadableHistory
from domain.publishers.alias import AddPublisherAlias, PublisherAlias, PublisherEvent, RemovePublisherAlias
from domain.publishers.register import PublisherRegister, counted_as
from tests.language import BY_ANN


def registered(*pairs: tuple[str, str]) -> PublisherRegister:
    register = PublisherRegister()
    for position, (alias, publisher) in enumerate(pairs, start=1):
        for event in PublisherAlias.declare(AddPublisherAlias(alias, publisher, BY_ANN)).collect_events():
            assert isinstance(event, PublisherEvent)
            register.apply(position, event)
    return register


def test_aliases_are_known_as_publishers_are_compared() -> None:
    assert registered(("AFP via Yahoo", "AFP"), ("www.afp.example", "Á.")).aliases() == {
        "afp via yahoo": "afp",
        "afp example": "a",
    }


def test_what_was_taken_back_is_no_alias_any_more_and_stays_in_the_list() -> None:
    register = PublisherRegister()
    alias = PublisherAlias.declare(AddPublisherAlias("AFP via Yahoo", "AFP", BY_ANN))
    alias.remove(RemovePublisherAlias("AFP via Yahoo", BY_ANN, "no re-print"))
    for position, event in enumerate(alias.collect_events(), start=1):
        assert isinstance(event, PublisherEvent)
        register.apply(position, event)
    assert register.aliases() == {}
    assert [entry.removal.reason for entry in register.newest_first() if entry.removal] == ["no re-print"]


def test_what_takes_back_an_alias_that_cannot_be_read_says_so() -> None:
    alias = PublisherAlias.declare(AddPublisherAlias("AFP via Yahoo", "AFP", BY_ANN))
    alias.remove(RemovePublisherAlias("AFP via Yahoo", BY_ANN))
    removal = alias.collect_events()[-1]
    assert isinstance(removal, PublisherEvent)
    with pytest.raises(UnreadableHistory):
        PublisherRegister().apply(2, removal)


def test_a_circle_is_refused_with_the_way_round() -> None:
    register = registered(("A", "B"), ("B", "C"))
    with pytest.raises(InvalidFacts, match="'A' counts as 'B' counts as 'C' already"):
        register.check_no_circle(AddPublisherAlias("c", "a", BY_ANN))
    register.check_no_circle(AddPublisherAlias("D", "A", BY_ANN))


def test_aliases_of_aliases_go_to_the_last() -> None:
    assert counted_as({"a": "b", "b": "c", "d": "b"}) == {"a": "c", "b": "c", "d": "c"}


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdefg")))
def test_what_publishers_count_as_counts_as_itself_whatever_was_declared(aliases: dict[str, str]) -> None:
    found = counted_as(aliases)
    assert not set(found) & set(found.values())
    for alias, publisher in aliases.items():
        assert found.get(alias, alias) == found.get(publisher, publisher)
