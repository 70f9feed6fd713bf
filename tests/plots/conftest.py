"""What the tests of figures share: the texts on a figure, and all that it says and shows."""

import json
import os
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

GOLDEN = Path(__file__).with_name("golden.json")


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
    return np.round(np.asarray(values, float), 3).tolist()


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


@pytest.fixture
def golden(request):
    """Compare what a test collects with the golden file.

    `WRITE_GOLDEN=1 pytest -n 0 tests/plots` writes it anew: read the difference.
    """
    found = []
    yield found
    name, kept = request.node.name, json.loads(GOLDEN.read_text("utf-8"))
    if "WRITE_GOLDEN" in os.environ:
        kept[name] = found
        lines = [json.dumps({key: it}, ensure_ascii=False)[1:-1] for key, it in kept.items()]
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    assert found == kept.get(name)


@pytest.fixture
def said(golden):
    """Compare the alternative text of a figure."""
    return lambda fig: golden.append(fig.get_label())


@pytest.fixture
def drawn(golden):
    """Compare the alternative text of a figure and what is drawn, of which nothing is cut."""

    def compare(fig):
        uncut_texts(fig)
        legend = [text.get_text() for one in fig.legends for text in one.get_texts()]
        panels = [contents(ax) for ax in fig.axes]
        golden.append({"says": fig.get_label(), "legend": legend, "axes": panels})

    return compare
