"""The list of publishers, on every kind of store."""

from itertools import count

from api.running.service import Service
from domain.articles import RetractArticle
from domain.events import Provenance
from domain.publishers.alias import AddPublisherAlias, RemovePublisherAlias
from projections.publishers.publisher_list import ListedPublisher, load_publishers
from tests.contract.projections.folding.acts import fold_in_pages_of
from tests.contract.tables import rows
from tests.language import clash, post

_numbers = count(1)


def provenance(service: Service) -> Provenance:
    return Provenance("ann", service.clock())


def publish(service: Service, publisher: str, published: str = "2020-02-11") -> str:
    command = post(
        f"a-{next(_numbers)}", clash(), published=published, publisher=publisher, provenance=provenance(service)
    )
    service.log.post_article(command)
    return command.article_id


def alias(service: Service, alias: str, publisher: str) -> None:
    service.log.add_publisher_alias(AddPublisherAlias(alias, publisher, provenance(service)))


def listed(service: Service) -> dict[str, ListedPublisher]:
    fold_in_pages_of(2, service)
    with service.store.reading() as connection:
        found = load_publishers(connection)
    assert [each.place for each in found] == sorted(each.place for each in found)
    return {each.name: each for each in found}


def test_spellings_that_compare_alike_are_one_publisher(service: Service) -> None:
    for publisher, published in (
        ("news.example", "2020-02-12"),
        ("https://www.News.example:8080", "2020-02-11T23:30:00Z"),
        ("Wire", "2020-02-13"),
    ):
        publish(service, publisher, published)
    found = listed(service)
    assert set(found) == {"news.example", "Wire"}
    one = found["news.example"]
    assert (one.articles, one.since) == (2, "2020-02-11")
    assert one.spellings == ("news.example", "https://www.News.example:8080")


def test_what_counts_as_another_says_so_and_that_one_names_it(service: Service) -> None:
    for publisher in ("AFP", "Portal", "Portal", "Copy"):
        publish(service, publisher)
    alias(service, "portal", "A.F.P.")
    alias(service, "Copy", "PORTAL")
    alias(service, "a.f.p.", "afp")
    found = listed(service)
    assert {name: (each.counts_as, each.articles) for name, each in found.items()} == {
        "afp": (None, 1),
        "A.F.P.": ("afp", 0),
        "portal": ("afp", 2),
        "Copy": ("afp", 1),
    }
    assert (found["afp"].aliases, found["afp"].articles_with_aliases) == (("A.F.P.", "Copy", "portal"), 4)
    before = rows(service.store)["publisher_names"]
    service.store.clear()
    assert listed(service) == found
    assert rows(service.store)["publisher_names"] == before

    service.log.remove_publisher_alias(RemovePublisherAlias("PORTAL", provenance(service)))
    found = listed(service)
    assert [found[name].counts_as for name in ("portal", "Copy", "A.F.P.")] == [None, "portal", "afp"]


def test_articles_that_were_retracted_are_not_counted(service: Service) -> None:
    gone = publish(service, "Wire", "2020-02-10")
    service.log.retract_article(RetractArticle(gone, None, provenance(service)))
    assert (listed(service)["Wire"].articles, listed(service)["Wire"].since) == (0, None)
    publish(service, "WIRE", "2020-02-11")
    wire = listed(service)["Wire"]
    assert (wire.articles, wire.since, wire.spellings) == (1, "2020-02-11", ("Wire", "WIRE"))
