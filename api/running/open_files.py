"""How many files, and so connections, the process may have open."""

import resource
from typing import Final

_OPEN_FILES: Final = 65_536


def allow_many_connections() -> None:
    """Let the process open as many files as it may, for each connection is one; shells give it few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
