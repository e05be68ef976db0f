"""What the evidence of a point adds up to, page by page."""

from hypothesis import given
from hypothesis import strategies as st

from api.pages.views.evidence import evidence_sums
from projections.scoring.incidents import Incident
from projections.scoring.pair_history import Contribution

ONE = Incident("i", "RUS", "TUR", 0, "ASSAULT", 0, True, 1, 1, None, None, -4.5)


@given(st.lists(st.floats(-50, 50).filter(bool), max_size=12), st.integers(0, 12), st.integers(1, 5))
def test_the_pages_add_up(points: list[float], after: int, limit: int) -> None:
    found = [Contribution(ONE, each, abs(each), None, None) for each in points]
    sums = evidence_sums(found, after, limit)
    assert sums.incidents == len(found)
    for side in (0, 1):
        assert abs(sums.before[side] + sums.here[side] + sums.behind[side] - sums.together[side]) < 1e-9
    assert abs(sums.together.tension - sum(-each for each in points if each < 0)) < 1e-9
