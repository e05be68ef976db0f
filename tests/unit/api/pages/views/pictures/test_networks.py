"""The caption of a network: whom it has in it, and whom not."""

import pytest

from api.pages.catalogue import catalogue_of
from api.pages.views.pictures.networks import network_caption
from projections.queries.question import Question
from projections.queries.surveys.networks import Network


@pytest.mark.parametrize(
    ("neighbours", "others", "said"),
    [([], 0, "charts.no_neighbours"), (["TUR"], 2, "charts.other_neighbours"), (["TUR"], 0, None)],
)
def test_says_how_many_are_not_in_it(neighbours: list[str], others: int, said: str | None) -> None:
    text = catalogue_of().text
    caption = network_caption("SYR", Network(neighbours, (), others), Question(18304), 1234, {}, text)
    lines = " ".join(caption.lines)
    assert "SYR" in caption.title
    assert "1,234" in lines
    if said is not None:
        assert text(said, count=others) in lines
