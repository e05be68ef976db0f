"""What can go wrong, as a tree of exceptions.

Every problem that the service answers with has a class, by its type; the codes of broken rules are in `errors`. ::

    DetenteClientError
     + MissingExtraError             a frame or table whose library is not installed
     + ListMovedError                a list changed while its pages were read, and cannot be gone on with
     + NoAnswerError
     |  + CannotConnectError         nobody answers at the address
     |  + TimedOutError              no answer within `timeout`
     |  + BrokenConnectionError      the connection ended amid the answer or the request
     + UnexpectedAnswerError         an answer that the service does not give: another service, a proxy
     + ProblemAnswerError            the service said what is wrong (RFC 9457)
        + InvalidRequestError        invalid-request: see `errors`, `codes` and `candidates`
        |  + UnknownActorError       of these, a name that nobody has: unknown-actor
        |  + AmbiguousActorError     of these, a name that several have: ambiguous-actor
        |  + TooManyRefusedError     too-many-refused
        |  + PictureTooDearError     picture-too-dear
        |  + BodyTooLargeError       body-too-large
        + BadRequestError            bad-request, malformed-json, malformed-gzip, malformed-form,
        |                            unsupported-media-type, unsupported-encoding, headers-too-large,
        |                            request-timeout, not-acceptable, method-not-allowed
        + NotFoundError              not-found: no such route
        |  + ArticleNotFoundError    article-not-found
        |  + EventNotFoundError      event-not-found
        |  + ActorNotFoundError      actor-not-found
        |  + NameNotFoundError       name-not-found
        |  + RulingNotFoundError     ruling-not-found
        |  + ImportNotFoundError     import-not-found
        |  + AliasNotFoundError      alias-not-found
        |  + AgreementNotFoundError  agreement-not-found
        + ConflictError              something else is recorded already
        |  + ArticleDiffersError     article-differs
        |  + ArticleRetractedError   article-retracted
        |  + ActorDiffersError       actor-differs
        |  + NameTakenError          name-taken
        |  + IdTakenError            id-taken
        |  + RulingDiffersError      ruling-differs
        |  + RulingWithdrawnError    ruling-withdrawn
        |  + ReportRuledError        report-ruled
        |  + ImportDiffersError      import-differs
        |  + PublisherIsAliasError   publisher-is-alias
        |  + PreconditionFailedError precondition-failed: it is not in the state of `if_match` any more
        + ReplicaReadsOnlyError      replica-reads-only: the detail names the server that records
        + NotAllowedError
        |  + KeyMissingError         key-missing
        |  + KeyRefusedError         key-refused, key-in-address, session-over
        |  + ScopeTooSmallError      scope-too-small, token-not-allowed
        |  + NotLocalError           not-local
        |  + ForeignOriginError      foreign-origin
        + UnavailableError           not now: `retry_after` says when
        |  + TooManyAttemptsError    too-many-attempts
        |  + BusyError               busy
        |  + BehindError             projections-behind
        |  + StoppingError           stopping
        |  + ChangedMeanwhileError   changed-meanwhile
        |  + DatabaseError           database-unavailable
        + ServiceFailedError         internal-error, unreadable-history, picture-not-made, outdated-projections,
                                     database-damaged, storage-full, format-not-installed

A problem of a type that this client does not know yet is of the class that its status says.
"""

from typing import Final

from detente_client.answers.problems import ProblemDetails, ProblemError


class DetenteClientError(Exception):
    """Something went wrong."""


class MissingExtraError(DetenteClientError, ImportError):
    """A library that is not installed."""


class ListMovedError(DetenteClientError):
    """A list changed while its pages were read."""


class NoAnswerError(DetenteClientError):
    """The service did not answer."""


class CannotConnectError(NoAnswerError):
    """Nobody answers at the address."""


class TimedOutError(NoAnswerError):
    """There was no answer in time; whether a write was recorded is not known."""


class BrokenConnectionError(NoAnswerError):
    """The connection broke; whether a write was recorded is not known."""


class UnexpectedAnswerError(DetenteClientError):
    """An answer that is none of the service's."""


