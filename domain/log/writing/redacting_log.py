"""Redactions in the log: recorded like any change, and what was stored before is written anew with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsourcing.persistence import StoredEvent
from msgspec import Struct

from domain.articles import Article, ArticleEvent
from domain.log.article_log import ArticleLog, Outcome
from domain.log.recorders.rewriting import Rewriting
from domain.redactions import (
    LiftRedactions,
    RedactTexts,
    TextFound,
    lift,
    redact,
    redacted_event,
)


class Redacted(Struct, frozen=True, kw_only=True):
    """What a redaction came to, and the texts that it took out.

    `erased` is False where something of them may be left in the database's files: the same command tries again.
    """

    outcome: Outcome
    found: Sequence[TextFound]
    erased: bool


class RedactingLog(ArticleLog):
    """A log out of which an administrator takes free text."""

    def redact(self, command: RedactTexts) -> Redacted:
        """Take texts out of an article, and of all that the log holds of it; again is no change.

        Raises `NotFound`, `InvalidFacts`.
        """
        found: list[TextFound] = []

        def attempt() -> Outcome:
            article, found[:] = self._redacted(command)
            lost = {text.version: text.fields for text in found}
            rewriting = Rewriting(article.id, lambda stored: self._rewritten(stored, lost)) if lost else None
            return self._save(article, command.article_id, rewriting=rewriting)

        outcome = self._turns.take(command.article_id, attempt)
        recorder: Any = self.recorder
        return Redacted(outcome=outcome, found=found, erased=recorder.erase_leftovers())

    def preview_redaction(self, command: RedactTexts) -> list[TextFound]:
        """Return the texts that a redaction would take out, and record nothing. Raises as `redact` does."""
        return self._redacted(command)[1]

    def lift_redactions(self, command: LiftRedactions) -> Outcome:
        """Let an article take text again. Raises `ArticleNotFound`, `InvalidFacts`."""
        return self._change_article(command.article_id, lambda article: lift(article, command))

    def _redacted(self, command: RedactTexts) -> tuple[Article, list[TextFound]]:
        article = self.article(command.article_id)
        return article, redact(article, self.article_history(command.article_id), command)

    def _rewritten(self, stored: StoredEvent, lost: Mapping[int, Sequence[str]]) -> StoredEvent:
        """Return a stored event without the texts that its version has lost."""
        if (fields := lost.get(stored.originator_version)) is None:
            return stored
        event = self.mapper.to_domain_event(stored)
        assert isinstance(event, ArticleEvent)
        return self.mapper.to_stored_event(redacted_event(event, fields))
