"""The commands on articles, one at a time and many at once, and how a change of any aggregate is recorded."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from eventsourcing.persistence import PersistenceError, RecordConflictError
from msgspec import Struct
from msgspec.structs import replace

from domain.articles import (
    Article,
    ArticleEvent,
    CorrectReport,
    Header,
    PostArticle,
    RetractArticle,
    RetractReport,
    ReviseArticle,
)
from domain.errors import DetenteError, Path
from domain.events import Expectation, RecordedAggregate, check_expected
from domain.log.log_fold import SeenUpTo
from domain.log.reader import LogReader, article_digest
from domain.log.recorders.rewriting import Rewriting
from domain.log.turns import Turns
from domain.posting import PostingRule, posted
from domain.reports import Report

_A = TypeVar("_A", bound=RecordedAggregate)
_REFUSING: Final = PostingRule()
MOST_READ: Final = 2000  #: domain events of articles that are read at once, if there are several


class Outcome(Struct, frozen=True, kw_only=True):
    """What a command came to.

    `changed` is False where everything was recorded already, `revised` True where an article was posted that said
    something else before. A read that waits for `position` sees the change. `left_out` are the paths of texts that
    an article does not take any more, since they were redacted. `stored` is the digest of what was recorded of a
    new article, as it was to be stored: the log may have given it other instants, and then it is that of nothing.
    """

    id: str
    changed: bool
    position: int
    version: int
    revised: bool = False
    left_out: tuple[Path, ...] = ()
    stored: bytes | None = None


class ArticlePreview(Struct, frozen=True):
    """What posting would make of an article, and by which domain events.

    `header` and `reports` are what it says now: None, and none, if it is not there.
    """

    article: Article
    events: tuple[ArticleEvent, ...]
    header: Header | None
    reports: Mapping[int, Report]


PostOutcome = Outcome | DetenteError | PersistenceError


class ArticleLog(LogReader):
    """The log, and the commands on articles that add to it."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        super().__init__(env)
        self._turns = Turns()

    def look_back(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Find out what the first write has to know of all that was recorded; ends early if it no more `goes_on`.

        Else the first write does, which takes a second for each million events.
        """
        recorder: Any = self.recorder
        recorder.look_back(goes_on)

    def post_article(self, command: PostArticle, rule: PostingRule = _REFUSING) -> Outcome:
        """Record an article; the same again changes nothing, and the rule says what other content comes to.

        Raises `InvalidFacts`, `ArticleDiffers`, `ArticleIsRetracted`, `IdTaken`, `PreconditionFailed`.
        """

        def attempt() -> Outcome:
            found, position = self.recorded_articles([command.article_id])
            made = _met(command, rule, found.get(command.article_id), position)
            if isinstance(made, DetenteError):
                raise made
            return self._save_article(made) if isinstance(made, Article) else made

        return self._turns.take(command.article_id, attempt)

    def _save_article(self, article: Article) -> Outcome:
        is_revision = _is_revision(article)
        return replace(self._save(article, article.article_id), revised=is_revision)

    def preview_article(
        self, command: PostArticle, rule: PostingRule = _REFUSING, ahead: Article | None = None
    ) -> ArticlePreview:
        """Return what posting an article would come to, and record nothing. Raises as `post_article` does.

        `ahead` is the article as it would be by then, where what is not recorded either goes before.
        """
        found = ahead or self.recorded_articles([command.article_id])[0].get(command.article_id)
        if isinstance(found, DetenteError):
            raise found
        header, reports = (found.header, dict(found.reports)) if found else (None, {})
        article = posted(command, rule, found)
        events = tuple(event for event in article.pending_events if isinstance(event, ArticleEvent))
        return ArticlePreview(article, events, header, reports)

    def post_articles(self, commands: Sequence[PostArticle], rule: PostingRule = _REFUSING) -> list[PostOutcome]:
        """Record many articles, each by itself: one outcome or error each, in order.

        They go into one transaction if nothing stands in the way: an article that comes twice, whose second has to
        see the first, or so many recorded events that they are read one part after the other. Where the database
        fails, so do all that are not recorded by then.
        """
        try:
            sizes = self.article_sizes({command.article_id for command in commands})
        except PersistenceError as error:
            return [error for _ in commands]
        outcomes: list[PostOutcome] = []
        known = set(sizes)
        for part in _parts(commands, sizes):
            outcomes += self._post_part(part, rule, known)
            known.update(command.article_id for command in part)
        return outcomes

    def _post_part(
        self, part: Sequence[PostArticle], rule: PostingRule, known: Collection[str]
    ) -> list[PostOutcome]:
        """Record articles of different ids in one transaction; those that are `known` are looked at first."""
        made: list[Article | PostOutcome] = []
        try:
            made = self._made(part, rule, known)
            articles = [item for item in made if isinstance(item, Article)]
            revised = {article.id for article in articles if _is_revision(article)}
            recordings = self.save(*articles)
        except RecordConflictError:  # another was first at one of them
            return [_caught(self.post_article, command, rule) for command in part]
        except PersistenceError as error:
            return [error if isinstance(item, Article) else item for item in made] or [error for _ in part]
        last = {r.domain_event.originator_id: r.notification.id for r in recordings}
        outcomes: list[PostOutcome] = []
        end = 0
        for item in made:
            if isinstance(item, Article):
                end = last[item.id]
                item = replace(_outcome(item, end, changed=True), revised=item.id in revised)
            elif isinstance(item, Outcome):  # who waits for the position of the last line sees all lines
                item = replace(item, position=max(item.position, end))
            outcomes.append(item)
        return outcomes

    def _made(
        self, part: Sequence[PostArticle], rule: PostingRule, known: Collection[str]
    ) -> list[Article | PostOutcome]:
        """Return what articles come to: as they are to be recorded, or the outcome or error where nothing is."""
        found, position = self.recorded_articles([it.article_id for it in part if it.article_id in known])
        return [_met(command, rule, found.get(command.article_id), position) for command in part]

    def revise_article(self, command: ReviseArticle) -> Outcome:
        """Make a posted article say what it says now. Raises `ArticleNotFound`, `InvalidFacts`."""
        return self._change_article(
            command.article_id,
            lambda a: a.revise(command.header, command.reports, command.reason, command.provenance),
        )

    def retract_article(self, command: RetractArticle, expects: Expectation | None = None) -> Outcome:
        """Take an article back with all it reported. Raises `ArticleNotFound`, `PreconditionFailed`."""
        return self._change_article(
            command.article_id, lambda a: a.retract(command.reason, command.provenance), expects
        )

    def correct_report(self, command: CorrectReport, expects: Expectation | None = None) -> Outcome:
        """Correct one reported event.

        Raises `NotFound`, `InvalidFacts`, `ArticleIsRetracted`, `PreconditionFailed`.
        """
        return self._change_article(
            command.article_id,
            lambda a: a.correct(command.number, command.report, command.reason, command.provenance),
            expects,
        )

    def retract_report(self, command: RetractReport, expects: Expectation | None = None) -> Outcome:
        """Take one reported event back. Raises `NotFound`, `ArticleIsRetracted`, `PreconditionFailed`."""
        return self._change_article(
            command.article_id,
            lambda a: a.retract_report(command.number, command.reason, command.provenance),
            expects,
        )

    def _change_article(
        self, article_id: str, change: Callable[[Article], None], expects: Expectation | None = None
    ) -> Outcome:
        return self._change(lambda: self.article(article_id), change, article_id, expects)

    # How changes are recorded

    def _change(
        self, load: Callable[[], _A], change: Callable[[_A], None], public_id: str, expects: Expectation | None
    ) -> Outcome:
        """Change an aggregate that is as expected, and record it, after whoever is changing it.

        Raises `ChangedMeanwhile`, `PreconditionFailed`.
        """

        def attempt() -> Outcome:
            aggregate = load()
            check_expected(expects, aggregate, public_id)
            change(aggregate)
            return self._save(aggregate, public_id)

        return self._turns.take(public_id, attempt)

    def _save(
        self, aggregate: RecordedAggregate, public_id: str, **kwargs: SeenUpTo | Rewriting | None
    ) -> Outcome:
        recordings = self.save(aggregate, **kwargs)
        position = recordings[-1].notification.id if recordings else self.position()
        if isinstance(aggregate, Article):
            outcome = _outcome(aggregate, position, changed=bool(recordings))
            is_new = len(recordings) == aggregate.version
            return (
                replace(outcome, stored=article_digest(r.notification for r in recordings)) if is_new else outcome
            )
        return Outcome(id=public_id, changed=bool(recordings), position=position, version=aggregate.version)


def _parts(commands: Sequence[PostArticle], sizes: Mapping[str, int]) -> Iterator[list[PostArticle]]:
    """Yield commands in parts, in order: in none is an article twice, or more to be read than is read at once.

    `sizes` are the numbers of events that are recorded.
    """
    part: dict[str, PostArticle] = {}
    events = 0
    for command in commands:
        size = sizes.get(command.article_id, 0)
        if command.article_id in part or (part and events + size > MOST_READ):
            yield list(part.values())
            part, events = {}, 0
        part[command.article_id] = command
        events += size
    if part:
        yield list(part.values())


def _met(
    command: PostArticle, rule: PostingRule, found: Article | DetenteError | None, position: int
) -> Article | Outcome | DetenteError:
    """Return what an article comes to in a log at a position: an article only where it is to be recorded."""
    try:
        article = posted(command, rule, found) if not isinstance(found, DetenteError) else found
    except DetenteError as error:
        return error
    if isinstance(article, Article) and not article.pending_events:
        return _outcome(article, position, changed=False)
    return article


def _outcome(article: Article, position: int, *, changed: bool) -> Outcome:
    return Outcome(
        id=article.article_id,
        changed=changed,
        position=position,
        version=article.version,
        left_out=article.left_out,
    )


def _is_revision(article: Article) -> bool:
    """Return whether what is to be recorded of an article changes one that is recorded."""
    return 0 < len(article.pending_events) < article.version


def _caught(
    post: Callable[[PostArticle, PostingRule], Outcome], command: PostArticle, rule: PostingRule
) -> PostOutcome:
    try:
        return post(command, rule)
    except (DetenteError, PersistenceError) as error:
        return error
