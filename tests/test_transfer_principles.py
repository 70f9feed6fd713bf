"""Notebook 09: typed letters, its small network and tasks, curves over layers."""

import numpy as np
import pytest

from course_utils.data import letters
from course_utils.data.typed import CYRILLIC, LATIN
from course_utils.models.tasks import CLOTHES, LAYERS, LETTERS, OTHERS, only_classes, small_net
from course_utils.plots import layer_curves


def test_letters_are_typed_the_same_again_and_each_differently() -> None:
    one, again = letters("АБВ", 30, 6, seed=3), letters("АБВ", 30, 6, seed=3)
    assert (one.x_train == again.x_train).all()
    assert one.x_train.shape == (30, 28, 28, 1)
    assert one.x_train.dtype == np.uint8
    assert one.class_names == ("А", "Б", "В")
    assert not one.is_stand_in
    for part in (one.y_train, one.y_val, one.y_test):
        assert len(set(np.bincount(part, minlength=3))) == 1
    everything = np.concatenate([one.x_train, one.x_val, one.x_test])
    assert len(np.unique(everything, axis=0)) == len(everything)
    assert (everything.max(axis=(1, 2, 3)) > 128).all()  # ink on each
    assert everything[:, 13:15].mean() > everything[:, :2].mean()  # and in the middle


def test_every_letter_of_every_alphabet_has_a_shape_of_its_own() -> None:
    alphabet = LATIN + CYRILLIC
    data = letters(alphabet, 10 * len(alphabet), len(alphabet))
    means = [data.x_train[data.y_train == c].mean(axis=0) for c in range(len(alphabet))]
    missing = letters("\uffff", 10, 1).x_train.mean(axis=0)  # drawn for "no such letter"
    assert all(np.abs(mean - missing).mean() > 5 for mean in means)
    assert len(np.unique(np.round(means), axis=0)) == len(alphabet)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("AA", 20, 4), "comes once"), (("ABC", 2, 3), "images is 2"), (("", 2, 3), "at least one")],
)
def test_letters_refuse(arguments: tuple[str, int, int], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        letters(*arguments)


def test_layer_curves_say_what_they_show() -> None:
    svm = {"conv1": (0.5, 0.01), "conv2": (0.7, 0.02), "fc1": (0.6, 0.03)}
    panels = {"ours": {"SVM": svm, "softmax": {"fc1": (0.65, 0.01)}}, "theirs": {"SVM": svm}}
    fig = layer_curves(panels, "layer", "accuracy", "Which layer?", {"ours": {"guess": 0.1}})
    said = fig.get_label()
    assert "ours, SVM: conv1 50.0, conv2 70.0, fc1 60.0" in said
    assert "ours, softmax: fc1 65.0" in said
    assert "ours, guess 10.0" in said
    ours, theirs = fig.axes
    assert [tick.get_text() for tick in ours.get_xticklabels()] == ["conv1", "conv2", "fc1"]
    means = {c.get_label(): c.lines[0].get_data() for c in ours.containers}
    assert np.allclose(means["SVM"][1], [50, 70, 60])
    assert np.allclose(means["softmax"][0], 2, atol=0.1)
    assert theirs.get_ylabel() == ""
    assert len(layer_curves({key: {"SVM": svm} for key in "abcd"}, "x", "y", "t").axes) == 4


def test_layer_curves_refuse() -> None:
    with pytest.raises(ValueError, match="at least one curve"):
        layer_curves({"a": {}}, "x", "y", "t")
    with pytest.raises(ValueError, match="not conv1"):
        layer_curves({"": {"a": {"conv1": (0, 0)}, "b": {"fc1": (0, 0)}}}, "x", "y", "t")


def test_source_and_target_have_no_class_in_common() -> None:
    assert not set(LETTERS) & set(LATIN)
    assert sorted(CLOTHES + OTHERS) == list(range(10))
    data = only_classes(letters("ABCD", 40, 4), (1, 3))
    assert data.class_names == ("B", "D")
    assert len(data.x_train) == len(data.y_train) == 20
    assert set(data.y_train) == set(data.y_val) == {0, 1}


def test_the_small_net_has_the_layers_in_their_order() -> None:
    rows = [row.name for row in small_net(10).rows if row.params]
    assert rows == list(LAYERS)
