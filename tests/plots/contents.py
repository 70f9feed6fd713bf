"""What the tests of figures share: the texts on a figure, and all that it says and shows."""

from unittest.mock import patch

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator


def drawn_texts(fig):
    """Words and boxes of the texts that are really drawn: no tick beyond the end of its axis."""
    with patch.object(Text, "draw", autospec=True) as draw:
        fig.draw_without_rendering()
    drawn = dict.fromkeys(call.args[0] for call in draw.call_args_list)
    found = [text for text in drawn if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in found]


def uncut_texts(fig):
    """All words on a figure, none of which its edge cuts."""
    found, (right, top) = drawn_texts(fig), fig.bbox.size
    ends = [(words, min(box.x0, box.y0, right - box.x1, top - box.y1)) for words, box in found]
    assert [words for words, room in ends if room < 0] == []
    return [words for words, _ in found]


def numbers(values):
    return (np.round(np.asarray(values, float), 3) + 0.0).tolist()  # no -0.0


def shape_and_range(image):
    pixels = image.get_array()
    return [*pixels.shape, *(numbers(image.get_clim()) if pixels.ndim == 2 else ())]


def contents(ax):
    """What is drawn in some axes: words, numbers, and the look of lines."""
    axes = {"x": ax.xaxis, "y": ax.yaxis}
    fixed = {n: one for n, one in axes.items() if isinstance(one.get_major_locator(), FixedLocator)}
    squares = [one for one in ax.patches if isinstance(one, Rectangle)]
    segments = [one.get_segments() for one in ax.collections if hasattr(one, "get_segments")]
    points = [one.get_offsets() for one in ax.collections if not hasattr(one, "get_segments")]
    found = {
        "title": ax.get_title(),
        "labels": [ax.get_xlabel(), ax.get_ylabel()] if ax.get_xlabel() or ax.get_ylabel() else [],
        "ticks": {n: [t.get_text() for t in one.get_ticklabels()] for n, one in fixed.items()},
        "upside down": ax.yaxis_inverted() and not ax.images,
        "lines": [
            [to_hex(one.get_color()), one.get_linestyle(), one.get_marker()]
            + [numbers(values) for values in one.get_data()]
            for one in ax.lines
        ],
        "segments": [numbers(one) for group in segments for one in group],
        "points": [numbers(one) for one in points],
        "bars": [numbers(one.get_bbox().bounds) for one in squares],
        "images": [shape_and_range(one) for one in ax.images],
        "words": [one.get_text() for one in ax.texts if one.get_text().strip()],
    }
    return {name: value for name, value in found.items() if value}


def described(fig):
    """The alternative text of a figure and what is drawn, of which nothing is cut."""
    uncut_texts(fig)
    legend = [text.get_text() for one in fig.legends for text in one.get_texts()]
    panels = [contents(ax) for ax in fig.axes]
    return {"says": fig.get_label(), "legend": legend, "axes": panels}
