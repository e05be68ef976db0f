"""Who is party to which agreement, as its developments name them: kept up with these, so that it is looked up."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from projections.evidence.agreements import Development
from projections.folding.article_changes import Step
from projections.storage.bulk_rows import delete_rows, insert_new_rows, select_rows
from projections.storage.tables import PARTY, agreement_developments, agreement_parties

_AgreementParties = set[tuple[str, str]]  # a party, and an agreement


class NamedParties(msgspec.Struct, array_like=True):
    """Who is named as a party to which agreement, and who no longer is, by what begins and ends."""

    named: list[tuple[str, str]]
    ended: list[tuple[str, str]]


def named_parties(steps: Sequence[Step]) -> NamedParties:
    """Return the parties that some steps name, and no longer name."""
    named = _party_names(row for step in steps for row in step.developments_begun)
    ended = _party_names(row for step in steps for row in step.developments_ended)
    return NamedParties(sorted(named), sorted(ended))


def write_parties(connection: Connection, steps: Sequence[Step]) -> None:
    """Note the parties that some steps name, and forget those whom no row names any more."""
    write_named(connection, named_parties(steps))


def write_named(connection: Connection, parties: NamedParties) -> None:
    """Note parties that are named, and forget those whom no row names any more.

    The developments that name them are written already. One that begins and ends in one instant has no row.
    """
    ended = set(parties.ended)
    gone = ended - _stored(connection, ended) if ended else ended
    delete_rows(connection, agreement_parties, PARTY, gone)
    insert_new_rows(connection, agreement_parties, PARTY, sorted(set(parties.named) - gone), PARTY)


def _party_names(developments: Iterable[Development]) -> _AgreementParties:
    return {(party, each.agreement) for each in developments for party in each.parties}


def _stored(connection: Connection, named: _AgreementParties) -> _AgreementParties:
    """Return who is party to the agreements of some by the rows there are, standing or not."""
    wanted = {(agreement,) for _, agreement in named}
    rows = select_rows(connection, agreement_developments, ("agreement", "parties"), ("agreement",), wanted)
    return {(party, agreement) for agreement, parties in rows for party in msgspec.json.decode(parties)}
