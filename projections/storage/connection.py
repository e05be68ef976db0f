"""The type of a connection to the tables, for who passes one on and asks nothing of it."""

from sqlalchemy import Connection as Connection
