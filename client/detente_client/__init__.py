"""The client of Détente: how any two actors stand, how tense it is, and exactly why, in your own tools.

`Client` and `AsyncClient` are where to begin; `errors` draws what can go wrong, the most common of which are here
too; `answers` has what is answered. A name is imported when it is first used, so that importing the package itself
costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from detente_client import answers, errors
    from detente_client.async_client import AsyncClient
    from detente_client.citing import Citation
    from detente_client.client import Client
    from detente_client.connection.retries import Retries
    from detente_client.errors import (
        AmbiguousActorError,
        DetenteClientError,
        InvalidRequestError,
        NoAnswerError,
        ProblemAnswerError,
        UnknownActorError,
    )
    from detente_client.listing import AsyncListing, Listing, MovedWarning
    from detente_client.posting import AsyncPosting, Posting, UnsentWarning
    from detente_client.question import Question
    from detente_client.relation import AsyncRelation, Relation
    from detente_client.series import AsyncManySeries, AsyncSeries, IncompleteWarning, ManySeries, Series

__all__ = [
    "AmbiguousActorError",
    "AsyncClient",
    "AsyncListing",
    "AsyncManySeries",
    "AsyncPosting",
    "AsyncRelation",
    "AsyncSeries",
    "Citation",
    "Client",
    "DetenteClientError",
    "IncompleteWarning",
    "InvalidRequestError",
    "Listing",
    "ManySeries",
    "MovedWarning",
    "NoAnswerError",
    "Posting",
    "ProblemAnswerError",
    "Question",
    "Relation",
    "Retries",
    "Series",
    "UnknownActorError",
    "UnsentWarning",
    "answers",
    "errors",
]

_HOMES: Final = {
    "AmbiguousActorError": "errors",
    "AsyncClient": "async_client",
    "AsyncListing": "listing",
    "AsyncManySeries": "series",
    "AsyncPosting": "posting",
    "AsyncRelation": "relation",
    "AsyncSeries": "series",
    "Citation": "citing",
    "Client": "client",
    "DetenteClientError": "errors",
    "IncompleteWarning": "series",
    "InvalidRequestError": "errors",
    "Listing": "listing",
    "ManySeries": "series",
    "MovedWarning": "listing",
    "NoAnswerError": "errors",
    "Posting": "posting",
    "ProblemAnswerError": "errors",
    "Question": "question",
    "Relation": "relation",
    "Retries": "connection.retries",
    "Series": "series",
    "UnknownActorError": "errors",
    "UnsentWarning": "posting",
    "answers": "answers",
    "errors": "errors",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{home}")
    found: object = module if name == home else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
