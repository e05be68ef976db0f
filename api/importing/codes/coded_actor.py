"""What an actor's code or name was found to mean, and how certain that is."""

from typing import NamedTuple


class CodedActor(NamedTuple):
    """An actor by the registry's code, the part of it that is meant, and why it was read so.

    `is_doubtful` where no dictionary says it: the code is an actor of its own, and a person should look at it.
    """

    actor: str
    role: str = ""
    why: str = ""
    is_doubtful: bool = False
