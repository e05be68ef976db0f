"""What is in the way of the views, and how long a change of generations waits for it."""

import logging
from collections.abc import Callable
from threading import Event
from typing import Final

from sqlalchemy import Connection

_log = logging.getLogger(__name__)

#: How often a swap tries to replace the views with it, before it goes on without: half a minute or so.
SWAP_ATTEMPTS: Final = 10
_PAUSE: Final = 1.0  # seconds between two of them, in which those go on who waited for us


class ViewsInUse(Exception):
    """Somebody reads by the views, so that they cannot be replaced now."""


class ViewsRefused(Exception):
    """The views cannot be made: what is there is not ours, or we may not."""


def shown(show: Callable[[], None]) -> tuple[str | None, bool]:
    """Show the views; return why that is not possible, None where it was, and whether to try it again soon."""
    try:
        show()
    except ViewsInUse as in_use:
        _log.warning("%s", in_use)
        return str(in_use), True
    except ViewsRefused as refused:
        _log.warning("the views for SQL are not shown: %s", refused)
        return str(refused), False
    return None, False


def replace_if_free(connection: Connection, replace: Callable[[], None], attempts_left: int) -> None:
    """Replace the views in a transaction that goes on without it where that cannot be.

    Raises `ViewsInUse`, after a pause, as long as there are attempts left. Then the views stay as they are, and so
    do the tables that they show, until whoever reads has ended.
    """
    try:
        with connection.begin_nested():
            replace()
    except ViewsInUse as in_use:
        _log.warning("%s (%s attempts left)", in_use, attempts_left)
        if attempts_left:
            Event().wait(_PAUSE)
            raise
    except ViewsRefused as refused:
        _log.warning("the views for SQL are not replaced: %s", refused)
