"""How a service is: how far behind its projections are, who folds the log, and what to do if it is not well."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel

from api.running.service import Service
from domain.actor_directory import ActorDirectory
from domain.log.log_fold import SkippedEvent
from domain.log.mapper import UNREADABLE
from domain.log.servers.standby import read_standby
from projections.folding.log_identity import find_difference
from projections.queries.progress import MAX_LISTED, Backlog, backlog, projection_name
from projections.storage.damage import READING_ERRORS, check_pages, describe_damage, is_damage
from projections.storage.tables import VERSION

_SOON: Final = 0.5  # of the time that readers wait for a position: from there on a lag is told of
_AT_ONCE: Final = 1.0  # seconds that folding may take in any case


class Alive(BaseModel):
    """The process answers."""

    status: str


class ParkedEvent(BaseModel):
    """A domain event that could not be folded, and why."""

    position: int
    type: str
    error: str


class ProjectionHealth(BaseModel):
    """How far a projection has come. `lag` is in positions, `stale` in pairs whose states are to be made anew.

    `lag_seconds` is how long ago the first event was recorded that is not folded yet: 0 where all are, null where
    it cannot be read. `parked` are the first hundred of the events that are parked, `parked_events` is how many
    there are.
    """

    name: str
    version: int
    position: int
    lag: int
    lag_seconds: float | None
    stale: int
    parked_events: int
    parked: list[ParkedEvent]


class ProjectorHealth(BaseModel):
    """Whose projector is the active one: `this` process's (or one beside it), `another`'s, or `none`.

    A replica has none, and does not see its primary's: `primary`.
    """

    active: Literal["this", "another", "none", "primary"]
    process: int | None = None
    host: str | None = None


class RebuildHealth(BaseModel):
    """How far a rebuild has come that runs now: a position, of the log's."""

    position: int
    end: int


class OverruledName(BaseModel):
    """A name of the actors `of`, which nobody means by it: it is the code of another, `means`."""

    name: str
    means: str
    of: list[str]


class SharedNamesHealth(BaseModel):
    """How many names several actors have and are ambiguous, how many overruled, and the first hundred of these."""

    ambiguous: int
    overruled_names: int
    overruled: list[OverruledName]


class ReplicaHealth(BaseModel):
    """How a replica follows its primary. Null, each, where that cannot be known.

    `lag_seconds` is how old the state is that it reads, 0 where it has replayed all that it received and is
    connected; `bytes_behind` is what it has received and not replayed.
    """

    is_standby: bool
    is_connected: bool
    bytes_behind: int
    lag_seconds: float | None


class HistoryHealth(BaseModel):
    """The history that answers come from: the position of its build, null where none is read.

    `problem` is why it is not, or not as it was published last; null where nothing is wrong.
    """

    position: int | None
    problem: str | None


class Health(BaseModel):
    """How the service is. `degraded`: it answers, but something needs a look; `advice` says what to do.

    `views` is why the views for SQL are not shown, or not those of the live tables; null where they are. `replica`
    is null on a primary, `history` where none is set.
    """

    status: Literal["ok", "degraded"]
    log_position: int
    projections: list[ProjectionHealth]
    projector: ProjectorHealth
    rebuild: RebuildHealth | None
    shared_names: SharedNamesHealth
    views: str | None
    replica: ReplicaHealth | None
    history: HistoryHealth | None
    advice: list[str]


def check_readiness(service: Service) -> None:
    """Raise what reading the projections or the log raises."""
    with service.store.reading():  # first: where the database is away this fails at once
        service.log.position()


def read_health(service: Service, *, thorough: bool = False) -> Health:
    """Return how a service is; `thorough` reads all pages of the tables on SQLite, which takes as long as that."""
    log_position = service.log.position()
    projector = _read_projector(service)
    replica = _read_replica(service)
    advice = list(map(_advise_on_skipped, service.log.skipped_events()[:MAX_LISTED]))
    projections: list[ProjectionHealth] = []
    building = None
    try:
        projection = _read_projection(service, log_position, thorough=thorough)
        projections.append(projection)
        advice[:0] = [
            *_advise(projection, projector, service.settings.wait_timeout),
            *_advise_on_another_log(service, projection),
        ]
        building = service.store.building_position()
    except READING_ERRORS as error:
        if not is_damage(error, Path(service.store.place)):
            raise
        damage = describe_damage(service.store.place, error)
        advice.insert(0, f"{damage[0].upper()}{damage[1:]}.")
    advice += [] if replica is None else _advise_replica(replica, service.settings.wait_timeout)
    history = _read_history(service, projections)
    if history is not None and history.problem is not None:
        advice.append(f"The history is not read, and all is answered from the tables: {history.problem}.")
    return Health(
        status="degraded" if advice else "ok",
        log_position=log_position,
        projections=projections,
        projector=projector,
        rebuild=None if building is None else RebuildHealth(position=building, end=log_position),
        shared_names=_shared_names(service.log.directory()),
        views=service.store.views_problem,
        replica=replica,
        history=history,
        advice=advice,
    )


