"""Redactions: free text that is taken out of an article for good, by an administrator."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.http.middleware.json_route import JsonRoute
from api.http.parameters import (
    NameInPath,
    TheProvenance,
    TheRequiredReason,
    TheService,
    require_json,
)
from api.http.schemas.recorded import Recorded, RedactionOut, recorded_out, redaction_out, redaction_preview
from api.http.scopes import ADMINISTERS
from api.parsing.requests import RedactionIn
from domain.redactions import LiftRedactions, RedactTexts

router = APIRouter(
    route_class=JsonRoute,
    prefix="/v1/articles/{article_id}/redactions",
    tags=["articles"],
    dependencies=[ADMINISTERS],
)


@router.post("", dependencies=[Depends(require_json)])
def post_redaction(
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    redaction: RedactionIn,
    dry_run: Annotated[bool, Query(description="Answer what would be redacted, and record nothing.")] = False,
) -> RedactionOut:
    """Redact free text, for good: in the log, in what is made of it, and in backups that are made from then on.

    The fields take no text any more. The same again is no change.
    """
    fields = tuple(redaction.fields)
    command = RedactTexts(article_id, redaction.number, fields, redaction.reason, provenance)
    if dry_run:
        return redaction_preview(article_id, service.log.preview_redaction(command))
    done = service.log.redact(command)
    service.wake.set()
    return redaction_out(article_id, done)


@router.delete("")
def delete_redactions(
    service: TheService,
    provenance: TheProvenance,
    article_id: NameInPath,
    reason: TheRequiredReason,
) -> Recorded:
    """Let an article take text again in fields that a redaction closed. What was redacted does not come back."""
    outcome = service.log.lift_redactions(LiftRedactions(article_id, (), reason, provenance))
    service.wake.set()
    return recorded_out(outcome)
