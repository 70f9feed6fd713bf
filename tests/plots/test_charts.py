"""Charts: what is drawn, and what is said about it."""

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


def test_curves_keep_their_look_in_every_panel_and_differ_from_each_other(texts_of, said):
    x = np.arange(5)
    names = [f"curve {i}" for i in range(8)]
    panels = {"up": {name: i * x for i, name in enumerate(names)}, "down": {names[6]: -x}}
    fig = plots.curves(panels, x, title="Eight", xlabel="shift [pixels]", ylabel="change")
    up, down = fig.axes
    looks = [(line.get_color(), line.get_linestyle()) for line in up.get_lines()]
    assert len(set(looks)) == 8
    assert (down.get_lines()[0].get_color(), down.get_lines()[0].get_linestyle()) == looks[6]
    assert set(names) <= set(texts_of(fig))
    said(fig)


def test_fractions_are_printed_in_percent_over_1_2_3(said):
    fig = plots.curves({"": {"one": [0.2, 0.35, 0.5]}}, **LABELS)
    (line,) = fig.axes[0].get_lines()
    np.testing.assert_allclose(line.get_data(), [[1, 2, 3], [20, 35, 50]])
    said(fig)


def test_intervals_of_words(said):
    panels = {"ours": {"SVM": SVM, "softmax": {"fc1": (0.65, 0.6, 0.7)}}, "theirs": {"SVM": SVM}}
    fig = plots.curves(panels, **LABELS)
    ours, theirs = fig.axes
    assert [tick.get_text() for tick in ours.get_xticklabels()] == ["conv1", "conv2", "fc1"]
    svm, softmax = ours.containers
    assert np.allclose(svm.lines[0].get_ydata(), [50, 70, 60])
    (bars,) = svm.lines[2]
    ends = [segment[:, 1] for segment in bars.get_segments()]
    assert np.allclose(ends, [[40, 60], [65, 75], [50, 65]])
    assert np.allclose(softmax.lines[0].get_xdata(), 2, atol=0.1)
    assert theirs.get_ylabel() == ""
    said(fig)


def test_values_of_seeds(texts_of, said):
    panels = {"": {"a": [[0.3, 0.4], [0.5]], "b": [[0.1], [0.2]]}}
    fig = plots.curves(panels, [0.004, 0.1], chance=0.1, **LABELS)
    (ax,) = fig.axes
    assert ax.get_ylim() == (0, 100)
    guessing, dots, means, *_ = ax.get_lines()
    assert list(guessing.get_ydata()) == [10, 10]
    np.testing.assert_allclose(dots.get_ydata(), [30, 40])
    np.testing.assert_allclose(means.get_ydata(), [35, 50])
    assert {"guessing", "a", "b"} <= set(texts_of(fig))
    said(fig)


def test_learning_curves_of_one_history(texts_of, said):
    fig = plots.learning_curves(history(epochs=5))
    assert [ax.get_ylabel() for ax in fig.axes] == ["loss [nats]", "accuracy"]
    for ax in fig.axes:
        assert ax.get_xlabel() == "epoch"
        assert [list(line.get_xdata()) for line in ax.lines] == [[1, 2, 3, 4, 5]] * 2
    assert "validation" in texts_of(fig)
    said(fig)


def test_learning_curves_of_variants_with_seeds_and_of_keras(said):
    class History:
        history = history()

    fig = plots.learning_curves({"plain": History(), "better": [history(offset=0.01), history()]})
    assert len(fig.axes[0].lines) == 2 * 3
    names = [text.get_text() for text in fig.legends[0].get_texts()]
    assert names == ["training", "validation", "plain", "better"]
    assert len(plots.learning_curves(History()).axes) == 2
    said(fig)


# --- rows -------------------------------------------------------------------------------------


def test_spread_shows_each_run_the_mean_and_the_deviation(texts_of, said):
    results = {"with": [0.90, 0.92], "without": [0.80, 0.82, 0.84], "once": [0.7]}
    fig = plots.spread(results)
    (ax,) = fig.axes
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in dots] == [
        pytest.approx([100 * value for value in values]) for values in results.values()
    ]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(results)
    assert {"91.0 ± 1.4%", "82.0 ± 2.0%", "70.0%"} <= set(texts_of(fig))
    said(fig)


def test_intervals_and_guessing(said):
    labels = {"title": "Two backbones", "xlabel": "accuracy [%]"}
    fig = plots.spread(FOUND, **labels, chance=0.5, highlight=["learned"])
    (ax,) = fig.axes
    bar, dot, other_bar, other_dot, guessing = ax.get_lines()
    np.testing.assert_allclose(bar.get_xdata(), [47, 63])
    np.testing.assert_allclose(other_bar.get_xdata(), [82, 92])
    assert [*dot.get_xdata(), *other_dot.get_xdata()] == pytest.approx([55, 88])
    assert list(guessing.get_xdata()) == [50, 50]
    assert dot.get_color() != other_dot.get_color()
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    said(fig)


def test_panels_keep_a_row_for_each_label(said):
    few, much = {"head": (0.2, 0.1, 0.3), "all": (0.4, 0.3, 0.5)}, {"all": (0.8, 0.7, 0.9)}
    fig = plots.spread({"few": few, "much": much}, title="Corners")
    left, right = fig.axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["head", "all"]
    bar, dot = right.lines
    assert np.allclose(bar.get_data(), [[70, 90], [1, 1]])
    assert np.allclose(dot.get_data(), [[80], [1]])
    assert left.lines[2].get_color() == bar.get_color()  # "all" in both
    said(fig)


def test_bars_say_their_values(said):
    compared = {"line": 0.051, "line_label": "a person"}
    values = {"2012": 0.164, "2015": 0.0357}
    fig = plots.bars(values, title="Winners", xlabel="error [%]", highlight=["2015"], **compared)
    assert [bar.get_width() for bar in fig.axes[0].patches] == pytest.approx([16.4, 3.57])
    said(fig)


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
