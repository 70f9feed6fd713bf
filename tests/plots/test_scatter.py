"""Points: no name lies on another."""

import numpy as np
import pytest
from matplotlib.text import Annotation

from course_utils.plots import bubbles
from course_utils.plots.scatter import pareto_front
from tests.plots.contents import uncut_texts

NAMES = [f"Network{i}" for i in range(12)]
LABELS = {"title": "Costs", "xlabel": "latency [ms]", "ylabel": "accuracy [%]"}


def spread_out(seed=0):
    rng = np.random.default_rng(seed)
    x = dict(zip(NAMES, np.geomspace(10, 500, 12) * rng.uniform(0.7, 1.4, 12), strict=True))
    y = dict(zip(NAMES, rng.uniform(60, 85, 12), strict=True))
    area = dict(zip(NAMES, np.geomspace(2, 140, 12), strict=True))
    return x, y, area


def close():
    """All but one at almost the same place."""
    x = {name: 20 + 0.01 * i for i, name in enumerate(NAMES)} | {NAMES[0]: 400}
    y = {name: 75 + 0.01 * i for i, name in enumerate(NAMES)} | {NAMES[0]: 60}
    return x, y, None


def names_on(fig):
    """The written names and where they stand."""
    fig.canvas.draw()
    (ax, *_) = fig.axes
    found = [child for child in ax.get_children() if isinstance(child, Annotation)]
    return {text.get_text(): text.get_window_extent() for text in found}


@pytest.mark.parametrize("points", [spread_out(0), spread_out(1), close()])
def test_no_name_lies_on_another_or_off_the_page(points):
    x, y, area = points
    fig = bubbles(x, y, area, area, area_label="M", shade_label="G", **LABELS)
    boxes = names_on(fig)
    assert set(boxes) == set(NAMES) <= set(uncut_texts(fig))
    for name, box in boxes.items():
        assert not [other for other in boxes if other != name and boxes[other].overlaps(box)], name


def test_areas_are_to_scale():
    x, y, area = spread_out()
    fig = bubbles(x, y, area, **LABELS)
    sizes = np.sort(fig.axes[0].collections[0].get_sizes())
    wanted = np.sort(list(area.values()))
    np.testing.assert_allclose(sizes[4:] / sizes[-1], wanted[4:] / wanted[-1])


def test_nothing_beats_the_front():
    for points in np.random.default_rng(0).integers(1, 9, (50, 7, 2)).tolist():
        x, y = (dict(enumerate(column)) for column in zip(*points, strict=True))
        best = {
            (a, b)
            for a, b in points
            if not any(c <= a and d >= b and (c, d) != (a, b) for c, d in points)
        }
        assert {(x[name], y[name]) for name in pareto_front(x, y)} == best
