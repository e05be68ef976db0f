"""Tables of relations: each row as a page shows it, with its sparkline."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from api.http.schemas.sentences.relation_summaries import HowUsual, how_usual
from api.pages.addresses import path_segment
from api.pages.views.sparklines import Sparkline, sparklines
from projections.queries.overview.relation_rows import RelationRow
from projections.scoring.context.trend import TrendDirection
from projections.scoring.states import State
from projections.times import to_date


class ShownRelation(NamedTuple):
    """How a pair stands, as a row of a table. `line` and `figures` are its sparkline."""

    address: str
    codes: str
    one: str
    other: str
    state: State
    since: date | None
    tension: float
    cooperation: float
    trend: TrendDirection | None
    usual: HowUsual | None
    last_clash: date | None
    line: str
    figures: tuple[int, int, int, int]


def relation_table(rows: Sequence[RelationRow], names: Mapping[str, str]) -> list[ShownRelation]:
    """Return rows as a page shows them. `names` are the actors' by code."""
    if not rows:
        return []
    lines = sparklines(np.stack([row.weeks for row in rows]))
    segments = {code: path_segment(code) for code in {code for row in rows for code in row.pair}}
    return [_shown(row, line, names, segments) for row, line in zip(rows, lines, strict=True)]


def _shown(
    row: RelationRow, line: Sparkline, names: Mapping[str, str], segments: Mapping[str, str]
) -> ShownRelation:
    a, b = row.pair
    return ShownRelation(
        f"/relations/{segments[a]}/{segments[b]}",
        f"{a} / {b}",
        names.get(a, a),
        names.get(b, b),
        row.state,
        None if row.since is None else to_date(row.since),
        row.tension,
        row.cooperation,
        None if row.trend is None else row.trend.direction,
        None if row.usual is None else how_usual(row.usual),
        None if row.last_clash is None else to_date(row.last_clash),
        *line,
    )
