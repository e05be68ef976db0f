"""What routes take from a request: the service, who asks, the times and the model of a question."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Query, Request
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool

from api.access.key_ring import Caller
from api.http.fast_path.dependency_plan import of_query
from api.http.formats.options import describe_format
from api.http.middleware.json_route import JsonRequest
from api.http.middleware.request_line import ENCODED_SLASH
from api.http.problems import Problem, from_faults, invalid_parameter, repeated_parameter
from api.http.waiting import reach_position, wait_for_moment
from api.http.what_if import suppose
from api.parsing.whole_numbers import WholeNumber
from api.running.service import Service
from domain.actor_directory import ActorDirectory
from domain.deliveries.delivered_article import IMPORTER
from domain.errors import Fault
from domain.events import Provenance
from domain.report_rules import EARLIEST
from domain.standards.text import check_text
from projections.pairs import Pair, pair_of
from projections.queries.question import Question
from projections.scoring.models import DEFAULT_MODEL, MODELS, Model
from projections.times import to_day, to_micros

MAX_LIMIT: Final = 1000
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:", re.ASCII)
_in_words: Final = lru_cache(str)  # of a model: to make that text takes as long as to read a pair


def service_of(request: Request) -> Service:
    """Return the running service.

    What every read asks calls this: FastAPI works a dependency through wherever it is named, also where its value
    is at hand, and that takes longer than all else that most of these functions do.
    """
    service: Service = request.app.state.service
    return service


async def get_service(request: Request) -> Service:
    """Return the running service."""
    return service_of(request)


TheService = Annotated[Service, Depends(get_service)]


async def get_provenance(
    request: Request,
    service: TheService,
    x_recorded_by: Annotated[
        str | None,
        Header(
            max_length=100,
            description="Who records this; kept with the domain events. Not with a key: then it is its name.",
        ),
    ] = None,
) -> Provenance:
    """Return who records something, when, under which request. With a key, its name is who."""
    caller: Caller = request.state.caller
    if caller.name is not None:
        if x_recorded_by is not None:
            raise invalid_parameter("X-Recorded-By", f"the key's name is recorded, {caller.name}: leave it out")
        return Provenance(caller.name, service.clock(), request.state.request_id)
    try:
        recorded_by = check_text(_as_utf8(x_recorded_by or "")) or "anonymous"
    except ValueError as error:
        raise invalid_parameter("X-Recorded-By", str(error)) from None
    if recorded_by == IMPORTER:  # of version 0.2 nothing else tells what data sets delivered
        raise invalid_parameter("X-Recorded-By", f"{IMPORTER!r} is who `detente import` is: say who you are")
    return Provenance(recorded_by, service.clock(), request.state.request_id)


def _as_utf8(header: str) -> str:
    """Return a header, which was read as Latin-1, as the UTF-8 that clients send."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


TheProvenance = Annotated[Provenance, Depends(get_provenance)]


async def get_reason(
    reason: Annotated[str | None, Query(max_length=500, description="Why; kept with the domain event.")] = None,
) -> str | None:
    """Return why something is taken back, if it was said. Raises `Problem` (422)."""
    try:
        return check_text(reason) or None if reason is not None else None
    except ValueError as error:
        raise from_faults([Fault((), "bad-text", f"reason: {error}")], parameter="reason") from None


async def get_required_reason(
    reason: Annotated[str, Query(max_length=500, description="Why; kept with the domain event.")],
) -> str:
    """Return why something is done that has to have a reason. Raises `Problem` (422)."""
    if checked := await get_reason(reason):
        return checked
    raise from_faults([Fault((), "no-reason", "reason: is empty; say why")], parameter="reason")


TheReason = Annotated[str | None, Depends(get_reason)]
TheRequiredReason = Annotated[str, Depends(get_required_reason)]


async def require_json(request: Request) -> None:
    """Refuse a body that is not announced as JSON, and one that cannot be parsed, as its route found."""
    require_media_type(request, "application/json")
    if not isinstance(request, JsonRequest):
        raise TypeError("the router has no route class that is a JsonRoute")
    if request.problem is not None:
        raise request.problem