class ProblemAnswerError(DetenteClientError):
    """The service said what is wrong. `retry_after` is in seconds, null where it does not say."""

    def __init__(self, problem: ProblemDetails, retry_after: float | None = None) -> None:
        super().__init__(problem.detail or problem.title or problem.type)
        self.problem = problem
        self.retry_after = retry_after

    @property
    def type(self) -> str:
        """The type, without what all types begin with: `article-differs`."""
        return self.problem.type.removeprefix(TYPE_PREFIX)

    @property
    def title(self) -> str:
        """The type in words."""
        return self.problem.title

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.problem.status

    @property
    def detail(self) -> str:
        """What is wrong, in words."""
        return self.problem.detail

    @property
    def request_id(self) -> str | None:
        """By which whoever runs the service finds the request."""
        return self.problem.request_id

    @property
    def errors(self) -> list[ProblemError]:
        """All that is wrong, one by one."""
        return self.problem.errors or []

    @property
    def codes(self) -> set[str]:
        """The codes of the rules that were broken."""
        return {error.code for error in self.errors}

    @property
    def candidates(self) -> list[str]:
        """What may have been meant, of all that is wrong."""
        return [candidate for error in self.errors for candidate in error.candidates]

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problem, self.retry_after)


class InvalidRequestError(ProblemAnswerError):
    """What was sent breaks a rule."""


class UnknownActorError(InvalidRequestError):
    """A name that no actor has."""


class AmbiguousActorError(InvalidRequestError):
    """A name that several actors have."""


class TooManyRefusedError(InvalidRequestError):
    """So much of a batch was refused that the rest was not looked at."""


class PictureTooDearError(InvalidRequestError):
    """A picture takes more than one may."""


class BodyTooLargeError(InvalidRequestError):
    """An article is over the service's limit of bytes."""


class BadRequestError(ProblemAnswerError):
    """A request in a form that the service does not take."""


class NotFoundError(ProblemAnswerError):
    """There is no such thing."""


class ArticleNotFoundError(NotFoundError):
    """No article has this id."""


class EventNotFoundError(NotFoundError):
    """The article has no such event that stands."""


class ActorNotFoundError(NotFoundError):
    """No actor has this code."""


class NameNotFoundError(NotFoundError):
    """The actor has no such name."""


class RulingNotFoundError(NotFoundError):
    """No ruling has this id."""


class ImportNotFoundError(NotFoundError):
    """No import has this id."""


class AliasNotFoundError(NotFoundError):
    """The publisher was never declared to be an alias."""


class AgreementNotFoundError(NotFoundError):
    """No such agreement had begun by the day."""


class ConflictError(ProblemAnswerError):
    """Something else is recorded already."""


class ArticleDiffersError(ConflictError):
    """The article is recorded with other content: revise it."""


class ArticleRetractedError(ConflictError):
    """The article was retracted."""


class ActorDiffersError(ConflictError):
    """The code is registered with another name or kind."""


class NameTakenError(ConflictError):
    """A code or name is another actor's."""


class IdTakenError(ConflictError):
    """Something else stands under this id."""


class RulingDiffersError(ConflictError):
    """The ruling is recorded with other content."""


class RulingWithdrawnError(ConflictError):
    """The ruling was withdrawn."""


class ReportRuledError(ConflictError):
    """A ruling stands on one of the events already."""


class ImportDiffersError(ConflictError):
    """The import is recorded with other content."""


class PublisherIsAliasError(ConflictError):
    """The publisher counts as another one already."""


class PreconditionFailedError(ConflictError):
    """Somebody changed it since it was read."""


class ReplicaReadsOnlyError(ProblemAnswerError):
    """The server is a replica, and records nothing: send it to the primary."""


class NotAllowedError(ProblemAnswerError):
    """The key does not do."""


class KeyMissingError(NotAllowedError):
    """The service wants a key: `Client(..., key=...)`."""


class KeyRefusedError(NotAllowedError):
    """The key is none of this service, or was revoked."""


class ScopeTooSmallError(NotAllowedError):
    """The key may not do this."""


class NotLocalError(NotAllowedError):
    """The service has no keys yet, and serves its own machine alone."""


class ForeignOriginError(NotAllowedError):
    """A form of somebody else's page."""


class UnavailableError(ProblemAnswerError):
    """The service cannot answer now."""


