"""How numbers and days read on pages."""

from datetime import UTC, date, datetime

from api.pages import numbers


def test_scores_and_changes_have_one_digit_and_a_true_minus() -> None:
    assert (numbers.score(49.96), numbers.score(-0.3), numbers.score(None)) == ("50.0", "−0.3", "–")
    assert (numbers.signed(3.14), numbers.signed(-3.14), numbers.signed(None)) == ("+3.1", "−3.1", "–")
    assert [numbers.signed(value) for value in (0.0, 0.04, -0.04)] == ["0.0"] * 3


def test_probabilities_are_percentages() -> None:
    assert (numbers.percent(0.0214), numbers.percent(0.42), numbers.percent(None)) == ("2.1%", "42%", "–")


def test_whole_numbers_days_and_instants() -> None:
    assert (numbers.whole(12345), numbers.whole(None)) == ("12,345", "–")
    assert (numbers.day(date(2020, 2, 3)), numbers.day(None)) == ("3 February 2020", "–")
    assert numbers.instant(datetime(2020, 2, 3, 4, 5, 6, 7, UTC)) == "2020-02-03 04:05:06 UTC"
    assert numbers.instant(None) == "–"
