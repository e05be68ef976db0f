"""A build of history from an archive: stage by stage, and published at once when all of it is there."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from arro3.core import Array, DataType, Schema, Table
from eventsourcing.persistence import JSONTranscoder, Notification

from api.history.engines import Engine, Stage, by_table
from api.history.task_outputs import TaskOutputs
from domain.articles import ArticlePosted, article_uuid, former_article_uuid
from domain.events import DomainEvent
from domain.log.archives.manifest import MANIFEST, ArchiveRefused, Manifest, decode_manifest
from domain.log.archives.places import archive_at
from domain.log.archives.storage import ArchivePlace
from domain.log.mapper import UNREADABLE, EventMapper
from domain.log.reader import RULING_TOPICS
from domain.log.recorders.notifications import notifications_of
from projections.evidence.rulings import Rulings
from projections.folding.read_rulings import take_stored_ruling
from projections.history.alias_rows import AliasRows
from projections.history.fold_articles import (
    ALIAS_CHANGES,
    EVIDENCE_OF_PAIRS,
    FOLDED,
    FoldArticles,
)
from projections.history.fold_pairs import (
    CLASHES_OF_ACTORS,
    INCIDENTS_OF_TIES,
    INCIDENTS_OF_TIES_SCHEMA,
    FoldPairs,
)
from projections.history.fold_spilled import COUNTING_SCHEMA, FoldSpilled, counting_for
from projections.history.stored_groups import (
    GROUPED_SCHEMA,
    finding,
    groups_by_aggregate,
)
from projections.history.table_batches import NAMES_BUILT, TableBatch, batches_of
from projections.log_digests import add_digests
from projections.pairs import Pair, pair_of
from projections.publishers.actor_clashes import ACTOR_CLASHES, actor_rows, parse_actor_clashes
from projections.publishers.alias_periods import AliasPeriod
from projections.queries.load_pairs import pair_with_clients, ties_of_rows
from projections.scoring.clash_risk.clash_sums import ActorClashes
from projections.scoring.spillover import Tie, by_patron, pairs_spilled_to, ties_of
from projections.storage import tables
from projections.storage.bulk_rows import Row
from projections.storage.history.build_manifest import (
    BUILDING,
    BuildManifest,
    BuiltFile,
    FormerFile,
    decode_build_manifest,
    encode_build_manifest,
    is_built_file_name,
)

KEPT: Final = timedelta(days=1)  #: for whom files of a former build are kept: who reads them still
_LAST_TASK: Final = 99_999  # the number of what no task of an engine makes

#: Is told what is being done, how much of it is done, and of how much.
BuildProgress = Callable[[str, int, int], None]
#: Opens an engine: for an archive and its manifest, and a place that takes what is built.
OpenEngine = Callable[[str, Manifest, str], AbstractContextManager[Engine]]


def build_history(
    archive: str, address: str, open_engine: OpenEngine, clock: Callable[[], datetime], told: BuildProgress
) -> BuildManifest:
    """Build the history of an archive at an address, and return what was published.

    Raises `ArchiveRefused` for what is wrong with either. What was published before stays until then.
    """
    content = archive_at(archive).read_manifest()
    if content is None:
        raise ArchiveRefused(f"{archive}/{MANIFEST}: there is no such file, and so no archive")
    manifest = decode_manifest(content, f"{archive}/{MANIFEST}")
    place = archive_at(address, BUILDING)
    with place.writing():
        publication = _Publication(place, clock)
        try:
            with open_engine(archive, manifest, address) as engine:
                build = _Build(engine, address, manifest, told)
                built = build.run()
        except OSError as error:
            raise ArchiveRefused(
                f"{error.filename or address}: {error.strerror or error}; nothing was published"
            ) from error
        publication.publish(built, build.handed_on)
    return built


class _Publication:
    """What is published at a place: one build at a time, the next in its place at once."""

    def __init__(self, place: ArchivePlace, clock: Callable[[], datetime]) -> None:
        self._place = place
        self._clock = clock
        self._stored = place.read_manifest()
        there = place.sizes()
        if self._stored is None and (foreign := [name for name in there if not is_built_file_name(name)]):
            raise ArchiveRefused(
                f"{place.address} is no history and not empty, it has {foreign[0]}: name an empty place"
            )
        self._former: tuple[FormerFile, ...] = ()
        if self._stored is not None:
            now = clock()
            before = decode_build_manifest(self._stored, f"{place.address}/{MANIFEST}")
            self._former = (*before.former, *(FormerFile(file.name, now) for file in before.files))
        self._remove_others({one.name for one in self._former})

    def publish(self, built: BuildManifest, handed_on: Iterable[str]) -> None:
        """Put a build in the place of the one before it, and remove what nobody reads any more.

        That is also what its stages have `handed_on`.
        """
        current, due = {file.name for file in built.files}, self._clock() - KEPT
        kept = tuple(one for one in self._former if one.name not in current and one.since > due)
        content = encode_build_manifest(msgspec.structs.replace(built, former=kept))
        self._place.publish_manifest(content, self._stored)
        for name in handed_on:
            self._place.remove(name)
        self._remove_others(current | {one.name for one in kept})

    def _remove_others(self, named: set[str]) -> None:
        for name in self._place.strays(self._clock() - KEPT):
            if name not in named and is_built_file_name(name):
                self._place.remove(name)


class _Build:
    """One build: what is said first, then what it means, then what ties add to that."""

    def __init__(self, engine: Engine, address: str, manifest: Manifest, told: BuildProgress) -> None:
        self._engine = engine
        self._address = address
        self._manifest = manifest
        self._told = told
        self._mapper = EventMapper(JSONTranscoder())
        self._files: dict[str, list[BuiltFile]] = defaultdict(list)
        self.handed_on: set[str] = set()  #: files that a later stage has read, and which are of no table

    def run(self) -> BuildManifest:
        """Return the manifest of what was built."""
        if self._manifest.files:
            self._engine.add_events("events")
            self._fold_articles()
        folded = self._rows(FOLDED, "SELECT digest, recorded, events FROM folded")
        if (events := sum(row[2] for row in folded)) != self._manifest.events:
            raise ArchiveRefused(
                f"{events} of the archive's {self._manifest.events} events were folded: build it again"
            )
        aliases = self._write_aliases()
        if EVIDENCE_OF_PAIRS in self._files:
            self._fold_pairs(aliases)
        self._write_rest()
        digest = ""
        for row in folded:
            digest = add_digests(digest, row[0])
        return BuildManifest(
            position=self._manifest.position,
            events=self._manifest.events,
            recorded=max((row[1] for row in folded if row[1] is not None), default=None),
            digest=digest,
            end=self._manifest.files[-1].end if self._manifest.files else None,
            files=tuple(file for name in NAMES_BUILT for file in self._files[name]),
        )

    # What is said

    def _fold_articles(self) -> None:
        stored = self._stored(f"topic IN ({', '.join(map(_quoted, RULING_TOPICS))})")
        named = Rulings()
        for ruling in stored:
            take_stored_ruling(named, self._decode, ruling)
        elsewhere = self._elsewhere(named.named_articles())
        rulings = Rulings(finding(elsewhere, article_uuid))
        for ruling in stored:
            take_stored_ruling(rulings, self._decode, ruling)
        groups = sorted(groups_by_aggregate(rulings).items())
        self._engine.add_rows("ruled", _arrow(GROUPED_SCHEMA, groups))
        query = (
            "SELECT coalesce(ruled.grouped_by, events.originator_id) AS grouped_by, events.position,"
            " events.originator_id, events.originator_version, events.topic, events.state"
            " FROM events LEFT JOIN ruled ON ruled.aggregate = events.originator_id"
        )
        self._fold(
            Stage(
                "articles",
                query,
                keys=("grouped_by",),
                order=("grouped_by", "position"),
                fold=FoldArticles(elsewhere),
                rows=self._manifest.events,
            )
        )

    def _elsewhere(self, articles: Iterable[str]) -> dict[str, UUID]:
        """Return the aggregates of those articles that version 0.2 recorded under ids of another form."""
        wanted = {uuid: id_ for id_ in articles if (uuid := former_article_uuid(id_)) is not None}
        if not wanted:
            return {}
        ids = ", ".join(f"X'{uuid.hex}'" for uuid in wanted)
        found = self._stored(f"originator_version = 1 AND originator_id IN ({ids})")
        return {wanted[uuid]: uuid for each in found if (uuid := self._posted(each, wanted)) is not None}

    def _posted(self, stored: Notification, wanted: dict[UUID, str]) -> UUID | None:
        aggregate = UUID(str(stored.originator_id))
        try:
            event = self._decode(stored)
        except UNREADABLE:
            return aggregate if stored.topic == ArticlePosted.TOPIC else None
        is_it = isinstance(event, ArticlePosted) and event.article_id == wanted[aggregate]
        return aggregate if is_it else None

    def _stored(self, condition: str) -> list[Notification]:
        rows = self._engine.query(
            "SELECT position, originator_id, originator_version, topic, state FROM events"
            f" WHERE {condition} ORDER BY position"
        )
        return list(notifications_of(rows, lambda value: UUID(bytes=bytes(value))))

    def _decode(self, stored: Notification) -> DomainEvent:
        event = self._mapper.to_domain_event(stored)
        assert isinstance(event, DomainEvent)
        return event

    def _write_aliases(self) -> dict[str, str]:
        """Write which publishers count as which; return it as it is now."""
        found = AliasRows.of(self._rows(ALIAS_CHANGES, "SELECT position, change FROM alias_changes"))
        self._write(tables.publisher_aliases, AliasPeriod._fields, found.periods)
        self._write(tables.publisher_names, ("publisher", "name"), sorted(found.names.items()))
        return found.standing()

    # What it means

    def _fold_pairs(self, aliases: dict[str, str]) -> None:
        evidence = self._take(EVIDENCE_OF_PAIRS)
        pairs = {(a, b) for a, b in self._engine.query("SELECT DISTINCT a, b FROM evidence_of_pairs")}
        alignments = self._engine.query(
            "SELECT source, target, day, development, known_to FROM evidence_of_pairs WHERE kind = 'alignment'"
            " ORDER BY day, known_from, article, number"
        )
        ways = {(patron, client) for patron, client, *_ in alignments}
        ties = ties_of_rows(row[:4] for row in alignments if row[4] is None)
        spilled = pairs_spilled_to(pairs, ways) | {pair_of(*way) for way in ways}
        self._fold(
            Stage(
                "pairs",
                "SELECT * FROM evidence_of_pairs",
                keys=("a", "b"),
                order=("a", "b", "day", "article", "number", "source", "target", "known_from"),
                fold=FoldPairs(frozenset(spilled), frozenset(_with_clients(spilled, ties)), aliases),
                rows=sum(file.rows for file in evidence),
                ranged=True,
            )
        )
        if spilled:
            self._fold_spilled(spilled, ties)

    def _fold_spilled(self, spilled: set[Pair], ties: Sequence[Tie]) -> None:
        counting = list(counting_for(spilled, ties))
        self._engine.add_rows("counting", _arrow(COUNTING_SCHEMA, counting))
        if not self._take(INCIDENTS_OF_TIES):  # a tie between two is enough for a state
            self._engine.add_rows(INCIDENTS_OF_TIES, _arrow(INCIDENTS_OF_TIES_SCHEMA, []))
        query = (
            "SELECT counting.one, counting.other, counting.a, counting.b, incidents.id, incidents.day,"
            " incidents.weight, incidents.material, incidents.direction, incidents.type"
            " FROM counting LEFT JOIN incidents_of_ties AS incidents"
            " ON incidents.a = counting.a AND incidents.b = counting.b"
        )
        ((rows,),) = self._engine.query(f"SELECT count(*) FROM ({query}) AS counted")
        self._fold(
            Stage(
                "spilled",
                query,
                keys=("one", "other"),
                order=("one", "other", "a", "b", "day", "id"),
                fold=FoldSpilled(ties),
                rows=rows,
                ranged=True,
            )
        )

    # What tasks have made parts of

    def _write_rest(self) -> None:
        parties = self._rows(
            tables.agreement_parties.name, "SELECT DISTINCT party, agreement FROM agreement_parties ORDER BY 1, 2"
        )
        self._write(tables.agreement_parties, tables.PARTY, parties)
        totals: dict[str, ActorClashes] = {}
        parts = self._rows(
            CLASHES_OF_ACTORS, f"SELECT {', '.join(ACTOR_CLASHES)} FROM clashes_of_actors ORDER BY actor"
        )
        for row in parts:
            for actor, found in parse_actor_clashes([row]).items():
                totals.setdefault(actor, ActorClashes(0, found.day)).add_all(found)
        self._write(tables.actor_clashes, ACTOR_CLASHES, actor_rows(totals))

    def _fold(self, stage: Stage) -> None:
        self._told(stage.name, 0, 1)
        made = self._engine.fold(stage, lambda done, total: self._told(stage.name, done, total))
        for table, files in by_table(made).items():
            self._files[table] += files

    def _rows(self, table: str, query: str) -> list[tuple[Any, ...]]:
        """Return rows of what tasks have handed on, which is no more needed then."""
        return self._engine.query(query) if self._take(table) else []

    def _take(self, table: str) -> list[BuiltFile]:
        """Return the files of what tasks have handed on, which is a source from now on, if there are any."""
        files = self._files.pop(table, [])
        self.handed_on.update(file.name for file in files)
        if files:
            self._engine.add_files(table, files)
        return files

    def _write(self, table: Any, columns: Sequence[str], rows: Sequence[Row]) -> None:
        batches: Iterator[TableBatch] = batches_of(table, columns, rows)
        self._files[table.name] += TaskOutputs(self._address, _LAST_TASK).write(batches)


def _with_clients(spilled: Iterable[Pair], ties: Sequence[Tie]) -> Iterator[Pair]:
    found = by_patron(ties)
    for pair in spilled:
        yield from pair_with_clients(pair, ties_of(pair, found))


def _arrow(schema: Schema, rows: Sequence[tuple[Any, ...]]) -> Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema.names)
    types: list[DataType] = [schema.field(name).type for name in schema.names]
    return Table.from_arrays([Array(c, type=t) for c, t in zip(columns, types, strict=True)], schema=schema)


def _quoted(text: str) -> str:
    return f"'{text}'"
