"""What the tests of the import share: rows of each format, and a target without a database."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from api.importing.actors.actor_finder import ActorFinder
from api.importing.formats.recognition import DataFormat, recognise
from api.importing.importer import Importer, Options
from api.importing.names.new_actors import NewActor
from api.importing.rows import CodedArticle, CodedEvent, DeletedEvent, Entry, Reject, RowPlace
from api.importing.seeds import read_actors
from api.importing.summary import ImportHooks, Summary
from api.importing.targets.target import PostResult, registration
from domain.actor_directory import ActorDirectory
from domain.actors import RegisterActor
from domain.administration.imports import RecordImport
from domain.articles import Header
from domain.deliveries.delivered_article import IMPORTER, DeliveredArticle
from domain.deliveries.delivery import Deletion, Delivery, DeliveryWork
from domain.errors import Fault, NameTaken
from domain.events import Provenance
from domain.reports import Report, id_in_data_set
from domain.rulings import ReportRef

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROVENANCE = Provenance(IMPORTER, NOW)
SEEDS = read_actors(PROVENANCE)
KINDS = {actor.code: actor.kind for actor in SEEDS}


def as_coded(event: CodedEvent | DeletedEvent) -> CodedEvent:
    """Return an event that was read, and is none that is deleted."""
    assert isinstance(event, CodedEvent)
    return event


def read_object(fields: Mapping[str, str], expected: DataFormat) -> CodedEvent:
    """Return the event of an object in JSON, which has to be of a format. Raises `Reject`."""
    text = json.dumps(fields)
    layout = recognise(text, None, finder(), None)
    assert layout is not None
    assert layout.format is expected
    assert layout.read is not None
    return as_coded(layout.read(text))


def register(directory: ActorDirectory, actors: Sequence[RegisterActor]) -> None:
    for actor in actors:
        directory.add(actor.code, actor.name, actor.aliases)


def seeded_directory() -> ActorDirectory:
    directory = ActorDirectory()
    register(directory, SEEDS)
    return directory


def finder(*, strict: bool = False) -> ActorFinder:
    return ActorFinder(seeded_directory(), KINDS, strict=strict)


class StandingArticle(NamedTuple):
    """What an article says."""

    header: Header
    reports: tuple[Report, ...]


class MemoryTarget:
    """Keeps articles in memory, under the domain's rules."""

    def __init__(self) -> None:
        self.directory = ActorDirectory()
        self.histories: dict[str, list[Any]] = {}
        self.ruled: set[ReportRef] = set()
        self.imports: list[RecordImport] = []

    def seed(self) -> None:
        register(self.directory, SEEDS)

    def register(self, actors: Sequence[NewActor]) -> dict[str, str]:
        refused = {}
        for actor in actors:
            try:
                self.directory.check_names(actor.code, [(("code",), actor.code)], False)
                register(self.directory, [registration(actor, PROVENANCE)])
            except NameTaken as taken:
                refused[actor.code] = str(taken)
        return refused

    def post(self, entries: Sequence[Entry]) -> list[PostResult]:
        work = DeliveryWork(self._load, lambda named: named in self.ruled, lambda *_: False)
        results = [self._post(work, entry) for entry in entries]
        for article in work.changed():
            self.histories.setdefault(article.article_id, []).extend(article.collect_events())
        return results

    def _load(self, article_id: str) -> DeliveredArticle | None:
        history = self.histories.get(article_id)
        return DeliveredArticle.of(history) if history else None

    def _post(self, work: DeliveryWork, entry: Entry) -> PostResult:
        if isinstance(entry, DeletedEvent):
            gone = work.delete(Deletion(entry.article_id, entry.ref, PROVENANCE))
            return PostResult([fate for fate in gone.fates if not isinstance(fate, Fault)])
        assert isinstance(entry, CodedArticle)
        delivery = Delivery(
            entry.article_id,
            entry.header,
            entry.reports,
            PROVENANCE,
            entry.data_set,
            also_in=self._others(entry),
            coverage=entry.coverage,
        )
        delivered = work.deliver(delivery)
        fates = [Reject(fate.code, fate.detail) if isinstance(fate, Fault) else fate for fate in delivered.fates]
        return PostResult(fates, delivered.new_articles)

    def _others(self, entry: CodedArticle) -> tuple[str, ...]:
        """Return the other articles that have events of the same ids."""
        refs = frozenset(map(id_in_data_set, entry.reports)) - {None}
        if not refs:
            return ()
        named = (
            id_
            for id_, history in self.histories.items()
            if any(getattr(event, "report", None) and event.report.ref in refs for event in history)
        )
        return tuple(id_ for id_ in named if id_ != entry.article_id)

    def keep(self, command: RecordImport) -> None:
        self.imports.append(command)

    @property
    def articles(self) -> dict[str, StandingArticle]:
        """The articles as they stand."""
        loaded = {id_: self._load(id_) for id_ in self.histories}
        return {
            id_: StandingArticle(found.article.header, tuple(found.article.reports.values()))
            for id_, found in loaded.items()
            if found
        }


