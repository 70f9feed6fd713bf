"""What is printed while a network trains, and how recorded runs are read."""

import keras
import numpy as np
import pytest

from course_utils.models import Progress, accuracies, interval, paired, recorded


def test_progress_prints_one_line_for_each_epoch(capsys):
    x, y = np.eye(8), np.arange(8) % 2
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=2, validation_data=(x, y), verbose=0, callbacks=[Progress()])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1 of 2, training ")
    assert second.startswith("epoch 2 of 2, training ")
    assert second.endswith("%")
    assert "validation" in second


def test_what_was_not_recorded_names_what_was():
    with pytest.raises(ValueError, match=r"there are: .*ladder"):
        accuracies(recorded("05_fashion_mnist_lab"), "lader")
    with pytest.raises(ValueError, match="05_fashion_mnist_lab"):
        recorded("cifar")
    with pytest.raises(ValueError, match=r"'ladder' has no 'val'; there is .*validation"):
        accuracies(recorded("05_fashion_mnist_lab"), "ladder", on="val")


def test_what_has_no_interval():
    for values in ([0.5], 0.5, [0.5, float("nan")], [[1, 2], [3, 4]]):
        with pytest.raises(ValueError, match="a list of two finite values or more"):
            interval(values)
    with pytest.raises(ValueError, match="3 values and 2 are no pairs"):
        paired([1, 2, 3], [1, 2])


def test_seeds_are_in_order():
    setting = {"experiment": "ladder", "variant": "first"}
    runs = [{"setting": setting, "seed": n, "result": {"validation": n / 10}} for n in (2, 0, 1)]
    assert accuracies({"runs": runs}, "ladder") == {"first": [0.0, 0.1, 0.2]}
