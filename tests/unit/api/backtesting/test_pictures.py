"""Pictures: the same bytes for the same figures, and a plain word where they cannot be drawn."""

import sys
from pathlib import Path

import pytest

from api.backtesting.pictures import NoPicture, Picture, check_picture, write_picture
from projections.backtesting.metrics import Bin

PICTURE = Picture(
    "A title", {"tension 0.750": [(0.0, 0.0), (0.0, 0.5), (1.0, 1.0)]},
    [Bin(1500, 0.2, 0.1, 0.2, 0.3), Bin(9, 0.9, 1.0, 0.9, 1.0)], "forecast probability", 1.0,
)  # fmt: skip


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_same_figures_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for folder in ("one", "other"):
        write_picture(PICTURE, tmp_path / folder / f"picture.{suffix}")
    one, other = ((tmp_path / folder / f"picture.{suffix}").read_bytes() for folder in ("one", "other"))
    assert one == other
    assert one.startswith(b"\x89PNG" if suffix == "png" else b"<?xml")


def test_another_form_is_refused_before_the_work_begins(tmp_path: Path) -> None:
    with pytest.raises(NoPicture, match=r"\*\.svg or \*\.png"):
        check_picture(tmp_path / "picture.gif")


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(NoPicture, match=r"extra `pictures`"):
        check_picture(tmp_path / "picture.svg")
