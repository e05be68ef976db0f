"""The publishers that articles name or aliases do: how much each published, and which of them count as which."""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, case, func, select

from domain.standards.publisher_names import comparable_publisher
from projections.publishers.counted_as import load_aliases
from projections.storage.tables import articles, publisher_names

_PREFIX: Final = 100  # characters of a name in its place: those of a list's cursor are bounded

Place = tuple[str, str]


class ListedPublisher(Struct):
    """A publisher, in all spellings that compare alike.

    `articles` are those of it that stand, `since` the first day of publication of these, and `recorded` when its
    first article was, in microseconds. `counts_as` is the publisher that it counts as in the end, None if that is
    itself; `aliases` are those that count as it, and `spellings` the ways in which articles write it.
    """

    place: Place
    name: str
    counts_as: str | None = None
    aliases: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    articles: int = 0
    articles_with_aliases: int = 0
    since: str | None = None
    recorded: int | None = None


def load_publishers(connection: Connection) -> list[ListedPublisher]:
    """Return all publishers, in the order of their places: by name, as names are compared."""
    found: dict[str, ListedPublisher] = {}
    rows: Iterable[Any] = connection.execute(_OF_ARTICLES)
    for name, standing, since, recorded in sorted(rows, key=lambda row: (row.recorded, row.name)):
        one = _listed(found, comparable_publisher(name), name)
        one.spellings += (name,)
        one.articles += standing
        one.since = min(filter(None, (one.since, since)), default=None)
        one.recorded = recorded if one.recorded is None else one.recorded
    for key, name in connection.execute(select(publisher_names.c.publisher, publisher_names.c.name)):
        _listed(found, key, name).name = name
    _count(found, load_aliases(connection))
    return sorted(found.values(), key=lambda each: each.place)


def _listed(found: dict[str, ListedPublisher], key: str, name: str) -> ListedPublisher:
    if key not in found:
        digest = blake2b(key.encode(), digest_size=8).hexdigest()
        found[key] = ListedPublisher((key[:_PREFIX], digest), name)
    return found[key]


def _count(found: dict[str, ListedPublisher], aliases: dict[str, str]) -> None:
    """Note which publishers count as which, and add up their articles."""
    counting: defaultdict[str, list[str]] = defaultdict(list)
    for alias, other in sorted(aliases.items()):
        if alias != other:
            found[alias].counts_as = found[other].name
            counting[other].append(alias)
    for key, one in found.items():
        one.aliases = tuple(found[alias].name for alias in counting[key])
        one.articles_with_aliases = one.articles + sum(found[alias].articles for alias in counting[key])


_STANDS: Final = articles.c.retracted.is_(False)
_OF_ARTICLES: Final = select(
    articles.c.publisher.label("name"),
    func.sum(case((_STANDS, 1), else_=0)).label("standing"),
    func.min(case((_STANDS, func.substr(articles.c.published, 1, 10)))).label("since"),
    func.min(articles.c.recorded).label("recorded"),
).group_by(articles.c.publisher)
