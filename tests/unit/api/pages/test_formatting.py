"""How numbers and days read on pages."""

from datetime import UTC, date, datetime

from api.pages import formatting


def test_scores_and_changes_have_one_digit_and_a_true_minus() -> None:
    assert (formatting.score(49.96), formatting.score(-0.3), formatting.score(None)) == ("50.0", "−0.3", "–")
    assert (formatting.signed(3.14), formatting.signed(-3.14), formatting.signed(None)) == ("+3.1", "−3.1", "–")
    assert [formatting.signed(value) for value in (0.0, 0.04, -0.04)] == ["0.0"] * 3


def test_probabilities_are_percentages() -> None:
    assert (formatting.percent(0.0214), formatting.percent(0.42), formatting.percent(None)) == ("2.1%", "42%", "–")


def test_whole_numbers_days_and_instants() -> None:
    assert (formatting.whole(12345), formatting.whole(None)) == ("12,345", "–")
    assert (formatting.day(date(2020, 2, 3)), formatting.day(None)) == ("3 February 2020", "–")
    assert formatting.instant(datetime(2020, 2, 3, 4, 5, 6, 7, UTC)) == "2020-02-03 04:05:06 UTC"
    assert formatting.instant(None) == "–"
