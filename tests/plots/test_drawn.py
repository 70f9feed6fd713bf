"""Figures: what is drawn, what is said of it, and that nothing lies on anything else."""

import json
from itertools import combinations, pairwise
from pathlib import Path
from types import SimpleNamespace  # noqa: F401 - for the calls
from unittest.mock import patch

import keras
import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedLocator
from matplotlib.transforms import Bbox

from course_utils import costs, plots
from course_utils.costs import Conv2D
from course_utils.data.pictures import CLASS_NAMES as CLOTHES  # noqa: F401 - for the calls
from tests import golden
from tests.lecture_notes.make import FILTER as KERNEL  # noqa: F401
from tests.lecture_notes.make import IMAGE  # noqa: F401

# What the calls in ``drawn.txt`` name.
RNG = np.random.default_rng(0)
NAMES = [f"Network{i}" for i in range(12)]
ODD_NAMES = (r"$\frac$", "costs $5 to $10", "_x_1^2", "100% {0}")
ODD_LABELS = dict(zip(("title", "xlabel", "ylabel"), ODD_NAMES, strict=False))
LABELS = {"title": "T", "xlabel": "layer", "ylabel": "accuracy [%]"}
COSTS = {"title": "Costs", "xlabel": "latency [ms]", "ylabel": "accuracy [%]"}
MODEL = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()], name="model")
GRAY = RNG.integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
MAPS = {"gradient": RNG.normal(size=(2, 8, 8)), "Grad-CAM": RNG.random((2, 3, 3))}
MAPS["Grad-CAM"][1] = 0
DEEP, FILTERS = np.arange(84).reshape(6, 7, 2) % 7 - 3, np.arange(18).reshape(3, 3, 2) % 5 - 2


def spread_out(seed=0):
    rng = np.random.default_rng(seed)
    x = dict(zip(NAMES, np.geomspace(10, 500, 12) * rng.uniform(0.7, 1.4, 12), strict=True))
    y = dict(zip(NAMES, rng.uniform(60, 85, 12), strict=True))
    area = dict(zip(NAMES, np.geomspace(2, 140, 12), strict=True))
    return x, y, area, area


def history(epochs, offset=0.0):
    loss = [1 / (epoch + 1) + offset for epoch in range(epochs)]
    accuracy = [1 - 0.5 / (epoch + 1) - offset for epoch in range(epochs)]
    return {"loss": loss, "accuracy": accuracy, "val_loss": loss, "val_accuracy": accuracy}


def conv(name, *inputs):
    return Conv2D(8, 3, padding="same", name=name, inputs=inputs)


# --- network diagrams ------------------------------------------------------------------------


def network_diagram(network, **how):
    """Draw a network, of which each layer must be there once, and lie on nothing else."""
    fig = plots.network_diagram(network, **how)
    patches = [patch for patch in fig.axes[0].patches if patch.get_gid()]
    boxes = {b.get_gid(): b.get_bbox() for b in patches if isinstance(b, FancyBboxPatch)}
    arrows = {a.get_gid(): a for a in patches if isinstance(a, FancyArrowPatch)}
    check_complete(list(boxes), set(arrows), network, how.get("first"), how.get("last"))
    lines = {n: a._path_original.to_polygons(closed_only=False)[0] for n, a in arrows.items()}
    check_geometry(fig, boxes, lines)
    return fig


def check_complete(boxes, arrows, network, first, last):
    """Each layer, at least the first and the last, is drawn once, with all arrows to it."""
    home = {layer: gid for gid in boxes for layer in gid.split(" ")}
    names = [first, last] if first else [*network.inputs, *(row.name for row in network.rows)]
    assert set(names) <= set(home)
    assert len(" ".join(boxes).split(" ")) == len(home) >= len(names)
    rows = zip(network.rows, network.sources, strict=True)
    edges = {(a, row.name) for row, sources in rows for a in sources if row.name in home}
    edges = {(home[a], home[b]) for a, b in edges if b != first}  # from outside only to the first
    assert arrows == {f"{a} -> {b}" for a, b in edges if a != b}


def inside(outer, inner):
    return (Bbox.union([outer, inner]).extents == outer.extents).all()


def check_geometry(fig, boxes, lines):
    """Nothing lies on anything else, or off the page."""
    fig.canvas.draw()
    ax = fig.axes[0]
    width, height = fig.bbox.size
    room = Bbox.from_extents(10, 10, width - 10, height - 90)
    assert all(inside(room, box) for box in boxes.values())
    assert not [(a, b) for a, b in combinations(boxes, 2) if boxes[a].overlaps(boxes[b])]
    for text in ax.texts[1:]:  # the first one is the title
        extent = text.get_window_extent()
        assert any(inside(box, extent) for box in boxes.values()), text.get_text()
        assert text.get_fontsize() >= 8
    for name, line in lines.items():
        points = np.concatenate([np.linspace(a, b, 50) for a, b in pairwise(line)])
        assert (points >= 0).all()
        assert (points <= (width, height - 60)).all()
        for box, frame in boxes.items():
            within = (frame.min + 1 < points) & (points < frame.max - 1)
            assert not within.all(axis=1).any(), f"{name} runs through {box}"
    assert not [(a, b) for a, b in combinations(lines, 2) if cross(lines[a], lines[b])]
    legend = ax.get_legend().get_window_extent()
    assert legend.x1 <= width
    assert legend.y0 >= max(box.y1 for box in boxes.values())