def require_media_type(request: Request, *accepted: str) -> str:
    """Return the media type of a body. Raises `Problem` (415) if it is none of those accepted."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in accepted:
        detail = f"send the body as {accepted[0]}, not as {media_type or 'a body without a Content-Type'}"
        raise Problem(415, "unsupported-media-type", "Wrong media type", detail)
    return media_type


@of_query
async def wait_for_position(
    request: Request,
    min_position: Annotated[
        WholeNumber | None, Query(ge=0, le=2**62, description="Wait until the answer reflects this position.")
    ] = None,
) -> None:
    """Wait until the projections have reached the position that the reader has to see."""
    if not min_position:
        return
    service = service_of(request)
    # A replica cannot tell what its primary has not recorded from what has not come yet.
    if not service.settings.is_replica and min_position > await run_in_threadpool(service.log.position):
        raise invalid_parameter("min_position", f"the log has not reached {min_position} yet")
    await reach_position(service, min_position)


Waited = Depends(wait_for_position)


Formatted = Depends(describe_format)


KnownAtText = Annotated[
    str | None,
    Query(
        max_length=40,
        description="Record time: an instant, or a day (its end, UTC). By default everything is known.",
    ),
]


PublishedByText = Annotated[
    str | None,
    Query(
        max_length=40,
        description="A day: only what was published by then counts, whenever recorded. By default everything.",
        examples=["2020-02-12"],
    ),
]


async def get_known_at(known_at: KnownAtText = None) -> int | None:
    """Return the record time of a question, in microseconds, None for everything. Raises `Problem` (422)."""
    return None if known_at is None else parse_record_time("known_at", known_at)


KnownAt = Annotated[int | None, Depends(get_known_at)]


async def get_times(
    request: Request,
    known_at: KnownAtText = None,
    as_of: Annotated[
        str | None,
        Query(
            max_length=40,
            description="Valid time: a day (or an instant, for its day in UTC). By default today.",
            examples=["2020-02-12"],
        ),
    ] = None,
    published_by: PublishedByText = None,
) -> Question:
    """Return the day, the knowledge and the publications that a question is about."""
    service = service_of(request)
    instant = await get_known_at(known_at)
    day = service.clock().date() if as_of is None else parse_day("as_of", as_of)
    last = None if published_by is None else to_day(parse_publication("published_by", published_by))
    await wait_for_moment(service, instant)
    return Question(to_day(day), instant, published_by=last)


Times = Annotated[Question, Depends(get_times)]
ModelName = Annotated[str, Query(max_length=100, description="The scoring model; `/v1/models` lists them.")]
Supposed = Annotated[
    list[str] | None,
    Query(
        description="What to suppose: `constant:value`, `without_publisher:name`, `without_article:id`.",
        examples=[["half_life_verbal:60"]],
    ),
]


async def get_modelled(times: Times, model: ModelName = DEFAULT_MODEL.name) -> Question:
    """Return the day, the knowledge and the model that a question is about. Raises `Problem` (422)."""
    return times._replace(model=find_model("model", model))


Modelled = Annotated[Question, Depends(get_modelled)]


async def get_question(request: Request, asked: Modelled, what_if: Supposed = None) -> Question:
    """Return the day, the knowledge and the model that a question is about, and what it supposes."""
    (question,) = await supposed(service_of(request), what_if, asked)
    return question


async def supposed(service: Service, what_if: list[str] | None, *questions: Question) -> Sequence[Question]:
    """Return questions with what their reader supposes. Raises `Problem` (422)."""
    return await run_in_threadpool(suppose, service.store, questions, what_if) if what_if else questions


def find_model(name: str, text: str) -> Model:
    """Return the model that a parameter names. Raises `Problem` (422)."""
    if text not in MODELS:
        raise invalid_parameter(name, f"{text!r} is not one of {', '.join(MODELS)}", "unknown-model")
    return MODELS[text]


TheQuestion = Annotated[Question, Depends(get_question)]


def question_parts(question: Question) -> tuple[object, ...]:
    """Return what of a question the entity tag of an answer depends on, beside the query."""
    return question.day, _in_words(question.model), question.what_if


def parse_day(name: str, text: str) -> date:
    """Return the day that a parameter names. Raises `Problem` (422)."""
    return _parse_instant(name, text).date()


def parse_publication(name: str, text: str) -> date:
    """Return the day of publication that a parameter names. Raises `Problem` (422).

    It is no instant: articles that say no more than their day could be on either side of one.
    """
    day = parse_day(name, text)
    if not _DAY.fullmatch(text):
        raise invalid_parameter(
            name, f"{text!r} is an instant; articles count by their day: give one (2020-02-12)"
        )
    if day < EARLIEST:
        raise invalid_parameter(name, f"{text} is before {EARLIEST}, and nothing is published before that")
    return day


def parse_record_time(name: str, text: str) -> int:
    """Return the instant, in microseconds, that a parameter names; of a day its end. Raises `Problem` (422)."""
    instant = _parse_instant(name, text)
    return to_micros(datetime.combine(instant.date(), time.max, UTC) if _DAY.fullmatch(text) else instant)


def _parse_instant(name: str, text: str) -> datetime:
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        instant = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign, as it comes out of a query
        if instant.tzinfo is not None and _INSTANT.match(text):
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # falls through to the one answer for all that is neither
    raise invalid_parameter(name, f"{text!r} is not a day (2020-02-12) or an instant (2020-02-12T12:00:00Z)")


def _with_slashes(text: str) -> str:
    return text.replace(ENCODED_SLASH, "/")


#: A name in a path; a slash in it is written `%2F`.
NameInPath = Annotated[str, BeforeValidator(_with_slashes)]


async def get_pair(
    request: Request,
    a: Annotated[NameInPath, Path(max_length=200, description="An actor: a code or any known name.")],
    b: Annotated[NameInPath, Path(max_length=200, description="The other actor.")],
) -> Pair:
    """Return the pair of actors in a path, in code order."""
    log = service_of(request).log
    directory = log.directory_at_hand()
    if directory.has_code(a) and directory.has_code(b):  # as for most requests, which need not wait for the log
        return pair_in(directory, a, b)
    return await run_in_threadpool(lambda: pair_in(log.directory(), a, b))


def pair_in(directory: ActorDirectory, a: str, b: str, parameters: tuple[str, str] = ("a", "b")) -> Pair:
    """Return the pair of actors that two names mean, in code order. Raises `Problem` (422)."""
    one, other = (resolve_actor(directory, *named) for named in zip(parameters, (a, b), strict=True))
    if one == other:
        detail = f"{one} ({directory.names[one]}) has no relation with itself: name two actors"
        raise from_faults([Fault((), "equal-actors", detail)], parameter=parameters[1])
    return pair_of(one, other)


ThePair = Annotated[Pair, Depends(get_pair)]


def resolve_actor(directory: ActorDirectory, parameter: str, text: str) -> str:
    """Return the code of the actor that a parameter names. Raises `Problem` (422)."""
    code = directory.resolve(text, ())
    if isinstance(code, Fault):
        raise from_faults([code], parameter=parameter)
    return code


@of_query
async def check_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not have, or has once and is given twice.

    A misspelt `as_of` must not ask for today, and of two `dry_run` neither can be the one that was meant.
    """
    if not (request.query_params and request.scope["route"].include_in_schema):  # pages have a check of their own
        return
    operations = request.app.openapi()["paths"].get(request.scope["route"].path_format, {})
    operation = operations.get(request.method.lower(), {})
    known = {entry["name"]: entry["schema"] for entry in operation.get("parameters", ()) if entry["in"] == "query"}
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if operation and name not in known:
            detail = f"there is no such parameter; there are {', '.join(sorted(known)) or 'none'}"
            raise invalid_parameter(name, detail, "unknown-parameter")
        if name in seen and not _takes_several(known.get(name, {})):
            raise repeated_parameter(name)
        seen.add(name)


def _takes_several(schema: Mapping[str, Any]) -> bool:
    """Return whether a parameter of a schema is a list, or may be one."""
    return any(part.get("type") == "array" for part in (schema, *schema.get("anyOf", ())))


Limit = Annotated[WholeNumber, Query(ge=1, le=MAX_LIMIT, description="Most items in one page.")]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="Where the page begins: `next` of the one before.")
]
DryRun = Annotated[bool, Query(description="Answer what would change, and record nothing.")]
