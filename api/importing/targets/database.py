"""A database as the target of an import, by the write side's own commands."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from eventsourcing.persistence import PersistenceError
from pydantic import ValidationError

from api.importing.names.new_actors import NewActor
from api.importing.rows import CodedArticle, DeletedEvent, Entry, Reject, SentArticle
from api.importing.seeds import register_what_is_free, seed_actors
from api.importing.targets.target import (
    RECORDED_BY,
    PostResult,
    TargetFailed,
    posted_result,
    refused,
    registration,
)
from api.parsing.articles import parse_article
from api.parsing.json_bodies import parse_json
from api.parsing.requests import ArticleIn
from api.running.event_places import DeliveredDocument, EventPlaces
from api.running.service import Service
from domain.actors import RegisterActor
from domain.administration.imports import RecordImport
from domain.articles import PostArticle
from domain.deliveries.delivery import Deletion, Delivered, Delivery
from domain.errors import (
    ActorDiffers,
    ArticleDiffers,
    ArticleIsRetracted,
    DetenteError,
    Fault,
    InvalidFacts,
    NameTaken,
    UnreadableHistory,
)
from domain.events import Provenance
from domain.log.article_log import Outcome


class DatabaseTarget:
    """The log of a service of this process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._places = EventPlaces(service, folds=True)
        #: One that rows are read by; those of the log stay as they are when it grows.
        self.directory = service.log.directory().copy()

    def seed(self) -> None:
        """Register the seeds' actors, if the log is empty."""
        if self._service.log.position() == 0:
            seed_actors(self._service, self._provenance())
        self.directory.take_over(self._service.log.directory())

    def register(self, actors: Sequence[NewActor]) -> dict[str, str]:
        """Register actors; return the codes of those that are refused, and why."""
        refused: dict[str, str] = {}
        commands = [registration(actor, self._provenance()) for actor in actors]
        with _of_the_database():
            try:
                self._service.log.register_actors(commands)
            except (ActorDiffers, NameTaken):  # another process imports too, or names actors
                whys = {it.code: register_what_is_free(it, self._register_one) for it in commands}
                refused = {code: why for code, why in whys.items() if why}
            self.directory.take_over(self._service.log.directory())
        return refused

    def _register_one(self, command: RegisterActor) -> None:
        with suppress(ActorDiffers):  # it is known under a name by now: better
            self._service.log.register_actor(command)

    def post(self, entries: Sequence[Entry]) -> list[PostResult]:
        """Record articles, each by itself; return what became of each. Whoever folds them is woken."""
        coded = [entry for entry in entries if not isinstance(entry, SentArticle)]
        sent = [entry for entry in entries if isinstance(entry, SentArticle)]
        delivered = iter(self._deliver(coded))
        posted_ = iter(self._post(sent))
        self._service.wake.set()
        return [next(posted_ if isinstance(entry, SentArticle) else delivered) for entry in entries]

    def _deliver(self, entries: Sequence[CodedArticle | DeletedEvent]) -> list[PostResult]:
        articles = [entry for entry in entries if isinstance(entry, CodedArticle)]
        documents = [DeliveredDocument.of(a.data_set, a.article_id, a.reports) for a in articles]
        with _of_the_database():
            others = iter(self._places.other_documents(documents) if documents else ())
        provenance = self._provenance()
        deliveries = [
            _delivery(entry, provenance, next(others))
            if isinstance(entry, CodedArticle)
            else Deletion(entry.article_id, entry.ref, provenance)
            for entry in entries
        ]
        outcomes = self._service.log.deliver(deliveries)
        return [_delivered(len(each.rows), outcome) for each, outcome in zip(entries, outcomes, strict=True)]

    def _post(self, entries: Sequence[SentArticle]) -> list[PostResult]:
        provenance = self._provenance()
        parsed = [self._parse(entry, provenance) for entry in entries]
        commands = [item for item in parsed if isinstance(item, PostArticle)]
        outcomes = iter(self._service.log.post_articles(commands))
        return [item if isinstance(item, PostResult) else _result(next(outcomes)) for item in parsed]

    def keep(self, command: RecordImport) -> None:
        """Keep that a file was imported."""
        with _of_the_database():
            self._service.log.record_import(command)

    def _parse(self, entry: SentArticle, provenance: Provenance) -> PostArticle | PostResult:
        try:
            return parse_article(parse_json(ArticleIn, entry.body), self.directory, provenance)
        except ValidationError as error:
            first = error.errors()[0]
            where = "/".join(map(str, first["loc"]))
            return refused("not-an-article", f"{where}: {first['msg']}" if where else first["msg"])
        except InvalidFacts as error:
            return refused(error.faults[0].code, error.faults[0].detail)

    def _provenance(self) -> Provenance:
        return Provenance(RECORDED_BY, self._service.clock())


def _delivery(article: CodedArticle, provenance: Provenance, also_in: tuple[str, ...]) -> Delivery:
    return Delivery(
        article.article_id,
        article.header,
        article.reports,
        provenance,
        article.data_set,
        also_in,
        article.coverage,
    )


@contextmanager
def _of_the_database() -> Iterator[None]:
    try:
        yield
    except PersistenceError as error:
        raise TargetFailed(_failure(error)) from error
    except UnreadableHistory as error:
        raise TargetFailed(f"a domain event in the log cannot be read: {error}") from error


def _failure(error: PersistenceError) -> str:
    return f"the database fails: {error}"


_REASONS: Final[dict[type[DetenteError], str]] = {
    ArticleDiffers: "article-differs",
    ArticleIsRetracted: "article-retracted",
    UnreadableHistory: "unreadable-history",
}


def _result(outcome: Outcome | DetenteError | PersistenceError) -> PostResult:
    if isinstance(outcome, Outcome):
        return posted_result(is_new=outcome.changed, is_redacted=bool(outcome.left_out))
    if isinstance(outcome, PersistenceError):
        return PostResult(failed=_failure(outcome))
    if isinstance(outcome, InvalidFacts):
        return refused(outcome.faults[0].code, outcome.faults[0].detail)
    return refused(_reason(outcome), str(outcome))


def _delivered(rows: int, outcome: Delivered | DetenteError | PersistenceError) -> PostResult:
    if isinstance(outcome, PersistenceError):
        return PostResult(failed=_failure(outcome))
    if isinstance(outcome, DetenteError):
        return PostResult([Reject(_reason(outcome), str(outcome))] * rows)
    fates = [Reject(fate.code, fate.detail) if isinstance(fate, Fault) else fate for fate in outcome.fates]
    redacted = len({index for _, index, *_ in outcome.left_out})
    return PostResult(fates, outcome.new_articles, redacted=redacted)


def _reason(error: DetenteError) -> str:
    return _REASONS.get(type(error), "refused")
