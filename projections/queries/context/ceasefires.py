"""Ceasefires in force between the two of each of some pairs."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, select

from projections.pairs import Pair
from projections.queries.agreements import AgreementHistory, agreements_on
from projections.queries.question import Question
from projections.storage.bulk_rows import fetch_all
from projections.storage.tables import agreement_developments, is_ceasefire

CEASEFIRE: Final = "ceasefire"

_NAMED: Final = select(agreement_developments.c.agreement).where(is_ceasefire).distinct()


def ceasefires_among(agreements: Iterable[AgreementHistory]) -> tuple[AgreementHistory, ...]:
    """Return the ceasefires in force among some agreements, violated or not."""
    return tuple(each for each in agreements if each.entry.is_in_force and each.entry.purpose == CEASEFIRE)


def load_ceasefires(
    connection: Connection, pairs: Sequence[Pair], question: Question
) -> dict[Pair, tuple[AgreementHistory, ...]]:
    """Return the ceasefires in force that name both of a pair, by id, for those of some pairs that have any."""
    named = [agreement for (agreement,) in fetch_all(connection, _NAMED)]
    found = ceasefires_among(agreements_on(connection, question, named)) if named else ()
    by_pair = {
        pair: tuple(each for each in found if set(pair) <= set(each.entry.parties)) for pair in pairs if found
    }
    return {pair: of_pair for pair, of_pair in by_pair.items() if of_pair}
