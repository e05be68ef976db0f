"""The forms that change what is recorded: what a change would come to is shown first, then it is recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from operator import itemgetter
from typing import Final

from api.http.problems import Problem, ProblemDetails
from api.pages.forms.article_fields import EVENT_FIELDS, ONE_EVENT, errors_by_field
from api.pages.forms.form_data import ACTION, TOKEN, FormData
from api.pages.forms.previews import ShownEffects, as_problem, preview_events
from api.pages.forms.shared_fields import EXPECTED_STATE, PREVIEW, PREVIEWED, REASON, RECORD, reason_of
from api.running.service import Service
from domain.articles import Article
from domain.events import DomainEvent, RecordedAggregate
from domain.log.article_log import Outcome

_NOT_CHANGED_BY: Final = (REASON, EXPECTED_STATE, PREVIEWED, TOKEN, ACTION)
_NAMES: Final = frozenset({"/reason", "/reports", *(ONE_EVENT + name for name in EVENT_FIELDS)})


@dataclass(frozen=True)
class ChangeForm:
    """What the page of a change shows. `done` is what became of it, once it is recorded."""

    fields: Sequence[tuple[str, str]]
    problem: ProblemDetails | None = None
    shown: ShownEffects | None = None
    note: str = ""
    done: Outcome | None = None

    @property
    def values(self) -> Mapping[str, str]:
        """The values of the fields by their names."""
        return dict(self.fields)

    @property
    def errors(self) -> Mapping[str, Sequence[str]]:
        """What is wrong, by the field."""
        return errors_by_field(self.problem, _NAMES)

    @property
    def checked(self) -> str:
        """The digest of what was previewed: only that is recorded."""
        return digest_of_change(self.fields) if self.shown is not None else ""

    @property
    def status(self) -> int:
        """The status of the page."""
        return 200 if self.problem is None else self.problem.status


@dataclass(frozen=True)
class Change:
    """A change of what is recorded: the domain events that it comes to for a reason, and how it is recorded."""

    events: Callable[[str | None], Sequence[DomainEvent]]
    record: Callable[[str | None], Outcome]


def shown_change(service: Service, fields: Sequence[tuple[str, str]], change: Change) -> ChangeForm:
    """Return what a change would come to, before a reason is given."""
    try:
        return ChangeForm(fields, shown=preview_events(service, as_problem(lambda: change.events(None))))
    except Problem as problem:
        return ChangeForm(fields, problem.details)


def try_change(service: Service, form: FormData, change: Change) -> ChangeForm:
    """Return what the button that was pressed in the form of a change comes to."""
    fields = form.without(TOKEN, ACTION, PREVIEWED)
    if form.action not in (PREVIEW, RECORD):
        return ChangeForm(fields, note="" if form.genuine else "stale")
    try:
        is_previewed = form.one(PREVIEWED) == digest_of_change(fields)
        if form.action == RECORD and is_previewed:
            reason = as_problem(lambda: reason_of(form, required=True))
            done = as_problem(lambda: change.record(reason))
            service.wake.set()
            return ChangeForm(fields, done=done)
        shown = shown_change(service, fields, change)
    except Problem as problem:
        shown = shown_change(service, fields, change)
        return replace(shown, problem=problem.details)
    return replace(shown, note="changed") if form.action == RECORD and shown.problem is None else shown


def digest_of_change(fields: Sequence[tuple[str, str]]) -> str:
    """Return a digest of all that a form says, but for the reason."""
    stripped = ((name, value.strip()) for name, value in fields)
    said = [each for each in stripped if each[1] and each[0] not in _NOT_CHANGED_BY]
    return sha256(repr(sorted(said, key=itemgetter(0))).encode("utf-8", "surrogatepass")).hexdigest()


def pending(aggregate: RecordedAggregate | Article) -> Sequence[DomainEvent]:
    """Return the domain events of an aggregate that are not recorded."""
    return [event for event in aggregate.pending_events if isinstance(event, DomainEvent)]
