"""What is printed while a network trains, how recorded runs are read, and how sure a mean is."""

import keras
import numpy as np
import pytest

from course_utils.models import Progress, accuracies, interval, paired


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


def test_seeds_are_in_order():
    setting = {"experiment": "ladder", "variant": "first"}
    runs = [{"setting": setting, "seed": n, "result": {"validation": n / 10}} for n in (2, 0, 1)]
    assert accuracies({"runs": runs}, "ladder") == {"first": [0.0, 0.1, 0.2]}


def test_an_interval_of_a_difference_is_paired():
    before, after = [0.1, 0.5, 0.9], [0.2, 0.6, 1.0]
    assert paired(after, before).low == pytest.approx(0.1)
    assert not interval(before).is_decided
    # Student's t for three values, from a printed table: 4.303.
    high = 0.5 + 4.303 * 0.1 / 3**0.5
    assert interval([0.4, 0.5, 0.6]).high == pytest.approx(high, abs=1e-4)
