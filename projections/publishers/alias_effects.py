"""What it would change if publishers counted as others than they do."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from domain.standards.publisher_names import comparable_publisher
from projections.pairs import Pair
from projections.publishers.stale_weights import corrections_under, has_stale_weights, pairs_of_several
from projections.storage.tables import articles


class AliasEffect(NamedTuple):
    """How many articles are of publishers that would count as others, and what would weigh otherwise.

    `incidents` are those of each pair, how many, that would weigh otherwise.
    """

    articles: int
    incidents: Counter[Pair]


def effect_of(connection: Connection, before: Mapping[str, str], after: Mapping[str, str]) -> AliasEffect:
    """Return what changes where publishers count as others: both map each alias to what it counts as."""
    moved = {name for name in {*before, *after} if before.get(name, name) != after.get(name, name)}
    touched = {aliases.get(name, name) for name in moved for aliases in (before, after)}
    tied = {name for aliases in (before, after) for name, other in aliases.items() if other in touched}
    pairs = pairs_of_several(connection, moved | touched | tied)
    then = {each.stored.id: each.now for each in corrections_under(connection, pairs, after)}
    stale = corrections_under(connection, pairs, before) if has_stale_weights(connection) else []
    now = {each.stored.id: each.now for each in stale}
    changed = [each for id_, each in (now | then).items() if then.get(id_) != now.get(id_)]
    return AliasEffect(_articles_of(connection, moved), Counter((each.a, each.b) for each in changed))


def _articles_of(connection: Connection, publishers: set[str]) -> int:
    """Return how many articles are of some publishers, but those that were retracted."""
    standing = select(articles.c.publisher, func.count()).where(articles.c.retracted.is_(False))
    rows = connection.execute(standing.group_by(articles.c.publisher))
    return sum(count for name, count in rows if comparable_publisher(name) in publishers)
