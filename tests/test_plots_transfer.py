"""Accuracies with intervals: what is drawn, and what is said about it."""

import numpy as np
import pytest

from course_utils import plots

FOUND = {"random": (0.55, 0.47, 0.63), "learned": (0.88, 0.82, 0.92)}


def test_dots_bars_and_the_sentence() -> None:
    fig = plots.intervals(FOUND, title="Two backbones", chance=0.5, highlight=["learned"])
    (ax,) = fig.axes
    bar, dot, other_bar, other_dot, guessing = ax.get_lines()
    np.testing.assert_allclose(bar.get_xdata(), [47, 63])
    np.testing.assert_allclose(other_bar.get_xdata(), [82, 92])
    assert [*dot.get_xdata(), *other_dot.get_xdata()] == pytest.approx([55, 88])
    assert list(guessing.get_xdata()) == [50, 50]
    assert dot.get_color() != other_dot.get_color()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["random", "learned"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    assert fig.get_label() == (
        "Two backbones, accuracy with its 95% interval: random 55.0% (47.0 to 63.0); "
        "learned 88.0% (82.0 to 92.0); guessing 50%."
    )


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="must be accuracies"):
        plots.intervals({})
    with pytest.raises(ValueError, match="highlighted"):
        plots.intervals(FOUND, highlight=["other"])
    with pytest.raises(ValueError, match=r"'bad': 0\.5 is not within"):
        plots.intervals({"bad": (0.5, 0.6, 0.7)})
