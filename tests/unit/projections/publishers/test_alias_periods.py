"""When each publisher counted as which."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.publishers.register import counted_as
from projections.publishers.alias_periods import AliasChange, AliasPeriod, families_after


def after(*changes: AliasChange, pages: Sequence[int] = ()) -> list[AliasPeriod]:
    """Return the periods that changes come to, which arrive in pages that begin at some of them."""
    rows: list[AliasPeriod] = []
    bounds = [0, *sorted(pages), len(changes)]
    for first, end in pairwise(bounds):
        if first < end:
            families = families_after(rows, changes[first:end])
            replaced = frozenset().union(*families.publishers)
            rows = [row for row in rows if row.publisher not in replaced] + families.periods
    return sorted(rows, key=repr)


def test_an_alias_counts_from_when_it_is_declared_until_it_is_taken_back() -> None:
    assert after(AliasChange("a", "b", 10), AliasChange("a", None, 20), AliasChange("a", "c", 30)) == [
        AliasPeriod("a", 10, 20, "b", "b"),
        AliasPeriod("a", 30, None, "c", "c"),
    ]


def test_an_alias_of_an_alias_counts_as_the_last_for_as_long_as_that_is_one() -> None:
    assert after(AliasChange("a", "b", 10), AliasChange("b", "c", 20), AliasChange("b", None, 30)) == [
        AliasPeriod("a", 10, 20, "b", "b"),
        AliasPeriod("a", 20, 30, "b", "c"),
        AliasPeriod("a", 30, None, "b", "b"),
        AliasPeriod("b", 20, 30, "c", "c"),
    ]


def test_only_families_that_changed_are_worked_out_anew() -> None:
    rows = after(AliasChange("a", "b", 10), AliasChange("x", "y", 20))
    families = families_after(rows, [AliasChange("z", "y", 30)])
    assert families.publishers == [frozenset("xyz")]
    assert {period.publisher for period in families.periods} == {"x", "z"}


changes = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["a", "b", "c", "e", None])), max_size=8)


@given(changes, st.lists(st.integers(0, 8), max_size=3))
def test_periods_say_at_each_instant_what_was_declared_however_it_arrived(
    declared: list[tuple[str, str | None]], pages: list[int]
) -> None:
    made = [AliasChange(one, other, instant) for instant, (one, other) in enumerate(declared) if one != other]
    rows = after(*made, pages=[page for page in pages if page < len(made)])
    assert rows == after(*made)
    for instant in range(len(declared)):
        then: dict[str, str | None] = {}
        for change in made:
            if change.recorded <= instant:
                then[change.publisher] = change.alias_of
        standing = {publisher: other for publisher, other in then.items() if other is not None}
        known = [r for r in rows if r.known_from <= instant and (r.known_to is None or instant < r.known_to)]
        assert {row.publisher: row.alias_of for row in known} == standing
        assert {r.publisher: r.counts_as for r in known if r.counts_as != r.publisher} == counted_as(standing)
