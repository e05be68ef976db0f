"""A publisher that counts as another: what is recorded, and what is refused."""

import pytest

from domain.errors import InvalidFacts, PublisherIsAlias
from domain.publishers.alias import (
    AddPublisherAlias,
    PublisherAlias,
    PublisherAliasAdded,
    PublisherAliasRemoved,
    RemovePublisherAlias,
    publisher_uuid,
)
from tests.language import BY_ANN


def declared(alias: str = "AFP via Yahoo", publisher: str = "AFP") -> PublisherAlias:
    made = PublisherAlias.declare(AddPublisherAlias(alias, publisher, BY_ANN))
    made.collect_events()
    return made


def test_a_publisher_counts_as_another() -> None:
    made = PublisherAlias.declare(AddPublisherAlias("AFP via Yahoo", "AFP", BY_ANN, "a re-print"))
    (event,) = made.collect_events()
    assert isinstance(event, PublisherAliasAdded)
    assert (event.alias, event.publisher, event.reason) == ("AFP via Yahoo", "AFP", "a re-print")
    assert (event.recorded_by, event.originator_id) == ("ann", publisher_uuid("afp VIA yahoo"))


def test_it_can_be_taken_back_and_declared_anew() -> None:
    alias = declared()
    alias.remove(RemovePublisherAlias("AFP via Yahoo", BY_ANN, "they write themselves"))
    alias.remove(RemovePublisherAlias("AFP via Yahoo", BY_ANN))
    alias.add(AddPublisherAlias("afp via yahoo", "Reuters", BY_ANN))
    removed, added = alias.collect_events()
    assert isinstance(removed, PublisherAliasRemoved)
    assert isinstance(added, PublisherAliasAdded)
    assert (alias.publisher, alias.version) == ("Reuters", 3)


def test_the_same_again_is_no_change_however_it_is_written() -> None:
    alias = declared("https://m.news.example/", "Wire")
    alias.add(AddPublisherAlias("www.news.example", "WIRE", BY_ANN))
    assert not alias.collect_events()


def test_what_counts_as_one_publisher_does_not_count_as_another_too() -> None:
    with pytest.raises(PublisherIsAlias, match="counts as 'AFP' already"):
        declared().add(AddPublisherAlias("AFP via Yahoo", "Reuters", BY_ANN))


@pytest.mark.parametrize(
    ("alias", "publisher", "path", "code"),
    [
        ("AFP", "afp.", ("publisher",), "alias-of-itself"),
        ("www.news.example", "https://news.example", ("publisher",), "alias-of-itself"),
        ("…", "AFP", ("alias",), "not-a-name"),
        ("AFP", "-", ("publisher",), "not-a-name"),
    ],
)
def test_a_name_that_is_none_or_the_same_one_is_refused(
    alias: str, publisher: str, path: tuple[str, ...], code: str
) -> None:
    with pytest.raises(InvalidFacts) as refused:
        declared(alias, publisher)
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(path, code)]
