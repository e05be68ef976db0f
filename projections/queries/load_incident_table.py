"""All that happened between actors, as columns: from the tables to arrays, for who looks at a whole log."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import numpy as np
from msgspec import Struct
from sqlalchemy import Connection, and_, exists, func, or_, select

from domain.standards.edtf import parse_edtf
from domain.standards.plover import DEVELOPMENT_TYPES, INTENSITY, HalfLife, half_life_class
from projections.backtesting.incident_table import TYPE_NUMBERS, IncidentTable
from projections.backtesting.published_incidents import (
    ArticleVersion,
    PublishedIncidents,
    Readable,
    ReadClaim,
    ReadTurn,
    StoodClaim,
    article_versions,
    claims_under_rulings,
    published_incidents,
)
from projections.pairs import pair_of
from projections.publishers.counted_as import load_aliases
from projections.publishers.stale_weights import corrections, has_stale_weights
from projections.queries.load_pairs import load_all_incidents, load_ties
from projections.queries.question import Question, claim_columns, evidence_day, stands
from projections.scoring.incidents import Claim
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.storage.bulk_rows import by_characters, is_one_of
from projections.storage.tables import articles, evidence, former_headers, incidents, is_alignment, reported_events
from projections.times import to_day

if TYPE_CHECKING:  # it needs what reads Parquet
    from projections.storage.history.ordered_incidents import OrderedIncidents

_COLUMNS: Final = ("a", "b", "day", "type", "weight", "material")
_UNWEIGHED: Final = ("a", "b", "day", "type", "material", "publishers", "killed", "wounded")
_CodedIncident = tuple[str, str, str, int]  # source, target, type, day
_COUNTRY: Final = 3  # letters of a country in a CAMEO code
_CODE: Final = re.compile(r"([A-Z]{3})+")  # a CAMEO code: a country, and roles


class OrderedHistory(Protocol):
    """Where all incidents come from before the tables are looked at."""

    def read_ordered(
        self, connection: Connection, type_numbers: Mapping[str | None, int]
    ) -> "OrderedIncidents | None":
        """Return them by pair, day and id, given the number of each type; None where that cannot be."""


def load_incident_table(
    connection: Connection, model: Model = DEFAULT_MODEL, history: OrderedHistory | None = None
) -> IncidentTable:
    """Return all incidents and ties as they are known now, by a model's rules and weights.

    Those that the default model weighs come from a `history` where that can be.
    """
    if history and model == DEFAULT_MODEL and not has_stale_weights(connection):
        found = history.read_ordered(connection, TYPE_NUMBERS)
        if found is not None:
            return _table_of(connection, found)
    question = Question(0, model=model)
    if not question.is_unfiltered:
        by_pair = load_all_incidents(connection, question)
        made = ((i.a, i.b, i.day, i.type, i.weight, i.material) for _, of in sorted(by_pair.items()) for i in of)
        return IncidentTable.of(made, ties=load_ties(connection, question))
    names = _COLUMNS if model == DEFAULT_MODEL else _UNWEIGHED  # the rows are weighed by the default model
    rows = _rows(connection, names)
    if model != DEFAULT_MODEL:
        rows = (
            (a, b, day, name, model.weight(name, k, killed, wounded), material)
            for a, b, day, name, material, k, killed, wounded in rows
        )
    return IncidentTable.of(rows, ties=load_ties(connection))


def _table_of(connection: Connection, found: "OrderedIncidents") -> IncidentTable:
    return IncidentTable(
        tuple(found.pairs),
        np.repeat(np.arange(len(found.pairs)), found.numbers),
        found.day.astype(np.int64),
        found.type,
        found.weight,
        found.material,
        tuple(load_ties(connection)),
        found.history,
    )


def load_published_incidents(connection: Connection, model: Model = DEFAULT_MODEL) -> PublishedIncidents:
    """Return all incidents and ties as they stood by what was published by each day, weighed by a model.

    By a day they are those of a `Question` with it as `published_by`.
    """
    versions = _versions(connection)
    former = evidence.c.article.in_(select(former_headers.c.article))
    wanted = or_(stands(evidence), former)
    period = (evidence.c.article, evidence.c.known_from, evidence.c.known_to)
    columns = (evidence.c.number, *period, *claim_columns(model.incident_rules))
    rows = connection.execute(select(*columns).where(evidence.c.incident.is_not(None), wanted))
    ruled = _ruled_together(connection)
    claims = (
        ReadClaim(Claim._make(claim), version.readable)
        for number, article, known_from, known_to, *claim in rows
        if (article, number) not in ruled
        for version in versions[article]
        if version.has(known_from, known_to)
    )
    under_rulings = claims_under_rulings(_stood(connection, ruled, model), versions)
    found = published_incidents(chain(claims, under_rulings), model, load_aliases(connection))
    weighed = (([getattr(incident, name) for name in _COLUMNS], readable) for incident, readable in found)
    day = evidence_day(Question(0, model=model))
    turns = (evidence.c.source, evidence.c.target, day, evidence.c.development)
    order = (day, evidence.c.known_from, evidence.c.article, evidence.c.number)
    ties = connection.execute(select(*period, *turns).where(is_alignment, wanted).order_by(*order))
    return PublishedIncidents.of(
        weighed,
        (
            ReadTurn(patron, client, on, development != "ended", version.readable)
            for article, known_from, known_to, patron, client, on, development in ties
            for version in versions[article]
            if version.has(known_from, known_to)
        ),
    )


def _ruled_together(connection: Connection) -> set[tuple[int, int]]:
    """Return each report, by article and number, that a ruling ever joined with one of another article."""
    mine, other = evidence.alias(), evidence.alias()
    same = (mine.c.joined.is_not(None), other.c.incident == mine.c.incident, other.c.joined == mine.c.joined)
    asked = select(mine.c.article, mine.c.number).where(*same, other.c.article != mine.c.article).distinct()
    return {(article, number) for article, number in connection.execute(asked)}


def _stood(connection: Connection, reports: Collection[tuple[int, int]], model: Model) -> Iterator[StoodClaim]:
    """Yield all evidence that some reports ever gave."""
    names = ("article", "number", "version", "known_from", "known_to")
    columns = (*(evidence.c[name] for name in names), *claim_columns(model.incident_rules))
    mine = is_one_of(connection, (evidence.c.article, evidence.c.number), sorted(reports))
    rows = connection.execute(select(*columns).where(mine)) if reports else ()
    return (StoodClaim._make((*row[: len(names)], Claim._make(row[len(names) :]))) for row in rows)


def _versions(connection: Connection) -> Mapping[int, Sequence[ArticleVersion]]:
    """Return the versions of each article."""
    headers: defaultdict[int, list[tuple[int, int | None]]] = defaultdict(list)
    then = former_headers.c
    former = select(then.article, then.published, then.known_to).order_by(then.article, then.known_to)
    for article, published, known_to in connection.execute(former):
        headers[article].append((_day(published), known_to))
    for article, published in connection.execute(select(articles.c.article, articles.c.published)):
        headers[article].append((_day(published), None))
    taken_back = _taken_back(connection)
    return {article: article_versions(of_one, taken_back.get(article)) for article, of_one in headers.items()}


def _taken_back(connection: Connection) -> dict[int, int]:
    """Return the last instant at which nothing stood any more of an article that was revised, by its key."""
    columns = evidence.c
    former = columns.article.in_(select(former_headers.c.article))
    periods: defaultdict[int, list[tuple[int, int | None]]] = defaultdict(list)
    for article, *period in connection.execute(
        select(columns.article, columns.known_from, columns.known_to).where(former)
    ):
        periods[article].append((period[0], period[1]))
    return {
        article: max(empty)
        for article, of_one in periods.items()
        if (empty := [end for _, end in of_one if end is not None and not _stood_at(end, of_one)])
    }


def _stood_at(instant: int, periods: Iterable[tuple[int, int | None]]) -> bool:
    return any(since <= instant and (until is None or until > instant) for since, until in periods)


@lru_cache(maxsize=4096)
def _day(published: str) -> int:
    return to_day(date.fromisoformat(published[:10]))


def _rows(connection: Connection, names: Sequence[str]) -> Iterable[Sequence[Any]]:
    """Return columns of all incidents, in an order on which the last digits of sums depend."""
    now = {each.stored.id: each.now for each in corrections(connection)}
    columns = [incidents.c[name] for name in names]
    a, b, id_column = (by_characters(connection, incidents.c[name]) for name in ("a", "b", "id"))
    order = (a, b, incidents.c.day, id_column)
    if not now:
        return connection.execute(select(*columns).order_by(*order))
    rows = connection.execute(select(incidents.c.id, *columns).order_by(*order))
    return ([getattr(now[id_], name) for name in names] if id_ in now else row for id_, *row in rows)


# Countries as they were coded


class _Coded(Struct):
    """What the reading below needs of a reported event, whatever its kind."""

    occurred: str
    kind: str
    type: str | None = None
    development: str | None = None
    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    source_role: str | None = None
    target_role: str | None = None
    cameo: str | None = None
    named: tuple[tuple[str, str], ...] = ()


def load_coded_incidents(connection: Connection, weight_of_one: float = 1.0) -> IncidentTable:
    """Return what stands in the log between countries as they were coded, as event data are read elsewhere.

    An actor is the first three letters of the code in the row (`PAL` of `PALPLO`, where the registry has `PLO`);
    one source, target, type and day is one incident; what has no type is left out. Every incident weighs
    `weight_of_one` times its intensity. Nothing spills over.
    """
    return IncidentTable.of(_coded_rows(_coded_since(connection), weight_of_one))


def load_published_coded_incidents(connection: Connection, weight_of_one: float = 1.0) -> PublishedIncidents:
    """Return the incidents of `load_coded_incidents`, each from the first day on which an article had told of it.

    That is by the day of publication that the article has now.
    """
    found = _coded_since(connection)
    rows = zip(_coded_rows(found, weight_of_one), map(Readable, found.values()), strict=True)
    return PublishedIncidents.of(rows)


def _coded_since(connection: Connection) -> dict[_CodedIncident, int]:
    """Return the incidents between countries as they were coded, and the day on which each was first told of."""
    found: dict[_CodedIncident, int] = {}
    days: dict[tuple[str, str], int] = {}
    decoder = msgspec.json.Decoder(_Coded)
    for content, published in connection.execute(_standing_reports()):
        report = decoder.decode(content)
        name = _type_of(report)
        if name is None or not report.source or not report.target:
            continue
        when = report.occurred, published[:10]
        if when not in days:
            days[when] = to_day(parse_edtf(when[0]).scoring_day(date.fromisoformat(when[1])))
        for source, target in _countries(report):
            coded, told = (source, target, name, days[when]), _day(published)
            found[coded] = min(found.get(coded, told), told)
    return found


def _coded_rows(found: Iterable[_CodedIncident], weight_of_one: float) -> Iterator[Sequence[Any]]:
    for source, target, name, day in found:
        yield *pair_of(source, target), day, name, weight_of_one * INTENSITY[name], _is_material(name)


def _standing_reports() -> Any:
    """Select content and publication of what stands: the latest words of each report that was not retracted.

    A report between parts of one actor has no evidence, so its own retraction leaves no trace to see here.
    """
    reports, columns = reported_events, reported_events.c
    latest = reports.alias()
    same_latest = and_(latest.c.article == columns.article, latest.c.number == columns.number)
    newest = select(func.max(latest.c.version)).where(same_latest).scalar_subquery()
    same = and_(evidence.c.article == columns.article, evidence.c.number == columns.number)
    has_standing = or_(exists().where(same, stands(evidence)), ~exists().where(same))
    return (
        select(columns.content, articles.c.published)
        .join(articles, articles.c.article == columns.article)
        .where(articles.c.retracted.is_(False), columns.version == newest, has_standing)
    )


def _type_of(report: _Coded) -> str | None:
    if report.kind == "alignment":
        return None
    return report.type if report.development is None else DEVELOPMENT_TYPES[report.development]


def _countries(report: _Coded) -> Iterator[tuple[str, str]]:
    for one in report.source:
        for other in report.target:
            within = one == other
            source = _country(report, one, report.source_role, report.target_role if within else None)
            target = _country(report, other, report.target_role, report.source_role if within else None)
            if source != target:
                yield source, target


def _country(report: _Coded, code: str, role: str | None, taken: str | None) -> str:
    """Return the country of an actor: that of the code it was coded by, whose end is its role.

    Between parts of one actor, a code whose end is the other's role (`taken`) is the other's.
    """
    for name, meant in report.named if report.cameo else ():
        if meant == code and _CODE.fullmatch(name) and name.endswith(role or ""):
            if role is None and taken is not None and name.endswith(taken):
                continue
            return name[:_COUNTRY]
    return code[:_COUNTRY]


def _is_material(name: str) -> bool:
    return half_life_class(name) is HalfLife.MATERIAL
