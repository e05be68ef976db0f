"""One line of the table: our figure, the peer's, and the ratio asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """A figure of ours beside a peer's, both in `unit`, and the `target` for ours as a share of the peer's.

    More is better, and the target a least, unless `is_limit`. Where nothing is asked, the target is None.
    """

    name: str
    peer_name: str
    unit: str
    ours: float
    peer: float
    target: float | None
    is_limit: bool = False

    @property
    def ratio(self) -> float:
        """Ours as a share of the peer's."""
        return self.ours / self.peer

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached, None where there is none."""
        if self.target is None:
            return None
        return self.ratio <= self.target if self.is_limit else self.ratio >= self.target

    def as_dict(self) -> dict[str, str | float | bool | None]:
        """Return the row as it is written to the results."""
        return {**vars(self), "ratio": self.ratio, "is_reached": self.is_reached}
