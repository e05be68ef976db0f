"""Why a command is refused.

DetenteError
 ├── InvalidFacts          what was sent breaks a rule; carries every fault found
 ├── Conflict              it contradicts what is recorded
 │    ├── ArticleDiffers       the same article id with other content
 │    ├── ArticleIsRetracted   the article was taken back
 │    ├── ActorDiffers         the same actor code with another name or kind
 │    ├── NameTaken            a code or name that another actor has; carries every fault found
 │    ├── IdTaken              the id's place in the log is taken by something else
 │    ├── RulingDiffers        the same ruling id with other content
 │    ├── RulingIsWithdrawn    the ruling was taken back
 │    ├── ReportIsRuled        a ruling stands on the reported event already
 │    └── PublisherIsAlias     the publisher counts as another one already
 ├── NotFound              there is no such thing
 │    ├── ArticleNotFound
 │    ├── ReportNotFound
 │    ├── ActorNotFound
 │    ├── NameNotFound
 │    ├── RulingNotFound
 │    └── PublisherAliasNotFound
 ├── PreconditionFailed    it is not in the state in which its writer has seen it
 ├── ChangedMeanwhile      others changed the same at once, again and again
 └── UnreadableHistory     it rests on a domain event in the log that cannot be read
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Path = tuple[str | int, ...]
_NAMED: Final = 50  # faults that a message names


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was sent.

    `path` leads to the value (`("events", 0, "source")`), `code` is stable, `detail` says what is wrong and
    what would be right, `candidates` lists what may have been meant.
    """

    path: Path
    code: str
    detail: str
    candidates: tuple[str, ...] = ()


class DetenteError(Exception):
    """Base of the errors that a command or a question can end in."""


class InvalidFacts(DetenteError):
    """What was sent breaks the rules; `faults` names each, the message no more than the first of many."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(_described(self.faults))


class Conflict(DetenteError):
    """What was sent contradicts what is recorded."""


class ArticleDiffers(Conflict):
    """An article with this id is recorded with other content."""


class ArticleIsRetracted(Conflict):
    """The article was taken back; only a revision brings it back."""


class ActorDiffers(Conflict):
    """An actor with this code is registered with another name or kind."""


class NameTaken(Conflict):
    """Another actor has the code or name already; `faults` says which, where, and whose it is."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(_described(self.faults))


class IdTaken(Conflict):
    """Something else stands in the log in the place that belongs to this id."""


class RulingDiffers(Conflict):
    """A ruling with this id is recorded with other content."""


class ImportDiffers(Conflict):
    """An import with this id is recorded with other content."""


class RulingIsWithdrawn(Conflict):
    """The ruling was taken back; another one, with an id of its own, may be made."""


class ReportIsRuled(Conflict):
    """A ruling stands on the reported event already."""


class PublisherIsAlias(Conflict):
    """The publisher counts as another one already."""


class NotFound(DetenteError):
    """There is no such thing."""


class ArticleNotFound(NotFound):
    """No article has this id."""


class ReportNotFound(NotFound):
    """The article has no such reported event."""


class ActorNotFound(NotFound):
    """No actor has this code."""


class NameNotFound(NotFound):
    """The actor has no such name."""


class RulingNotFound(NotFound):
    """No ruling has this id."""


class ImportNotFound(NotFound):
    """No import has this id."""


class PublisherAliasNotFound(NotFound):
    """The publisher was never declared to be an alias."""


class PreconditionFailed(DetenteError):
    """What is to be changed is not in the state in which its writer has seen it."""


class ChangedMeanwhile(DetenteError):
    """Others changed the same thing at once, again and again; nothing was recorded, and a retry may succeed."""


class UnreadableHistory(DetenteError):
    """What is asked for rests on a domain event in the log that cannot be read; the message says on which."""


def _described(faults: Sequence[Fault]) -> str:
    named = [f"{'/'.join(map(str, fault.path))}: {fault.detail}" for fault in faults[:_NAMED]]
    if len(faults) > _NAMED:
        named.append(f"and {len(faults) - _NAMED} more")
    return "; ".join(named)
