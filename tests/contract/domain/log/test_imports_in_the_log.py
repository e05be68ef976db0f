"""Imports in the log, on every kind of store: kept once, read back, and without meaning for relations."""

import msgspec
import pytest

from api.running.service import Service
from domain.errors import ImportDiffers
from tests.language import clash, post
from tests.unit.domain.administration.test_imports import COMMAND


def test_an_import_is_kept_once_and_read_back(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    first = service.log.record_import(COMMAND)
    again = service.log.record_import(COMMAND)
    other = service.log.record_import(msgspec.structs.replace(COMMAND, import_id="i-2"))
    assert (first.changed, again.changed, again.position) == (True, False, first.position)
    assert other.position == first.position + 1
    assert service.log.import_index().by_id == {"i-1": first.position, "i-2": other.position}
    found = service.log.imports_at([other.position, first.position])
    assert [imported.import_id for imported in found] == ["i-2", "i-1"]
    assert found[1].reading == COMMAND.reading
    assert service.log.imports_at([]) == []
    with pytest.raises(ImportDiffers):
        service.log.record_import(msgspec.structs.replace(COMMAND, file="other.tsv"))


def test_the_projections_pass_by_it(service: Service) -> None:
    outcome = service.log.record_import(COMMAND)
    assert service.projector.catch_up() == outcome.position
    assert service.log.skipped_events() == []
