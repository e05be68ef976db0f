"""Incidents as columns in the order in which all pairs' are in memory: who reads them so has nothing to sort."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Final

from arro3.core import DataType, Field, Schema

from domain.standards.plover import ASSAULT
from projections.history.table_batches import TableBatch, batches_of_schema
from projections.scoring.incidents import Incident
from projections.storage.columns.incident_columns import incident_kinds
from projections.storage.history.build_manifest import INCIDENT_COLUMNS, INCIDENT_STRETCHES

_COLUMNS: Final = Schema(
    [Field("day", DataType.int32()), Field("weight", DataType.float64()), Field("kind", DataType.uint8())]
)
_STRETCHES: Final = Schema(
    [Field("a", DataType.utf8()), Field("b", DataType.utf8()), Field("incidents", DataType.int32())]
)
_PAIR: Final = itemgetter(0, 1)


def incidents_in_columns(incidents: Sequence[Incident]) -> Iterator[TableBatch]:
    """Yield some incidents as columns, in order, and of which pairs they are.

    They are all of some pairs, or all of some days of one.
    """
    material, direction = ([each(i) for i in incidents] for each in map(attrgetter, ("material", "direction")))
    kinds = incident_kinds(material, direction, [i.type == ASSAULT for i in incidents]).tolist()
    rows = sorted((i.a, i.b, i.day, i.weight, kind) for i, kind in zip(incidents, kinds, strict=True))
    stretches = [(*pair, len(list(of_pair))) for pair, of_pair in groupby(rows, _PAIR)]
    yield from batches_of_schema(INCIDENT_COLUMNS, _COLUMNS, _COLUMNS.names, [row[2:] for row in rows])
    yield from batches_of_schema(INCIDENT_STRETCHES, _STRETCHES, _STRETCHES.names, stretches)
