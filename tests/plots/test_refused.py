"""What cannot be drawn is refused, in words that say why."""

import numpy as np
import pytest

from course_utils import plots
from course_utils.costs import Activation, Network, zoo
from course_utils.plots import bubbles, convolution_step, receptive_fields

ENDLESS = Network("endless", (8, 8, 1), [Activation("relu", name=f"relu{i}") for i in range(60)])
LABELS = {"title": "T", "xlabel": "x", "ylabel": "y"}
WORDS = {"a": {"conv1": (0, 0, 0)}, "b": {"fc1": (0, 0, 0)}}
FOUND = {"random": (0.55, 0.47, 0.63), "learned": (0.88, 0.82, 0.92)}
ONE, FIVE, THREE = np.zeros((1, 4, 4, 1)), np.ones((5, 5)), np.ones((3, 3))


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: plots.curves({"a": {}}, **LABELS), "at least one curve"),
        (lambda: plots.curves({"": {"a": [1, 2, 3]}}, range(5), **LABELS), "'a' has 3 values for"),
        (lambda: plots.curves({"": WORDS}, **LABELS), "not conv1"),
        (lambda: plots.curves({"a": [1, 2]}, **LABELS), r"give \{panel: \{label: values"),
        (lambda: plots.curves({"": {"a": []}}, **LABELS), "'a' has 0 values"),
        (lambda: plots.curves({"": {"a": {0: 1}}}, log=True, **LABELS), "has no place for 0"),
        (lambda: plots.curves({"": {"a": {1: (5, 6, 7)}}}, **LABELS), "not within its interval"),
        (lambda: plots.learning_curves({"loss": []}), "no 'loss' or 'accuracy'"),
        (lambda: plots.learning_curves({"a": 3}), "history"),
        (lambda: plots.spread({"a": 0.5}), "a list of at least one"),
        (lambda: plots.bars({"a": None}, xlabel="x"), "finite numbers"),
        (lambda: plots.confusion_matrix([[0.5, 0.5], [0, 1]], "ab"), "must hold counts"),
        (lambda: plots.connection_table([[-1, 2]]), "counted from 0"),
        (lambda: plots.map_sheet(np.full((4, 4, 2), np.nan)), "maps must be finite"),
        (lambda: plots.explanation_grid(ONE, {}, ["x", "y"]), "2 titles for 1 images"),
        (lambda: plots.image_grid(np.full((1, 4, 4, 3), 255)), r"int64 up to 255: use images\.as"),
        (lambda: plots.kernel_sheet({}, {}), "differ"),
        (lambda: bubbles({"a": np.nan}, {"a": 1}, **LABELS), "finite numbers"),
        (lambda: plots.learning_curves({"a": {"mae": [1, 2]}}), "no 'loss' or 'accuracy'"),
        (lambda: plots.learning_curves([1, 2]), "history"),
        (lambda: plots.spread({}), "at least one"),
        (lambda: plots.spread({"a": []}), "at least one"),
        (lambda: plots.spread({"panel": {}}), "at least one"),
        (lambda: plots.spread(FOUND, highlight=["other"]), "highlighted"),
        (lambda: plots.spread({"bad": (0.5, 0.6, 0.7)}), r"'bad': 0\.5 is not within"),
        (lambda: plots.bars({"a": 1}, xlabel="x", highlight=["b"]), "highlighted"),
        (lambda: plots.bars({}, xlabel="x"), "must be values"),
        (lambda: plots.confusion_matrix(np.eye(2), "abc"), r"\(2, 2\), but 3 class names need"),
        (lambda: plots.volume_diagram(ENDLESS), r"60 layers are too many .* cost_bars"),
        (lambda: plots.cost_bars(zoo.lenet5(), ["wieghts"]), "'wieghts' is not a column"),
        (lambda: plots.connection_table([[], []]), "at least one"),
        (lambda: plots.map_sheet(np.zeros((4, 4))), "shape"),
        (lambda: plots.map_sheet(np.zeros((4, 4, 65))), r"65 maps .* maps\[\.\.\., :64\]"),
        (lambda: plots.explanation_grid(np.zeros((4, 4, 1)), {}, []), "images"),
        (lambda: plots.explanation_grid(ONE, {"a": np.zeros((4, 4))}, ["x"]), "map"),
        (lambda: plots.image_grid(np.zeros((28, 28))), r"not \(28, 28\)"),
        (lambda: plots.image_grid(np.zeros((3, 4, 4)), titles="ab"), "2 titles for 3 images"),
        (lambda: plots.kernel_sheet({"a": np.eye(3)}, {"b": np.eye(3)}), "differ"),
        (lambda: bubbles({}, {}, **LABELS), "nothing to draw"),
        (lambda: bubbles({"a": 1}, {"b": 1}, **LABELS), "look at a, b"),
        (lambda: bubbles({"a": 0}, {"a": 1}, **LABELS), "need positive values"),
        (lambda: bubbles({"a": 1}, {"a": 1}, labels=["Nothing"], **LABELS), "no Nothing to label"),
        (lambda: convolution_step(np.ones((5, 5, 3)), THREE), "a slice for every channel"),
        (lambda: convolution_step(np.ones((2, 5)), THREE), "does not fit into 2 x 5"),
        (lambda: convolution_step(FIVE, THREE, (3, 0)), r"no output value \(3, 0\)"),
        (lambda: convolution_step(FIVE, THREE, (0, -1)), "no output value"),
        (lambda: convolution_step(np.ones(5), THREE), r"not \(5,\)"),
        (lambda: receptive_fields(ONE[0], zoo.lenet5(), ["conv1"]), "32 x 32 .* image has 4 x 4"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, words):
    with pytest.raises((ValueError, TypeError), match=words):
        draw()
