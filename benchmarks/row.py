"""One line of the table: our rate, the peer's, and the ratio asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure of ours beside a peer's, both in `unit`, and the `target` for ours as a share of the peer's."""

    name: str
    peer_name: str
    unit: str
    ours: float
    peer: float
    target: float

    @property
    def ratio(self) -> float:
        """Ours as a share of the peer's."""
        return self.ours / self.peer

    def as_dict(self) -> dict[str, str | float]:
        """Return the row as it is written to the results."""
        return {**vars(self), "ratio": self.ratio}
