"""The one look of all figures: slide sized, readable at the back of a room, colour-blind safe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from cycler import cycler

DPI = 144
SLIDE = (1280 / DPI, 720 / DPI)
"""Width and height of one slide in inches: 1280 x 720 pixels at 144 dpi."""

COLOURS = tuple(mpl.color_sequences["petroff6"])
"""Colour-blind safe (Petroff 2021): blue, orange, red, grey, violet, light violet-grey."""

GREY = "#6b6b6b"

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.titlesize": 14,
    "axes.labelsize": 13,
    "figure.titlesize": 15,
    "legend.fontsize": 12,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": "#d9d9d9",
    "lines.linewidth": 2.5,
    "lines.markersize": 8,
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.06,
    "image.interpolation": "nearest",
    "text.parse_math": False,  # a class may be called "$5 to $10": names are shown as written
    "svg.hashsalt": "course",
}


@contextmanager
def course_style() -> Iterator[None]:
    """Apply the course's Matplotlib settings, as a context manager or a decorator.

    The settings hold inside the ``with`` block only; your own are back after it.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> with course_style():
    ...     print(mpl.rcParams["font.size"])
    12.0
    """
    with mpl.rc_context(_STYLE):
        yield