def _read_projection(service: Service, log_position: int, *, thorough: bool) -> ProjectionHealth:
    with service.store.inspecting() as (connection, standing):
        if thorough:
            check_pages(connection)
        name = projection_name(connection)
        # Tables of another version may have other columns.
        left = backlog(connection) if standing.version == VERSION else Backlog()
    return ProjectionHealth(
        name=name,
        version=standing.version,
        position=standing.position,
        lag=max(log_position - standing.position, 0),
        lag_seconds=_read_lag_seconds(service, standing.position, log_position),
        stale=left.stale,
        parked_events=left.parked_events,
        parked=[ParkedEvent(position=p, type=topic, error=error) for p, topic, error in left.parked],
    )


def _read_lag_seconds(service: Service, position: int, log_position: int) -> float | None:
    """Return for how many seconds the first event behind a position has waited to be folded."""
    if position >= log_position or not (waiting := service.log.read_log(position, 1)):
        return 0.0
    try:
        recorded = service.log.decode(waiting[0]).timestamp
    except UNREADABLE:
        return None  # it is about to be parked
    return max((service.clock() - recorded).total_seconds(), 0.0)


def _read_replica(service: Service) -> ReplicaHealth | None:
    if not service.settings.is_replica:
        return None
    standby = read_standby(service.settings.database_url)
    return ReplicaHealth(
        is_standby=standby.is_standby,
        is_connected=standby.is_connected,
        bytes_behind=standby.bytes_behind,
        lag_seconds=standby.lag_seconds,
    )


def _read_history(service: Service, projections: Sequence[ProjectionHealth]) -> HistoryHealth | None:
    history = service.history
    if history is None:
        return None
    if history.position is None and history.problem is None:
        history.look()  # a command that has just begun
    position = None
    if any(projection.version == VERSION for projection in projections):
        with service.store.reading() as connection:
            position = history.position_for(connection)
    return HistoryHealth(position=position, problem=history.problem)


def _advise_replica(replica: ReplicaHealth, wait_timeout: float) -> Iterator[str]:
    """Yield what to do about a replica that does not follow its primary."""
    if not replica.is_standby:
        yield (
            "The database is no standby, and this server only reads: if it was promoted, start the server with"
            " DETENTE_ROLE=primary."
        )
    elif not replica.is_connected:
        yield "The standby is not connected to its primary: nothing new is known here, not even of revoked keys."
    elif (replica.lag_seconds or 0.0) > max(wait_timeout * _SOON, _AT_ONCE):
        yield f"The standby is {replica.lag_seconds:.0f} seconds behind its primary."


def _read_projector(service: Service) -> ProjectorHealth:
    if service.settings.is_replica:
        return ProjectorHealth(active="primary")
    holder = service.projector.active()
    if holder is None:
        return ProjectorHealth(active="none")
    active: Literal["this", "another"] = "this" if service.owns(holder) else "another"
    return ProjectorHealth(active=active, process=holder.process, host=holder.host)


def _shared_names(directory: ActorDirectory) -> SharedNamesHealth:
    overruled: list[OverruledName] = []
    ambiguous = 0
    for shared in directory.shared_names():
        if shared.wins is None:
            ambiguous += 1
        else:
            of = [code for code in shared.codes if code != shared.wins]
            overruled.append(OverruledName(name=shared.name, means=shared.wins, of=of))
    return SharedNamesHealth(ambiguous=ambiguous, overruled_names=len(overruled), overruled=overruled[:MAX_LISTED])


def _advise(projection: ProjectionHealth, projector: ProjectorHealth, wait_timeout: float) -> Iterator[str]:
    """Yield what to do about what is not well. Reads with a `min_position` wait for `wait_timeout` seconds."""
    is_replica = projector.active == "primary"
    there = " on the primary" if is_replica else ""
    if projection.version != VERSION:
        mend = "upgrade this server or its primary, so that they are alike, and then run" if is_replica else "run"
        yield f"The tables are of version {projection.version}, not {VERSION}: {mend} `detente rebuild`{there}."
    elif projection.lag and projector.active == "none":
        yield "Nobody folds the log: run `detente serve` or `detente work`."
    elif (waited := projection.lag_seconds or 0.0) > max(wait_timeout * _SOON, _AT_ONCE):
        yield (
            f"The projections are {waited:.0f} seconds behind the log, {projection.lag} positions: past"
            f" {wait_timeout:g} seconds, reads with a `min_position` get a 503. Post more slowly for a while."
        )
    if projection.parked_events:
        yield f"Events are parked: mend what is in the way, then run `detente retry`{there}."


def _advise_on_another_log(service: Service, projection: ProjectionHealth) -> Iterator[str]:
    """Yield what to do if the tables are of another log: nothing is folded until then."""
    if projection.version == VERSION and (difference := find_difference(service.log, service.store)) is not None:
        yield f"The projections are not of this log: {difference}. Nothing is folded: run `detente rebuild`."


def _advise_on_skipped(skipped: SkippedEvent) -> str:
    named = f"Position {skipped.position} of the log ({skipped.topic}) cannot be read: {skipped.error}."
    return f"{named} Names and rulings are read without it: run the version that wrote it, or mend it."
