"""The tables of columns of all incidents, of each generation, and of what has changed since they were stored."""

from sqlalchemy import DDL, BigInteger, Column, Integer, LargeBinary, Table, Text, event

from projections.storage.tables import metadata

#: Which incidents went and came with each change of them, as JSON: since the columns below were stored. `total` is
#: how many have until then.
incident_changes = Table(
    "incident_changes",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("total", BigInteger, nullable=False),
    Column("changes", Text, nullable=False),
)

#: All incidents as columns, piece by piece, as they were after the change `upto`: what is read of all of them at
#: once. `pairs` is JSON, each with its number of incidents, which come in the same order.
incident_columns = Table(
    "incident_columns",
    metadata,
    Column("piece", Integer, primary_key=True, autoincrement=False),
    Column("upto", BigInteger, nullable=False),
    Column("incidents", Integer, nullable=False),
    Column("pairs", Text, nullable=False),
    Column("days", LargeBinary, nullable=False),
    Column("weights", LargeBinary, nullable=False),
    Column("kinds", LargeBinary, nullable=False),
    Column("checksum", BigInteger, nullable=False),
)
for _column in ("days", "weights", "kinds"):  # which PostgreSQL would try to compress, in vain
    _as_it_is = DDL(f"ALTER TABLE %(fullname)s ALTER COLUMN {_column} SET STORAGE EXTERNAL")  # type: ignore[no-untyped-call]
    event.listen(incident_columns, "after_create", _as_it_is.execute_if(dialect="postgresql"))
