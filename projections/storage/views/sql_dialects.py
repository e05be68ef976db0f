"""What the two databases say differently in the views. Days and instants are whole numbers, as in the tables.

On SQLite nothing is used that may be left out of one: neither functions of mathematics nor functions of our own.
"""

# ruff: noqa: S608  # the statements are made of constants

from abc import ABC, abstractmethod
from typing import Final

_CLAMPED: Final = 60  # half-lives after which no more is taken off a level: nobody sees what is left
_BITS: Final = 13  # of an age in days, on SQLite: some half-lives more


class SqlDialect(ABC):
    """Expressions of one database."""

    #: What makes text be compared by code points, as actors are put in order.
    by_code: str
    #: What is added to a WITH, so that what is in it is made once.
    once: str

    def lesser(self, one: str, other: str) -> str:
        """Return the code that comes first of two."""
        return f"CASE WHEN {one} < {other}{self.by_code} THEN {one} ELSE {other} END"

    def greater(self, one: str, other: str) -> str:
        """Return the code that comes last of two."""
        return f"CASE WHEN {one} < {other}{self.by_code} THEN {other} ELSE {one} END"

    @property
    @abstractmethod
    def today(self) -> str:
        """The day that it is in UTC, as a number."""

    @abstractmethod
    def date(self, day: str) -> str:
        """Return a day as a date."""

    @abstractmethod
    def date_of_text(self, text: str) -> str:
        """Return the date with which a text begins."""

    @abstractmethod
    def instant(self, micros: str) -> str:
        """Return microseconds as an instant in UTC."""

    @abstractmethod
    def left_after(self, days: str, half_life: int) -> str:
        """Return the share of a level that is left after some days, 0 or more."""

    @abstractmethod
    def all_days(self, first: str, last: str) -> str:
        """Return a subquery of the days (`day`) from one to another, both included; none where one is null."""

    @abstractmethod
    def field(self, json: str, name: str) -> str:
        """Return a field of an object in JSON as text; null where it has none."""

    @abstractmethod
    def number(self, json: str, name: str) -> str:
        """Return a field of an object in JSON as a whole number; null where it has none."""

    @abstractmethod
    def texts(self, json: str) -> str:
        """Return a subquery of the texts (`value`) in an array in JSON; none where it is null."""

    @abstractmethod
    def joined_list(self, query: str) -> str:
        """Return the texts (`value`) of a query in one, in their order, with `;` between them; null if none."""

    @abstractmethod
    def member(self, json: str, name: str) -> str:
        """Return a field of an object in JSON that is itself JSON."""


class PostgresqlDialect(SqlDialect):
    """PostgreSQL's expressions."""

    by_code = ' COLLATE "C"'
    once = "MATERIALIZED "
    today = "((CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::date - date '1970-01-01')"

    def date(self, day: str) -> str:
        """Return a day as a date."""
        return f"(date '1970-01-01' + ({day}))"

    def date_of_text(self, text: str) -> str:
        """Return the date with which a text begins."""
        return f"left({text}, 10)::date"

    def instant(self, micros: str) -> str:
        """Return microseconds as an instant in UTC."""
        return f"(timestamptz '1970-01-01 00:00:00Z' + ({micros}) * interval '1 microsecond')"

    def left_after(self, days: str, half_life: int) -> str:
        """Return the share of a level that is left after some days, 0 or more."""
        return f"power(2.0::float8, -least({days}, {_CLAMPED * half_life})::float8 / {half_life})"

    def all_days(self, first: str, last: str) -> str:
        """Return a subquery of the days (`day`) from one to another, both included; none where one is null."""
        return f"(SELECT day FROM generate_series({first}, {last}) AS series (day))"

    def field(self, json: str, name: str) -> str:
        """Return a field of an object in JSON as text; null where it has none."""
        return f"({json})::json ->> '{name}'"

    def number(self, json: str, name: str) -> str:
        """Return a field of an object in JSON as a whole number; null where it has none."""
        return f"(({json})::json ->> '{name}')::integer"

    def texts(self, json: str) -> str:
        """Return a subquery of the texts (`value`) in an array in JSON; none where it is null."""
        return f"(SELECT value FROM json_array_elements_text(({json})::json) AS elements (value))"

    def joined_list(self, query: str) -> str:
        """Return the texts (`value`) of a query in one, in their order, with `;` between them; null if none."""
        ordered = "string_agg(value, ';' ORDER BY value COLLATE \"C\")"
        return f"(SELECT {ordered} FROM ({query}) AS listed)"

    def member(self, json: str, name: str) -> str:
        """Return a field of an object in JSON that is itself JSON."""
        return f"(({json})::json -> '{name}')"


class SqliteDialect(SqlDialect):
    """SQLite's expressions."""

    by_code = ""
    once = ""
    today = "(CAST(strftime('%s', 'now') AS INTEGER) / 86400)"

    def date(self, day: str) -> str:
        """Return a day as a date."""
        return f"date(({day}) * 86400, 'unixepoch')"

    def date_of_text(self, text: str) -> str:
        """Return the date with which a text begins."""
        return f"substr({text}, 1, 10)"

    def instant(self, micros: str) -> str:
        """Return microseconds as an instant in UTC."""
        seconds = f"strftime('%Y-%m-%dT%H:%M:%S', ({micros}) / 1000000, 'unixepoch')"
        return f"({seconds} || printf('.%06dZ', ({micros}) % 1000000))"

    def left_after(self, days: str, half_life: int) -> str:
        """Return the share of a level that is left after some days: the product of what their bits leave."""
        age = f"min({days}, {min(_CLAMPED * half_life, 2**_BITS - 1)})"
        factors = (
            f"(CASE WHEN {age} & {1 << bit} THEN {2.0 ** (-(1 << bit) / half_life)!r} ELSE 1.0 END)"
            for bit in range(_BITS)
        )
        return f"({' * '.join(factors)})"

    def all_days(self, first: str, last: str) -> str:
        """Return a subquery of the days (`day`) from one to another, both included; none where one is null."""
        return (
            f"(WITH RECURSIVE series (day) AS (SELECT {first} UNION ALL"
            f" SELECT day + 1 FROM series WHERE day < {last}) SELECT day FROM series WHERE day <= {last})"
        )

    def field(self, json: str, name: str) -> str:
        """Return a field of an object in JSON as text; null where it has none."""
        return f"json_extract({json}, '$.{name}')"

    def number(self, json: str, name: str) -> str:
        """Return a field of an object in JSON as a whole number; null where it has none."""
        return self.field(json, name)

    def texts(self, json: str) -> str:
        """Return a subquery of the texts (`value`) in an array in JSON; none where it is null."""
        return f"(SELECT value FROM json_each({json}))"

    def joined_list(self, query: str) -> str:
        """Return the texts (`value`) of a query in one, in their order, with `;` between them; null if none."""
        return f"(SELECT group_concat(value, ';') FROM (SELECT value FROM ({query}) ORDER BY value))"

    def member(self, json: str, name: str) -> str:
        """Return a field of an object in JSON that is itself JSON."""
        return f"json_extract({json}, '$.{name}')"


POSTGRESQL: Final = PostgresqlDialect()
SQLITE: Final = SqliteDialect()
