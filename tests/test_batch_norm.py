"""The figure and the exercises of notebook 09."""

import numpy as np
import pytest

from course_utils.classroom import check
from course_utils.plots import rate_sweep


def test_figure_says_every_mean():
    fig = rate_sweep(
        [0.01, 0.1],
        {"with": [[0.5, 0.7], [0.8, 0.9]], "without": [[0.1], [0.2]]},
        title="Sweep",
        chance=0.1,
    )
    said = fig.get_label()
    assert "with: 60% at 0.01, 85% at 0.1" in said
    assert "without: 10% at 0.01, 20% at 0.1" in said
    (ax,) = fig.axes
    assert ax.get_xscale() == "log"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0.01", "0.1"]
    dots = [line for line in ax.get_lines() if line.get_linestyle() == "None"]
    assert sorted(y for line in dots for y in np.round(line.get_ydata())) == [50, 70, 80, 90]


@pytest.mark.parametrize("values", [[[0.5]], [[0.5], []]])
def test_figure_refuses_a_rate_without_a_value(values):
    with pytest.raises(ValueError, match="each of 2 rates"):
        rate_sweep([0.01, 0.1], {"with": values})


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("inception.naive.depth", 416, "pooling pass on"),
        ("inception.naive.depth", 417, "as many come out"),
        ("inception.bottleneck.macs", "358,055,936", "in it twice"),
        ("inception.bottleneck.macs", 358e6, "rounded, and it is wrong"),
        ("inception.bottleneck.macs", 854_196_224, "naive"),
        ("inception.bottleneck.widest", 255, "not free"),
        ("inception.bottleneck.widest", 232, "too wide"),
        ("inception.flat_head.weights", 1_025_000, "behind global average pooling"),
        ("inception.flat_head.weights", 50_176_000, "bias is forgotten"),
        ("inception.norm.steps", 100, "what is *left*"),
        ("inception.norm.steps", 458, "not quite there"),
        ("inception.norm.steps", 69, "half"),
    ],
)
def test_hints_of_notebook_06(key, given, word):
    assert word in check(key, given).message


def test_answers_of_notebook_06_are_those_of_the_issue():
    assert check("inception.bottleneck.macs", 271_351_808).correct
    assert check("inception.naive.depth", 672).correct
