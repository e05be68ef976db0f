"""A log as columns, on every kind of store: what stands counts, under the actors of the registry or as coded."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from api.importing.command import Request, import_into
from api.importing.importer import Options
from api.importing.targets.database import DatabaseTarget
from api.running.service import Service
from domain.articles import CorrectReport, RetractArticle, RetractReport
from domain.standards.plover import INTENSITY
from projections.backtesting.incident_table import TYPE_NUMBERS, IncidentTable
from projections.queries.load_incident_table import load_coded_incidents, load_incident_table
from projections.scoring.models import DEFAULT_MODEL
from projections.times import to_day
from tests.language import BY_ANN, agreement, backing, clash, post, statement

DAY = to_day(date(2020, 2, 3))
NAMES = {number: name for name, number in TYPE_NUMBERS.items()}

KEDS = """2001-05-01	ISRMIL	PAL	190
2001-05-01	ISRGOV	PALPLO	190
2001-05-01	ISR	PSEREB	190
2001-05-02	PALREB	PSEGOV	190
2001-05-02	PALREB	PAL	190
2001-05-02	PSE	PALREB	112
2001-05-03	LBNREBHEZ	IGOUNO	042
2001-05-03	ISR	EGY	010
2001-05-04	ISR	PSEREBHMS	104
"""


def rows(history: IncidentTable) -> Counter[tuple[str, str, int, str | None, float]]:
    return Counter(
        (*history.pairs[pair], int(day), NAMES[int(kind)], float(weight))
        for pair, day, kind, weight in zip(history.pair, history.day, history.type, history.weight, strict=True)
    )


@pytest.fixture
def imported(service: Service, tmp_path: Path) -> Service:
    """Return a service with a few rows of KEDS data, folded."""
    (tmp_path / "keds").write_text(KEDS)
    request = Request([str(tmp_path / "keds")], Options(None, None, False, 2**20), None)
    import_into(DatabaseTarget(service), request, Console(quiet=True), service.clock)
    service.projector.catch_up()
    return service


def test_the_registry_knows_groups_that_the_rows_give_as_parts_of_a_country(imported: Service) -> None:
    with imported.store.reading() as connection:
        registered = rows(load_incident_table(connection))
        coded = rows(load_coded_incidents(connection))
    first = to_day(date(2001, 5, 1))
    assert registered == {
        ("ISR", "PSE", first, "ASSAULT", -4.5): 1,
        ("ISR", "PLO", first, "ASSAULT", -4.5): 1,
        ("HEZBOLLAH", "UN", first + 2, "CONSULT", 1.25): 1,
        ("EGY", "ISR", first + 2, None, 0.0): 1,
        ("HAMAS", "ISR", first + 3, "REQUEST", 0.0): 1,
    }
    assert coded == {
        ("ISR", "PAL", first, "ASSAULT", -9.0): 1,  # two rows, of PAL and of PALPLO
        ("ISR", "PSE", first, "ASSAULT", -9.0): 1,
        ("PAL", "PSE", first + 1, "ASSAULT", -9.0): 1,
        ("PAL", "PSE", first + 1, "ACCUSE", -3.0): 1,
        ("IGO", "LBN", first + 2, "CONSULT", 2.5): 1,
        ("ISR", "PSE", first + 3, "REQUEST", 0.0): 1,
    }


def test_what_was_taken_back_or_corrected_does_not_count(service: Service) -> None:
    log = service.log
    log.register_actors([])
    for article in ("a", "b", "c"):
        log.post_article(post(article, clash(), statement("RUS", "TUR"), backing(), agreement("RUS TUR")))
    log.retract_article(RetractArticle("a", "wrong", BY_ANN))
    log.retract_report(RetractReport("b", 1, "wrong", BY_ANN))
    log.correct_report(CorrectReport("c", 1, clash(day="2020-02-04"), "wrong", BY_ANN))
    service.projector.catch_up()
    with service.store.reading() as connection:
        coded, registered = load_coded_incidents(connection, 0.5), load_incident_table(connection)
    days = {(row[0], row[1], row[2] - DAY, row[3]): row[4] for row in rows(coded)}
    assert days == {("SYR", "TUR", 1, "ASSAULT"): -4.5, ("RUS", "TUR", 0, "ACCUSE"): -1.5}
    assert Counter(row[3] for row in rows(registered)) == {"ASSAULT": 1, "ACCUSE": 1, "AGREE": 1}
    assert [(tie.patron, tie.client) for tie in registered.ties] == [("RUS", "SYR")]


def test_another_model_weighs_anew(service: Service) -> None:
    service.log.post_article(post("a", clash(killed=9)))
    service.projector.catch_up()
    sceptical = DEFAULT_MODEL.with_constants("sceptical", doubt=0.9)
    with service.store.reading() as connection:
        (weight,) = load_incident_table(connection, sceptical).weight
        (plain,) = load_incident_table(connection).weight
    assert weight == pytest.approx(0.1 * 2 * INTENSITY["ASSAULT"])
    assert plain == pytest.approx(0.5 * 2 * INTENSITY["ASSAULT"])
