"""Tables loaded from a build of history: as those of a rebuild, or refused, and the live ones as they were."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.running.service import Service
from domain.articles import RetractReport
from domain.log.archives.manifest import ArchiveRefused
from projections.folding.projector import Projector
from projections.history.loading.load_build import LoadBuild
from projections.history.loading.opened_build import OpenedBuild
from tests.contract.api.history.builds import built, record_something_of_each_kind
from tests.contract.tables import rows
from tests.language import BY_ANN, clash, post, statement


def load(service: Service, history: Path, progress: list[tuple[int, int]] | None = None) -> int | None:
    told = [] if progress is None else progress
    loading = LoadBuild(service.log, OpenedBuild(str(history)))
    return service.projector.rebuild(lambda done, end: told.append((done, end)), load=loading)


@pytest.fixture
def lived(service: Service) -> Service:
    """Return a service whose log has something of each kind, folded."""
    record_something_of_each_kind(service)
    service.projector.catch_up()
    return service


@pytest.fixture
def refused(lived: Service, tmp_path: Path) -> Callable[[], str]:
    """Return what says why the build in `history` is refused, having seen that the tables are as they were."""
    before = rows(lived.store)

    def refusal() -> str:
        with pytest.raises(ArchiveRefused) as raised:
            load(lived, tmp_path / "history")
        assert rows(lived.store) == before
        return str(raised.value)

    return refusal


def test_loaded_tables_are_those_of_a_rebuild_and_go_on_from_there(lived: Service, tmp_path: Path) -> None:
    built(lived.log, tmp_path)
    for number in range(3):
        lived.log.post_article(post(f"later-{number}", clash(killed=number), statement("RUS", "TUR")))
    lived.log.retract_report(RetractReport("b-2", 1, None, BY_ANN))
    Projector(lived.log, lived.store).rebuild()
    expected, place = rows(lived.store), lived.store.place
    progress: list[tuple[int, int]] = []

    position = load(lived, tmp_path / "history", progress)

    assert rows(lived.store) == expected
    assert position == lived.log.position()
    assert lived.store.place != place
    assert progress == sorted(progress)
    assert progress[-1] == (position, position)
