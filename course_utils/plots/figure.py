"""New figures in the course's look, and ``show``: a figure with the sentence that describes it.

All figures are slide sized, readable at the back of a room, and safe for the colour-blind.
"""

import base64
import html
import io
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

_DPI = 144
_SLIDE = (1280 / _DPI, 720 / _DPI)
"""Width and height of one slide in inches: 1280 x 720 pixels at 144 dpi."""

_STYLE = mpl.rc_params_from_file(
    Path(__file__).with_name("course.mplstyle"), use_default_template=False
)
COLOURS: tuple[str, ...] = tuple(_STYLE["axes.prop_cycle"].by_key()["color"])
"""Colour-blind safe, and dark enough for lines: blue, orange, red, plum, grey, violet."""

GREY = "#6b6b6b"

# Drawings have fewer colours than this, even with their smooth edges; colour photographs have
# more. A drawing in its 256 best colours looks the same. What is large even so, and much smaller
# when it is not saved exactly, is a photograph; there is hardly a difference to see.
_PHOTOGRAPH = 5_000
_LARGE = 25_000
_MUCH_SMALLER = 0.75
_BLANK = 40  # pixels between two things on a canvas, one below the other, and at its lower edge


course_style = partial(mpl.rc_context, _STYLE)
"""The course's settings of Matplotlib, as a decorator or in ``with course_style():``."""


def short(value: Any) -> str:
    """Return ``4``, ``-1``, ``0.25`` or ``1,275``, with a true minus sign."""
    number = float(value)
    text = f"{number:,.0f}" if abs(number) >= 999.5 else f"{number:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


def _finite(what: str, values: Any) -> np.ndarray:
    """Return values as floats; refuse those that cannot be drawn to scale."""
    array = np.asarray(values, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError(f"{what} must be finite numbers, and not all of them are.")
    return array


def _named(what: str, values: Any) -> None:
    """Refuse what gives no names, or nothing at all."""
    if not isinstance(values, Mapping) or not values:
        got = str(values)[:60]
        raise ValueError(f"{what} must have a name for each, as in {{'a': ...}}, not {got}.")


def _stacked(images: Any) -> np.ndarray:
    """Return images as one array."""
    try:
        return np.asarray(images)
    except ValueError:  # in NumPy's words "inhomogeneous"
        raise ValueError("The images have different sizes: cut or resize them to one.") from None


class CourseFigure(Figure):
    """A figure that shows itself, with its alternative text, when a cell ends with it."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _mimebundle(self, str(self.get_label() or "A figure without a description."))


def new_figure(
    alt: str = "", height: float = _SLIDE[1], layout: Any = "constrained"
) -> CourseFigure:
    """Make an empty figure that knows its alternative text, a sentence on what it shows.

    The width is that of a slide, and the height, in inches, is by default: 1280 x 720 pixels.
    """
    with course_style():
        fig = CourseFigure(figsize=(_SLIDE[0], height), dpi=_DPI, layout=layout)
    FigureCanvasAgg(fig)  # measures texts at once; without, each is measured on a new canvas
    fig.set_label(alt)
    return fig


def show(fig: Figure, alt: str | None = None) -> None:
    """Display a figure as an image with alternative text, and close it.

    JupyterLab drops the alternative text of an ordinary figure. This one is an HTML image that
    keeps it, and the same sentence is the plain text of the output, where nbval compares it.

    ``alt`` is one sentence that says what the figure shows. The functions of `course_utils.plots`
    write one themselves; give your own to say what the reader should see.
    """
    if not isinstance(fig, Figure):
        raise TypeError(f"show(fig) takes a figure, and {fig!r} is none.")
    sentence = " ".join(str(fig.get_label() or "" if alt is None else alt).split())
    if not sentence:
        raise ValueError(
            "This figure has no alternative text. Say in a sentence what it shows: show(fig, '...')"
        )
    from IPython.display import display

    try:
        display(_mimebundle(fig, sentence), raw=True)  # type: ignore[no-untyped-call]
    finally:
        if "matplotlib.pyplot" in sys.modules:  # a figure made with plt.subplots() would show twice
            sys.modules["matplotlib.pyplot"].close(fig)


def _mimebundle(fig: Figure, alt: str) -> dict[str, str]:
    """Return the HTML image and the plain sentence of an output."""
    with io.BytesIO() as drawn:
        with course_style():
            fig.savefig(drawn, format="png", dpi=_DPI)
        pixels = _fitted(Image.open(drawn).convert("RGB"))
    exact = pixels
    if pixels.getcolors(_PHOTOGRAPH) is not None:
        exact = pixels.quantize(256, Image.Quantize.MAXCOVERAGE).convert("RGB")
    content = _as_webp(exact, lossless=True)
    if len(content) > _LARGE:
        smaller = _as_webp(pixels, quality=45, method=6)
        if len(smaller) < _MUCH_SMALLER * len(content):
            content = smaller
    data = base64.b64encode(content).decode("ascii")
    width = round(fig.get_figwidth() * _DPI * 0.75)  # 1280 pixels shown on 960: sharp when zoomed
    image = (
        f'<img alt="{html.escape(alt)}" src="data:image/webp;base64,{data}" '
        f'style="width: {width}px; max-width: 100%;">'
    )
    return {"text/html": image, "text/plain": alt}


def _fitted(pixels: Image.Image) -> Image.Image:
    """Return a picture without the blank that panels of a fixed shape leave on their canvas."""
    rows = np.asarray(pixels)
    places = np.arange(len(rows))
    is_blank = rows.min(axis=(1, 2)) > 250
    last = np.maximum.accumulate(np.where(is_blank, -1, places))  # the row with something on it
    return Image.fromarray(rows[places - last <= _BLANK])


def _as_webp(pixels: Image.Image, **settings: int) -> bytes:
    """Return an image as the bytes of a WebP file: a quarter smaller than the best PNG."""
    with io.BytesIO() as buffer:
        pixels.save(buffer, "webp", **settings)
        return buffer.getvalue()
