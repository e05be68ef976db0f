"""The glances of an app let go of the tables once nobody has glanced for a while."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from api.http.fast_path import glances as module
from api.http.fast_path.glances import Glances
from projections.storage.store import Store


class _Tables:
    """Tables that count who looks at them, and note when they are let go of."""

    is_embedded = True

    def __init__(self) -> None:
        self.seen = 0
        self.released = asyncio.Event()

    @contextmanager
    def glancing(self) -> Iterator[tuple[Any, Any]]:
        self.seen += 1
        yield None, None

    def let_go(self) -> None:
        self.released.set()


@pytest.mark.parametrize("times", [1, 2])
def test_they_let_go_after_the_last_glance_and_not_before(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    monkeypatch.setattr(module, "_SOON", 0.0)

    async def look() -> None:
        tables = _Tables()
        glances = Glances(cast(Store, tables))
        for _ in range(2):  # and once more, when they have let go
            for number in range(times):
                with glances.glancing():
                    pass
                if number:
                    continue
                glances._count += 1  # somebody glances before it is looked again
                await asyncio.sleep(0)
                assert not tables.released.is_set()
            await tables.released.wait()
            tables.released.clear()
        assert tables.seen == 2 * times

    asyncio.run(look())
