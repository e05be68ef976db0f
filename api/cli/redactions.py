"""`detente redact`: free text is taken out of an article for good."""

from typing import Annotated

import typer

from api.cli.console import (
    AsJson,
    catch_up,
    check_recorded_by,
    err,
    failing_on,
    open_service,
    out,
    print_json,
    print_verbatim,
)
from api.http.schemas.recorded import RedactionOut, redaction_out, redaction_preview
from domain.errors import InvalidFacts, NotFound
from domain.events import Provenance
from domain.redactions import RedactTexts
from domain.standards.text import check_text


def redact_article(
    article: Annotated[str, typer.Argument(help="The article's id.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the redaction.")],
    by: Annotated[str, typer.Option(help="Who redacts it; kept with the redaction.")],
    event: Annotated[
        int | None, typer.Option(help="The number of one event; by default, all the article.")
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", help="A field; by default headline, speaker, summary, quote and reason."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be redacted.")] = False,
    as_json: AsJson = False,
) -> None:
    """Redact free text of an article, for good: in the log, in what is made of it, in backups from now on."""
    with failing_on(ValueError):
        why, who = check_text(reason), check_recorded_by(by)
    with failing_on(InvalidFacts, NotFound), open_service() as service:
        command = RedactTexts(article, event, tuple(fields or ()), why, Provenance(who, service.clock()))
        if dry_run:
            answer = redaction_preview(article, service.log.preview_redaction(command))
        else:
            answer = redaction_out(article, service.log.redact(command))
            catch_up(service)
    if as_json:
        print_json(answer.model_dump())
    else:
        _print(answer)
    raise typer.Exit(1 if answer.erased is False else 0)


def _print(answer: RedactionOut) -> None:
    for text in answer.texts:
        event = "" if text.number is None else f" of event {text.number}"
        print_verbatim(out, f"version {text.version}, {text.change}{event}: {', '.join(text.fields)}")
    if answer.dry_run:
        print_verbatim(out, f"{len(answer.texts)} domain events would lose text")
        return
    print_verbatim(
        out, f"{len(answer.texts)} domain events have lost text" if answer.changed else "redacted already"
    )
    if answer.erased is False:
        print_verbatim(
            err, "others read what was there before: run it again, so that nothing is left in the files"
        )
