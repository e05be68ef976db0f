"""A log folded at once, as a rebuild does it, without other processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest

from api.running.service import Service
from projections.folding import pair_meaning, parallel_fill
from projections.folding.projector import _open_parts
from projections.storage.reading.generation import Generation


def one_thread(opening: parallel_fill.Opening) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, initializer=parallel_fill.begin_worker, initargs=(opening,))


@contextmanager
def filled_at_once(service: Service, stretch: int) -> Iterator[Generation]:
    """Yield a new generation that all of a log was folded into, in small pieces."""
    with pytest.MonkeyPatch.context() as small:
        for module, name, size in (
            (parallel_fill, "STRETCH", stretch),
            (pair_meaning, "PIECE", 2),
            (parallel_fill, "_PAIRS", 1),
        ):
            small.setattr(module, name, size)
        with service.store.rebuilding() as new:
            opening = partial(_open_parts, service.store.url, new.number)
            parallel_fill.fill(new, opening, service.log.position(), pool_of=one_thread)
            yield new
