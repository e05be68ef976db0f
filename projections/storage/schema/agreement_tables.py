"""The tables of agreements: what articles tell of them, and who is party to which."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, literal_column

from projections.storage.schema.registry import metadata, only_where

agreement_developments: Final = Table(
    "agreement_developments",
    metadata,
    Column("article", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("known_from", BigInteger, primary_key=True, autoincrement=False),
    Column("known_to", BigInteger),
    Column("version", Integer, nullable=False),
    Column("agreement", String, nullable=False),
    Column("development", String, nullable=False),
    Column("day", Integer, nullable=False),
    Column("occurred", String, nullable=False),
    Column("parties", Text, nullable=False),
    Column("title", Text),
    Column("purpose", String),
    Index("agreement_developments_by_agreement", "agreement"),
    sqlite_with_rowid=False,
)

#: Which developments are told of a ceasefire: with a literal, as for `is_alignment`.
is_ceasefire: Final = agreement_developments.c.purpose == literal_column("'ceasefire'")
Index(
    "developments_of_ceasefires",
    agreement_developments.c.purpose,  # without which SQLite would take the index of all agreements
    agreement_developments.c.agreement,
    **only_where(is_ceasefire),
)

#: The agreements of each actor that some development, whether it stands or not, ever named as a party.
agreement_parties: Final = Table(
    "agreement_parties",
    metadata,
    Column("party", String, primary_key=True),
    Column("agreement", String, primary_key=True),
    sqlite_with_rowid=False,
)
PARTY: Final = ("party", "agreement")  #: the columns of a row of `agreement_parties`