def cross(one, other):
    """Say whether two lines go through each other; running together for a while is allowed."""
    p, q = one[:-1, None], one[1:, None]
    r, s = other[None, :-1], other[None, 1:]

    def turn(a, b, c):
        (ux, uy), (vx, vy) = np.moveaxis(b - a, -1, 0), np.moveaxis(c - a, -1, 0)
        return ux * vy - uy * vx

    far = 1.0  # square pixels: not the noise where two lines begin together
    apart = (turn(p, q, r) * turn(p, q, s) < -far) & (turn(r, s, p) * turn(r, s, q) < -far)
    return bool(apart.any())


# --- all figures -----------------------------------------------------------------------------


def check_texts(fig):
    """No text is cut by the edge, lies on another, or is read as a formula."""
    with patch.object(Text, "draw", autospec=True) as draw:
        fig.draw_without_rendering()
    drawn = dict.fromkeys(call.args[0] for call in draw.call_args_list)
    # Those that are really drawn: no tick beyond the end of its axis.
    texts = [text for text in drawn if text.get_visible() and text.get_text().strip()]
    assert [text for text in texts if not inside(fig.bbox, text.get_window_extent())] == []
    straight = [text for text in texts if text.get_rotation() % 90 == 0]
    pairs = combinations([(one, one.get_window_extent().padded(-1)) for one in straight], 2)
    assert [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other)] == []
    assert not any(text.get_parse_math() for text in texts if "$" in text.get_text())


def numbers(values):
    return (np.round(np.asarray(values, float), 3) + 0.0).tolist()  # no -0.0


def shape_and_range(image):
    """The shape of an image, what is black and white in it if it is gray, and its few pixels."""
    pixels = image.get_array()
    few = numbers(pixels) if pixels.size < 16 else []
    return [*pixels.shape, *(numbers(image.get_clim()) if pixels.ndim == 2 else ()), *few]


def contents(ax):
    """What is drawn in some axes: words, numbers, and the look of lines and boxes."""
    axes = {"x": ax.xaxis, "y": ax.yaxis}
    fixed = {n: one for n, one in axes.items() if isinstance(one.get_major_locator(), FixedLocator)}
    squares = [one for one in ax.patches if isinstance(one, Rectangle)]
    rounded = [one for one in ax.patches if isinstance(one, FancyBboxPatch)]
    annotations = [one for one in ax.texts if isinstance(one, Annotation)]
    segments = [one.get_segments() for one in ax.collections if hasattr(one, "get_segments")]
    points = [one for one in ax.collections if isinstance(one, PathCollection)]
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
        "points": [[numbers(one.get_offsets()), numbers(one.get_sizes())] for one in points],
        "bars": [numbers(one.get_bbox().bounds) for one in squares],
        "boxes": [to_hex(one.get_facecolor()) for one in rounded],
        "faces": len(ax.patches) - len(squares) - len(rounded),
        "arrows": [numbers([one.xyann, one.xy]) for one in annotations if not one.get_text()],
        "images": [shape_and_range(one) for one in ax.images],
        "words": [one.get_text() for one in ax.texts if one.get_text().strip()],
    }
    return {name: value for name, value in found.items() if value}


def test_what_is_drawn_and_what_is_refused():
    names = {name: getattr(plots, name) for name in plots.__all__} | vars(costs) | globals()

    def say(call):
        fig = eval(call, names)
        check_texts(fig)
        legend = [text.get_text() for one in fig.legends for text in one.get_texts()]
        panels = [contents(ax) for ax in fig.axes]
        found = {"says": fig.get_label(), "legend": legend, "axes": panels}
        return json.dumps(found, ensure_ascii=False)

    golden.calls(Path(__file__).with_name("drawn.txt"), say)
    golden.refused(Path(__file__).with_name("refused.txt"), names)


def test_names_of_points_at_almost_the_same_place_stay_apart():
    x, y = (
        {name: near + 0.01 * i for i, name in enumerate(NAMES)} | {NAMES[0]: far}
        for near, far in ((20, 400), (75, 60))
    )
    fig = plots.bubbles(x, y, **COSTS)
    check_texts(fig)
    assert set(NAMES) <= {text.get_text() for text in fig.axes[0].texts}
