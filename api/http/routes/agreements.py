"""Agreements, as they were on any day."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.etags import ConditionalRead, conditional_read
from api.http.formats.spool import in_slices
from api.http.formats.whole_lists import AT_ONCE, WholeRead, asks_for_whole, respond_whole
from api.http.middleware.response_cache import CachedRoute
from api.http.pagination import LimitOrAll, make_cursor, question_scope, read_cursor
from api.http.parameters import (
    Cursor,
    Formatted,
    Modelled,
    TheService,
    Waited,
    question_parts,
    resolve_actor,
)
from api.http.problems import Problem
from api.http.responses import ANSWERS, respond
from api.http.schemas.agreements import (
    AgreementList,
    AgreementOut,
    OneAgreementOut,
    agreement_fields,
    agreement_out,
)
from api.http.schemas.common import time_fields
from api.http.schemas.models import about_fields
from api.http.scopes import READS
from projections.evidence.agreements import Status
from projections.queries.agreements import AgreementHistory, agreements_on, agreements_with
from projections.queries.question import Question
from projections.storage.connection import Connection
from projections.times import to_date

router = APIRouter(
    route_class=CachedRoute,
    prefix="/v1/agreements",
    tags=["agreements"],
    dependencies=[READS, Waited, Formatted],
    responses=ANSWERS,
)


@router.get("", response_model=AgreementList)
def list_agreements(
    request: Request,
    service: TheService,
    question: Modelled,
    actor: Annotated[
        list[str] | None, Query(description="Only agreements to which all of these are party.")
    ] = None,
    status: Annotated[Status | None, Query(description="Only agreements that stand so.")] = None,
    limit: LimitOrAll = 100,
    cursor: Cursor = None,
) -> Response:
    """List the agreements that had begun by the day, by id."""
    directory = service.log.directory()
    parties = {resolve_actor(directory, "actor", name) for name in actor or ()}
    if asks_for_whole(request):

        def whole(read: ConditionalRead, _columns: object) -> WholeRead:
            every = agreements_with(read.connection, question, parties, status)
            pieces = ([agreement_out(each) for each in some] for some in in_slices(every, AT_ONCE))
            return WholeRead(about_fields(question, read.snapshot), pieces)

        reading = partial(conditional_read, request, service, *question_parts(question))
        return respond_whole(request, reading, AgreementOut, whole)
    scope = f"agreements {question_scope(question)} {sorted(parties)} {status}"
    after = read_cursor(scope, cursor, str)[0] if cursor else ""
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        found = agreements_with(connection, question, parties, status)
    found = [agreement for agreement in found if agreement.entry.agreement > after]
    items = [agreement_out(agreement) for agreement in found[:limit]]
    following = make_cursor(scope, items[-1].id) if len(found) > limit else None
    answer = AgreementList(
        items=items,
        next=following,
        position=snapshot.position,
        **time_fields(question.answered_by(snapshot.recorded)),
        model=question.model.name,
    )
    return respond(request, answer, etag, items, following)


@router.get("/{agreement:path}", response_model=OneAgreementOut)
def get_agreement(request: Request, service: TheService, agreement: str, question: Modelled) -> Response:
    """Return an agreement as it stood on the day."""
    with conditional_read(request, service, *question_parts(question)) as (connection, snapshot, etag):
        found = find_agreement(connection, agreement, question)
    answer = OneAgreementOut(
        **agreement_fields(found),
        **time_fields(question.answered_by(snapshot.recorded)),
        model=question.model.name,
    )
    return respond(request, answer, etag)


def find_agreement(connection: Connection, agreement: str, question: Question) -> AgreementHistory:
    """Return an agreement as it stood on the day of a question. Raises `Problem` (404)."""
    is_text = "\0" not in agreement  # which PostgreSQL does not take
    found = agreements_on(connection, question, [agreement]) if is_text else []
    if not found:
        detail = f"no agreement {agreement!r} had begun by {to_date(question.day)}"
        raise Problem(404, "agreement-not-found", "There is no such agreement", detail)
    return found[0]
