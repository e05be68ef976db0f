"""What data sets deliver, recorded in the log: many documents at once, if nothing stands in the way."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from eventsourcing.persistence import PersistenceError, RecordConflictError
from msgspec.structs import replace

from domain.administration.deletions import EventDeletion, NamedEvent
from domain.articles import Article, ArticleEvent
from domain.deliveries.delivered_article import DeliveredArticle
from domain.deliveries.delivery import Deletion, Delivered, Delivery, DeliveryWork, part_id
from domain.errors import ArticleNotFound, DetenteError
from domain.log.article_log import MOST_READ, ArticleLog
from domain.log.log_fold import SeenUpTo

_DeliveryOutcome = Delivered | DetenteError | PersistenceError


class DeliveryLog(ArticleLog):
    """The log, and what records in it what data sets deliver."""

    def deliver(self, deliveries: Sequence[Delivery | Deletion]) -> list[_DeliveryOutcome]:
        """Record what a data set says in documents, or has deleted, each by itself; what is known adds nothing.

        They go into one transaction if nothing stands in the way. Where the database fails, so do all of them.
        """
        try:
            work, seen = self._delivery_work(deliveries)
            outcomes = [_caught(partial(_decide, work), delivery) for delivery in deliveries]
            position = self._save_all(work, seen)
        except RecordConflictError:
            return [_caught(self._deliver_alone, delivery) for delivery in deliveries]
        except PersistenceError as error:
            return [error for _ in deliveries]
        return [replace(it, position=position) if isinstance(it, Delivered) else it for it in outcomes]

    def _deliver_alone(self, delivery: Delivery | Deletion) -> Delivered:
        def attempt() -> Delivered:
            work, seen = self._delivery_work([delivery])
            outcome = _decide(work, delivery)
            return replace(outcome, position=self._save_all(work, seen))

        return self._turns.take(delivery.article_id, attempt)

    def _delivery_work(self, deliveries: Sequence[Delivery | Deletion]) -> tuple[DeliveryWork, SeenUpTo]:
        deleted, seen = self.deletions_seen()
        ids = dict.fromkeys(id_ for delivery in deliveries for id_ in delivery.documents())
        sizes = self.article_sizes(ids.keys())
        parts = {part_id(id_, 2) for id_ in sizes}
        sizes |= self.article_sizes(parts)
        histories = _Histories(self, [id_ for id_ in (*ids, *parts) if id_ in sizes], sizes)
        looked_for = ids.keys() | parts
        register = self.ruling_register()

        def load(article_id: str) -> DeliveredArticle | None:
            if article_id in looked_for and article_id not in sizes:
                return None
            with suppress(ArticleNotFound):
                return DeliveredArticle.of(histories.take(article_id))
            return None

        work = DeliveryWork(
            load,
            lambda named: register.ruling_on(named) is not None,
            lambda article_id, ref: NamedEvent(article_id, ref) in deleted,
        )
        return work, seen

    def _save_all(self, work: DeliveryWork, seen: SeenUpTo) -> int:
        """Record what there is to record, if no deletions have come since they were looked at."""
        changed: list[Article | EventDeletion] = [*work.changed()]
        if not_here := work.not_here:
            named = [NamedEvent(it.article_id, it.ref) for it in not_here]
            changed.append(EventDeletion.of(named, not_here[0].provenance))
        recordings = self.save(*changed, seen=seen)
        return recordings[-1].notification.id if recordings else self.position()


class _Histories:
    """What happened to articles that are in the log, read many at once in the order in which they are taken."""

    def __init__(self, log: ArticleLog, article_ids: Sequence[str], sizes: Mapping[str, int]) -> None:
        self._log = log
        self._sizes = sizes
        self._unread = dict.fromkeys(article_ids)
        self._read: dict[str, list[ArticleEvent] | DetenteError] = {}

    def take(self, article_id: str) -> list[ArticleEvent]:
        """Return all that happened to an article, oldest first. Raises as `article_history` does."""
        if article_id in self._unread:
            self._read |= self._log.recorded_histories(self._next(article_id))[0]
        found = self._read.pop(article_id, None)
        if found is None:
            return self._log.article_history(article_id)
        if isinstance(found, DetenteError):
            raise found
        return found

    def _next(self, article_id: str) -> list[str]:
        """Return articles to read at once, that one among them."""
        chosen, events = [article_id], self._sizes[article_id]
        for other in self._unread:
            if other != article_id and (events := events + self._sizes[other]) > MOST_READ:
                break
            if other != article_id:
                chosen.append(other)
        for id_ in chosen:
            del self._unread[id_]
        return chosen


def _decide(work: DeliveryWork, delivery: Delivery | Deletion) -> Delivered:
    return work.delete(delivery) if isinstance(delivery, Deletion) else work.deliver(delivery)


def _caught(
    deliver: Callable[[Delivery | Deletion], Delivered], delivery: Delivery | Deletion
) -> _DeliveryOutcome:
    try:
        return deliver(delivery)
    except (DetenteError, PersistenceError) as error:
        return error
