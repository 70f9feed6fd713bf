"""Charts: what is drawn, and what is said about it: ``golden.json`` has it."""

import numpy as np
import pytest

from course_utils import plots

LABELS = {"title": "T", "xlabel": "layer", "ylabel": "accuracy [%]"}
SVM = {"conv1": (0.5, 0.4, 0.6), "conv2": (0.7, 0.65, 0.75), "fc1": (0.6, 0.5, 0.65)}
FOUND = {"random": (0.55, 0.47, 0.63), "learned": (0.88, 0.82, 0.92)}
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat")
CLOTHES += ("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def history(epochs=4, offset=0.0):
    loss = [1 / (epoch + 1) + offset for epoch in range(epochs)]
    accuracy = [1 - 0.5 / (epoch + 1) - offset for epoch in range(epochs)]
    return {"loss": loss, "accuracy": accuracy, "val_loss": loss, "val_accuracy": accuracy}


# --- curves -----------------------------------------------------------------------------------


def test_curves_keep_their_look_in_every_panel_and_differ_from_each_other(drawn):
    x = np.arange(5)
    names = [f"curve {i}" for i in range(8)]
    panels = {"up": {name: i * x for i, name in enumerate(names)}, "down": {names[6]: -x}}
    fig = plots.curves(panels, x, title="Eight", xlabel="shift [pixels]", ylabel="change")
    up, down = ([(one.get_color(), one.get_linestyle()) for one in ax.lines] for ax in fig.axes)
    assert len(set(up)) == 8
    assert down == [up[6]]
    drawn(fig)


def test_fractions_are_printed_in_percent_over_1_2_3(drawn):
    drawn(plots.curves({"": {"one": [0.2, 0.35, 0.5]}}, **LABELS))


def test_intervals_of_words(drawn):
    panels = {"ours": {"SVM": SVM, "softmax": {"fc1": (0.65, 0.6, 0.7)}}, "theirs": {"SVM": SVM}}
    drawn(plots.curves(panels, **LABELS))


def test_values_of_seeds(drawn):
    panels = {"": {"a": [[0.3, 0.4], [0.5]], "b": [[0.1], [0.2]]}}
    fig = plots.curves(panels, [0.004, 0.1], chance=0.1, **LABELS)
    assert fig.axes[0].get_ylim() == (0, 100)
    drawn(fig)


def test_learning_curves_of_one_history(drawn):
    drawn(plots.learning_curves(history(epochs=5)))


def test_learning_curves_of_variants(drawn):
    drawn(plots.learning_curves({"plain": history(), "better": history(1, offset=0.01)}))


# --- rows -------------------------------------------------------------------------------------


def test_spread_shows_each_run_the_mean_and_the_deviation(drawn):
    drawn(plots.spread({"with": [0.90, 0.92], "without": [0.80, 0.82, 0.84], "once": [0.7]}))


def test_intervals_and_guessing(drawn):
    labels = {"title": "Two backbones", "xlabel": "accuracy [%]"}
    drawn(plots.spread(FOUND, **labels, chance=0.5, highlight=["learned"]))


def test_panels_keep_a_row_and_a_colour_for_each_label(drawn):
    few, much = {"head": (0.2, 0.1, 0.3), "all": (0.4, 0.3, 0.5)}, {"all": (0.8, 0.7, 0.9)}
    drawn(plots.spread({"few": few, "much": much}, title="Corners"))


def test_bars_say_their_values(drawn):
    compared = {"line": 0.051, "line_label": "a person"}
    values = {"2012": 0.164, "2015": 0.0357}
    drawn(plots.bars(values, title="Winners", xlabel="error [%]", highlight=["2015"], **compared))


# --- squares ----------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [CLOTHES, tuple("0123456789"), ("ant", "bee")])
def test_confusion_matrix_shows_each_count(names, texts_of):
    n = len(names)
    matrix = np.arange(n * n).reshape(n, n) + 7 * np.eye(n, dtype=int)
    words = texts_of(plots.confusion_matrix(matrix, names))
    assert all(str(number) in words for number in matrix.flat if number)
    assert all(words.count(name) >= 2 for name in names)


def test_confusion_matrix_names_the_most_frequent_mistake(said):
    said(plots.confusion_matrix([[5, 0, 0], [0, 3, 2], [0, 0, 5]], ["cat", "dog", "cow"]))
    said(plots.confusion_matrix([[1, 0], [0, 2]], ["a", "b"]))
