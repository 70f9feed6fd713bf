"""Figures of notebook 15: intervals over layers and in panels, what is frozen and what learns."""

import numpy as np
import pytest

from course_utils.plots import freeze_diagram, interval_curves, interval_panels

SVM = {"conv1": (0.5, 0.4, 0.6), "conv2": (0.7, 0.65, 0.75), "fc1": (0.6, 0.5, 0.65)}


def test_interval_curves_say_what_they_show() -> None:
    panels = {"ours": {"SVM": SVM, "softmax": {"fc1": (0.65, 0.6, 0.7)}}, "theirs": {"SVM": SVM}}
    fig = interval_curves(panels, "layer", "Which layer?")
    said = fig.get_label()
    assert "ours, SVM: conv1 50.0, conv2 70.0, fc1 60.0" in said
    assert "ours, softmax: fc1 65.0" in said
    ours, theirs = fig.axes
    assert [tick.get_text() for tick in ours.get_xticklabels()] == ["conv1", "conv2", "fc1"]
    svm, softmax = ours.containers
    assert np.allclose(svm.lines[0].get_ydata(), [50, 70, 60])
    (bars,) = svm.lines[2]
    ends = [segment[:, 1] for segment in bars.get_segments()]
    assert np.allclose(ends, [[40, 60], [65, 75], [50, 65]])
    assert np.allclose(softmax.lines[0].get_xdata(), 2, atol=0.1)
    assert theirs.get_ylabel() == ""


def test_interval_curves_refuse() -> None:
    with pytest.raises(ValueError, match="at least one curve"):
        interval_curves({"a": {}}, "x", "t")
    wrong = {"a": {"conv1": (0, 0, 0)}, "b": {"fc1": (0, 0, 0)}}
    with pytest.raises(ValueError, match="not conv1"):
        interval_curves({"": wrong}, "x", "t")


def test_interval_panels_keep_a_line_for_each_label() -> None:
    few, much = {"head": (0.2, 0.1, 0.3), "all": (0.4, 0.3, 0.5)}, {"all": (0.8, 0.7, 0.9)}
    fig = interval_panels({"few": few, "much": much}, "Corners")
    assert "few, head 20.0, all 40.0; much, all 80.0" in fig.get_label()
    left, right = fig.axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["head", "all"]
    bar, dot = right.lines
    assert np.allclose(bar.get_data(), [[70, 90], [1, 1]])
    assert np.allclose(dot.get_data(), [[80], [1]])
    assert left.lines[2].get_color() == bar.get_color()  # "all" in both
    with pytest.raises(ValueError, match="at least one accuracy"):
        interval_panels({}, "Corners")


def _boxes(fig) -> list[str]:
    return [text.get_text() for text in fig.axes[0].texts if text.get_text()]


def test_freeze_diagram_names_each_layer_and_its_state() -> None:
    networks = {
        "h_S": {"conv1": "learns", "head": "learns"},
        "h_T": {"conv1": "copied", "head": "new"},
    }
    fig = freeze_diagram(networks, "Copied", {"h_S": np.zeros((28, 28))}, copied=True)
    assert fig.get_label() == (
        "Copied. h_S: conv1 learns, head learns; h_T: conv1 copied, head new."
    )
    assert _boxes(fig)[-5:] == ["h_T", "conv1", "copied", "head", "new"]
    down = [a for a in fig.axes[0].texts if not a.get_text() and a.xy[0] == a.xyann[0]]
    assert len(down) == 1  # to conv1, and none to the new head
    (box, *_, head) = fig.axes[0].patches[:4]
    assert box.get_facecolor() != head.get_facecolor()


def test_freeze_diagram_refuses() -> None:
    with pytest.raises(ValueError, match="no network"):
        freeze_diagram({}, "t")
    with pytest.raises(ValueError, match=r"'conv1' is 'melted'; a state is one of frozen, copied"):
        freeze_diagram({"h_T": {"conv1": "melted"}}, "t")
