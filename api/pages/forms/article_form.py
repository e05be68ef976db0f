"""The form of an article: what it holds, how that is understood, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

from api.http.etags import tag_of_state
from api.http.problems import Problem, ProblemDetails, from_domain
from api.pages.forms.article_fields import (
    EVENT_FIELDS,
    EVENTS,
    article_body,
    errors_by_field,
    event_fields,
    header_fields,
    number_of_events,
    with_event,
    without_event,
)
from api.pages.forms.form_data import ACTION, TOKEN, FormData
from api.pages.forms.pasted import PastedArticle, articles_pasted
from api.pages.forms.previews import Preview, Previews, as_problem, not_understood, parse_sent
from api.pages.forms.shared_fields import EXPECTED_STATE, PREVIEW, PREVIEWED, RECORD, expectation_of, reason_of
from api.parsing.articles import Suggesting, as_sent
from api.parsing.event_tables import ARTICLE_COLUMNS
from api.running.service import Service
from domain.articles import Article, PostArticle
from domain.errors import DetenteError, Fault, InvalidFacts
from domain.events import Provenance
from domain.log.article_log import Outcome
from domain.posting import OnConflict, PostingRule

_ADD: Final = "add"
_REMOVE: Final = "remove:"


@dataclass(frozen=True)
class ArticleForm:
    """What the page of a form shows. A `note` is the key of what is said above it; `done` is what was recorded.

    `checked` is a digest of what was previewed: only that is recorded.
    """

    fields: Sequence[tuple[str, str]]
    problem: ProblemDetails | None = None
    previews: Sequence[Preview] = ()
    checked: str = ""
    note: str = ""
    done: Sequence[Outcome] = field(default=())

    @property
    def values(self) -> Mapping[str, str]:
        """The values of the fields by their names."""
        return dict(self.fields)

    @property
    def events(self) -> int:
        """How many events there are fields for."""
        return number_of_events(FormData(self.fields))

    @property
    def errors(self) -> Mapping[str, Sequence[str]]:
        """What is wrong, by the field."""
        problem = self.problem
        if problem is None and len(self.previews) == 1 and not self.values.get("pasted"):
            problem = self.previews[0].problem
        names = {f"/{name}" for name in ARTICLE_COLUMNS} | {"/pasted", "/reason", "/on_conflict"}
        names |= {f"{EVENTS}{index}/{name}" for index in range(self.events) for name in EVENT_FIELDS}
        return errors_by_field(problem, names)

    @property
    def is_understood(self) -> bool:
        """Whether all can be recorded that was previewed."""
        return bool(self.previews) and all(each.problem is None for each in self.previews)


@dataclass(frozen=True)
class _Attempt:
    """What is to be previewed or recorded, and by which rule; of a revision the id of its article."""

    service: Service
    provenance: Provenance
    form: FormData
    article_id: str | None = None
    suggesting: Suggesting = field(default_factory=Suggesting)

    def rule(self) -> PostingRule:
        """Return what becomes of an article that is recorded. Raises `InvalidFacts`."""
        reason = reason_of(self.form)
        if self.article_id is not None:
            return PostingRule(OnConflict.RESTORE, reason, expectation_of(self.form))
        revises = self.form.one("on_conflict") == OnConflict.REVISE
        if reason is not None and not revises:
            detail = "is kept with a revision: choose to revise, or leave it empty"
            raise InvalidFacts([Fault(("reason",), "no-revision", detail)])
        return PostingRule(OnConflict.REVISE if revises else OnConflict.REFUSE, reason)

    def sent(self) -> Sequence[PastedArticle]:
        """Return the articles that the form holds. Raises `InvalidFacts`."""
        if self.form.one("pasted") and self.article_id is None:
            return articles_pasted(self.form.one("pasted"))
        fields = [each for each in self.form.fields if each[0] != "/id"] if self.article_id else self.form.fields
        own = [("/id", self.article_id)] if self.article_id else []
        return [PastedArticle(1, article_body(FormData([*fields, *own])))]


def try_form(
    service: Service, provenance: Provenance, form: FormData, article_id: str | None = None
) -> ArticleForm:
    """Return what the button that was pressed in a form comes to."""
    action, fields = form.action, form.without(TOKEN, ACTION)
    if action == _ADD:
        return ArticleForm(with_event(FormData(fields)))
    if action.startswith(_REMOVE) and action.removeprefix(_REMOVE).isdecimal():
        return ArticleForm(without_event(FormData(fields), int(action.removeprefix(_REMOVE))))
    if action not in (PREVIEW, RECORD):
        return ArticleForm(fields, note="" if form.genuine else "stale")
    attempt = _Attempt(service, provenance, form, article_id)
    try:
        rule, sent = attempt.rule(), attempt.sent()
    except DetenteError as error:
        return ArticleForm(fields, from_domain(error).details)
    checked = _digest(sent, rule)
    shown = ArticleForm(fields, checked=checked)
    if action == RECORD and form.one(PREVIEWED) == checked:
        return _recorded(attempt, shown, sent, rule)
    with service.store.reading() as connection:
        previews = Previews(service, connection)
        shown = replace(shown, previews=[_previewed(attempt, previews, each, rule) for each in sent])
    return replace(shown, note="changed") if action == RECORD else shown


def _previewed(attempt: _Attempt, previews: Previews, sent: PastedArticle, rule: PostingRule) -> Preview:
    try:
        if sent.problem is not None:
            raise sent.problem
        command = parse_sent(attempt.service, sent.body, attempt.provenance, attempt.suggesting)
        return previews.take(sent.where, command, rule)
    except Problem as problem:
        return not_understood(sent.where, problem)


def _recorded(
    attempt: _Attempt, shown: ArticleForm, sent: Sequence[PastedArticle], rule: PostingRule
) -> ArticleForm:
    """Record all articles of a form, or none of which one is not understood."""
    service = attempt.service
    try:
        commands = [_command(attempt, each) for each in sent]
        if len(commands) == 1:
            outcomes = [as_problem(lambda: service.log.post_article(commands[0], rule))]
        else:
            outcomes = [_outcome(each) for each in service.log.post_articles(commands, rule)]
    except Problem as problem:
        return replace(shown, problem=problem.details)
    finally:
        service.wake.set()
    return replace(shown, done=outcomes)


def _command(attempt: _Attempt, sent: PastedArticle) -> PostArticle:
    if sent.problem is not None:
        raise sent.problem
    return parse_sent(attempt.service, sent.body, attempt.provenance, attempt.suggesting)


def _outcome(outcome: Outcome | Exception) -> Outcome:
    """Return what became of an article. Raises `Problem`: the others are recorded, and again are no change."""
    if isinstance(outcome, Outcome):
        return outcome

    def fail() -> Outcome:
        raise outcome

    return as_problem(fail)


def _digest(sent: Sequence[PastedArticle], rule: PostingRule) -> str:
    digest = sha256(repr((rule.on_conflict, rule.reason)).encode())
    for each in sent:
        digest.update(b"%d:%s" % (len(each.body), each.body))
    return digest.hexdigest()


def fields_of(article: Article) -> list[tuple[str, str]]:
    """Return the fields of an article as it stands, and the state in which it does."""
    header: dict[str, Any] = {name: getattr(article.header, name, None) for name in ARTICLE_COLUMNS}
    fields = [*header_fields({**header, "id": None}), (EXPECTED_STATE, tag_of_state(article))]
    for index, report in enumerate(article.reports.values()):
        fields += event_fields(as_sent(report), f"{EVENTS}{index}/")
    return fields
