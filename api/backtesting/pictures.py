"""Pictures of how good a score is: its ROC curve, and its reliability diagram. Needs the extra `pictures`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from projections.backtesting.metrics import Bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES: Final = (".svg", ".png")
_COLOURS: Final = ("#a8201a", "#0f6b6b", "#b7791f", "#5b4b8a", "#3c4043", "#7f8c8d")
_QUIET: Final = "#5f6368"
_STYLE: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "path.simplify": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "detente",
}


class NoPicture(Exception):
    """The picture cannot be drawn; the message says why, and what would do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What to draw: ROC curves by title, and forecasts held against what came of them. `bins` are in `unit`."""

    title: str
    curves: Mapping[str, Sequence[tuple[float, float]]]
    bins: Sequence[Bin]
    unit: str
    top: float


def check_picture(path: Path) -> None:
    """Raise `NoPicture` if no picture could be written to a path, before the work for it is done."""
    if path.suffix.lower() not in SUFFIXES:
        raise NoPicture(f"{path}: a picture is named {' or '.join('*' + suffix for suffix in SUFFIXES)}")
    try:
        import matplotlib as mpl  # noqa: F401  # whether it is there: it is an extra, for those who want pictures
    except ImportError:
        raise NoPicture(
            "matplotlib is missing: install the extra `pictures` by `pip install '.[pictures]'` in the checkout"
        ) from None


def write_picture(picture: Picture, path: Path) -> None:
    """Write a picture, SVG or PNG by its name: the same bytes for the same figures and version of matplotlib."""
    check_picture(path)
    import matplotlib as mpl
    from matplotlib.figure import Figure

    is_svg = path.suffix.lower() == ".svg"
    metadata = {"Date": None, "Creator": None, "Title": picture.title} if is_svg else {"Software": None}
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9.6, 4.9), facecolor="white")
        left, right = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.07, right=0.985, top=0.83, bottom=0.12, wspace=0.22)
        figure.text(0.012, 0.93, picture.title, fontsize=13, fontweight="bold")
        _draw_curves(left, picture)
        _draw_reliability(right, picture)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110, metadata=metadata)


def _draw_curves(panel: "Axes", picture: Picture) -> None:
    panel.plot([0, 1], [0, 1], color="#d5d8dc", linewidth=1)
    for number, (name, points) in enumerate(picture.curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        (line,) = panel.plot(*zip(*points, strict=True), color=colour, linewidth=1.8, label=name)
        line.set_gid(f"roc-{number}")
    panel.legend(loc="lower right", frameon=False, fontsize=9)
    panel.set_xlabel("false positive rate", color=_QUIET)
    panel.set_ylabel("true positive rate", color=_QUIET)
    panel.set_title("Ranking", loc="left", fontsize=11, fontweight="bold")
    _style(panel, 1.0)


def _draw_reliability(panel: "Axes", picture: Picture) -> None:
    top = picture.top
    if top == 1.0:
        panel.plot([0, 1], [0, 1], color="#d5d8dc", linewidth=1)
    forecasts, observed = [found.forecast for found in picture.bins], [found.observed for found in picture.bins]
    (line,) = panel.plot(forecasts, observed, color=_COLOURS[0], linewidth=1.8, marker="o", markersize=5)
    line.set_gid("reliability")
    for found in picture.bins:
        at = found.forecast - 0.01 * top, found.observed + 0.03
        panel.text(*at, _short(found.cases), ha="right", va="bottom", fontsize=8, color=_QUIET)
    panel.set_xlabel(picture.unit, color=_QUIET)
    panel.set_ylabel("share followed by an ASSAULT", color=_QUIET)
    panel.set_title("Reliability, with the number of cases", loc="left", fontsize=11, fontweight="bold")
    _style(panel, top)


def _short(cases: int) -> str:
    return f"{cases}" if cases < 1000 else f"{cases / 1000:.1f}k"


def _style(panel: "Axes", right: float) -> None:
    panel.set_xlim(0, right)
    panel.set_ylim(0, 1.06)
    panel.set_yticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    panel.grid(color="#eceff1", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(axis="both", length=0, labelsize=9, colors="#3c4043")
    for side in panel.spines.values():
        side.set_visible(False)
