"""Incidents as the tests of the clash risk draw them."""

from typing import Final

from hypothesis import strategies as st

from domain.standards.plover import INTENSITY
from projections.scoring.incidents import Incident

PAIRS: Final = (("A", "B"), ("A", "C"), ("B", "C"), ("B", "D"), ("C", "D"))


def incident(
    pair: tuple[str, str], day: int, name: str = "ASSAULT", publishers: int = 1, id_: str = ""
) -> Incident:
    """Return an incident as the default model weighs it: without casualties."""
    weight = (1.0 - 0.5**publishers) * INTENSITY[name]
    return Incident(
        id=id_ or f"{pair}{name}{day}",
        a=pair[0],
        b=pair[1],
        direction=0,
        type=name,
        day=day,
        material=True,
        publishers=publishers,
        reports=publishers,
        killed=None,
        wounded=None,
        weight=weight,
    )


drawn = st.lists(
    st.builds(
        incident,
        st.sampled_from(PAIRS),
        st.integers(-3_000, 3_000),
        st.sampled_from(["ASSAULT", "ASSAULT", "COERCE", "ACCUSE", "CONSULT", "REQUEST"]),
        st.integers(1, 4),
    ),
    max_size=25,
)
