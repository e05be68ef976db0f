"""Make the picture in README.md from a running service: `python docs/make_pictures.py [URL] [FOLDER]`.

The service has to hold the seeds and nothing else, as `make run` leaves it on a fresh machine. The same answers
give the same file, byte for byte, under one version of matplotlib.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FIRST, LAST = date(2019, 12, 1), date(2020, 8, 31)
PAIRS = (("SYR", "TUR", "Syria and Turkey"), ("RUS", "TUR", "Russia and Turkey"))
NAME = "idlib-tension"
TITLE = "Tension, cooperation and state of Syria and Turkey, and of Russia and Turkey, from December 2019 on"

TENSION, COOPERATION, QUIET = "#a8201a", "#0f6b6b", "#5f6368"
FILLS = {
    "unknown": "#ffffff",
    "aligned": "#e8eef7",
    "neutral": "#f1f3f4",
    "cordial": "#e3f1ef",
    "cooperative": "#cfe8e4",
    "strained": "#fdf3d6",
    "strained_cooperation": "#eee6f3",
    "hostile": "#fce3cf",
    "open_conflict": "#f6c9c4",
}
NARROW = 13  # days below which a band has no room for its name
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "path.simplify": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "detente",
}


@dataclass(frozen=True)
class Band:
    """A run of one state, as far as the picture shows it: `first` included, `end` excluded."""

    state: str
    first: date
    end: date


@dataclass(frozen=True)
class History:
    """What the service answers about one pair."""

    days: tuple[date, ...]
    tension: tuple[float, ...]
    cooperation: tuple[float, ...]
    bands: tuple[Band, ...]


def history_of(client: httpx.Client, a: str, b: str) -> History:
    """Ask for the series of a pair, and for its states from the last day backwards."""
    series = _get(client, f"/v1/relations/{a}/{b}/tension", **{"from": str(FIRST), "to": str(LAST)})
    points = series["items"]
    return History(
        days=tuple(date.fromisoformat(point["day"]) for point in points),
        tension=tuple(point["tension"] for point in points),
        cooperation=tuple(point["cooperation"] for point in points),
        bands=tuple(reversed(list(_bands(client, a, b)))),
    )


def _bands(client: httpx.Client, a: str, b: str) -> Iterator[Band]:
    end = LAST + timedelta(days=1)
    while end > FIRST:
        relation = _get(client, f"/v1/relations/{a}/{b}", as_of=str(end - timedelta(days=1)))
        since = date.fromisoformat(relation["since"]) if relation["since"] else FIRST
        first = max(since, FIRST)
        yield Band(relation["state"], first, end)
        end = first


def _get(client: httpx.Client, path: str, **parameters: str) -> Any:
    answer = client.get(path, params=parameters)
    answer.raise_for_status()
    return answer.json()


def draw(histories: list[History]) -> Figure:
    """Draw a panel per pair, one above the other on the same days."""
    figure = Figure(figsize=(9.6, 6.6), facecolor="white")
    panels = figure.subplots(len(histories), 1, sharex=True)
    figure.subplots_adjust(left=0.055, right=0.985, top=0.90, bottom=0.06, hspace=0.30)
    figure.text(0.012, 0.958, "Idlib 2020, from one coded article", fontsize=14, fontweight="bold")
    for panel, history, (a, b, title) in zip(panels, histories, PAIRS, strict=True):
        _draw_bands(panel, history, f"{a}-{b}")
        _draw_curves(panel, history, f"{a}-{b}")
        panel.set_title(title, loc="left", fontsize=12, fontweight="bold", pad=8)
        _style(panel)
    _name_curves(*panels)
    return figure


def _draw_bands(panel: Axes, history: History, pair: str) -> None:
    for number, band in enumerate(history.bands):
        first, end = _x(band.first), _x(band.end)
        span = panel.axvspan(first, end, color=FILLS[band.state], linewidth=0, zorder=0)
        span.set_gid(f"{pair}-band-{number}-{band.state}")
        if end - first >= NARROW:
            name = band.state.replace("_", "\n")
            panel.text((first + end) / 2, 97, name, ha="center", va="top", fontsize=10, color=QUIET)


def _draw_curves(panel: Axes, history: History, pair: str) -> None:
    days = [_x(day) for day in history.days]
    for name, values, colour in (
        ("tension", history.tension, TENSION),
        ("cooperation", history.cooperation, COOPERATION),
    ):
        (line,) = panel.plot(days, values, color=colour, linewidth=2.2, clip_on=False, zorder=3)
        line.set_gid(f"{pair}-{name}")


def _name_curves(upper: Axes, lower: Axes) -> None:
    for panel, text, at, height, colour in (
        (upper, "tension", date(2020, 5, 10), 52, TENSION),
        (upper, "cooperation: no report of any", date(2020, 5, 10), 4, COOPERATION),
        (lower, "tension", date(2020, 5, 10), 28, TENSION),
        (lower, "cooperation", date(2020, 3, 27), 9, COOPERATION),
    ):
        ha = "right" if text == "cooperation" else "left"
        panel.text(_x(at), height, text, color=colour, fontweight="bold", ha=ha)


def _style(panel: Axes) -> None:
    panel.set_xlim(0, _x(LAST) + 1)
    panel.set_ylim(0, 100)
    panel.set_yticks([0, 25, 50, 75, 100])
    panel.grid(axis="y", color="#d5d8dc", linewidth=0.6, zorder=1)
    panel.set_axisbelow(False)
    days = [FIRST + timedelta(days=number) for number in range(_x(LAST) + 1)]
    months = [day for day in days if day.day == 1]
    panel.set_xticks([_x(month) for month in months], [_name(month) for month in months])
    panel.tick_params(axis="both", length=0, labelsize=10, colors="#3c4043", labelbottom=True)
    for label in panel.get_xticklabels():
        label.set_horizontalalignment("left")
    for side in panel.spines.values():
        side.set_visible(False)


def _x(day: date) -> int:
    return (day - FIRST).days


def _name(month: date) -> str:
    return f"{month:%b %Y}" if month == FIRST or month.month == 1 else f"{month:%b}"


def make(client: httpx.Client, folder: Path, *suffixes: str) -> list[Path]:
    """Write the picture into a folder, once for each suffix; return the files."""
    histories = [history_of(client, a, b) for a, b, _ in PAIRS]
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with mpl.rc_context(STYLE):
        for suffix in suffixes:
            path = folder / f"{NAME}.{suffix}"
            metadata = {"Date": None, "Creator": None, "Title": TITLE} if suffix == "svg" else None
            draw(histories).savefig(path, dpi=110, metadata=metadata)
            made.append(path)
    return made


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "images")
    parser.add_argument("--png", action="store_true", help="write a PNG besides, to look at")
    given = parser.parse_args()
    with httpx.Client(base_url=given.url, timeout=30) as client:
        for path in make(client, given.folder, *(("svg", "png") if given.png else ("svg",))):
            print(path)


if __name__ == "__main__":
    main()
