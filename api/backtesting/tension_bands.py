"""What a tension meant in a log: how often a clash followed it, by bands of ten points."""

from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Floats
from projections.backtesting.backtest import Cases, Plan, cases_of, tension_of
from projections.backtesting.metrics import Bin, reliability
from projections.queries.load_incident_table import load_incident_table
from projections.scoring.models import PressureModel
from projections.storage.connection import Connection

_EDGES: Final = np.linspace(0.0, 100.0, 11)


class TensionBands(NamedTuple):
    """The cases of a log, and of those in each band of tension the share after which an ASSAULT followed."""

    cases: Cases
    bands: list[Bin]


def read_tension_bands(connection: Connection, model: PressureModel) -> TensionBands:
    """Return what a tension meant in the log, as `detente backtest` says by default. Raises `NothingToTest`."""
    table = load_incident_table(connection, model)
    cases = cases_of(table, Plan())
    return TensionBands(cases, bands_of(tension_of(table, cases, model), cases))


def bands_of(tension: Floats, cases: Cases) -> list[Bin]:
    """Return the tensions of cases by bands of ten points, and what came of them."""
    return reliability(tension.ravel(), cases.happened.ravel(), _EDGES)
