"""Do reported ceasefires calm? `python docs/reported_ceasefires.py [URL]` asks a log of CAMEO-coded events.

Of the cases of the backtest with a conflict pressure above 30, those with a ceasefire declared between the two
(CAMEO 0871) within the 14 days up to the cutoff are held against the others at equal pressure, by tenths of it.
"""

import argparse
from collections import defaultdict

import numpy as np
from sqlalchemy import Connection, and_, select

from api.running.service import Service
from api.running.settings import Settings
from projections.arrays import Bools, Floats
from projections.backtesting.backtest import Cases, Plan, cases_of, pressures
from projections.pairs import Pair, pair_of
from projections.queries.load_incident_table import load_incident_table
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.tables import evidence, reported_events

CEASEFIRE = '%"cameo":"0871"%'
LATELY = 14  # days
TENSE = 30.0  # conflict pressure
TENTHS = 10


def ceasefires(connection: Connection) -> dict[Pair, set[int]]:
    """Return the days of declared ceasefires by pair."""
    columns = evidence.c
    same = and_(reported_events.c.article == columns.article, reported_events.c.number == columns.number)
    asked = select(columns.source, columns.target, columns.day).where(columns.known_to.is_(None))
    found: defaultdict[Pair, set[int]] = defaultdict(set)
    for source, target, day in connection.execute(
        asked.join(reported_events, same).where(reported_events.c.content.like(CEASEFIRE))
    ):
        found[pair_of(source, target)].add(day)
    return found


def lately(cases: Cases, days: dict[Pair, set[int]]) -> Bools:
    """Return which cases have a ceasefire within the last days: [pair, cutoff]."""
    found = np.zeros(cases.happened.shape, dtype=np.bool_)
    for row, pair in enumerate(cases.table.pairs):
        declared = np.array(sorted(days.get(pair, ())))
        upto = np.searchsorted(declared, cases.cutoffs, "right")
        found[row] = upto > np.searchsorted(declared, cases.cutoffs - LATELY, "right")
    return found


def expected_share(conflict: Floats, declared: Bools, happened: Bools) -> float:
    """Return how many cases with a ceasefire would see a clash if they were as the others of their tenth."""
    tenth = np.searchsorted(np.quantile(conflict, np.linspace(0, 1, TENTHS + 1)[1:-1]), conflict, "right")
    shares = [happened[~declared & (tenth == number)].mean() for number in range(TENTHS)]
    return float(np.mean([shares[number] for number in tenth[declared]]))


def main() -> None:
    """Print the cases, and how many of them see a clash within 30 days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", default=Settings().database_url, help="of the log's database")
    service = Service.open(Settings(database_url=parser.parse_args().url, projector="none"))
    with service.store.reading() as connection:
        table, days = load_incident_table(connection), ceasefires(connection)
    service.close()
    cases = cases_of(table, Plan())
    conflict, _ = pressures(cases.table, cases.cutoffs, DEFAULT_MODEL)
    tense = conflict > TENSE
    declared, happened = lately(cases, days)[tense], cases.happened[tense]
    print(f"{int(declared.sum())} of {int(tense.sum())} cases with a ceasefire in the last {LATELY} days")
    print(f"a clash within {cases.horizon} days: {happened[declared].mean():.3f}")
    print(f"of others at equal pressure: {expected_share(conflict[tense], declared, happened):.3f}")


if __name__ == "__main__":
    main()