class TooManyAttemptsError(UnavailableError):
    """Many attempts with wrong keys."""


class BusyError(UnavailableError):
    """More is asked for at once than can be worked out."""


class BehindError(UnavailableError):
    """The projections do not reflect the position yet."""


class StoppingError(UnavailableError):
    """The service is being stopped."""


class ChangedMeanwhileError(UnavailableError):
    """Others change the same all the time."""


class DatabaseError(UnavailableError):
    """The service's database does not answer."""


class ServiceFailedError(ProblemAnswerError):
    """The service failed, and whoever runs it has to see to it."""


TYPE_PREFIX: Final = "urn:detente:problem:"

CLASSES: Final[dict[str, type[ProblemAnswerError]]] = {
    "invalid-request": InvalidRequestError,
    "too-many-refused": TooManyRefusedError,
    "picture-too-dear": PictureTooDearError,
    "body-too-large": BodyTooLargeError,
    **dict.fromkeys((
        "bad-request", "malformed-json", "malformed-gzip", "malformed-form", "unsupported-media-type",
        "unsupported-encoding", "headers-too-large", "request-timeout", "not-acceptable", "method-not-allowed",
    ), BadRequestError),
    "not-found": NotFoundError,
    "article-not-found": ArticleNotFoundError,
    "event-not-found": EventNotFoundError,
    "actor-not-found": ActorNotFoundError,
    "name-not-found": NameNotFoundError,
    "ruling-not-found": RulingNotFoundError,
    "import-not-found": ImportNotFoundError,
    "alias-not-found": AliasNotFoundError,
    "agreement-not-found": AgreementNotFoundError,
    "article-differs": ArticleDiffersError,
    "article-retracted": ArticleRetractedError,
    "actor-differs": ActorDiffersError,
    "name-taken": NameTakenError,
    "id-taken": IdTakenError,
    "ruling-differs": RulingDiffersError,
    "ruling-withdrawn": RulingWithdrawnError,
    "report-ruled": ReportRuledError,
    "import-differs": ImportDiffersError,
    "publisher-is-alias": PublisherIsAliasError,
    "precondition-failed": PreconditionFailedError,
    "replica-reads-only": ReplicaReadsOnlyError,
    "key-missing": KeyMissingError,
    "key-refused": KeyRefusedError,
    "key-in-address": KeyRefusedError,
    "session-over": KeyRefusedError,
    "scope-too-small": ScopeTooSmallError,
    "token-not-allowed": ScopeTooSmallError,
    "not-local": NotLocalError,
    "foreign-origin": ForeignOriginError,
    "too-many-attempts": TooManyAttemptsError,
    "busy": BusyError,
    "projections-behind": BehindError,
    "stopping": StoppingError,
    "changed-meanwhile": ChangedMeanwhileError,
    "database-unavailable": DatabaseError,
    **dict.fromkeys((
        "internal-error", "unreadable-history", "picture-not-made", "outdated-projections", "database-damaged",
        "storage-full", "format-not-installed",
    ), ServiceFailedError),
}  # fmt: skip

_BY_CODE: Final[dict[str, type[InvalidRequestError]]] = {
    "unknown-actor": UnknownActorError,
    "ambiguous-actor": AmbiguousActorError,
}


def error_of(problem: ProblemDetails, retry_after: float | None = None) -> ProblemAnswerError:
    """Return the exception that a problem is, by its type, or by its status if the type is new."""
    kind = CLASSES.get(problem.type.removeprefix(TYPE_PREFIX)) or _by_status(problem.status)
    if kind is InvalidRequestError and problem.errors:
        kind = _BY_CODE.get(problem.errors[0].code, kind)
    return kind(problem, retry_after)


def _by_status(status: int) -> type[ProblemAnswerError]:
    by_status: dict[int, type[ProblemAnswerError]] = {
        401: NotAllowedError, 403: NotAllowedError, 404: NotFoundError, 409: ConflictError,
        412: PreconditionFailedError, 422: InvalidRequestError, 429: UnavailableError, 503: UnavailableError,
    }  # fmt: skip
    return by_status.get(status) or (ServiceFailedError if status >= 500 else BadRequestError)