def accounted_for(summary: Summary) -> int:
    """Return the rows of which it is said what became of them."""
    settled = (
        summary.imported + summary.duplicates + summary.repeated + summary.corrected + summary.kept_as_decided
    )
    return settled + summary.retracted + summary.deleted + summary.not_here + summary.rejected


def import_bytes(
    folder: Path, content: bytes, target: MemoryTarget | None = None, options: Options | None = None
) -> tuple[Summary, list[tuple[RowPlace, Reject]], MemoryTarget]:
    """Import a file with this content; return the summary, what was rejected, and the target."""
    target = target or MemoryTarget()
    rejected: list[tuple[RowPlace, Reject]] = []
    path = folder / "data.txt"
    path.write_bytes(content)
    watcher = ImportHooks(on_reject=lambda row, reject: rejected.append((row, reject)))
    summary = Importer(target, options or Options(), watcher, lambda: NOW).run([str(path)])
    assert summary.read == accounted_for(summary)
    assert sum(summary.reasons.values()) == summary.rejected == len(rejected)
    return summary, rejected, target


def icews_row(**changes: str) -> str:
    """Return a row of ICEWS; changes are by column, spaces as underscores."""
    row = {
        "Event_ID": "32889836",
        "Event_Date": "2018-06-01",
        "Source_Name": "Foreign Affairs (Bangladesh)",
        "Source_Sectors": "Executive,Foreign Ministry,Government",
        "Source_Country": "Bangladesh",
        "Event_Text": "Consult",
        "CAMEO_Code": "040",
        "Intensity": "1",
        "Target_Name": "High Ranking Military Personnel (Vietnam)",
        "Target_Sectors": "Military,Government",
        "Target_Country": "Vietnam",
        "Story_ID": "47400351",
        "Sentence_Number": "2",
        "Publisher": "Example Bulletin",
        "City": "Hanoi",
        "District": "NA",
        "Province": "Thanh Pho Ha Noi",
        "Country": "Vietnam",
        "Latitude": "21.0245",
        "Longitude": "105.841",
    }
    return "\t".join({**row, **changes}.values())


_ICEWS_COLUMNS = (
    "Event ID,Event Date,Source Name,Source Sectors,Source Country,Event Text,CAMEO Code,Intensity,Target Name,"
    "Target Sectors,Target Country,Story ID,Sentence Number,Publisher,City,District,Province,Country,Latitude,"
    "Longitude"
)
ICEWS_HEADER = _ICEWS_COLUMNS.replace(",", "\t")


def gdelt_row(version: int = 2, **changes: str) -> str:
    """Return a row of GDELT; changes are by column, as c0 to c60."""
    fields = [""] * (61 if version == 2 else 58)
    fields[0:5] = ["719024875", "20171202", "201712", "2017", "2017.9"]
    fields[5], fields[7], fields[12] = "ISRMIL", "ISR", "MIL"
    fields[15], fields[17] = "SYR", "SYR"
    fields[26] = "190"
    fields[52 if version == 2 else 50] = "Damascus, Syria"
    fields[-2] = "20180101000000" if version == 2 else "20180101"
    fields[-1] = "http://News.example/one?a=1#top"
    for name, value in changes.items():
        fields[int(name[1:])] = value
    return "\t".join(fields)


_POLECAT_COLUMNS = (
    "Event ID,Event Date,Event Type,Event Mode,Intensity,Quad Code,Contexts,Actor Name,Actor Name Raw,"
    "Wikipedia Actor ID,Actor Resolution,Actor Country,Actor COW,Primary Actor Sector,Actor Sectors,Actor Title,"
    "Actor Title Raw,Recipient Name,Recipient Country,Recipient COW,Primary Recipient Sector,Recipient Sectors,"
    "Placename,City,Country,Publication Date,Headline,Language,Source"
)
POLECAT_HEADER = _POLECAT_COLUMNS.split(",")


def polecat_row(**changes: str) -> list[str]:
    row = dict.fromkeys(POLECAT_HEADER, "None")
    row |= {
        "Event ID": "20200203-1",
        "Event Date": "2020-02-03",
        "Event Type": "ASSAULT",
        "Event Mode": "artillery",
        "Actor Name": "Syrian Army",
        "Actor Country": "SYR",
        "Primary Actor Sector": "MIL",
        "Recipient Name": "Turkey",
        "Recipient Country": "TUR",
        "City": "Idlib",
        "Publication Date": "2020-02-04",
        "Headline": "Shells, and an answer",
        "Source": "Example News",
    }
    return list({**row, **{name.replace("_", " "): value for name, value in changes.items()}}.values())
