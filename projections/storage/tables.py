"""The read side's tables, defined once for SQLite and PostgreSQL.

Days are days since 1970-01-01; instants are microseconds since then, UTC. A row of evidence (and of what else can
be superseded) was known from `known_from`, included, to `known_to`, excluded; the latter is null while it stands.
An article's key is the position at which it was posted, so that what is recorded later is stored later. Bump
`VERSION` when a table or a fold changes: tables of another version are not read but rebuilt.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    literal_column,
)

from domain.standards.plover import ASSAULT
from projections.storage.schema.agreement_tables import PARTY as PARTY
from projections.storage.schema.agreement_tables import agreement_developments as agreement_developments
from projections.storage.schema.agreement_tables import agreement_parties as agreement_parties
from projections.storage.schema.agreement_tables import is_ceasefire as is_ceasefire
from projections.storage.schema.registry import metadata as metadata
from projections.storage.schema.registry import only_where

VERSION: Final = 4

#: What says which generation is live: it belongs to none of them.
bookkeeping = MetaData()

#: Which generation of the tables is live, which is the newest, and which is being built: one row.
generations = Table(
    "projection_generations",
    bookkeeping,
    Column("name", String, primary_key=True),
    Column("live", Integer, nullable=False),
    Column("newest", Integer, nullable=False),
    Column("building", Integer),
)

#: How far the log is folded: one row. `revision` grows when events are folded late, which leaves the position.
#: `digest` is that of all domain events up to the position: after a restore, others may be there. `erase_due` says
#: that texts were redacted of which something may be left in the database's files.
progress = Table(
    "projection_progress",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded", BigInteger),
    Column("revision", Integer, nullable=False, default=0),
    Column("digest", String, nullable=False, default=""),
    Column("erase_due", Boolean, nullable=False, default=False),
)

#: Domain events that could not be folded, and those that follow one in the same aggregate.
parked = Table(
    "parked_events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("topic", String, nullable=False),
    Column("aggregate", String, nullable=False),
    Column("aggregate_version", Integer, nullable=False),
    Column("error", Text, nullable=False),
)

actors = Table(
    "actors",
    metadata,
    Column("code", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("aliases", Text, nullable=False),
    Column("recorded", BigInteger, nullable=False),
)

articles = Table(
    "articles",
    metadata,
    Column("article", BigInteger, primary_key=True, autoincrement=False),
    Column("aggregate", String, nullable=False, unique=True),
    Column("article_id", String, nullable=False),
    Column("url", Text),
    Column("headline", Text),
    Column("publisher", Text, nullable=False),
    Column("published", String, nullable=False),
    Column("language", String),
    Column("redacted", Text),
    Column("retracted", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    # All that the list of publishers is made of: it is counted from the index alone.
    Index("articles_by_publisher", "publisher", "retracted", "published", "recorded"),
)
#: Orders ids as Python does, and finds those that begin in a way.
Index("articles_by_id", articles.c.article_id).ddl_if(dialect="sqlite")
Index("articles_by_id", articles.c.article_id.collate("C")).ddl_if(dialect="postgresql")

#: Which articles have changed since they were posted, and when last: what later changes touched is found by it.
is_revised: Final = articles.c.changed > articles.c.recorded
Index("articles_revised", articles.c.changed, **only_where(is_revised))

#: The headers that articles had before they were revised, and when: `articles` has those of today.
former_headers = Table(
    "former_headers",
    metadata,
    Column("article", BigInteger, primary_key=True, autoincrement=False),
    Column("known_from", BigInteger, primary_key=True, autoincrement=False),
    Column("known_to", BigInteger, nullable=False),
    Column("url", Text),
    Column("headline", Text),
    Column("publisher", Text, nullable=False),
    Column("published", String, nullable=False),
    Column("language", String),
    Column("redacted", Text),
    Index("former_headers_by_publisher", "publisher"),
    sqlite_with_rowid=False,
)

#: Which texts were redacted: of an article, or of the events of some numbers in it. Lists are JSON.
redactions = Table(
    "redactions",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("article", BigInteger, nullable=False),
    Column("numbers", Text),
    Column("fields", Text, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("recorded_by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Index("redactions_by_article", "article"),
)

#: What was reported, in the words of each version: the `content` is the report as JSON, `ref` what its data set
#: calls it, null where it is told apart within its article alone.
reported_events = Table(
    "reported_events",
    metadata,
    Column("article", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    Column("ref", String),
    sqlite_with_rowid=False,
)
has_ref: Final = reported_events.c.ref.is_not(None)
Index("reported_events_by_ref", reported_events.c.ref, **only_where(has_ref))

evidence = Table(
    "evidence",
    metadata,
    Column("article", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("source", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("known_from", BigInteger, primary_key=True, autoincrement=False),
    Column("known_to", BigInteger),
    Column("version", Integer, nullable=False),
    Column("reciprocal", Boolean, nullable=False),
    Column("kind", String, nullable=False),
    Column("type", String),
    Column("day", Integer, nullable=False),
    Column("incident", String),
    Column("publisher", String, nullable=False),
    Column("killed", Integer),
    Column("wounded", Integer),
    Column("development", String),
    Column("place", String),
    Column("joined", String),
    Column("first_day", Integer),
    Column("last_day", Integer),
    Column("day_of_whole", Integer),
    Column("incident_of_whole", String),
    sqlite_with_rowid=False,
)
Index("evidence_by_incident", evidence.c.incident)
evidence_by_pair: Final = Index("evidence_by_pair", evidence.c.source, evidence.c.target, evidence.c.day)
_has_ended: Final = evidence.c.known_to.is_not(None)
Index("evidence_ended", evidence.c.known_to, **only_where(_has_ended))

#: Evidence that models which go by the day of the whole have in another incident.
_of_whole = evidence.c.incident_of_whole
_has_whole: Final = _of_whole.is_not(None)
Index("evidence_by_incident_of_whole", _of_whole, sqlite_where=_has_whole, postgresql_where=_has_whole)

#: Evidence that rulings, or names within an article, join with other evidence.
Index("evidence_joined", evidence.c.article, **only_where(evidence.c.joined.is_not(None)))

#: Which evidence is of alignments: with a literal, as SQLite would not use its partial index for a parameter.
is_alignment: Final = evidence.c.kind == literal_column("'alignment'")
evidence_of_alignments: Final = Index(
    "evidence_of_alignments", evidence.c.source, evidence.c.target, **only_where(is_alignment)
)
Index("evidence_of_clients", evidence.c.target, **only_where(is_alignment))

incidents = Table(
    "incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("a", String, nullable=False),
    Column("b", String, nullable=False),
    Column("direction", SmallInteger, nullable=False),
    Column("type", String),
    Column("day", Integer, nullable=False),
    Column("material", Boolean, nullable=False),
    Column("publishers", Integer, nullable=False),
    Column("reports", Integer, nullable=False),
    Column("killed", Integer),
    Column("wounded", Integer),
    Column("weight", Double, nullable=False),
    Column("killed_low", Integer),
    Column("killed_high", Integer),
    Column("wounded_low", Integer),
    Column("wounded_high", Integer),
    Column("place", String),
    Column("first_day", Integer),
    Column("last_day", Integer),
    Column("beside", String),
    Index("incidents_by_day", "day"),
    sqlite_with_rowid=False,
)
_OF_PAIR: Final = ("a", "b", "day")
#: On SQLite it has all that columns of a pair are made of, in their order: they are read from it alone.
_IN_COLUMNS: Final = (*_OF_PAIR, "id", "weight", "material", "direction", "type")
Index("incidents_by_pair", *(incidents.c[name] for name in _IN_COLUMNS)).ddl_if(dialect="sqlite")
Index("incidents_by_pair", *(incidents.c[name] for name in _OF_PAIR)).ddl_if(dialect="postgresql")
_is_beside: Final = incidents.c.beside.is_not(None)
Index("incidents_beside", incidents.c.beside, sqlite_where=_is_beside, postgresql_where=_is_beside)

#: The incidents of conflict, with all that their pressure is made of.
is_conflict: Final = incidents.c.weight < literal_column("0")
_WEIGHED: Final = [incidents.c[name] for name in ("a", "b", "day", "weight", "material")]
Index("incidents_of_conflict", *_WEIGHED, **only_where(is_conflict))

#: Which incidents, and which evidence, are of clashes: with a literal, as SQLite would not use its partial indexes
#: for a parameter. The indexes of incidents have all that is asked of the clashes of an actor.
_CLASH: Final = literal_column(f"'{ASSAULT}'", String)
is_clash: Final = incidents.c.type == _CLASH
is_report_of_clash: Final = evidence.c.type == _CLASH
#: Who asks for the clashes of an `a` asks for them in this order: else SQLite goes by the index of all incidents.
CLASHES_IN_ORDER: Final = tuple(incidents.c[name] for name in ("a", "b", "day", "weight"))
Index("incidents_of_clashes", *CLASHES_IN_ORDER, **only_where(is_clash))
Index("incidents_of_clashes_by_b", incidents.c.b, *CLASHES_IN_ORDER, **only_where(is_clash))
Index("evidence_of_clashes_by_source", evidence.c.source, **only_where(is_report_of_clash))
Index("evidence_of_clashes_by_target", evidence.c.target, **only_where(is_report_of_clash))

#: The twelve levels of a pair's running sums on `day`: conflict and cooperation, verbal and material, each for the
#: direction from a to b (`ab`), back (`ba`) and mutual (`mu`).
LEVELS: Final = tuple(
    f"{direction}_{sign}_{half_life}"
    for direction in ("ab", "ba", "mu")
    for sign in ("conflict", "cooperation")
    for half_life in ("verbal", "material")
)

#: `clash_sums` are those of the clash risk: of ASSAULTs under four half-lives, and of other conflict under one.
relations = Table(
    "relations",
    metadata,
    Column("a", String, primary_key=True),
    Column("b", String, primary_key=True),
    Column("incidents", Integer, nullable=False),
    Column("first_day", Integer),
    Column("day", Integer),
    Column("sums", Text, nullable=False),
    *(Column(level, Double, nullable=False) for level in LEVELS),
    Column("clash_sums", Text, nullable=False),
    Index("relations_by_b", "b"),
    Index("relations_by_day", "day"),
    sqlite_with_rowid=False,
)

#: What levels come to on each day of an incident of a pair, in all directions together.
SUMMED_LEVELS: Final = ("conflict_verbal", "conflict_material", "cooperation_verbal", "cooperation_material")
daily_levels = Table(
    "daily_levels",
    metadata,
    Column("a", String, primary_key=True),
    Column("b", String, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    *(Column(level, Double, nullable=False) for level in SUMMED_LEVELS),
    sqlite_with_rowid=False,
)

#: All ASSAULTs of each actor that has any, with whomever: how many, the day of the last, and their exact sum.
actor_clashes = Table(
    "actor_clashes",
    metadata,
    Column("actor", String, primary_key=True),
    Column("clashes", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("total", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: Who reports incidents of a pair: with how much evidence that stands, and from which day on.
pair_publishers = Table(
    "pair_publishers",
    metadata,
    Column("a", String, primary_key=True),
    Column("b", String, primary_key=True),
    Column("publisher", String, primary_key=True),
    Column("evidence", Integer, nullable=False),
    Column("first_day", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: Which publishers counted as which, as they are compared: `alias_of` as it was declared, `counts_as` in the end.
publisher_aliases = Table(
    "publisher_aliases",
    metadata,
    Column("publisher", String, primary_key=True),
    Column("known_from", BigInteger, primary_key=True, autoincrement=False),
    Column("known_to", BigInteger),
    Column("alias_of", String, nullable=False),
    Column("counts_as", String, nullable=False),
    sqlite_with_rowid=False,
)

#: How publishers that aliases name are written, by how they are compared: as they were declared first.
publisher_names = Table(
    "publisher_names",
    metadata,
    Column("publisher", String, primary_key=True),
    Column("name", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: The runs of states of a pair under the default model: each lasts until the next begins.
state_runs = Table(
    "state_runs",
    metadata,
    Column("a", String, primary_key=True),
    Column("b", String, primary_key=True),
    Column("first_day", Integer, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    sqlite_with_rowid=False,
)
STATE_RUN: Final = ("a", "b", "first_day", "state")  #: the columns of a row of `state_runs`

#: Pairs whose runs of states are older than their incidents, and from which day on they may be others.
stale_states = Table(
    "stale_states",
    metadata,
    Column("a", String, primary_key=True),
    Column("b", String, primary_key=True),
    Column("since", Integer, nullable=False),
    sqlite_with_rowid=False,
)
STALE_STATE: Final = ("a", "b", "since")  #: the columns of a row of `stale_states`

#: Pairs whose incidents may have been weighed before publishers came to count as one, or no longer did.
stale_weights = Table(
    "stale_weights",
    metadata,
    Column("a", String, primary_key=True),
    Column("b", String, primary_key=True),
    sqlite_with_rowid=False,
)

#: The tables that hold free text, or a digest of it: what a redaction changes.
WITH_TEXTS: Final = (
    articles,
    former_headers,
    reported_events,
    evidence,
    incidents,
    agreement_developments,
    progress,
)
