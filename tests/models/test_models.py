"""What is printed while a network trains, and how recorded runs are read."""

import keras
import numpy as np
import pytest

from course_utils.models import Progress, accuracies, recorded, variants


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


def test_accuracies_of_an_experiment():
    rows = [("first", 1, 0.6), ("first", 0, 0.4), ("last", 0, 0.1)]
    runs = [
        {
            "setting": {"experiment": "ladder", "variant": variant},
            "seed": seed,
            "result": {"validation": validation, "test": 0.5},
        }
        for variant, seed, validation in rows
    ]
    assert list(variants({"runs": runs}, "ladder")) == ["first", "last"]
    assert accuracies({"runs": runs}, "ladder") == {"first": [0.4, 0.6], "last": [0.1]}
    assert accuracies({"runs": runs}, "ladder", on="test")["first"] == [0.5, 0.5]
    with pytest.raises(ValueError, match="there are: ladder"):
        accuracies({"runs": runs}, "long")


def test_an_unknown_recorded_run_names_the_known_ones():
    with pytest.raises(ValueError, match="05_fashion_mnist_lab"):
        recorded("cifar")
