"""What a page says of an article or an actor, as rows of tables. Pure."""

from collections.abc import Iterator
from typing import Final

import msgspec

from domain.actors import names_without
from domain.articles import Header
from projections.folding.article_changes import ArticleChange, Redacting, Stated
from projections.folding.fold_page import ActorChange
from projections.folding.writing.versions import Versions
from projections.storage.bulk_rows import Row

HEADER: Final = Header.__struct_fields__  #: the columns of a header
#: The columns of rows of tables; those of an article begin with what stays as it is.
ARTICLE: Final = ("article", "aggregate", "article_id", "recorded", *HEADER, "retracted", "version", "changed")
ACTOR: Final = ("code", "kind", "name", "aliases", "recorded")
STATED: Final = ("article", *Stated._fields)
REDACTION: Final = ("position", "article", "numbers", "fields", "recorded", "recorded_by", "reason")
#: What tells the versions of a row apart from those of others, within an article.
EVIDENCE_KEY: Final = ("number", "source", "target")
DEVELOPMENT_KEY: Final = ("number",)


def header_row(header: Header) -> Row:
    """Return a header as a row of its columns."""
    values = {name: getattr(header, name) for name in HEADER}
    values["redacted"] = json_text(header.redacted) if header.redacted else None
    return tuple(values.values())


def article_row(key: int, change: ArticleChange) -> Row:
    """Return the row of an article as it stands after a change."""
    state = (change.retracted, change.version, change.changed)
    return (key, change.aggregate, change.article_id, change.recorded, *header_row(change.header), *state)


def former_header_rows(key: int, change: ArticleChange, since: int) -> Iterator[Row]:
    """Yield the headers that others took the place of; the first has stood `since` an instant."""
    for step in change.steps:
        if step.header_ended and since < step.recorded:  # else it never stood
            yield (key, since, step.recorded, *header_row(step.header_ended))
            since = step.recorded


def stated_rows(key: int, change: ArticleChange) -> Iterator[Row]:
    """Yield what was reported, in the words of each version."""
    return ((key, *stated) for stated in change.stated)


def redaction_row(key: int, redacting: Redacting) -> Row:
    """Return the row of a redaction of an article."""
    numbers = None if redacting.numbers is None else json_text(redacting.numbers)
    about = (json_text(redacting.fields), redacting.recorded, redacting.recorded_by, redacting.reason)
    return (redacting.position, key, numbers, *about)


def take_evidence(versions: Versions, key: int, change: ArticleChange, *, is_last: bool = True) -> None:
    """Let evidence begin and end as an article changes; `is_last` says that no other change of it is to come."""
    for step in change.steps:
        versions.end(key, step.ended, step.recorded)
        begun = versions.revive(key, step.begun, step.recorded) if change.ruled else step.begun
        versions.begin(key, begun, step.recorded, for_good=is_last and step is change.steps[-1])


def take_developments(versions: Versions, key: int, change: ArticleChange, *, is_last: bool = True) -> None:
    """Let developments of agreements begin and end, as `take_evidence` does."""
    for step in change.steps:
        versions.end(key, step.developments_ended, step.recorded)
        begun = [row._replace(parties=json_text(row.parties)) for row in step.developments_begun]  # type: ignore[arg-type]
        versions.begin(key, begun, step.recorded, for_good=is_last and step is change.steps[-1])


def actor_row(change: ActorChange, before: Row | None) -> Row:
    """Return the row of an actor after a change; `before` is the one before it, None where it is registered."""
    if before is None:
        return (change.code, change.kind, change.name, json_text(change.aliases), change.recorded)
    code, kind, name, aliases, recorded = before
    names = (name, *msgspec.json.decode(aliases))
    name, *others = names_without(code, names, change.name) if change.removed else (*names, change.name)
    return (code, kind, name, json_text(others), recorded)


def json_text(value: object) -> str:
    """Return a value as JSON."""
    return msgspec.json.encode(value).decode()
