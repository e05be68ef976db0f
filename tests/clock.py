"""A clock that tests set."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Moves a second with every look at it, from a fixed instant on."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        """Return the next instant."""
        self.now += timedelta(seconds=1)
        return self.now
