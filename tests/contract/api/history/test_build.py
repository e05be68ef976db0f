"""Builds of history: of any log, in whatever tasks and batches, they are what the projector makes of it."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.history import fold_articles, fold_pairs, fold_spilled
from tests.contract.api.history.builds import (
    assert_build_is_as_the_tables,
    built,
    record_what_is_parked,
)
from tests.contract.projections.folding.acts import Act, fold_in_pages_of, lives, on_sqlite
from tests.examples import examples

redactions = st.lists(
    st.builds(
        Act,
        st.just("redact"),
        st.sampled_from(["a-1", "a-2"]),
        st.just("AP"),
        st.integers(0, 2),
        st.just(()),
        st.just(False),
    ),
    max_size=2,
)


@examples(12)
@given(lives(), redactions, st.booleans(), st.integers(0, 2**16))
def test_a_build_is_what_the_projector_makes_in_whatever_tasks(
    done: Sequence[Act], redacting: Sequence[Act], parking: bool, seed: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as small:
        for module, name, size in (
            (fold_articles, "CHUNK", 3),
            (fold_pairs, "PIECE", 2),
            (fold_spilled, "_PAIRS", 1),
        ):
            small.setattr(module, name, size)
        service = on_sqlite(folder)
        for act in (*done, *redacting):
            act.do(service)
        if parking:
            record_what_is_parked(service.log)
        fold_in_pages_of(3, service)
        manifest = built(service.log, Path(folder), seed)
        assert_build_is_as_the_tables(service.store, Path(folder) / "history", manifest)
        service.close()
